#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A share of people, with limits.
public struct Proportion: Sendable, Equatable {
    public var events: Int
    public var count: Int

    public init(_ events: Int, of count: Int) { (self.events, self.count) = (events, count) }

    /// Nil of nobody.
    public var share: Double? { count > 0 ? Double(events) / Double(count) : nil }

    /// E. B. Wilson's interval (J. Am. Stat. Assoc. 22 (1927) 209, DOI 10.1080/01621459.1927.10502953). Nil of nobody.
    public func interval(_ level: Double = 0.95) -> (low: Double, high: Double)? {
        guard let share else { return nil }
        let (n, z) = (Double(count), NormalQuantile.of(0.5 + level / 2))
        let centre = share + z * z / (2 * n)
        let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // At the ends the limits are 0 and 1 but for rounding.
        return (events == 0 ? 0 : (centre - half) / (1 + z * z / n), events == count ? 1 : (centre + half) / (1 + z * z / n))
    }

    /// The limits within which the share of `count` people lies with probability `level` where the true share is `expected`: quantiles of the
    /// binomial distribution, interpolated between neighbours as D. J. Spiegelhalter does for funnel plots (Stat. Med. 24 (2005) 1185,
    /// DOI 10.1002/sim.1970, appendix A.1.1).
    public static func funnelLimits(_ expected: Double, count: Int, level: Double) -> (low: Double, high: Double) {
        guard count > 0, expected > 0, expected < 1 else { return (expected, expected) }
        func limit(_ p: Double) -> Double {
            var (low, high) = (-1, count)
            while high - low > 1 {
                let middle = (low + high) / 2
                if cumulative(middle, count, expected) >= p { high = middle } else { low = middle }
            }
            let (above, below) = (cumulative(high, count, expected), high > 0 ? cumulative(high - 1, count, expected) : 0)
            let part = above > below ? (above - p) / (above - below) : 0
            return min(max((Double(high) - part) / Double(count), 0), 1)
        }
        return (limit((1 - level) / 2), limit((1 + level) / 2))
    }

    /// P(X ≤ k) of n trials.
    private static func cumulative(_ k: Int, _ n: Int, _ p: Double) -> Double {
        k >= n ? 1 : k < 0 ? 0 : IncompleteIntegral.beta(1 - p, p, Double(n - k), Double(k + 1)).lower
    }
}

/// Events over an amount of exposure, such as sessions or weeks.
public enum EventRate {
    /// Of events that come one by one at a constant rate: exact limits (F. Garwood, Biometrika 28 (1936) 437, DOI 10.1093/biomet/28.3-4.437).
    public static func exactInterval(events: Int, exposure: Double, level: Double = 0.95) -> (low: Double, high: Double) {
        let tail = (1 - level) / 2
        let low = events == 0 ? 0 : ChiSquare(degrees: 2 * Double(events)).quantile(tail) / 2
        return (low / exposure, ChiSquare(degrees: 2 * Double(events + 1)).quantile(1 - tail) / 2 / exposure)
    }
}

/// Events over exposure of many people, each with a propensity of their own: the people are the sample, not the events
/// (W. G. Cochran, Sampling Techniques, 3rd ed. (1977), section 6.3). Sums of whole numbers: the same in any order.
public struct ClusteredRate: Sendable, Equatable {
    public private(set) var people = 0
    public private(set) var events = 0
    public private(set) var exposure = 0
    private var (squares, products, exposureSquares) = (0, 0, 0)

    public init() {}

    public mutating func insert(events: Int, exposure: Int) {
        people += 1
        self.events += events
        self.exposure += exposure
        squares += events * events
        products += events * exposure
        exposureSquares += exposure * exposure
    }

    /// Nil without exposure.
    public var rate: Double? { exposure > 0 ? Double(events) / Double(exposure) : nil }

    /// Not below 0. Without an event, where people cannot differ, the exact limits of events that come one by one. Nil for fewer than two people.
    public func interval(_ level: Double = 0.95) -> (low: Double, high: Double)? {
        guard let rate, people > 1 else { return nil }
        guard events > 0 else { return EventRate.exactInterval(events: 0, exposure: Double(exposure), level: level) }
        let sum = Double(squares) - 2 * rate * Double(products) + rate * rate * Double(exposureSquares)
        let n = Double(people)
        let error = (max(sum, 0) * n / (n - 1)).squareRoot() / Double(exposure)
        let half = NormalQuantile.of(0.5 + level / 2) * error
        return (max(rate - half, 0), rate + half)
    }
}
