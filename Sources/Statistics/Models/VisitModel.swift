/// `RepeatedMeasures` where every column has a coefficient of its own at every visit and does not change between them: arm × visit, baseline × visit.
/// Such a model is made from one row a person, so that a hundred thousand people take no longer than their sums of products.
///
/// Coefficients stand visit by visit, each with all columns of the design. Missing visits are taken as missing at random given what was seen;
/// degrees of freedom are Satterthwaite's.
public struct VisitModel: CoefficientModel {
    public let coefficients: [Double?]
    public let covariance: [[Double]]
    /// Of one person's residuals, visit by visit.
    public let visitCovariance: [[Double]]
    public let subjects: Int
    private let columns: Int
    private let orthogonal: Orthogonal
    private let solution: RestrictedLikelihood.Solution

    /// - Parameters:
    ///   - design: one row for each person.
    ///   - responses: by person, by visit; nil where they were not seen.
    public init(_ design: Design, responses: [[Double?]]) throws(RepeatedMeasures.Problem) {
        let visits = responses.first?.count ?? 0
        columns = design.columns.count
        orthogonal = Orthogonal(design.columns)
        let rank = orthogonal.standing.count
        let means = (0..<visits).map { visit in
            let seen = responses.compactMap { $0[visit] }
            return seen.isEmpty ? 0 : seen.reduce(0, +) / Double(seen.count)
        }
        var (residuals, visit): ([Double], [Int]) = ([], [])
        var sums: [[Int]: PatternSums] = [:]
        let basis = orthogonal.basis
        var row = [Double](repeating: 0, count: rank)
        for (person, values) in responses.enumerated() {
            let seen = values.indices.filter { values[$0] != nil }
            guard !seen.isEmpty else { continue }
            let y = seen.map { (values[$0] ?? 0) - means[$0] }
            for column in 0..<rank { row[column] = basis[column][person] }
            sums[seen, default: PatternSums(visits: seen.count, rank: rank)].add(row, y)
            residuals += y
            visit += seen
        }
        guard residuals.count > rank * visits else { throw .tooFewRows }
        let patterns = sums.map { $1.pattern(visits: $0, of: visits) }.sorted { $0.visits.lexicographicallyPrecedes($1.visits) }
        let likelihood = RestrictedLikelihood(patterns: patterns, rank: rank * visits, visits: visits, rows: residuals.count)
        let found = try likelihood.maximise(residuals: residuals, visit: visit)
        (solution, visitCovariance, subjects) = (found, found.sigma, sums.values.reduce(0) { $0 + $1.count })

        var raw: [Double] = []
        for visit in 0..<visits {
            var own = orthogonal.solve(Array(found.coefficients[visit * rank..<(visit + 1) * rank]))
            // The intercept stands first.
            own[0] += means[visit]
            raw += own
        }
        let inverse = orthogonal.inverseRows
        var (rows, places): ([[Double]], [Int]) = ([], [])
        for visit in 0..<visits {
            for (row, column) in zip(inverse, orthogonal.standing) {
                var wide = [Double](repeating: 0, count: visits * rank)
                wide.replaceSubrange(visit * rank..<(visit + 1) * rank, with: row)
                rows.append(wide)
                places.append(visit * columns + column)
            }
        }
        let spread: [[Double]] = rows.map { row in rows.map { found.covariance.quadratic(row, $0) } }
        (coefficients, covariance) = spread.spread(raw, at: places, of: visits * columns)
    }

    /// A row over the design's columns, at one visit.
    public func contrast(_ row: [Double], at visit: Int) -> Contrast? {
        let before = [Double](repeating: 0, count: visit * columns)
        return contrast(before + row + [Double](repeating: 0, count: coefficients.count - before.count - columns))
    }

    public func degrees(of combination: [Double]) -> Double {
        solution.degrees(
            of: stride(from: 0, to: combination.count, by: columns).flatMap { first in
                orthogonal.solveTransposed(orthogonal.standing.map { combination[first + $0] })
            })
    }
}

/// Those who were seen at the same visits, summed over people: products of their rows, of rows and responses, and of responses.
private struct PatternSums {
    private(set) var count = 0
    private let rank: Int
    private let seen: Int
    private var rows, crossed, responses: [Double]

    init(visits: Int, rank: Int) {
        (self.rank, seen) = (rank, visits)
        rows = [Double](repeating: 0, count: rank * rank)
        crossed = [Double](repeating: 0, count: visits * rank)
        responses = [Double](repeating: 0, count: visits * visits)
    }

    mutating func add(_ x: [Double], _ y: [Double]) {
        count += 1
        for i in 0..<rank { for j in 0..<rank { rows[i * rank + j] += x[i] * x[j] } }
        for c in 0..<seen {
            for i in 0..<rank { crossed[c * rank + i] += y[c] * x[i] }
            for d in 0..<seen { responses[c * seen + d] += y[c] * y[d] }
        }
    }

    /// With the row of a visit standing in that visit's block of columns.
    func pattern(visits: [Int], of all: Int) -> VisitPattern {
        let width = rank * all + 1
        var moments = [[Double]](repeating: [Double](repeating: 0, count: width * width), count: seen * seen)
        for (c, a) in visits.enumerated() {
            for (d, b) in visits.enumerated() {
                let place = c * seen + d
                for i in 0..<rank {
                    for j in 0..<rank { moments[place][(a * rank + i) * width + b * rank + j] = rows[i * rank + j] }
                    moments[place][(a * rank + i) * width + width - 1] = crossed[d * rank + i]
                    moments[place][(width - 1) * width + b * rank + i] = crossed[c * rank + i]
                }
                moments[place][width * width - 1] = responses[c * seen + d]
            }
        }
        return VisitPattern(visits: visits, count: count, width: width, moments: moments)
    }
}
