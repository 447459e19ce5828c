import Chart
import Notation

/// A chart's facts as rows of a table: all that was known at a time, superseded ones with a link to what replaced them.
///
/// Written as HTML here and not by the template: a chart has thousands of facts, and a template looks up every cell by name.
struct Timeline {
    /// Facts that share a row: the vital signs one person took at one time, else a single fact.
    private struct Row {
        var facts: [Fact]

        func takes(_ fact: Fact) -> Bool {
            guard let last = facts.last, last.kind == .measurement, fact.kind == .measurement else { return false }
            return (last.observed, last.author, last.source, last.recorded) == (fact.observed, fact.author, fact.source, fact.recorded)
        }
    }

    let count: Int
    /// Each fact in words.
    private(set) var summaries: [FactID: String] = [:]
    /// How many of each kind.
    let kinds: [(kind: FactKind, count: Int)]
    private var rows: [Row] = []
    private let successors: [FactID: Fact]

    init(_ chart: Chart, asOf instant: Instant) {
        let known = chart.facts.filter { $0.knownAt <= instant && ($0.observed?.instant ?? instant) <= instant }
        successors = Dictionary(known.compactMap { fact in fact.supersedes.map { ($0, fact) } }, uniquingKeysWith: { $1 })
        count = known.count
        kinds = Dictionary(grouping: known, by: \.kind).map { ($0, $1.count) }.sorted { $0.0.rawValue < $1.0.rawValue }
        for fact in known {
            summaries[fact.id] = fact.summary
            if let last = rows.indices.last, rows[last].takes(fact) { rows[last].facts.append(fact) } else { rows.append(Row(facts: [fact])) }
        }
    }

    /// Table rows, latest first.
    var html: String {
        var html = ""
        html.reserveCapacity(count * 200)
        for row in rows.reversed() {
            guard let first = row.facts.first else { continue }
            let rowID = row.facts.count == 1 ? " id=\"fact-\(percentEncoded(first.id))\"" : ""
            let isSuperseded = row.facts.allSatisfy { successors[$0.id] != nil }
            html += "<tr\(rowID) class=\"fact is-\(first.kind.rawValue)\(isSuperseded ? " superseded" : "")\"><td class=\"when\">"
            if let time = first.observed { html += "<time datetime=\"\(time)\">\(time.reading)</time>" }
            html += "</td><td class=\"sort\">\(kindName(first.kind))</td><td class=\"what\">"
            for (index, fact) in row.facts.enumerated() {
                if index > 0 { html += " · " }
                html += row.facts.count == 1 ? words(of: fact) : "<span id=\"fact-\(percentEncoded(fact.id))\">\(words(of: fact))</span>"
            }
            html += "</td><td class=\"author\">\(escapedHTML(first.author ?? first.source ?? ""))</td><td class=\"recorded\">"
            html += "\(first.recorded?.reading ?? "")</td></tr>\n"
        }
        return html
    }

    private func words(of fact: Fact) -> String {
        var words = escapedHTML(summaries[fact.id] ?? "")
        if let successor = successors[fact.id] {
            words = "<s>\(words)</s> "
            words +=
                successor.kind == .retraction
                ? "<span class=\"withdrawn\">withdrawn</span>"
                : "<a href=\"#fact-\(percentEncoded(successor.id))\">now: \(escapedHTML(summaries[successor.id] ?? ""))</a>"
        }
        if let note = fact.note { words += "<span class=\"note\">\(escapedHTML(note))</span>" }
        return words
    }
}
