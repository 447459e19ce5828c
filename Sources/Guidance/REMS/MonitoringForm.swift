import Chart
import Evidence
import Notation

/// One version of the Patient Monitoring Form of the Spravato REMS: its fields, and where in a chart their values stand.
public struct MonitoringForm: Codable, Sendable, Equatable, Identifiable {
    /// The rule that asks for the form.
    public static let rule = "RM-01"

    public var id: String
    public var title: String
    /// Sessions from this day on use this version, `YYYY-MM-DD`.
    public var validFrom: String
    public var submission: String
    /// Settings of care that send none.
    public var exceptSettings: [String]
    public var fields: [Field]
    public var confidence: Confidence
    public var sources: [String]
    public var note: String?

    public struct Field: Codable, Sendable, Equatable, Identifiable {
        public enum Requirement: String, Codable, Sendable { case yes, no, conditional, unclear }

        /// As an event's detail may answer it.
        public var id: String
        public var section: String
        public var title: String
        public var required: Requirement
        /// What in the chart gives the value; nil: only a person can.
        public var from: Origin?
        public var confidence: Confidence
        public var sources: [String]
        public var note: String?
    }

    /// Where a value comes from.
    public struct Origin: Codable, Sendable, Equatable {
        public enum Part: String, Codable, Sendable, CaseIterable {
            case birthDate = "birth_date"
            case sex
            case firstTreatment = "first_treatment"
            case enrolled
            /// A group of the interaction table is taken: `groups`.
            case medication
            case treatmentDate = "treatment_date"
            case dose, lots
            case totalMinutes = "total_minutes"
            case readyMinutes = "ready_minutes"
            /// The last blood pressure before the dose.
            case pressureBefore = "pressure_before"
            /// The blood pressure nearest `minute`.
            case pressureAt = "pressure_at"
            /// The last blood pressure before the patient left.
            case pressureLast = "pressure_last"
            case saturation
            /// An adverse event of `set`, or an alert of `rules`; "no" only where `metric` was read after the dose.
            case event
            case serious, narrative
        }

        public var part: Part
        public var groups: [String]?
        public var minute: Double?
        public var set: String?
        public var rules: [String]?
        public var metric: String?
        /// The form's own choices; anything else is "other".
        public var options: [String]?
    }

    enum CodingKeys: String, CodingKey {
        case id, title
        case validFrom = "valid_from"
        case submission
        case exceptSettings = "except_settings"
        case fields, confidence, sources, note
    }
}

/// The form of one session, filled as far as the chart goes. A person completes, signs and sends it; the program never does.
public struct FilledForm: Sendable {
    public struct Entry: Sendable, Equatable {
        public var field: MonitoringForm.Field
        /// Nil: the chart does not say.
        public var value: String?
        public var because: [FactID]

        public var isMissing: Bool { value == nil && field.required == .yes }
    }

    public let form: MonitoringForm
    public let session: SessionReview
    public let entries: [Entry]
    public let due: Moment
    public let isOverdue: Bool
    public let submitted: Instant?

    public var missing: [Entry] { entries.filter(\.isMissing) }
}

extension Review {
    /// The form of `session`.
    /// - Throws: `rems.session` for an unknown session, `rems.product` or `rems.setting` where no form is asked for, `rems.version` without a form of that date.
    public func monitoringForm(of id: String, knowledge: KnowledgeBase) throws(Diagnostic) -> FilledForm {
        guard let session = sessions.first(where: { $0.record.id == id }) else {
            throw Diagnostic(
                "rems.session", at: Place(path: "session"), "is not in the chart", expected: sessions.map(\.record.id).suffix(8).joined(separator: ", "))
        }
        guard let dose = session.record.administrations.first, session.record.product == .esketamineNasal, jurisdiction == .us else {
            throw Diagnostic("rems.product", at: Place(path: "session"), "needs no form", expected: "a session with nasal esketamine under US rules")
        }
        let day = dose.body.time.day.description
        guard let form = knowledge.remsForms.filter({ $0.validFrom <= day }).max(by: { $0.validFrom < $1.validFrom }) else {
            throw Diagnostic("rems.version", at: Place(path: "session"), "is older than every version of the form", expected: "a session since 2021")
        }
        let setting = readings.all("setting", in: id).last?.value.description.lowercased()
        guard !form.exceptSettings.contains(setting ?? "") else {
            let others = form.exceptSettings.joined(separator: ", ")
            throw Diagnostic("rems.setting", at: Place(path: "session"), "needs no form", expected: "a session that is not \(others)")
        }
        let due = dose.body.time.instant.adding(days: knowledge.followUp.remsDueDays.value)
        let submitted = session.history.time(of: .remsSubmitted)
        let reader = FormReader(review: self, session: session, codeSets: knowledge.codeSets, metrics: knowledge.metrics)
        return FilledForm(
            form: form, session: session, entries: form.fields.map(reader.entry), due: Moment(due, offset: dose.body.time.offset ?? 0),
            isOverdue: submitted == nil && view.asOf > due, submitted: submitted)
    }
}

/// Reads the values of a form out of a review.
private struct FormReader {
    let review: Review
    let session: SessionReview
    let codeSets: [String: CodeSet]
    let metrics: MetricIndex

    func entry(_ field: MonitoringForm.Field) -> FilledForm.Entry {
        for event in session.record.events.reversed() {
            if let detail = event.body.details.last(where: { $0.name == field.id }) {
                return .init(field: field, value: "\(detail.value)", because: [event.id])
            }
        }
        let (value, because) = field.from.map(value) ?? (nil, [])
        return .init(field: field, value: value, because: because)
    }

    private func value(_ origin: MonitoringForm.Origin) -> (String?, [FactID]) {
        let doses = session.record.administrations
        switch origin.part {
        case .birthDate: return (review.view.demographics?.body.birthDate?.description, review.view.demographics.map { [$0.id] } ?? [])
        case .sex: return (review.view.demographics?.body.sex?.rawValue, review.view.demographics.map { [$0.id] } ?? [])
        case .firstTreatment:
            let isFirst = review.view.administrations.first { $0.body.drug == .esketamine }?.body.session == session.record.id
            return (yes(isFirst), doses.prefix(1).map(\.id))
        case .enrolled:
            let enrolled = review.view.courseEvents.last { CourseStep($0.body.event) == .enrolREMS }
            return (enrolled == nil ? nil : yes(true), enrolled.map { [$0.id] } ?? [])
        case .medication:
            let hits = review.interactions.filter { origin.groups?.contains($0.interaction.id) ?? false }
            // An empty list of medication is not known to be complete.
            let isKnown = !hits.isEmpty || !review.view.medications.isEmpty
            return (isKnown ? yes(!hits.isEmpty) : nil, unique(hits.flatMap(\.because)))
        case .treatmentDate: return (doses.first?.body.time.day.description, doses.prefix(1).map(\.id))
        case .dose:
            let masses = doses.compactMap { $0.body.dose.milligrams(weightKilograms: nil)?.value }
            let given = "\(decimal(masses.reduce(0, +))) mg"
            let value = origin.options?.contains(given) ?? true ? given : "other: \(given)"
            return (masses.count == doses.count ? value : nil, doses.map(\.id))
        case .lots:
            let lots = doses.compactMap(\.body.lot)
            return (lots.count == doses.count ? unique(lots).joined(separator: ", ") : nil, doses.map(\.id))
        case .totalMinutes: return (session.history.time(of: .discharged) == nil ? nil : session.minutesFromFirst.map { decimal($0.rounded(.down)) }, [])
        case .readyMinutes:
            let ready = session.record.time(of: .ready)
            return (ready.flatMap { ready in doses.first.map { decimal(ready.minutes(since: $0.body.time.instant).rounded()) } }, [])
        case .pressureBefore: return pressure { $0 <= self.firstDose }
        case .pressureAt:
            let target = firstDose.adding(minutes: origin.minute ?? 40)
            let times = pressures.map(\.time).filter { $0 > firstDose && abs($0.minutes(since: target)) <= 10 }
            let nearest = times.min { abs($0.minutes(since: target)) < abs($1.minutes(since: target)) }
            return pressure { $0 == nearest }
        case .pressureLast: return pressure { $0 > self.firstDose }
        case .saturation:
            let values = review.view.measurements.filter { $0.body.session == session.record.id && metrics.named($0.body.metric)?.id == "spo2" }
            let lowest = values.compactMap(\.body.number).min()
            return (lowest.map { "lowest \(decimal($0)) %" }, values.map(\.id))
        case .event: return event(origin)
        case .serious:
            let events = session.record.adverseEvents
            guard !events.isEmpty || session.history.time(of: .discharged) != nil else { return (nil, []) }
            return (yes(events.contains { $0.body.serious == true }), events.map(\.id))
        case .narrative:
            let events = session.record.adverseEvents
            return (events.isEmpty ? nil : events.map(\.fact.summary).joined(separator: "; "), events.map(\.id))
        }
    }

    private var firstDose: Instant { session.record.administrations.first?.body.time.instant ?? review.view.asOf }

    private func yes(_ answer: Bool) -> String { answer ? "yes" : "no" }

    /// Both pressures of each moment they were taken together.
    private var pressures: [(time: Instant, text: String, facts: [FactID])] {
        let taken = review.view.measurements.filter { $0.body.session == session.record.id }
        let diastolic = Dictionary(
            taken.filter { $0.body.metric == "dbp" }.map { ($0.body.time.instant, $0) }, uniquingKeysWith: { _, later in later })
        return taken.filter { $0.body.metric == "sbp" }.compactMap { systolic in
            guard let number = systolic.body.number, let other = diastolic[systolic.body.time.instant], let second = other.body.number else { return nil }
            return (systolic.body.time.instant, "\(decimal(number))/\(decimal(second)) mmHg", [systolic.id, other.id])
        }
    }

    private func pressure(_ fits: (Instant) -> Bool) -> (String?, [FactID]) {
        let last = pressures.last { fits($0.time) }
        return (last?.text, last?.facts ?? [])
    }

    private func event(_ origin: MonitoringForm.Origin) -> (String?, [FactID]) {
        let named = origin.set.flatMap { codeSets[$0] }.map { set in session.record.adverseEvents.filter { set.isNamed(in: $0.body.term) } } ?? []
        let alerts = session.alerts.filter { origin.rules?.contains($0.finding.rule.id) ?? false }
        guard !named.isEmpty || !alerts.isEmpty else {
            let read = review.readings.all(origin.metric ?? "", in: session.record.id).filter { $0.time > firstDose }
            return read.isEmpty ? (nil, []) : (yes(false), read.map(\.fact))
        }
        let readings = alerts.filter { $0.value?.isWord == false }.compactMap { alert in
            alert.value.map { "\(metrics[origin.metric ?? ""]?.title ?? "") \($0) after \(decimal(alert.at.minutes(since: firstDose).rounded(.down))) min" }
        }
        let details = (named.map(\.fact.summary) + readings).joined(separator: "; ")
        return ("yes" + (details.isEmpty ? "" : ": " + details), named.map(\.id) + alerts.flatMap(\.finding.because))
    }
}
