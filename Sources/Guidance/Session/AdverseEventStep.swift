import Chart
import Notation

/// What an event of a session says of an adverse event beside it. Reference: pathway.md, `ae.started` and `ae.resolved`.
public enum AdverseEventStep: String, Sendable, CaseIterable {
    case started = "ae_started"
    case resolved = "ae_resolved"

    public init?(_ event: String) { self.init(rawValue: eventName(event)) }

    /// The answers it reads.
    public static let details: Set = ["term", "severity", "serious"]
}

extension [Stated<AdverseEvent>] {
    /// With those that the events of the same session began, each until an event resolves it.
    ///
    /// What is stated as a fact already is not begun again by an event of the same term. An end without a term is that of the event begun last.
    func following(_ events: [Stated<SessionEvent>]) -> Self {
        var log = self
        for event in events {
            guard let step = AdverseEventStep(event.body.event) else { continue }
            let started = AdverseEvent(started: event.body)
            let isNamed = event.body.details.contains { $0.name == "term" }
            func isSame(_ other: Stated<AdverseEvent>) -> Bool { Words(other.body.term) == Words(started.term) }
            switch step {
            case .started:
                if !contains(where: isSame) { log.append(Stated(fact: event.fact, body: started)) }
            case .resolved:
                let open = log.lastIndex { other in
                    other.body.resolved == nil && other.body.onset.instant <= started.onset.instant && (!isNamed || isSame(other))
                }
                if let open {
                    var over = log[open].body
                    over.resolved = started.onset
                    log[open] = Stated(fact: log[open].fact, body: over)
                }
            }
        }
        return log.sorted { ($0.body.onset.instant, $0.id) < ($1.body.onset.instant, $1.id) }
    }
}
