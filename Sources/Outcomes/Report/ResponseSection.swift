import Plot
import Psychometrics
import Statistics

extension Programme {
    /// Days at which curves are read off.
    private static let readings = [7.0, 14, 28, 56, 84, 182, 364]

    /// Time to response, and how long it lasts.
    func responseSection(_ instrument: Instrument, _ courses: [Course]) -> ReportSection {
        let scored = courses.filter { !$0.scale.points.isEmpty }
        let responses = KaplanMeier(
            scored.map { course in
                let last = Double(course.scale.points.last?.day ?? 0)
                return course.scale.firstResponse.map { FollowUp(end: Double($0), cause: 1) } ?? FollowUp(end: last)
            })
        let responders = scored.compactMap { course in course.scale.firstResponse.map { (course, $0) } }
        let followUps = responders.map { course, day in course.outcome.followUp(course.scale, from: day, relapse: course.scale.relapse) }
        let relapses = KaplanMeier(followUps.map { FollowUp(end: $0.end, cause: $0.cause == 1 ? 1 : 0) })
        let risks = CompetingRisks(followUps, causes: 3)
        let losses = KaplanMeier(
            responders.map { course, day in
                let lost = course.scale.points.first { $0.day > day && !$0.flags.contains(.response) }?.day
                let last = course.scale.points.last?.day ?? day
                return FollowUp(end: Double((lost ?? last) - day), cause: lost == nil ? 0 : 1)
            })
        let isRelapseKnown = definesRelapse(instrument) || followUps.contains { $0.cause == 1 }
        var section = ReportSection(id: "response-" + slug(instrument.id), title: "\(instrument.id): time to response, and how long it lasts")
        section.notes = [
            "Kaplan-Meier curves with log-log limits. An event is dated by the score that shows it, so that it happened since the score before. Who has no later "
                + "score is taken to fare as those who are still seen: this is assumed, not known.",
            "Relapse is as the reference defines it (two high scores 5 to 15 days apart on MADRS, or an event that indicates relapse) and is counted from the first response. "
                + "For other scales only events count; loss of response, the first score that is none any more, is this project's construct and is given for all.",
            "With competing risks (Aalen-Johansen) the end of the course and death are events of their own: 1 − Kaplan-Meier says what relapse would be if nobody ended.",
        ]
        func quantiles(_ name: String, _ curve: KaplanMeier) -> [ReportTable.Cell] {
            let median = curve.quantile(0.5)
            return [
                .text(name), .count(curve.subjects), .count(curve.steps.reduce(0) { $0 + $1.events }), .number(median.time, places: 0),
                .number(median.low, places: 0), .number(median.high, places: 0), .number(curve.quantile(0.25).time, places: 0),
            ]
        }
        section.tables = [
            ReportTable(
                id: "medians", title: "Days until half have had it",
                columns: [
                    ("event", "Event"), ("people", "People"), ("events", "Events"), ("median_days", "Median days"), ("median_low", "95 % from"),
                    ("median_high", "95 % to"), ("quarter_days", "A quarter by day"),
                ],
                rows: [quantiles("first response, from the first dose", responses)]
                    + (isRelapseKnown ? [quantiles("relapse, from the first response", relapses)] : [])
                    + [quantiles("loss of response, from the first response", losses)]),
            ReportTable(
                id: "shares", title: "Shares by day",
                columns: [
                    ("day", "Day"), ("responded", "Responded by then"), ("responded_ci95", "95 % CI"), ("relapse_free", "Without relapse"),
                    ("relapse_free_ci95", "95 % CI"), ("at_risk", "At risk"), ("relapsed_first", "Relapsed, competing risks"),
                    ("ended_first", "Course ended first"),
                    ("died_first", "Died first"), ("still_responding", "Response not lost"),
                ],
                rows: Self.readings.filter { $0 <= max(responses.lastTime, relapses.lastTime) }.map { day in
                    func share(_ curve: KaplanMeier, falling: Bool) -> ReportTable.Cell {
                        guard day <= curve.lastTime else { return .none }
                        return .percent(falling ? curve.survival(at: day) : 1 - curve.survival(at: day))
                    }
                    func bounds(_ curve: KaplanMeier, falling: Bool) -> ReportTable.Cell {
                        guard day <= curve.lastTime, let limits = curve.step(at: day).flatMap({ KaplanMeier.limits($0) }) else { return .none }
                        return .limits(falling ? limits : (1 - limits.high, 1 - limits.low), percent: true)
                    }
                    func first(_ cause: Int) -> ReportTable.Cell {
                        day <= relapses.lastTime ? .percent(risks.step(at: day)?.incidence[cause - 1] ?? 0) : .none
                    }
                    return [.count(Int(day)), share(responses, falling: false), bounds(responses, falling: false)]
                        + (isRelapseKnown ? [share(relapses, falling: true), bounds(relapses, falling: true)] : [.none, .none])
                        + [.count(followUps.count { $0.end >= day }), isRelapseKnown ? first(1) : .none, first(2), first(3), share(losses, falling: true)]
                }),
        ]
        if responders.count >= criteria.leastGroup {
            section.pictures = [
                SeriesPicture(
                    title: "\(instrument.id): response and durability",
                    panels: [
                        .init(
                            title: "Responded, per cent", across: "days from the first dose", range: 0...100,
                            series: [series("Responded", responses, falling: false)]),
                        .init(
                            title: "Of those who responded, per cent", across: "days from the first response", range: 0...100,
                            series: (isRelapseKnown ? [series("Without relapse", relapses, falling: true)] : [])
                                + [series("Response not lost", losses, falling: true)]),
                    ])
            ]
        }
        return section
    }

    /// A curve as far as enough people are at risk.
    func series(_ name: String, _ curve: KaplanMeier, falling: Bool) -> SeriesPicture.Series {
        let steps = curve.steps.filter { $0.atRisk >= criteria.leastGroup && $0.events > 0 }
        let last = curve.steps.last { $0.atRisk >= criteria.leastGroup }
        func place(_ share: Double) -> Double { 100 * (falling ? share : 1 - share) }
        let limits = steps.map { KaplanMeier.limits($0) ?? ($0.survival, $0.survival) }
        let tail = last.map { [$0] } ?? []
        let ends = tail.map { KaplanMeier.limits($0) ?? ($0.survival, $0.survival) }
        return .init(
            name, x: [0] + (steps + tail).map(\.time), y: [place(1)] + (steps + tail).map { place($0.survival) },
            low: [place(1)] + (limits + ends).map { place($0.low) },
            high: [place(1)] + (limits + ends).map { place($0.high) }, shape: .step)
    }
}

extension KaplanMeier {
    /// As far as the curve goes; below every day for nobody.
    fileprivate var lastTime: Double { steps.last?.time ?? -1 }
}
