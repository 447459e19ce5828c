/// Measurements of people at visits, some of them missing: a linear model for the means, and for the residuals of one person a covariance
/// of their own for every pair of visits (unstructured), by restricted maximum likelihood. Trials know it as MMRM.
///
/// Missing visits are taken as missing at random given what was seen. Degrees of freedom are Satterthwaite's from the observed information
/// (F. E. Satterthwaite, Biometrics Bull. 2 (1946) 110, DOI 10.2307/3002019; A. H. Fai, P. L. Cornelius, J. Stat. Comput. Simul. 54 (1996) 363,
/// DOI 10.1080/00949659608811740). The likelihood is computed from sums of products by pattern of visits seen, so that its cost does not grow
/// with the number of people.
public struct RepeatedMeasures: CoefficientModel {
    public enum Problem: Error, Equatable {
        /// A subject has two rows of one visit.
        case repeatedVisit
        /// Fewer rows than are needed, or two visits that nobody attended both.
        case tooFewRows
        /// The covariance runs towards one that is singular.
        case noMaximum
    }

    public let coefficients: [Double?]
    public let covariance: [[Double]]
    /// Of one person's residuals, visit by visit.
    public let visitCovariance: [[Double]]
    /// Restricted; as R's `gls` defines it.
    public let logLikelihood: Double
    public let subjects: Int
    public let iterations: Int
    private let orthogonal: Orthogonal
    private let solution: RestrictedLikelihood.Solution

    /// - Parameters:
    ///   - design: one row for each measurement.
    ///   - response: one value for each row; finite.
    ///   - subject: whom the row is of.
    ///   - visit: 0, 1, … of each row.
    public init(_ design: Design, response: [Double], subject: [Int], visit: [Int]) throws(Problem) {
        let orthogonal = Orthogonal(design.columns)
        let (basis, rank) = (orthogonal.basis, orthogonal.standing.count)
        guard response.count > rank else { throw .tooFewRows }
        let rotated = orthogonal.rotated(response)
        let residuals = response.indices.map { row in response[row] - basis.indices.reduce(0) { $0 + basis[$1][row] * rotated[$1] } }
        let patterns = try VisitPattern.all(basis: basis, residuals: residuals, subject: subject, visit: visit)
        let likelihood = RestrictedLikelihood(patterns: patterns, rank: rank, visits: (visit.max() ?? -1) + 1, rows: response.count)
        let found = try likelihood.maximise(residuals: residuals, visit: visit)
        let raw = orthogonal.solve(zip(rotated, found.coefficients).map { $0 + $1 })
        let inverse = orthogonal.inverseRows
        let covariance = inverse.map { row in inverse.map { found.covariance.quadratic(row, $0) } }
        (coefficients, self.covariance) = orthogonal.spread(raw, covariance, over: design.columns.count)
        (self.orthogonal, visitCovariance, solution, iterations) = (orthogonal, found.sigma, found, found.iterations)
        // The likelihood was that of the orthonormal columns.
        (logLikelihood, subjects) = (found.logLikelihood - orthogonal.logScale, Set(subject).count)
    }

    /// Satterthwaite's, from how well the covariance of visits is known.
    public func degrees(of combination: [Double]) -> Double {
        solution.degrees(of: orthogonal.solveTransposed(orthogonal.standing.map { combination[$0] }))
    }
}

/// Those who were seen at the same visits, and the sums of products of their rows.
struct VisitPattern {
    /// In order.
    var visits: [Int]
    var count = 0
    /// For each pair of visits, position c and d: Σ z_c z_dᵀ with z the row of the design followed by the residual.
    var moments: [[Double]]
    let width: Int

    init(visits: [Int], count: Int, width: Int, moments: [[Double]]) {
        (self.visits, self.count, self.width, self.moments) = (visits, count, width, moments)
    }

    private init(visits: [Int], width: Int) {
        (self.visits, self.width) = (visits, width)
        moments = [[Double]](repeating: [Double](repeating: 0, count: width * width), count: visits.count * visits.count)
    }

    static func all(basis: [[Double]], residuals: [Double], subject: [Int], visit: [Int]) throws(RepeatedMeasures.Problem) -> [VisitPattern] {
        let order = subject.indices.sorted { (subject[$0], visit[$0]) < (subject[$1], visit[$1]) }
        var patterns: [[Int]: VisitPattern] = [:]
        var next = 0
        while next < order.count {
            let first = next
            while next < order.count, subject[order[next]] == subject[order[first]] { next += 1 }
            let rows = order[first..<next]
            let visits = rows.map { visit[$0] }
            guard Set(visits).count == visits.count else { throw .repeatedVisit }
            patterns[visits, default: VisitPattern(visits: visits, width: basis.count + 1)].take(rows.map { row in basis.map { $0[row] } + [residuals[row]] })
        }
        return patterns.values.sorted { $0.visits.lexicographicallyPrecedes($1.visits) }
    }

    private mutating func take(_ rows: [[Double]]) {
        count += 1
        for (c, a) in rows.enumerated() {
            for (d, b) in rows.enumerated() {
                for i in a.indices { for j in b.indices { moments[c * rows.count + d][i * width + j] += a[i] * b[j] } }
            }
        }
    }

    /// Σ over pairs of visits of g[c][d] Σ z_c z_dᵀ.
    func weighted(_ g: [[Double]]) -> [Double] {
        var sum = [Double](repeating: 0, count: width * width)
        for c in visits.indices {
            for d in visits.indices {
                let weight = g[c][d]
                let products = moments[c * visits.count + d]
                for k in sum.indices { sum[k] += weight * products[k] }
            }
        }
        return sum
    }
}
