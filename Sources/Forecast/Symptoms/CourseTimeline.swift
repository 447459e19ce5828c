#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A history and the days of interest as one sequence of steps, with everything settled that is the same for all persons: how long each step is, how far a
/// dose lifts, what expectancy, an antidepressant and the time since the first visit amount to.
struct CourseTimeline: Sendable {
    struct Step: Sendable {
        /// Since the step before.
        var days: Double
        /// What is left over the step of what is not felt yet.
        var unfeltFast, unfeltSlow: Double
        var event: Event
    }

    enum Event: Sendable {
        /// Shares of what is missing to full connectivity that the dose adds.
        case dose(fast: Double, slow: Double)
        /// Fall of the logarithm of severity without drug, and how much of the person's drift has come.
        case reading(background: Double, drifted: Double)
    }

    let steps: [Step]
    let readings: Int

    /// - Parameter days: ascending. What is given at such a moment is not felt yet.
    init(_ c: SymptomConstants, _ history: SymptomHistory, at days: [Double]) {
        let start = history.visits.first ?? history.scores.first?.day ?? 0
        let doses = history.doses.filter { dose in days.last.map { dose.day < $0 } ?? false }
        let events = doses.map { (day: $0.day, area: Double?.some($0.occupancyHours)) } + days.map { (day: $0, area: Double?.none) }
        var steps: [Step] = []
        var last = events.map(\.day).min() ?? 0
        for event in events.sorted(by: { $0.day < $1.day || $0.day == $1.day && $0.area == nil && $1.area != nil }) {
            let since = event.day - last
            last = event.day
            let content: Event
            if let area = event.area {
                content = .dose(fast: 1 - exp(-c.fastGain * area), slow: 1 - exp(-c.slowGain * area))
            } else {
                content = .reading(
                    background: Self.expectancy(c, history, at: event.day, start: start) + Self.antidepressant(c, history, at: event.day),
                    drifted: Self.drifted(c, max(event.day - start, 0)))
            }
            steps.append(Step(days: since, unfeltFast: exp(-since / c.fastOnset), unfeltSlow: exp(-since / c.slowOnset), event: content))
        }
        self.steps = steps
        readings = days.count
    }

    /// Part of the drift comes with the first visit, the rest with time.
    private static func drifted(_ c: SymptomConstants, _ since: Double) -> Double {
        c.driftEarly * (1 - exp(-since / c.expectancyTime)) + (1 - c.driftEarly) * (1 - exp(-since / c.driftTime))
    }

    /// Builds up from the first visit, is forgotten after the last, and is larger on the day of a visit.
    private static func expectancy(_ c: SymptomConstants, _ history: SymptomHistory, at day: Double, start: Double) -> Double {
        guard let visit = history.visits.last(where: { $0 < day }) else { return 0 }
        let settled = c.expectancyBase + c.expectancyBelief * history.belief
        let since = day - visit
        return settled * (1 - exp(-(day - start) / c.expectancyTime)) * exp(-since / c.expectancyMemory) + c.transient * exp(-since / c.transientTime)
    }

    private static func antidepressant(_ c: SymptomConstants, _ history: SymptomHistory, at day: Double) -> Double {
        history.antidepressantStarts.reduce(0) { max($0, c.antidepressantMost * (1 - exp(-max(day - $1, 0) / c.antidepressantTime))) }
    }
}
