/// A distribution that test statistics are held against: both tails, its density and its quantiles, to about 1e-13 relative.
public protocol TestDistribution: Sendable {
    func probability(below x: Double) -> Double
    func probability(above x: Double) -> Double
    func density(_ x: Double) -> Double
}

/// Student's t. An infinite number of degrees of freedom is the standard normal.
public struct StudentT: TestDistribution, Equatable {
    public var degrees: Double

    /// - Parameter degrees: of freedom, above 0, not necessarily whole.
    public init(degrees: Double) { self.degrees = degrees }

    public func probability(below t: Double) -> Double { probability(above: -t) }

    public func probability(above t: Double) -> Double {
        guard degrees < .infinity else { return StandardNormal.probability(below: -t) }
        let tails = tails(t)
        return t < 0 ? 1 - tails.lower / 2 : tails.lower / 2
    }

    /// The probability of a value at least as far from 0.
    public func probability(beyond t: Double) -> Double { 2 * probability(above: abs(t)) }

    public func density(_ t: Double) -> Double {
        guard degrees < .infinity else { return StandardNormal.density(t) }
        // At 0 the leading factor vanishes with t.
        return t == 0 ? density(1e-160) : tails(t).factor / abs(t)
    }

    private func tails(_ t: Double) -> (lower: Double, upper: Double, factor: Double) {
        let square = t * t
        guard square < .infinity else { return (0, 1, 0) }
        return IncompleteIntegral.beta(degrees / (degrees + square), square / (degrees + square), degrees / 2, 0.5)
    }

    /// The value below which the share `p` lies, 0 < p < 1.
    public func quantile(_ p: Double) -> Double {
        if p > 0.5 { return -quantile(1 - p) }
        let start = -NormalQuantile.of(p)
        guard degrees < .infinity else { return -start }
        return -positiveQuantile(start: max(start, 1e-3)) { (probability(above: $0), p) }
    }
}

/// Fisher's F: the ratio of two mean squares.
public struct FisherF: TestDistribution, Equatable {
    public var numerator: Double
    /// Infinite where the variance is known.
    public var denominator: Double

    public init(numerator: Double, denominator: Double) { (self.numerator, self.denominator) = (numerator, denominator) }

    public func probability(below f: Double) -> Double { denominator < .infinity ? tails(f).upper : chi.probability(below: f * numerator) }
    public func probability(above f: Double) -> Double { denominator < .infinity ? tails(f).lower : chi.probability(above: f * numerator) }

    public func density(_ f: Double) -> Double {
        guard denominator < .infinity else { return chi.density(f * numerator) * numerator }
        return f > 0 ? tails(f).factor / f : 0
    }

    private var chi: ChiSquare { ChiSquare(degrees: numerator) }

    private func tails(_ f: Double) -> (lower: Double, upper: Double, factor: Double) {
        guard f > 0 else { return (1, 0, 0) }
        let whole = denominator + numerator * f
        guard whole < .infinity else { return (0, 1, 0) }
        return IncompleteIntegral.beta(denominator / whole, numerator * f / whole, denominator / 2, numerator / 2)
    }

    /// The value below which the share `p` lies, 0 < p < 1.
    public func quantile(_ p: Double) -> Double {
        positiveQuantile(start: 1) { p < 0.5 ? (probability(below: $0), p) : (probability(above: $0), 1 - p) }
    }
}

/// χ²: the sum of squares of independent standard normal values.
public struct ChiSquare: TestDistribution, Equatable {
    public var degrees: Double

    public init(degrees: Double) { self.degrees = degrees }

    public func probability(below x: Double) -> Double { IncompleteIntegral.gamma(degrees / 2, max(x, 0) / 2).lower }
    public func probability(above x: Double) -> Double { IncompleteIntegral.gamma(degrees / 2, max(x, 0) / 2).upper }
    public func density(_ x: Double) -> Double { x > 0 ? IncompleteIntegral.gamma(degrees / 2, x / 2).factor / x : 0 }

    /// The value below which the share `p` lies, 0 < p < 1.
    public func quantile(_ p: Double) -> Double {
        positiveQuantile(start: degrees) { p < 0.5 ? (probability(below: $0), p) : (probability(above: $0), 1 - p) }
    }
}

extension TestDistribution {
    /// The x > 0 at which a tail has its probability: Newton's method in ln x on the logarithm of the tail, kept within a bracket.
    /// - Parameter tail: the tail at x, and what it shall be.
    fileprivate func positiveQuantile(start: Double, tail: (Double) -> (found: Double, wanted: Double)) -> Double {
        let isFalling = tail(start).found > tail(2 * start).found
        var (low, high, x) = (0.0, Double.infinity, start)
        for _ in 0..<200 {
            let (found, wanted) = tail(x)
            guard found != wanted else { return x }
            if (found > wanted) == isFalling { low = x } else { high = x }
            let step = found / (density(x) * x) * Lanes.log(Lanes(repeating: found / wanted))[0] * (isFalling ? 1 : -1)
            var next = x * Lanes.exp(Lanes(repeating: step))[0]
            if !(next > low && next < high) { next = high < .infinity ? (low + high) / 2 : 2 * low }
            if abs(next - x) <= 4e-16 * x { return next }
            x = next
        }
        return x
    }
}
