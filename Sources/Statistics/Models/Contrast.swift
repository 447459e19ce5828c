/// A combination of coefficients with its uncertainty, held against 0.
public struct Contrast: Sendable, Equatable {
    public var estimate: Double
    public var standardError: Double
    /// Of freedom of t; infinite where the normal distribution is used.
    public var degrees: Double

    public init(estimate: Double, standardError: Double, degrees: Double = .infinity) {
        (self.estimate, self.standardError, self.degrees) = (estimate, standardError, degrees)
    }

    public var statistic: Double { estimate / standardError }

    /// Two-sided.
    public var p: Double { StudentT(degrees: degrees).probability(beyond: statistic) }

    /// The interval that covers with probability `level`.
    public func interval(_ level: Double = 0.95) -> (low: Double, high: Double) {
        let half = StudentT(degrees: degrees).quantile(0.5 + level / 2) * standardError
        return (estimate - half, estimate + half)
    }
}

/// A joint test of several combinations.
public struct JointTest: Sendable, Equatable {
    /// F, or χ² where `denominator` is infinite and the statistic was not divided.
    public var statistic: Double
    public var numerator: Double
    public var denominator: Double
    public var p: Double
}

/// Coefficients with their covariance: what linear models, and those that are linear after a link, give.
public protocol CoefficientModel: Sendable {
    /// By column of the design; nil where a column was set aside.
    var coefficients: [Double?] { get }
    /// Of the coefficients; zero where a column was set aside.
    var covariance: [[Double]] { get }
    /// Degrees of freedom for a combination.
    func degrees(of combination: [Double]) -> Double
}

extension CoefficientModel {
    /// A combination of coefficients, one weight a column. Nil when it needs a column that was set aside.
    public func contrast(_ combination: [Double]) -> Contrast? {
        guard !zip(combination, coefficients).contains(where: { $0 != 0 && $1 == nil }) else { return nil }
        let estimate = zip(combination, coefficients).reduce(0) { $0 + $1.0 * ($1.1 ?? 0) }
        let variance = covariance.quadratic(combination, combination)
        return Contrast(estimate: estimate, standardError: max(variance, 0).squareRoot(), degrees: degrees(of: combination))
    }

    /// One coefficient held against 0.
    public func contrast(column: Int) -> Contrast? { contrast(coefficients.indices.map { $0 == column ? 1 : 0 }) }

    /// Wald's test that all combinations are 0, as χ². Nil when they are not independent.
    public func wald(_ combinations: [[Double]]) -> JointTest? {
        let covariance = combinations.map { row in combinations.map { self.covariance.quadratic(row, $0) } }
        let estimates = combinations.compactMap { contrast($0)?.estimate }
        guard estimates.count == combinations.count, let factor = Cholesky(covariance) else { return nil }
        let statistic = factor.forward(estimates).reduce(0) { $0 + $1 * $1 }
        let count = Double(combinations.count)
        return JointTest(statistic: statistic, numerator: count, denominator: .infinity, p: ChiSquare(degrees: count).probability(above: statistic))
    }
}

extension [[Double]] {
    /// aᵀ M b.
    func quadratic(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for i in indices where a[i] != 0 { for j in indices { sum += a[i] * self[i][j] * b[j] } }
        return sum
    }
}
