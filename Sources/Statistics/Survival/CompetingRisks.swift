#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The share that has had each of several events, of which the first that comes ends the follow-up.
///
/// O. O. Aalen, S. Johansen, Scand. J. Stat. 5 (1978) 141. Variances by the infinitesimal jackknife, as R's `survfit` does for several states.
public struct CompetingRisks: Sendable, Equatable {
    public struct Step: Sendable, Equatable {
        public var time: Double
        public var atRisk: Int
        /// The share without any event.
        public var free: Double
        /// By cause, from cause 1 on.
        public var incidence: [Double]
        public var standardError: [Double]
    }

    public let steps: [Step]
    public let subjects: Int

    /// Cost: subjects, and the square of the number of different times. Nobody enters late.
    /// - Parameter causes: how many there are; nil: as many as were seen.
    public init(_ subjects: [FollowUp], causes: Int? = nil) {
        let table = RiskTable(subjects.map { FollowUp(end: $0.end, cause: $0.cause) }, causes: causes)
        let causes = table.causes
        self.subjects = subjects.count
        // All who end alike have the same influence; it is carried forward in time, for each group of them.
        struct Group {
            var row: Int
            var cause: Int
            var size: Double
            var free = 0.0
            var incidence: [Double]
        }
        var groups: [Group] = []
        for (index, row) in table.rows.enumerated() {
            for (cause, count) in ([row.censored] + row.events).enumerated() where count > 0 {
                groups.append(Group(row: index, cause: cause, size: Double(count), incidence: [Double](repeating: 0, count: causes)))
            }
        }
        var (free, incidence) = (1.0, [Double](repeating: 0, count: causes))
        var steps: [Step] = []
        for (index, row) in table.rows.enumerated() {
            let n = Double(row.atRisk)
            let hazards = row.events.map { Double($0) / n }
            let all = hazards.reduce(0, +)
            if all > 0 {
                for g in groups.indices {
                    let isAtRisk = groups[g].row >= index
                    let ends = groups[g].row == index ? groups[g].cause : 0
                    let before = groups[g].free
                    for cause in 0..<causes {
                        let change = isAtRisk ? ((ends == cause + 1 ? 1 : 0) - hazards[cause]) / n : 0
                        groups[g].incidence[cause] += before * hazards[cause] + free * change
                    }
                    let change = isAtRisk ? ((ends > 0 ? 1 : 0) - all) / n : 0
                    groups[g].free = before * (1 - all) - free * change
                }
                for cause in 0..<causes { incidence[cause] += free * hazards[cause] }
                free *= (n - Double(row.allEvents)) / n
            }
            let errors = (0..<causes).map { cause in
                groups.reduce(0) { $0 + $1.size * $1.incidence[cause] * $1.incidence[cause] }.squareRoot()
            }
            steps.append(Step(time: row.time, atRisk: row.atRisk, free: free, incidence: incidence, standardError: errors))
        }
        self.steps = steps
    }

    /// The last step no later than `time`; nil before the first.
    public func step(at time: Double) -> Step? { steps.last { $0.time <= time } }
}
