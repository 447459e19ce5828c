import Statistics

extension Programme {
    /// What is given, how much and how often.
    var doseSection: ReportSection {
        var uses: [ChartOutcome.Preparation: Use] = [:]
        for row in treated { for dose in row.outcome.doses { uses[dose.preparation, default: Use()].insert(dose) } }
        func middle(_ sketch: QuantileSketch) -> [ReportTable.Cell] {
            guard sketch.count >= criteria.leastGroup else { return [.none, .none] }
            let quantiles = sketch.quantiles([0.25, 0.5, 0.75])
            return [.number(quantiles[1], places: 1), .interval(quantiles[0], quantiles[2], places: 1, percent: false)]
        }
        var section = ReportSection(id: "doses", title: "What is given, and how often")
        section.notes = [
            "Milligrams a session, of sessions in which every dose had a known mass; by weight where a weight was on record. Median and middle half over people.",
            "Days between sessions are those between days with a dose. Of fewer than \(criteria.leastGroup) people only the number is told.",
        ]
        section.tables = [
            ReportTable(
                id: "doses", title: "Doses by drug and route",
                columns: [
                    ("product", "Drug and route"), ("people", "People"), ("sessions", "Sessions"), ("first_mg", "First mg"),
                    ("first_mg_middle_half", "Middle half"),
                    ("last_mg", "Last mg"), ("last_mg_middle_half", "Middle half"), ("highest_mg", "Highest mg"), ("highest_mg_middle_half", "Middle half"),
                    ("raised", "Last above first"),
                ],
                rows: uses.sorted { ($1.value.people, $0.key) < ($0.value.people, $1.key) }.map { product, use in
                    [.text(product.name), .count(use.people), .count(use.sessions)] + middle(use.first) + middle(use.last) + middle(use.highest)
                        + [.percent(use.withAmount < criteria.leastGroup ? nil : Proportion(use.raised, of: use.withAmount).share)]
                }),
            paceTable,
        ]
        return section
    }

    private var paceTable: ReportTable {
        let spans: [(name: String, days: Range<Int>)] = [
            ("weeks 1 to 4", 0..<28), ("weeks 5 to 12", 28..<84), ("weeks 13 to 26", 84..<182), ("later", 182..<Int.max),
        ]
        return ReportTable(
            id: "pace", title: "Sessions by time since the first dose",
            columns: [
                ("span", "Time"), ("people", "People with a session"), ("sessions_median", "Sessions, median"), ("sessions_middle_half", "Middle half"),
                ("days_between", "Days between, median"), ("days_between_middle_half", "Middle half"),
            ],
            rows: zip(spans, paces(spans.map(\.days))).map { span, pace in
                func cells(_ sketch: QuantileSketch) -> [ReportTable.Cell] {
                    guard sketch.count >= criteria.leastGroup else { return [.none, .none] }
                    let quantiles = sketch.quantiles([0.25, 0.5, 0.75])
                    return [.number(quantiles[1], places: 0), .interval(quantiles[0], quantiles[2], places: 0, percent: false)]
                }
                return [.text(span.name), .count(pace.sessions.count)] + cells(pace.sessions) + cells(pace.gaps)
            })
    }

    /// By span of days, which follow one another: sessions of each person who had one, and the days from each session's predecessor to it.
    private func paces(_ spans: [Range<Int>]) -> [(sessions: QuantileSketch, gaps: QuantileSketch)] {
        var paces = spans.map { _ in (sessions: QuantileSketch(), gaps: QuantileSketch()) }
        for row in treated {
            var (span, own, before): (Int, Int, Int?) = (0, 0, nil)
            for day in row.outcome.sessions {
                while span < spans.count - 1, day >= spans[span].upperBound {
                    if own > 0 { paces[span].sessions.insert(Double(own)) }
                    (span, own) = (span + 1, 0)
                }
                own += 1
                if let before { paces[span].gaps.insert(Double(day - before)) }
                before = day
            }
            if own > 0 { paces[span].sessions.insert(Double(own)) }
        }
        return paces
    }

    /// Adverse events and pressure events over sessions.
    var safetySection: ReportSection {
        var (all, serious, pressure) = (ClusteredRate(), ClusteredRate(), ClusteredRate())
        var terms: [String: (people: Int, events: Int, serious: Int)] = [:]
        for row in treated {
            let sessions = row.outcome.sessions.count
            var (own, ownSerious) = (0, 0)
            for event in row.outcome.adverseEvents {
                (own, ownSerious) = (own + event.count, ownSerious + event.serious)
                let before = terms[event.term] ?? (0, 0, 0)
                terms[event.term] = (before.people + 1, before.events + event.count, before.serious + event.serious)
            }
            all.insert(events: own, exposure: sessions)
            serious.insert(events: ownSerious, exposure: sessions)
            pressure.insert(events: row.outcome.pressureSessions, exposure: sessions)
        }
        func row(_ name: String, _ rate: ClusteredRate) -> [ReportTable.Cell] {
            [
                .text(name), .count(rate.events), .count(rate.exposure), .number(rate.rate.map { 100 * $0 }, places: 2),
                .limits(rate.interval().map { (100 * $0.low, 100 * $0.high) }, places: 2),
            ]
        }
        var section = ReportSection(id: "safety", title: "Adverse events and pressure events")
        section.notes = [
            "Per 100 sessions with a dose. The intervals take people, not events, as the sample: one person's events come together. What nobody recorded is not counted.",
            "A session with a pressure event is one in which \(criteria.pressureRules.joined(separator: " or ")) raised an alert.",
            "Terms as they were written, in lower case; those of fewer than \(criteria.leastGroup) people are not listed.",
        ]
        let listed = terms.filter { $0.value.people >= criteria.leastGroup }.sorted { ($1.value.events, $0.key) < ($0.value.events, $1.key) }
        section.tables = [
            ReportTable(
                id: "rates", title: "Per 100 sessions",
                columns: [("what", "What"), ("events", "Events"), ("sessions", "Sessions"), ("per_100_sessions", "Per 100 sessions"), ("ci95", "95 % CI")],
                rows: [row("adverse events", all), row("serious adverse events", serious), row("sessions with a pressure event", pressure)]),
            ReportTable(
                id: "terms", title: "Adverse events by term",
                columns: [("term", "Term"), ("people", "People"), ("events", "Events"), ("serious", "Serious"), ("per_100_sessions", "Per 100 sessions")],
                rows: listed.prefix(30).map { term, count in
                    [
                        .text(term), .count(count.people), .count(count.events), .count(count.serious),
                        .number(all.exposure > 0 ? 100 * Double(count.events) / Double(all.exposure) : nil, places: 2),
                    ]
                }),
        ]
        return section
    }
}

/// How one drug by one route is used.
private struct Use {
    var people = 0
    var sessions = 0
    var raised = 0
    var withAmount = 0
    var (first, last, highest) = (QuantileSketch(), QuantileSketch(), QuantileSketch())

    mutating func insert(_ dose: ChartOutcome.DoseSummary) {
        people += 1
        sessions += dose.count
        guard let amount = dose.milligrams else { return }
        withAmount += 1
        if amount.last > amount.first { raised += 1 }
        first.insert(amount.first)
        last.insert(amount.last)
        highest.insert(amount.highest)
    }
}
