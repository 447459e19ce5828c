import Foundation
import Plot
import Psychometrics
import Statistics

extension Programme {
    /// A stretch of time after a response under one class of interval, or on one side of the first hour of psychotherapy.
    struct Stretch {
        var course: Course
        var followUp: FollowUp
        var group: Int
    }

    /// Time under each class of interval after the first response, and the relapses in it. The interval at a time is the one set last, else the one between the last two sessions; it says
    /// nothing of what comes after it, so that a relapse cannot make its own interval longer.
    func intervalStretches(_ courses: [Course]) -> [Stretch] {
        courses.flatMap { course -> [Stretch] in
            guard let response = course.scale.firstResponse else { return [] }
            let outcome = course.outcome
            let whole = outcome.followUp(course.scale, from: response, relapse: course.scale.relapse)
            let stop = response + Int(whole.end)
            func interval(on day: Int) -> Int? {
                if let set = outcome.intervals.last(where: { $0.day <= day }) { return set.length }
                let before = outcome.sessions.prefix { $0 <= day }
                return before.count > 1 ? before[before.count - 1] - before[before.count - 2] : nil
            }
            let cuts = Set((outcome.sessions + outcome.intervals.map(\.day)).filter { $0 > response && $0 < stop }).sorted()
            var stretches: [Stretch] = []
            for (from, to) in zip([response] + cuts, cuts + [stop]) where from < to {
                guard let length = interval(on: from), let last = outcome.sessions.last(where: { $0 <= from }) else { continue }
                // Treatment goes on while sessions do: after twice the interval without one it is over.
                let end = min(to, last + 2 * max(length, 7))
                guard end > from else { continue }
                let cause = end == stop && whole.cause == 1 ? 1 : 0
                let group = criteria.intervalClass(Double(length))
                if let before = stretches.last, before.group == group, before.followUp.end == Double(from - response), before.followUp.cause == 0 {
                    stretches[stretches.count - 1].followUp.end = Double(end - response)
                    stretches[stretches.count - 1].followUp.cause = cause
                } else {
                    let followUp = FollowUp(start: Double(from - response), end: Double(end - response), cause: cause)
                    stretches.append(Stretch(course: course, followUp: followUp, group: group))
                }
            }
            return stretches
        }
    }

    func intervalSection(_ instrument: Instrument, _ courses: [Course]) -> ReportSection {
        let stretches = intervalStretches(courses)
        var section = ReportSection(id: "intervals", title: "Interval of maintenance and relapse")
        section.notes = [
            "After a first response on \(instrument.id), time is counted under the interval in force: the one set last, else that between the last two sessions; until twice the interval has passed without a session.",
            "People who fare well are seen less often, so that long intervals look better than they would be for others. The rates say under which interval relapses were seen, not what an interval does.",
        ]
        section.tables = [
            ReportTable(
                id: "rates", title: "Relapses by interval in force",
                columns: [
                    ("interval", "Interval"), ("people", "People"), ("person_weeks", "Person-weeks"), ("relapses", "Relapses"),
                    ("per_100_person_weeks", "Per 100 person-weeks"),
                    ("ci95", "95 % CI"),
                ],
                rows: criteria.intervals.indices.map { group in
                    let own = stretches.filter { $0.group == group }
                    let weeks = own.reduce(0) { $0 + ($1.followUp.end - $1.followUp.start) / 7 }
                    let events = own.count { $0.followUp.isEvent }
                    let people = Set(own.map(\.course.index)).count
                    let isShown = weeks > 0 && people >= criteria.leastGroup
                    return [
                        .text(criteria.intervals[group].label), .count(people), .number(weeks, places: 0), .count(events),
                        .number(isShown ? 100 * Double(events) / weeks : nil, places: 2),
                        .limits(isShown ? EventRate.exactInterval(events: events, exposure: weeks / 100) : nil, places: 2),
                    ]
                })
        ]
        if let table = hazards(stretches, names: criteria.intervals.map(\.label), id: "hazards", what: "interval") { section.tables.append(table) }
        return section
    }

    /// Hazard ratios of relapse against the first group that has enough people, adjusted; nil where there is nothing to compare.
    func hazards(_ stretches: [Stretch], names: [String], id: String, what: String) -> ReportTable? {
        let complete = stretches.filter { $0.course.outcome.age != nil }
        let groups = names.indices.filter { group in complete.count { $0.group == group } >= criteria.leastGroup }
        let used = complete.filter { groups.contains($0.group) }
        guard groups.count > 1, used.count(where: { $0.followUp.isEvent }) >= 2 * criteria.leastGroup else { return nil }
        let design = Design(
            [
                ("group", .factor(codes: used.map { groups.firstIndex(of: $0.group) ?? 0 }, levels: groups.map { names[$0] })),
                ("baseline", .number(used.map { $0.course.scale.baseline })), ("age", .number(used.map { Double($0.course.outcome.age ?? 0) })),
                ("female", .number(used.map { $0.course.outcome.sex == .female ? 1 : 0 })),
                ("trials", .number(used.map { Double($0.course.outcome.failedTrials) })),
            ], terms: [["group"], ["baseline"], ["age"], ["female"], ["trials"]])
        let alone = Design([("group", .factor(codes: used.map { groups.firstIndex(of: $0.group) ?? 0 }, levels: groups.map { names[$0] }))], terms: [["group"]])
        let followUps = used.map(\.followUp)
        guard let adjusted = CoxModel(followUps, design), let crude = CoxModel(followUps, alone) else { return nil }
        func cells(_ model: CoxModel, _ column: Int) -> [ReportTable.Cell] {
            guard model.hasConverged, let contrast = model.contrast(column: column) else { return [.none, .none, .none] }
            let limits = contrast.interval()
            return [.number(exp(contrast.estimate), places: 2), .limits((exp(limits.low), exp(limits.high)), places: 2), .p(contrast.p)]
        }
        return ReportTable(
            id: id, title: "Hazard ratio of relapse against “\(names[groups[0]])”, by Cox models in time since response",
            columns: [
                (what, "Group"), ("hazard_ratio", "Ratio"), ("ci95", "95 % CI"), ("p", "p"), ("adjusted_hazard_ratio", "Adjusted"),
                ("adjusted_ci95", "95 % CI"),
                ("adjusted_p", "p"),
            ],
            rows: (1..<groups.count).map { [.text(names[groups[$0]])] + cells(crude, $0) + cells(adjusted, $0) })
    }
}
