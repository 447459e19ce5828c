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

    /// When something was given, from the start to the end of it, in time order: administrations, and events that say so without one.
    let doses: [(start: Instant, end: Instant, fact: FactID)]

    /// When the first dose or device was given, as known at `now`.
    public func firstDose(by now: Instant) -> Instant? { doses.first.flatMap { $0.start <= now ? $0.start : nil } }

    /// When the last dose given by `now` ends or ended: a nasal device at once, an infusion after its duration.
    public func lastDoseEnd(by now: Instant) -> Instant? { doses.prefix { $0.start <= now }.map(\.end).max() }

    /// Events that say something was given, of which no administration says how much.
    var dosesWithoutAmount: [Stated<SessionEvent>] {
        let given = administrations.map(\.body.time.instant)
        return events.filter { event in
            SessionStep(event.body.event) == .dose
                && !given.contains { abs($0.minutes(since: event.body.time.instant)) <= Self.sameDose }
        }
    }

    /// Nasal devices, in time order: administrations, and events that say so without one.
    var devices: [(time: Instant, fact: FactID)] {
        let given = administrations.filter { $0.body.route == .intranasal }.map { ($0.body.time.instant, $0.id) }
        let said = plan?.route == .intranasal || !given.isEmpty ? dosesWithoutAmount.map { ($0.body.time.instant, $0.id) } : []
        return (given + said).sorted { $0 < $1 }
    }

    /// Whether fewer nasal devices were given by `now` than the protocol's least dose needs.
    func awaitsDevice(at now: Instant) -> Bool {
        guard let doses = plan?.doses, doses.unit == "mg", let device = doses.device else { return false }
        let least = ((doses.first ?? []) + (doses.then ?? [])).min() ?? 0
        let milligrams = administrations.filter { $0.body.time.instant <= now }.compactMap { $0.body.dose.milligrams(weightKilograms: nil)?.value }
        let unstated = dosesWithoutAmount.count { $0.body.time.instant <= now }
        return milligrams.reduce(0, +) + Double(unstated) * device < least
    }

    /// An event and an administration this close together, in minutes, are one dose.
    private static let sameDose = 4.0

    fileprivate init(
        _ id: String, _ events: [Stated<SessionEvent>], _ administrations: [Stated<Administration>], _ adverseEvents: [Stated<AdverseEvent>],
        measured: Instant?, protocols: [String: TreatmentProtocol], asOf: Instant
    ) {
        self.id = id
        self.events = events
        self.administrations = administrations
        self.adverseEvents = adverseEvents
        let protocolID = events.last { $0.body.protocolID != nil }?.body.protocolID
        let plan = protocolID.flatMap { protocols[$0] }
        (self.protocolID, self.plan) = (protocolID, plan)
        let given = administrations.map { (start: $0.body.time.instant, end: $0.body.end, fact: $0.id) }
        let said = events.compactMap { event -> (start: Instant, end: Instant, fact: FactID)? in
            let time = event.body.time.instant
            switch SessionStep(event.body.event) {
            case .dose:
                // An infusion without a duration on record takes the protocol's.
                let isKnown = given.contains { $0.start <= time && time <= $0.end || abs($0.start.minutes(since: time)) <= Self.sameDose }
                return (time, isKnown ? time : time.adding(minutes: plan?.infusionMinutes ?? 0), event.id)
            case .lastDevice: return (time, time, event.id)
            default: return nil
            }
        }
        let isDosed = !given.isEmpty || events.contains { SessionStep($0.body.event) == .dose }
        doses = isDosed ? (given + said).sorted { ($0.start, $0.fact) < ($1.start, $1.fact) } : []
        let starts = [events.first?.body.time.instant, administrations.first?.body.time.instant, adverseEvents.first?.body.onset.instant, measured]
        let start = starts.compactMap { $0 }.min() ?? asOf
        let end = administrations.last?.body.end ?? events.last?.body.time.instant ?? start
        let left = events.last { SessionStep($0.body.event)?.leavesTheRoom == true }?.body.time.instant
        span = (start.adding(minutes: -Self.reach.before), left ?? end.adding(minutes: Self.reach.after))
        product = administrations.last.map { Product(drug: $0.body.drug, route: $0.body.route) } ?? plan.map(\.product)
    }

    var readingSpan: Readings.Span {
        let day = (administrations.first?.body.time ?? events.first?.body.time)?.day
        return Readings.Span(id: id, from: span.from, to: span.to, day: day ?? span.from.day)
    }

    /// The time of the first event of this step.
    public func time(of step: SessionStep) -> Instant? { events.first { SessionStep($0.body.event) == step }?.body.time.instant }
}

extension Administration {
    /// When it is all given.
    var end: Instant { time.instant.adding(minutes: durationMinutes ?? 0) }
}

extension SessionRecord {
    /// The session a dose belongs to: the one it names, else the only one of its day, else one of its own for day and drug, so that a dose
    /// without a session (SS-02) is watched all the same.
    private static func name(of dose: Administration, on days: [Day: Set<String>]) -> String {
        if let session = dose.session { return session }
        let known = days[dose.time.day] ?? []
        return known.count == 1 ? known.first ?? "" : "unnamed \(dose.time.day) \(dose.drug.rawValue)"
    }

    /// The sessions of a chart in the order they began.
    static func all(in view: ChartView, protocols: [String: TreatmentProtocol]) -> [SessionRecord] {
        let events = Dictionary(grouping: view.sessionEvents) { $0.body.session }
        let days = Dictionary(view.sessionEvents.map { ($0.body.time.day, Set([$0.body.session])) }, uniquingKeysWith: { $0.union($1) })
        let administrations = Dictionary(grouping: view.administrations) { name(of: $0.body, on: days) }
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
