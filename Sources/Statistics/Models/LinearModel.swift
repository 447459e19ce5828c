/// Ordinary least squares: regression, analysis of variance and of covariance.
///
/// By orthogonal reflections, so that no digits are lost in squares; rank and set-aside columns as R's `lm`.
public struct LinearModel: CoefficientModel {
    public let coefficients: [Double?]
    public let covariance: [[Double]]
    public let residualSumOfSquares: Double
    /// Rows less columns that stand.
    public let residualDegrees: Int
    /// What each term explains beyond those before it, with its degrees of freedom.
    public let sequential: [(sumOfSquares: Double, degrees: Int)]

    /// Nil when there are not more rows than columns that stand.
    /// - Parameter response: one value for each row of the design; finite.
    public init?(_ design: Design, response: [Double]) {
        let orthogonal = Orthogonal(design.columns)
        let rank = orthogonal.standing.count
        residualDegrees = response.count - rank
        guard residualDegrees > 0, rank > 0 else { return nil }
        let rotated = orthogonal.rotated(response)
        residualSumOfSquares = rotated[rank...].reduce(0) { $0 + $1 * $1 }
        let variance = residualSumOfSquares / Double(residualDegrees)
        let solved = orthogonal.solve(Array(rotated[..<rank]))
        let rows = orthogonal.inverseRows
        let covariance = rows.map { a in rows.map { b in variance * zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
        (coefficients, self.covariance) = orthogonal.spread(solved, covariance, over: design.columns.count)
        sequential = design.terms.map { term in
            let effects = orthogonal.standing.indices.filter { term.contains(orthogonal.standing[$0]) }
            return (effects.reduce(0) { $0 + rotated[$1] * rotated[$1] }, effects.count)
        }
    }

    public var residualVariance: Double { residualSumOfSquares / Double(residualDegrees) }

    public func degrees(of combination: [Double]) -> Double { Double(residualDegrees) }

    /// The F test of a term beyond the terms before it. Nil when it has no column of its own.
    public func sequentialTest(_ term: Int) -> JointTest? {
        let (sum, degrees) = sequential[term]
        return degrees > 0 ? test(mean: sum / Double(degrees), degrees: Double(degrees)) : nil
    }

    /// The F test that all combinations are 0.
    public func test(_ combinations: [[Double]]) -> JointTest? {
        wald(combinations).map { test(mean: $0.statistic / $0.numerator * residualVariance, degrees: $0.numerator) }
    }

    private func test(mean: Double, degrees: Double) -> JointTest {
        let ratio = mean / residualVariance
        let p = FisherF(numerator: degrees, denominator: Double(residualDegrees)).probability(above: ratio)
        return JointTest(statistic: ratio, numerator: degrees, denominator: Double(residualDegrees), p: p)
    }
}
