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
                let lift = c.lift(occupancyHours: area)
                content = .dose(fast: lift.fast, slow: lift.slow)
            } else {
                content = .reading(
                    background: Self.expectancy(c, history, at: event.day, start: start) + Self.antidepressant(c, history, at: event.day),
                    drifted: c.drifted(since: max(event.day - start, 0)))
            }
            steps.append(Step(days: since, unfeltFast: exp(-since / c.fastOnset), unfeltSlow: exp(-since / c.slowOnset), event: content))
        }
        self.steps = steps
        readings = days.count
    }

    /// Builds up from the first visit, is forgotten after the last, and is larger on the day of a visit.
    private static func expectancy(_ c: SymptomConstants, _ history: SymptomHistory, at day: Double, start: Double) -> Double {
        guard let visit = history.visits.last(where: { $0 < day }) else { return 0 }
        return c.expectancy(belief: history.belief, sinceFirst: day - start, sinceLast: day - visit)
    }

    private static func antidepressant(_ c: SymptomConstants, _ history: SymptomHistory, at day: Double) -> Double {
        history.antidepressantStarts.reduce(0) { max($0, c.antidepressant(since: day - $1)) }
    }
}

/// What improves without drug, as falls of the logarithm of severity; days.
extension SymptomConstants {
    /// - Parameter belief: how sure the person is to receive the drug.
    func expectancy(belief: Double, sinceFirst: Double, sinceLast: Double) -> Double {
        let settled = expectancyBase + expectancyBelief * belief
        return settled * (1 - exp(-sinceFirst / expectancyTime)) * exp(-sinceLast / expectancyMemory) + transient * exp(-sinceLast / transientTime)
    }

    func antidepressant(since: Double) -> Double { antidepressantMost * (1 - exp(-max(since, 0) / antidepressantTime)) }

    /// Part of the drift comes with the first visit, the rest with time.
    func drifted(since: Double) -> Double {
        driftEarly * (1 - exp(-since / expectancyTime)) + (1 - driftEarly) * (1 - exp(-since / driftTime))
    }

    /// Shares of what is missing to full connectivity that a dose adds.
    func lift(occupancyHours area: Double) -> (fast: Double, slow: Double) { (1 - exp(-fastGain * area), 1 - exp(-slowGain * area)) }

    /// Of a relapse by an event, a day, at a severity in points of the reference scale.
    func hazard(at points: Double) -> Double { hazard * exp(hazardSlope * (points - hazardReference)) }
}
