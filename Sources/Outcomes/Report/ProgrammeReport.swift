import Notation
import Plot

/// The outcomes of a programme, section by section.
public struct ProgrammeReport: Sendable, Equatable {
    public var asOf: Instant
    public var sections: [ReportSection]

    public var json: JSONValue {
        ["as_of": .string(asOf.description), "sections": .object(sections.reduce(into: JSONObject()) { $0[$1.id] = $1.json })]
    }

    /// What a page shows.
    public func html(pictureWidth: Double = 960) -> String { sections.map { $0.html(pictureWidth: pictureWidth) }.joined() }

    /// One file that needs no other, for printing and sending.
    public func file(title: String) -> String {
        func variables(_ values: [(name: String, value: String)]) -> String { values.map { "\($0.name):\($0.value);" }.joined() }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            \(Element("title", text: title).rendered)
            <style>
            :root{\(variables(Stylesheet.light))}
            @media screen and (prefers-color-scheme: dark){:root{\(variables(Stylesheet.dark))}}
            \(Self.style)
            \(Stylesheet.rules)
            </style></head><body><main>
            \(Element("h1", text: title).rendered)
            \(Element("p", ["class": "outcome-note"], text: "As of \(asOf). \(Self.warning)").rendered)
            \(html())
            </main></body></html>

            """
    }

    public static let warning =
        "What is described here was seen, not assigned: people who got different treatment differed before. No difference in this report is an effect of a treatment."

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--surface);margin:0}
        main{max-width:62rem;margin:0 auto;padding:1.5rem}
        h2{margin:2.5rem 0 .5rem;font-size:1.25rem}
        .outcome-note{color:var(--muted);max-width:46rem}
        table{border-collapse:collapse;width:100%;margin:1rem 0;font-variant-numeric:tabular-nums}
        caption{text-align:left;font-weight:600;padding:.25rem 0}
        th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
        thead th{color:var(--muted);font-size:.85em}
        th.figure,td.figure{text-align:right}td.figure{white-space:nowrap}
        .sideways,.outcome-picture{overflow-x:auto}
        svg{max-width:100%;height:auto}
        @page{size:A4 landscape;margin:12mm}
        @media print{body{font-size:11px}main{max-width:none;padding:0}section{break-inside:auto}tr,svg{break-inside:avoid}.sideways{overflow:visible}
        h2,caption{break-after:avoid}th,td{padding:.2rem .5rem .2rem 0}td:last-child{overflow-wrap:anywhere}}
        """
}

extension Programme {
    /// Everything, in the order in which it is read. No section looks at another: they are made on all cores.
    public var report: ProgrammeReport {
        guard !treated.isEmpty else { return ProgrammeReport(asOf: asOf, sections: [peopleSection]) }
        let perScale = scales.mapOnAllCores(share: 1) { scale in
            let courses = courses(scale)
            return (scale: scale, courses: courses, counts: visitCounts(courses))
        }
        let perScaleCounts = perScale.map { ($0.scale, $0.counts) }
        var parts: [@Sendable () -> ReportSection?] = [{ peopleSection }]
        for (scale, courses, counts) in perScale { parts += [{ visitSection(scale, courses, counts) }, { responseSection(scale, courses) }] }
        if let (scale, courses, _) = perScale.first { parts += [{ intervalSection(scale, courses) }, { therapySection(scale, courses) }] }
        parts += [{ doseSection }, { safetySection }, { benchmarkSection(perScaleCounts) }]
        if let (scale, courses, _) = perScale.first {
            parts += [{ siteSection(scale, courses) }, { comparisonSection(scale, courses) }, { repeatedSection(scale, courses) }]
        }
        // The last take longest and are begun first.
        let sections = Array(parts.reversed()).mapOnAllCores(share: 1) { $0() }.reversed()
        return ProgrammeReport(asOf: asOf, sections: sections.compactMap(\.self))
    }

    /// Who is in the report, and what is not known of them.
    var peopleSection: ReportSection {
        func count(_ holds: (Row) -> Bool) -> Int { treated.count(where: holds) }
        let ages = treated.compactMap { $0.outcome.age }.sorted()
        let rows: [(String, Int)] = [
            ("Charts", rows.count + unread), ("Charts that are not summarised yet and are missing below", unread),
            ("Never had a dose", rows.count - treated.count),
            ("Treated", treated.count),
            ("Without a baseline of any depression scale", count { row in !row.outcome.scales.contains { $0.hasBaseline && isDepression($0) } }),
            (
                "With a baseline and no later score of that scale",
                count { row in
                    let based = row.outcome.scales.filter { $0.hasBaseline && isDepression($0) }
                    return !based.isEmpty && based.allSatisfy(\.points.isEmpty)
                }
            ), ("Age not known", count { $0.outcome.age == nil }), ("Sex not known", count { $0.outcome.sex == .unknown }),
            ("Course closed", count { $0.outcome.end?.kind == .closed }), ("Ended without benefit", count { $0.outcome.end?.kind == .noBenefit }),
            ("Switched to another treatment", count { $0.outcome.end?.kind == .switched }), ("Died", count { $0.outcome.death != nil }),
        ]
        var section = ReportSection(id: "people", title: "Who is counted")
        section.notes = [
            "A course begins with the first dose of the present episode. Days are counted from there; the baseline is the last score no later than the first dose.",
            "Who stopped coming without the course being closed is not known to have ended: they are missing at later visits.",
        ]
        if treated.isEmpty {
            section.notes = [
                self.rows.isEmpty && unread == 0
                    ? "There is no chart here yet."
                    : "Nobody here has had a dose yet: outcomes are counted from the first dose on, and stand here as soon as there is one."
            ]
        }
        section.tables = [
            ReportTable(
                id: "people", title: "People", columns: [("what", "Who"), ("people", "People")],
                rows: rows.filter { $0.1 > 0 || ["Charts", "Treated"].contains($0.0) }.map { [.text($0.0), .count($0.1)] }
                    + (ages.count < criteria.leastGroup ? [] : [[.text("Age at the first dose, median"), .count(ages[ages.count / 2])]]))
        ]
        return section
    }

    private func isDepression(_ scale: ChartOutcome.ScaleOutcome) -> Bool { instruments.named(scale.instrument)?.measures == .depression }
}
