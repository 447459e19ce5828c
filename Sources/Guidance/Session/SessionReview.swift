import Chart
import Evidence
import Notation

/// One session judged: where it stands, what was alarming, what is due, and whether the patient may be dosed or leave.
public struct SessionReview: Sendable {
    /// A rule that began to apply at a moment of the session.
    public struct Alert: Sendable, Equatable {
        public var finding: Finding
        public var decision: Rule.Decision
        public var at: Instant
        /// What raised it: the reading, the adverse event's term, milligrams given, minutes between devices or late.
        public var value: Reading.Value?
        /// Of a number, as it stands on a monitor: `mmHg`, `mg`, `min late`. A bare 132 beside "BP check due" would be read as a pressure.
        public var unit: String?
        /// Still so at the end of what is known.
        public var isOpen: Bool

        /// The value with its unit; empty where there is none.
        public var valueText: String { value.map { value in ["\(value)", value.isWord ? nil : unit].compactMap { $0 }.joined(separator: " ") } ?? "" }
    }

    /// The decision to give today's dose.
    public enum DoseVerdict: String, Sendable { case clear, hold, blocked, unknown }

    public let record: SessionRecord
    public let history: SessionHistory
    public let state: SessionState
    /// Minutes since the first dose began, to the discharge or to now; nil before a dose.
    public let minutesFromFirst: Double?
    /// Minutes since the last dose was all given; nil while nobody knows when it was.
    public let minutesFromLast: Double?
    /// In time order.
    public let alerts: [Alert]
    public let checks: [ScheduledCheck]
    /// Rules that speak against the dose, gravest first, by what was known when it was given.
    public let preDose: [Finding]
    public let doseVerdict: DoseVerdict
    /// Rules that keep the patient here; while the patient is here, also those that cannot be judged yet.
    public let unmet: [Finding]
    /// What is asked at the door and not answered yet; of a patient who has left, what nobody documented.
    public let toConfirm: [Finding]
    /// Rules that would keep the patient here, had a clinician not decided to go on.
    public let overridden: [Finding]
    /// Rules that forbade a step that was taken all the same.
    public let irregularities: [Irregularity]

    public var isReadyForDischarge: Bool { unmet.isEmpty && minutesFromFirst != nil && state >= .dosing && state < .cancelled }

    private let asOf: Instant
    let context: SessionContext

    init(_ record: SessionRecord, in chart: ChartContext, rules: RuleBook, asOf: Instant) {
        self.record = record
        self.asOf = asOf
        history = SessionHistory(record, readings: chart.readings, rest: rules.deviceRestMinutes ?? 0, at: asOf)
        state = history.state
        let end = history.departure?.time ?? asOf
        minutesFromFirst = record.firstDose(by: end).map { end.minutes(since: $0) }
        minutesFromLast = record.isEndKnown(by: end) ? record.lastDoseEnd(by: end).map { max(0, end.minutes(since: $0)) } : nil
        let context = SessionContext(record, in: chart, until: end)
        self.context = context
        checks = context.checks

        let dosed = record.firstDose(by: asOf)
        let preDose = rules.findings(.preDose, in: RuleContext(chart, session: context, at: dosed ?? asOf))
        self.preDose = preDose
        doseVerdict =
            preDose.contains { $0.isOpen && $0.missing.isEmpty }
            ? .blocked
            : preDose.contains { $0.action >= .review && $0.missing.isEmpty && $0.override == nil }
                ? .hold : preDose.contains { !$0.missing.isEmpty && $0.action >= .review } ? .unknown : .clear

        let here = RuleContext(chart, session: context, at: end)
        let leaving = dosed == nil ? [] : [.discharge, .departure].map { rules.findings($0, in: here).filter { $0.action >= .review } }
        overridden = leaving.joined().filter { $0.override != nil }
        let (gate, door) = (leaving.first?.filter { $0.override == nil } ?? [], leaving.last?.filter { $0.override == nil } ?? [])
        let hasLeft = history.departure?.step == .discharge
        let unmet = gate.filter { $0.missing.isEmpty || !hasLeft } + door.filter(\.missing.isEmpty)
        self.unmet = unmet
        toConfirm = (hasLeft ? gate.filter { !$0.missing.isEmpty } : []) + door.filter { !$0.missing.isEmpty }

        alerts = Self.alerts(context, by: rules.alarms, in: chart, until: end)
        irregularities = Self.irregularities(
            context, history: history, dose: dosed.map { ($0, preDose) }, discharge: hasLeft ? (end, unmet) : nil, chart: chart, rules: rules)
    }

    // MARK: - Alerts

    /// What some rules raised in a session, and nothing else of it: for whoever looks at many.
    static func alerts(of record: SessionRecord, by alarms: [Rule], in chart: ChartContext, rules: RuleBook, asOf: Instant) -> [Alert] {
        let history = SessionHistory(record, readings: chart.readings, rest: rules.deviceRestMinutes ?? 0, at: asOf)
        let end = history.departure?.time ?? asOf
        return alerts(SessionContext(record, in: chart, until: end), by: alarms, in: chart, until: end)
    }

    /// Each alarm rule is judged whenever something it looks at has happened; it raises an alert where the new fact is why it applies.
    private static func alerts(_ session: SessionContext, by alarms: [Rule], in chart: ChartContext, until end: Instant) -> [Alert] {
        let record = session.record
        let overdue = session.checks.filter(\.isOverdue)
        var alerts: [Alert] = []
        for alarm in alarms {
            guard let force = alarm.force(in: chart.jurisdiction, for: record.product ?? chart.product) else { continue }
            var raised: [Alert] = []
            // An adverse event is open until it resolves, a reading while the rule still applies.
            var lastReading: Int?
            for moment in moments(alarm, in: session, until: end) {
                // One fact may answer several questions of a rule; it raises one alert.
                if let last = raised.last, last.at == moment.time, last.finding.because.contains(moment.fact) { continue }
                guard let finding = alarm.finding(in: RuleContext(chart, session: session, at: moment.time), force: force), finding.missing.isEmpty,
                    finding.because.contains(moment.fact)
                else { continue }
                let value = moment.value ?? alarm.when.question.measured(in: RuleContext(chart, session: session, at: moment.time))
                raised.append(
                    Alert(
                        finding: finding, decision: alarm.decision, at: moment.time, value: value, unit: unit(of: alarm, chart.metrics),
                        isOpen: moment.lasts == true))
                lastReading = moment.lasts == nil ? raised.count - 1 : lastReading
            }
            let missed = overdue.first { check in alarm.watched.checks.contains { $0.asks(check) } }
            if let missed, let finding = alarm.finding(in: RuleContext(chart, session: session, at: end), force: force), finding.missing.isEmpty {
                let time = missed.due.adding(minutes: chart.schedule.overdueAfter.value)
                let late = alarm.when.question.measured(in: RuleContext(chart, session: session, at: end))
                raised.append(Alert(finding: finding, decision: alarm.decision, at: time, value: late, unit: unit(of: alarm, chart.metrics), isOpen: true))
            }
            guard !raised.isEmpty else { continue }
            let last = alarm.finding(in: RuleContext(chart, session: session, at: end), force: force)
            if let last, last.missing.isEmpty {
                let reasons = Set(last.because)
                func isStillWhy(_ index: Int) -> Bool { !reasons.isDisjoint(with: raised[index].finding.because) }
                if let lastReading { raised[lastReading].isOpen = isStillWhy(lastReading) }
                for index in raised.indices where raised[index].isOpen && isStillWhy(index) { raised[index].finding.override = last.override }
            }
            alerts += raised
        }
        return alerts.sorted { ($0.at, $0.finding.rule.id) < ($1.at, $1.finding.rule.id) }
    }

    private static func unit(of alarm: Rule, _ metrics: MetricIndex) -> String? {
        let watched = alarm.watched
        if !watched.checks.isEmpty { return "min late" }
        guard let metric = alarm.metrics.first else {
            return alarm.when.question.threshold?.name == DeviceRestQuestion.name ? "min" : watched.doses ? "mg" : nil
        }
        return metrics[metric]?.unit.map { $0 == "mm[Hg]" ? "mmHg" : $0 }.flatMap { $0.hasPrefix("{") || $0 == "1" ? nil : $0 }
    }

    /// Something a rule looks at; `lasts` says of an adverse event whether it has not resolved by the end.
    private typealias Happening = (time: Instant, fact: FactID, value: Reading.Value?, lasts: Bool?)

    /// In time order.
    private static func moments(_ alarm: Rule, in session: SessionContext, until end: Instant) -> [Happening] {
        let watched = alarm.watched
        var moments: [Happening] = []
        for metric in alarm.metrics {
            for reading in session.readings[metric] ?? [] where reading.time <= end && alarm.when.question.mayTurn(on: reading.value, of: metric) {
                // What counts from a moment, such as the last meal, is judged at the dose it is asked for.
                let isMoment = if case .since = reading.value { true } else { false }
                let time = isMoment ? max(reading.time, session.record.firstDose(by: end) ?? end) : reading.time
                moments.append((time, reading.fact, reading.value, nil))
            }
        }
        let isOneMetric = !watched.doses && !watched.adverseEvents && alarm.metrics.count == 1
        guard !isOneMetric else { return moments }
        if watched.doses {
            moments += session.record.administrations.map { ($0.body.time.instant, $0.id, nil, nil) }
            moments += session.record.dosesWithoutAmount.map { ($0.body.time.instant, $0.id, nil, nil) }
        }
        if watched.adverseEvents {
            moments += session.record.adverseEvents.map { stated in
                (stated.body.onset.instant, stated.id, .text(stated.body.term), stated.body.resolved.map { $0.instant > end } ?? true)
            }
        }
        return moments.filter { $0.time <= end }.sorted { $0.time < $1.time }
    }
}
