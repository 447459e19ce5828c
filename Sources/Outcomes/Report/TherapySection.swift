import Plot
import Psychometrics
import Statistics

extension Programme {
    /// Relapse with and without psychotherapy: somebody counts as without until the first hour, and as with from then on (R. Simon, R. W. Makuch,
    /// Stat. Med. 3 (1984) 35, DOI 10.1002/sim.4780030106), so that living long enough to begin is no merit of it.
    func therapyStretches(_ courses: [Course]) -> [Stretch] {
        courses.flatMap { course -> [Stretch] in
            guard let response = course.scale.firstResponse else { return [] }
            let whole = course.outcome.followUp(course.scale, from: response, relapse: course.scale.relapse)
            let cause = whole.cause == 1 ? 1 : 0
            let begun = course.outcome.therapy.first.map { Double(max($0 - response, 0)) } ?? .infinity
            var stretches: [Stretch] = []
            if begun > 0 {
                let isWhole = begun >= whole.end
                stretches.append(
                    Stretch(course: course, followUp: FollowUp(start: 0, end: min(begun, whole.end), cause: isWhole ? cause : 0), group: 0))
            }
            if begun < whole.end { stretches.append(Stretch(course: course, followUp: FollowUp(start: begun, end: whole.end, cause: cause), group: 1)) }
            return stretches.filter { $0.followUp.end > $0.followUp.start }
        }
    }

    func therapySection(_ instrument: Instrument, _ courses: [Course]) -> ReportSection {
        let names = ["without psychotherapy", "with psychotherapy"]
        let stretches = therapyStretches(courses)
        let curves = names.indices.map { group in KaplanMeier(stretches.filter { $0.group == group }.map(\.followUp)) }
        var section = ReportSection(id: "therapy", title: "With and without psychotherapy")
        section.notes = [
            "After a first response on \(instrument.id) somebody counts as without until the first hour of psychotherapy on record and as with from then on. "
                + "Hours that are not on record here did not happen for this table.",
            "Who gets psychotherapy differs from who does not in ways the charts do not hold.",
        ]
        section.tables = [
            ReportTable(
                id: "relapse", title: "Without relapse, by day since the first response",
                columns: [
                    ("group", "Group"), ("person_weeks", "Person-weeks"), ("relapses", "Relapses"), ("day_28", "Day 28"), ("day_84", "Day 84"),
                    ("day_182", "Day 182"),
                ],
                rows: names.indices.map { group in
                    let own = stretches.filter { $0.group == group }
                    let weeks = own.reduce(0) { $0 + ($1.followUp.end - $1.followUp.start) / 7 }
                    let isShown = own.count >= criteria.leastGroup
                    return [.text(names[group]), .number(weeks, places: 0), .count(own.count { $0.followUp.isEvent })]
                        + [28.0, 84, 182].map { day in
                            .percent(isShown && own.contains { $0.followUp.end >= day } ? curves[group].survival(at: day) : nil)
                        }
                })
        ]
        if let table = hazards(stretches, names: names, id: "hazards", what: "group") { section.tables.append(table) }
        if let visit = mainVisit { section.tables.append(landmarkTable(courses, visit.id) { $0.scale.reading(at: visit) }) }
        if curves.allSatisfy({ $0.subjects >= criteria.leastGroup }) {
            section.pictures = [
                SeriesPicture(
                    title: "Without relapse, with and without psychotherapy",
                    panels: [
                        .init(
                            title: "Per cent", across: "days from the first response", range: 0...100,
                            series: names.indices.map { series(names[$0], curves[$0], falling: true) })
                    ])
            ]
        }
        return section
    }

    /// Response at a visit by whether psychotherapy had begun early: the groups are made before the visit is looked at.
    private func landmarkTable(_ courses: [Course], _ visit: String, _ reading: (Course) -> ChartOutcome.Point?) -> ReportTable {
        let rows = [false, true].map { isWith -> [ReportTable.Cell] in
            let own = courses.filter { ($0.outcome.therapy.first.map { $0 <= criteria.therapyLandmarkDays } ?? false) == isWith }
            let seen = own.compactMap(reading)
            let response = Proportion(seen.count { $0.flags.contains(.response) }, of: seen.count)
            let isShown = seen.count >= criteria.leastGroup
            return [
                .text(isWith ? "begun" : "not begun"), .count(own.count), .count(seen.count), .percent(isShown ? response.share : nil),
                .limits(isShown ? response.interval() : nil, percent: true),
            ]
        }
        return ReportTable(
            id: "landmark", title: "Response at \(visit), by whether psychotherapy had begun by day \(criteria.therapyLandmarkDays)",
            columns: [
                ("psychotherapy", "Psychotherapy"), ("people", "People"), ("seen", "Seen"), ("response", "Response of seen"), ("response_ci95", "95 % CI"),
            ], rows: rows)
    }
}
