#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The share that is still without the event, by time; every cause counts as the event.
///
/// E. L. Kaplan, P. Meier, J. Am. Stat. Assoc. 53 (1958) 457, DOI 10.1080/01621459.1958.10501452; M. Greenwood's variance (1926).
public struct KaplanMeier: Sendable, Equatable {
    public struct Step: Sendable, Equatable {
        public var time: Double
        public var atRisk: Int
        public var events: Int
        public var censored: Int
        /// Just after `time`.
        public var survival: Double
        /// Greenwood's sum Σ d / (n (n − d)): the variance of ln S.
        public var logVariance: Double

        public var standardError: Double { survival == 0 ? 0 : survival * logVariance.squareRoot() }
    }

    /// How an interval is made; the names are those of R's `survfit`.
    public enum Interval: String, Sendable, CaseIterable { case plain, log, logLog = "log-log" }

    public let steps: [Step]
    public let subjects: Int

    public init(_ subjects: [FollowUp]) { self.init(RiskTable(subjects), subjects: subjects.count) }

    public init(_ table: RiskTable, subjects: Int) {
        var (survival, variance) = (1.0, 0.0)
        self.subjects = subjects
        steps = table.rows.map { row in
            let (n, d) = (Double(row.atRisk), Double(row.allEvents))
            if d > 0 {
                survival *= (n - d) / n
                variance += d / (n * (n - d))
            }
            return Step(time: row.time, atRisk: row.atRisk, events: row.allEvents, censored: row.censored, survival: survival, logVariance: variance)
        }
    }

    /// The share without the event just after `time`, and the last step by then; nil before the first.
    public func step(at time: Double) -> Step? {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? steps[low - 1] : nil
    }

    public func survival(at time: Double) -> Double { step(at: time)?.survival ?? 1 }

    /// The limits for the share of a step, between 0 and 1. Nil where the method gives none: after everybody had the event, and for
    /// `logLog` before the first event.
    public static func limits(_ step: Step, _ interval: Interval = .logLog, level: Double = 0.95) -> (low: Double, high: Double)? {
        let (s, error) = (step.survival, step.logVariance.squareRoot())
        let z = NormalQuantile.of(0.5 + level / 2)
        guard s > 0 else { return nil }
        switch interval {
        case .plain: return (max(s - z * error * s, 0), min(s + z * error * s, 1))
        case .log: return (s * exp(-z * error), min(s * exp(z * error), 1))
        case .logLog:
            guard s < 1 else { return nil }
            let (centre, half) = (log(-log(s)), z * error / log(s))
            return (exp(-exp(centre - half)), exp(-exp(centre + half)))
        }
    }

    /// The time by which the share `p` has had the event, with limits (R. Brookmeyer, J. Crowley, Biometrics 38 (1982) 29,
    /// DOI 10.2307/2530286). Where the curve lies flat at exactly 1 − p, the middle of the flat part. Nil where it is not reached.
    public func quantile(_ p: Double, _ interval: Interval = .logLog, level: Double = 0.95) -> (time: Double?, low: Double?, high: Double?) {
        func time(_ curve: (Step) -> Double?) -> Double? {
            let rounding = 1.5e-8
            guard let index = steps.firstIndex(where: { step in curve(step).map { $0 <= 1 - p + rounding } ?? false }), let value = curve(steps[index]) else {
                return nil
            }
            guard abs(value - (1 - p)) < rounding else { return steps[index].time }
            let next = steps[index...].first { step in curve(step).map { $0 < 1 - p - rounding } ?? false }
            return next.map { (steps[index].time + $0.time) / 2 } ?? steps[index].time
        }
        return (
            time { $0.survival }, time { Self.limits($0, interval, level: level)?.low }, time { Self.limits($0, interval, level: level)?.high }
        )
    }

    /// The area under the curve to `limit`: mean time without the event within it, with its standard error. Nil when follow-up is shorter.
    public func restrictedMean(to limit: Double) -> (mean: Double, standardError: Double)? {
        guard let last = steps.last, last.time >= limit || last.survival == 0 else { return nil }
        var (areas, before, level): ([Double], Double, Double) = ([], 0, 1)
        let within = steps.prefix { $0.time <= limit }
        for step in within {
            areas.append(level * (step.time - before))
            (before, level) = (step.time, step.survival)
        }
        let tail = level * (limit - before)
        var (rest, variance) = (tail, 0.0)
        for (step, area) in zip(within, areas).reversed() {
            let (n, d) = (Double(step.atRisk), Double(step.events))
            if d > 0, n > d { variance += rest * rest * d / (n * (n - d)) }
            rest += area
        }
        return (rest, variance.squareRoot())
    }
}
