import Chart
import Notation
import Pharmacology

/// The facts of one treatment session. Its state, alarms and gates are derived from this whenever they are asked for; a session therefore
/// survives any restart.
public final class SessionRecord: Sendable {
    public let id: String
    public let events: [Stated<SessionEvent>]
    public let administrations: [Stated<Administration>]
    public let adverseEvents: [Stated<AdverseEvent>]
    /// From the protocol the session names; nil when it names none that is known.
    public let plan: TreatmentProtocol?
    /// What is given: by what was given, else by the protocol.
    public let product: Product?
    /// The protocol as the session names it.
    public let protocolID: String?
    /// When readings without a session's name belong to it.
    let span: (from: Instant, to: Instant)

    /// Vital signs are taken this long before the first fact of a session, and this long after its last dose, without naming it.
    fileprivate static let reach = (before: 60.0, after: 360.0)

    /// When the first dose or device was given, as known at `now`.
    public func firstDose(by now: Instant) -> Instant? {
        administrations.first.flatMap { $0.body.time.instant <= now ? $0.body.time.instant : nil }
    }

    /// When the last dose given by `now` ends or ended: a nasal device at once, an infusion after its duration.
    public func lastDoseEnd(by now: Instant) -> Instant? {
        administrations.prefix { $0.body.time.instant <= now }.map(\.body.end).max()
    }

    fileprivate init(
        _ id: String, _ events: [Stated<SessionEvent>], _ administrations: [Stated<Administration>], _ adverseEvents: [Stated<AdverseEvent>],
        measured: Instant?, protocols: [String: TreatmentProtocol], asOf: Instant
    ) {
        self.id = id
        self.events = events
        self.administrations = administrations
        self.adverseEvents = adverseEvents
        let starts = [events.first?.body.time.instant, administrations.first?.body.time.instant, adverseEvents.first?.body.onset.instant, measured]
        let start = starts.compactMap { $0 }.min() ?? asOf
        let end = administrations.last?.body.end ?? events.last?.body.time.instant ?? start
        let left = events.last { SessionStep($0.body.event)?.leavesTheRoom == true }?.body.time.instant
        span = (start.adding(minutes: -Self.reach.before), left ?? end.adding(minutes: Self.reach.after))
        protocolID = events.last { $0.body.protocolID != nil }?.body.protocolID
        plan = protocolID.flatMap { protocols[$0] }
        product = administrations.last.map { Product(drug: $0.body.drug, route: $0.body.route) } ?? plan.map(\.product)
    }

    /// The time of the first event of this step.
    public func time(of step: SessionStep) -> Instant? { events.first { SessionStep($0.body.event) == step }?.body.time.instant }
}

extension Administration {
    /// When it is all given.
    var end: Instant { time.instant.adding(minutes: durationMinutes ?? 0) }
}

extension SessionRecord {
    /// The sessions of a chart in the order they began.
    static func all(in view: ChartView, protocols: [String: TreatmentProtocol]) -> [SessionRecord] {
        let events = Dictionary(grouping: view.sessionEvents) { $0.body.session }
        let administrations = Dictionary(grouping: view.administrations.filter { $0.body.session != nil }) { $0.body.session ?? "" }
        let adverseEvents = Dictionary(grouping: view.adverseEvents.filter { $0.body.session != nil }) { $0.body.session ?? "" }
        let measured = Dictionary(
            view.measurements.compactMap { stated in stated.body.session.map { ($0, stated.body.time.instant) } }, uniquingKeysWith: { min($0, $1) })
        let ids = Set(events.keys).union(administrations.keys).union(adverseEvents.keys).union(measured.keys)
        return ids.map { id in
            SessionRecord(
                id, events[id] ?? [], administrations[id] ?? [], adverseEvents[id] ?? [], measured: measured[id], protocols: protocols, asOf: view.asOf)
        }.sorted { ($0.span.from, $0.id) < ($1.span.from, $1.id) }
    }
}
