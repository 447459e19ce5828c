import Chart
import Notation

/// A chart's facts as a table: all that was known at a time, superseded ones with a link to what replaced them.
struct Timeline {
    struct Row {
        var kind: FactKind
        var values: [String: Any]
    }

    var rows: [Row] = []
    /// One line for each fact, for links to it.
    var summaries: [FactID: String] = [:]

    init(_ chart: Chart, asOf instant: Instant) {
        let known = chart.facts.filter { $0.knownAt <= instant && ($0.observed?.instant ?? instant) <= instant }
        let successors = Dictionary(known.compactMap { fact in fact.supersedes.map { ($0, fact) } }, uniquingKeysWith: { $1 })
        for fact in known {
            let summary = fact.summary
            summaries[fact.id] = [fact.observed?.reading, kindName(fact.kind), summary].compactMap { $0 }.joined(separator: " · ")
            var values: [String: Any] = [
                "factID": percentEncoded(fact.id), "factKind": fact.kind.rawValue, "factKindText": kindName(fact.kind), "factSummary": summary,
                "isSuperseded": successors[fact.id] != nil,
            ]
            values["factTime"] = fact.observed?.reading
            values["factTimeISO"] = fact.observed?.description
            values["factNote"] = fact.note
            values["factAuthor"] = fact.author ?? fact.source
            values["factRecorded"] = fact.recorded?.reading
            if let successor = successors[fact.id], successor.kind != .retraction {
                values["successorHref"] = "#fact-" + percentEncoded(successor.id)
                values["successorText"] = "now: " + successor.summary
            }
            rows.append(Row(kind: fact.kind, values: values))
        }
    }
}
