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
    /// When the last booking has it start; a plan, and no fact of its own.
    public let plannedStart: Moment?
    /// When readings without a session's name belong to it.
    let span: (from: Instant, to: Instant)

    /// Vital signs are taken this long before the first fact of a session, and this long after its last dose, without naming it.
    fileprivate static let reach = (before: 60.0, after: 360.0)

    /// Something given, by an administration or by an event that says so without one.
    struct Dose: Sendable {
        var start: Instant
        /// When it was all given; nil for an infusion of which nobody says how long it took.
        var end: Instant?
        var fact: FactID
    }

    /// In time order.
    let doses: [Dose]

    /// When the first dose or device was given, as known at `now`.
    public func firstDose(by now: Instant) -> Instant? { doses.first.flatMap { $0.start <= now ? $0.start : nil } }

    /// When the last dose given by `now` ends or ended, at the earliest: a nasal device at once, an infusion after its duration.
    public func lastDoseEnd(by now: Instant) -> Instant? { doses.prefix { $0.start <= now }.map { $0.end ?? $0.start }.max() }

    /// Whether the end of everything given by `now` is known.
    func isEndKnown(by now: Instant) -> Bool { doses.prefix { $0.start <= now }.allSatisfy { $0.end != nil } }

    /// Events that say something was given, of which no administration says how much.
    let dosesWithoutAmount: [Stated<SessionEvent>]

    /// Nasal devices, in time order: administrations, and events that say so without one.
    var devices: [(time: Instant, fact: FactID)] {
        let given = administrations.filter { $0.body.route == .intranasal }.map { ($0.body.time.instant, $0.id) }
        let said = plan?.route == .intranasal || !given.isEmpty ? dosesWithoutAmount.map { ($0.body.time.instant, $0.id) } : []
        return (given + said).sorted { $0 < $1 }
    }

    /// Whether fewer nasal devices were given by `now` than the protocol's least dose needs.
    public func awaitsDevice(at now: Instant) -> Bool {
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
        doses = Self.doses(administrations, events, plan: plan)
        dosesWithoutAmount = events.filter { event in
            SessionStep(event.body.event) == .dose
                && !administrations.contains { abs($0.body.time.instant.minutes(since: event.body.time.instant)) <= Self.sameDose }
        }
        // A booking is made days ahead: the session begins with what comes after it.
        let begun = events.first { SessionStep($0.body.event) != .book }?.body.time.instant
        plannedStart = events.last { SessionStep($0.body.event) == .book }?.body.plannedStart
        let starts = [begun, administrations.first?.body.time.instant, adverseEvents.first?.body.onset.instant, measured]
        let start = starts.compactMap { $0 }.min() ?? plannedStart?.instant ?? asOf
        let end = doses.map { $0.end ?? $0.start }.max() ?? max(events.last?.body.time.instant ?? start, start)
        let (left, lastDose) = (events.last { SessionStep($0.body.event)?.leavesTheRoom == true }?.body.time.instant, doses.last?.start)
        let isGone = left.map { left in lastDose.map { $0 <= left } ?? true } ?? false
        span = (start.adding(minutes: -Self.reach.before), isGone ? left ?? end : end.adding(minutes: Self.reach.after))
        product = administrations.last.map { Product(drug: $0.body.drug, route: $0.body.route) } ?? plan.map(\.product)
    }

    /// The same session with adverse events that do not name it.
    fileprivate init(_ other: SessionRecord, adding adverseEvents: [Stated<AdverseEvent>]) {
        (id, events, administrations, plan) = (other.id, other.events, other.administrations, other.plan)
        (product, protocolID, span, plannedStart) = (other.product, other.protocolID, other.span, other.plannedStart)
        (doses, dosesWithoutAmount) = (other.doses, other.dosesWithoutAmount)
        self.adverseEvents = (other.adverseEvents + adverseEvents).sorted { ($0.body.onset.instant, $0.id) < ($1.body.onset.instant, $1.id) }
    }

    private static func doses(
        _ administrations: [Stated<Administration>], _ events: [Stated<SessionEvent>], plan: TreatmentProtocol?
    ) -> [Dose] {
        let ends = events.filter { SessionStep($0.body.event) == .lastDevice }.map { ($0.body.time.instant, $0.id) }
        func infusionEnd(_ start: Instant) -> Instant? {
            ends.first { $0.0 > start }?.0 ?? plan?.infusionMinutes.map { start.adding(minutes: $0) }
        }
        let given = administrations.map { administration in
            let start = administration.body.time.instant
            return Dose(start: start, end: administration.body.end ?? infusionEnd(start), fact: administration.id)
        }
        let said = events.filter { SessionStep($0.body.event) == .dose }.map { event in
            let time = event.body.time.instant
            let isKnown = given.contains { $0.start <= time && time <= $0.end ?? $0.start || abs($0.start.minutes(since: time)) <= Self.sameDose }
            let isInfusion = !isKnown && (eventName(event.body.event) == "infusion_start" || plan?.infusionMinutes != nil)
            return Dose(start: time, end: isInfusion ? infusionEnd(time) : time, fact: event.id)
        }
        guard !given.isEmpty || !said.isEmpty else { return [] }
        return (given + said + ends.map { Dose(start: $0.0, end: $0.0, fact: $0.1) }).sorted { ($0.start, $0.fact) < ($1.start, $1.fact) }
    }

    var calendarSpan: SessionCalendar.Span {
        let day = (administrations.first?.body.time ?? events.first?.body.time)?.day
        return SessionCalendar.Span(id: id, from: span.from, to: span.to, day: day ?? span.from.day)
    }

    /// The time of the first event of this step.
    public func time(of step: SessionStep) -> Instant? { events.first { SessionStep($0.body.event) == step }?.body.time.instant }
}

extension Administration {
    /// When it is all given; nil for an infusion without a duration on record.
    fileprivate var end: Instant? { durationMinutes.map { time.instant.adding(minutes: $0) } ?? (route == .intravenous ? nil : time.instant) }
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
        let records = Array(ids).mapOnAllCores { id in
            SessionRecord(
                id, events[id] ?? [], administrations[id] ?? [], (adverseEvents[id] ?? []).following(events[id] ?? []), measured: measured[id],
                protocols: protocols, asOf: view.asOf)
        }.sorted { ($0.span.from, $0.id) < ($1.span.from, $1.id) }
        // A date alone does not say that it happened in the session of that day.
        let calendar = SessionCalendar(
            records.map { record in
                var span = record.calendarSpan
                span.from = span.from.adding(minutes: reach.before)
                return span
            })
        let stray = Dictionary(grouping: view.adverseEvents.filter { $0.body.session == nil && !$0.body.onset.isWholeDay }) {
            calendar[$0.body.onset.instant] ?? ""
        }
        return records.map { record in stray[record.id].map { SessionRecord(record, adding: $0) } ?? record }
    }
}

extension SessionEvent {
    /// The detail of a booking that says when the session is to start.
    public static let plannedStartKey = "planned_start"

    var plannedStart: Moment? {
        guard case .text(let text)? = details.first(where: { $0.name == Self.plannedStartKey })?.value else { return nil }
        return Moment(text)
    }
}
