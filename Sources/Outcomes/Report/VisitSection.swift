import Guidance
import Plot
import Psychometrics
import Statistics

extension Programme {
    /// What one visit of one scale shows.
    struct VisitCount: Sendable {
        var visit: ProgrammeCriteria.Visit
        /// Treated long enough ago to have had the visit.
        var due = 0
        var seen = 0
        /// Of those not seen: the course had ended, or they had died.
        var ended = 0
        var died = 0
        var responses = 0
        var remissions = 0
        var improved = 0
        var worsened = 0
        var withReliability = 0
        var change = Moments()

        /// Somebody who was treated long enough ago.
        mutating func add(_ course: Course) {
            due += 1
            guard let point = course.scale.reading(at: visit) else {
                if course.outcome.death.map({ $0 <= visit.to }) ?? false {
                    died += 1
                } else if course.outcome.end.map({ $0.day <= visit.to }) ?? false {
                    ended += 1
                }
                return
            }
            seen += 1
            change.insert(point.total - course.scale.baseline)
            if point.flags.contains(.response) { responses += 1 }
            if point.flags.contains(.remission) { remissions += 1 }
            if point.flags.contains(.improved) { improved += 1 }
            if point.flags.contains(.worsened) { worsened += 1 }
            if point.flags.contains(.hasReliability) { withReliability += 1 }
        }
    }

    func visitCounts(_ courses: [Course]) -> [VisitCount] {
        var counts = criteria.visits.map { VisitCount(visit: $0) }
        for course in courses {
            let followed = daysFollowed(course.row)
            for index in counts.indices where followed >= counts[index].visit.to { counts[index].add(course) }
        }
        return counts.filter { $0.due > 0 }
    }

    func visitSection(_ instrument: Instrument, _ courses: [Course], _ counts: [VisitCount]) -> ReportSection {
        var section = ReportSection(id: "visits-" + slug(instrument.id), title: "\(instrument.id) by visit")
        let cut = instrument.change?.remission.map { $0.below.map { "below \(plain($0))" } ?? "at most \(plain($0.atMost ?? 0))" }
        section.notes = [
            "\(courses.count) people with a baseline. Response: a fall of at least \(plain(100 * (instrument.change?.response.value ?? 0.5))) % from baseline"
                + (cut.map { "; remission: \($0)" } ?? "")
                + (instrument.change.map { $0.confidence >= .recalled ? " (cuts as recalled)" : "" } ?? "") + ".",
            "Due: the first dose was long enough ago. Response of those seen leaves out who did not come; response of those due counts them as not responding. "
                + "The truth lies between the two only if nobody who was not seen fares better than those who were.",
            instrument.reliability == nil
                ? "Reliable change is not given: \(instrument.id) has no reliability in the reference."
                : "Reliable change: beyond measurement error at 5 % (Jacobson and Truax 1991), \(instrument.reliability?.population ?? "").",
        ]
        section.tables = [
            ReportTable(
                id: "visits", title: "\(instrument.id): change, response, remission",
                columns: [
                    ("visit", "Visit"), ("seen", "Seen"), ("change", "Change"), ("change_sd", "SD"), ("change_ci95", "95 % CI"),
                    ("response", "Response of seen"),
                    ("response_ci95", "95 % CI"), ("response_of_due", "Response of due"), ("remission", "Remission of seen"), ("remission_ci95", "95 % CI"),
                    ("reliably_improved", "Reliably better"), ("reliably_worse", "Reliably worse"),
                ], rows: counts.map(outcomeCells)),
            ReportTable(
                id: "attrition", title: "\(instrument.id): who was seen",
                columns: [
                    ("visit", "Visit"), ("from", "From day"), ("to", "To day"), ("due", "Due"), ("seen", "Seen"), ("ended", "Course ended"), ("died", "Died"),
                    ("missing", "Missing otherwise"), ("seen_share", "Seen of due"),
                ],
                rows: counts.map { count in
                    [
                        .text(count.visit.id), .count(count.visit.from), .count(count.visit.to), .count(count.due), .count(count.seen), .count(count.ended),
                        .count(count.died), .count(count.due - count.seen - count.ended - count.died),
                        .percent(Proportion(count.seen, of: count.due).share),
                    ]
                }),
        ]
        let seen = counts.filter { $0.seen >= criteria.leastGroup }
        if seen.count > 1 {
            func series(_ name: String, _ value: (VisitCount) -> Int) -> SeriesPicture.Series {
                let shares = seen.map { Proportion(value($0), of: $0.seen) }
                return .init(
                    name, x: seen.map { Double($0.visit.day) / 7 }, y: shares.map { 100 * ($0.share ?? 0) },
                    low: shares.map { 100 * ($0.interval()?.low ?? 0) },
                    high: shares.map { 100 * ($0.interval()?.high ?? 0) })
            }
            section.pictures = [
                SeriesPicture(
                    title: "\(instrument.id): response and remission of those seen",
                    panels: [
                        .init(
                            title: "Per cent, with 95 % intervals", across: "weeks from the first dose", range: 0...100,
                            series: [series("Response") { $0.responses }, series("Remission") { $0.remissions }])
                    ])
            ]
        }
        return section
    }

    private func outcomeCells(_ count: VisitCount) -> [ReportTable.Cell] {
        let (response, remission) = (Proportion(count.responses, of: count.seen), Proportion(count.remissions, of: count.seen))
        let error = count.change.standardDeviation.map { $0 / Double(count.seen).squareRoot() }
        let change = error.map { Contrast(estimate: count.change.mean, standardError: $0, degrees: Double(count.seen - 1)) }
        func reliable(_ events: Int) -> ReportTable.Cell { count.withReliability > 0 ? .percent(Proportion(events, of: count.withReliability).share) : .none }
        return [
            .text(count.visit.id), .count(count.seen), count.seen > 0 ? .number(count.change.mean, places: 1) : .none, .number(count.change.standardDeviation),
            .limits(change.map { $0.interval() }), .percent(response.share), .limits(response.interval(), percent: true),
            .percent(Proportion(count.responses, of: count.due).share), .percent(remission.share), .limits(remission.interval(), percent: true),
            reliable(count.improved), reliable(count.worsened),
        ]
    }
}

/// For ids of sections: lower case, with hyphens.
func slug(_ text: String) -> String {
    String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
}

func plain(_ value: Double) -> String { ReportTable.Cell.fixed(value, value == value.rounded() ? 0 : 1) }
