import Chart
import Evidence
import Notation
import Pharmacology

/// How far a course has come in its protocol, what the protocol permits next, and where the course departed from it.
public struct ProtocolProgress: Sendable {
    /// What may be given next.
    public struct NextSession: Sendable, Equatable {
        public var phase: TreatmentProtocol.Phase
        /// The first day the protocol permits.
        public var earliest: Day
        /// The last day on which the course is still on schedule; nil where the protocol sets none.
        public var latest: Day?
        public var doses: [DoseOption]
        public var why: [String]
    }

    /// One dose, or a range of doses, in the protocol's unit.
    public struct DoseOption: Sendable, Equatable {
        public var low: Double
        public var high: Double
        public var unit: String
        /// Nasal devices that make the dose.
        public var devices: Int?
    }

    /// Something done otherwise than the protocol has it. Named, not forbidden.
    public struct Deviation: Sendable, Equatable {
        public enum What: String, Sendable, CaseIterable {
            case dose, frequency, duration, age, jurisdiction, requirement, product
            case sessionCount = "session_count"
            case disabled = "not_enabled"
            /// The dose depends on something that is not on record.
            case notComparable = "not_comparable"
        }

        public var what: What
        public var text: String
        public var session: String?
        public var because: [FactID]
    }

    public let treatment: TreatmentProtocol
    public let start: Day?
    public let sessionsDone: Int
    /// Week of the course from 1; 0 before the first dose.
    public let week: Int
    /// Nil when the series is complete.
    public let phase: TreatmentProtocol.Phase?
    public let next: NextSession?
    public let deviations: [Deviation]
    /// Decisions of the protocol that have come due.
    public let decisionsDue: [TreatmentProtocol.Decision]
    /// What the protocol has for a session that was missed, once the next is late.
    public let missed: [TreatmentProtocol.Missed]

    /// What a protocol's progress depends on besides the doses given.
    struct Circumstances {
        var jurisdiction: Jurisdiction
        var treatments: TreatmentTable
        /// Nothing is to be given: the course is stopped, paused or closed.
        var isHalted: Bool
        var isRelapsed: Bool
        /// Body weight on record at an instant, kg.
        var weight: (Instant) -> Double?
        /// The latest rating of a metric in this course.
        var rating: (String) -> Double?
        /// Share by which the leading scale fell from baseline at the end of a day; nil when not known.
        var improvement: (Day) -> Double?
    }

    init(_ treatment: TreatmentProtocol, run: CourseRun, view: ChartView, in circumstances: Circumstances) {
        self.treatment = treatment
        let plan = PhasePlan(treatment, sessions: run.sessions.map(\.day))
        let today = view.asOf.day
        start = run.sessions.first?.day
        sessionsDone = run.sessions.count
        week = start.map { (today.number - $0.number) / 7 + 1 } ?? 0
        phase = plan.phase(on: max(today, (run.lastDay ?? today)))

        var given: [Given] = []
        var deviations = Self.deviations(treatment, of: view, jurisdiction: circumstances.jurisdiction, treatments: circumstances.treatments)
        for (index, session) in run.sessions.enumerated() {
            let doses = session.administrations
            let dose = Given(doses, unit: treatment.doses?.unit, weight: circumstances.weight(session.time.instant))
            deviations += Self.deviations(
                treatment, in: session, dose: dose, after: given.last, improvement: circumstances.improvement(Day(number: session.day.number - 1)))
            deviations += plan.deviations(of: session, number: index)
            given.append(dose)
        }
        self.deviations = deviations
        let (count, weeks, current) = (run.sessions.count, week, phase?.name)
        decisionsDue = (treatment.decisions ?? []).filter { decision in
            if let name = decision.relapseIn { return circumstances.isRelapsed && current == name }
            if let cut = decision.reading { return circumstances.rating(cut.metric).map { $0 <= cut.atMost } ?? false }
            return decision.week.map { weeks > $0 } ?? decision.afterSession.map { count >= $0 } ?? false
        }
        let isOver = circumstances.isHalted || decisionsDue.contains { $0.ends == true }
        next =
            isOver
            ? nil
            : plan.next(after: run.lastDay, today: today).map { permitted in
                NextSession(
                    phase: permitted.phase, earliest: permitted.earliest, latest: permitted.latest,
                    doses: treatment.doses?.options(after: given.last?.amount, improvement: circumstances.improvement(today)) ?? [], why: permitted.why)
            }
        let late = next.flatMap { next in next.latest.flatMap { $0 < today ? next.phase.name : nil } }
        missed = late.map { phase in (treatment.missed ?? []).filter { phase.hasPrefix($0.phase) } } ?? []
    }

    /// One session's dose in the protocol's unit; nil when it depends on a weight that is not known.
    private struct Given {
        var amount: Double?

        init(_ doses: [Stated<Administration>], unit: String?, weight: Double?) {
            let amounts = doses.map { dose -> Double? in
                switch (dose.body.dose, unit) {
                case (.milligrams(let value), "mg/kg"): weight.map { value / $0 }
                case (.milligramsPerKilogram(let value), "mg/kg"): value
                default: dose.body.dose.milligrams(weightKilograms: weight)?.value
                }
            }
            amount = amounts.contains(nil) ? nil : amounts.compactMap { $0 }.reduce(0, +)
        }
    }
}

extension ProtocolProgress {
    /// A dose by weight is drawn up to what a syringe shows: this share off still is the dose.
    private static let doseTolerance = 0.05

    private static func deviations(
        _ treatment: TreatmentProtocol, in session: CourseRun.Session, dose: Given, after previous: Given?, improvement: Double?
    ) -> [Deviation] {
        let because = session.administrations.map(\.id)
        func deviation(_ what: Deviation.What, _ text: String) -> Deviation {
            Deviation(what: what, text: text, session: session.id, because: because)
        }
        var found: [Deviation] = []
        let routes = [treatment.route] + treatment.phases.compactMap(\.route)
        if session.administrations.contains(where: { $0.body.drug != treatment.drug || !routes.contains($0.body.route) }) {
            found.append(deviation(.product, "another drug or route than \(treatment.drug.rawValue) \(treatment.route.rawValue)"))
        } else if let doses = treatment.doses, dose.amount == nil {
            found.append(deviation(.notComparable, "no body weight on record: the dose cannot be compared with the protocol's in \(doses.unit)"))
        } else if let doses = treatment.doses, let amount = dose.amount {
            let options = doses.options(after: previous?.amount, improvement: improvement)
            let tolerance = doses.unit == "mg/kg" ? doseTolerance * amount : 1e-9
            if let most = doses.max, amount > most + tolerance {
                found.append(
                    deviation(.dose, "\(decimal(rounded(amount, places: 3))) \(doses.unit) is above the most in one session, \(decimal(most)) \(doses.unit)"))
            } else if !options.isEmpty, !options.contains(where: { amount >= $0.low - tolerance && amount <= $0.high + tolerance }) {
                found.append(
                    deviation(
                        .dose,
                        "\(decimal(rounded(amount, places: 3))) \(doses.unit) where the protocol has \(options.map(\.description).joined(separator: " or "))"))
            }
        }
        if let minutes = treatment.infusionMinutes, treatment.route == .intravenous,
            let other = session.administrations.compactMap(\.body.durationMinutes).first(where: { $0 != minutes })
        {
            found.append(deviation(.duration, "given over \(decimal(other)) min where the protocol has \(decimal(minutes)) min"))
        }
        return found
    }

    /// Why a protocol does not fit a patient, before anything is given by it.
    public static func misfits(of treatment: TreatmentProtocol, in view: ChartView, jurisdiction: Jurisdiction, treatments: TreatmentTable) -> [Deviation] {
        deviations(treatment, of: view, jurisdiction: jurisdiction, treatments: treatments)
    }

    private static func deviations(
        _ treatment: TreatmentProtocol, of view: ChartView, jurisdiction: Jurisdiction, treatments: TreatmentTable
    ) -> [Deviation] {
        var found: [Deviation] = []
        if treatment.enabled == false { found.append(Deviation(what: .disabled, text: "the protocol ships for reference only", because: [])) }
        if let places = treatment.jurisdictions, !places.contains(jurisdiction) {
            found.append(Deviation(what: .jurisdiction, text: "a protocol of \(places.map(\.rawValue).joined(separator: ", "))", because: []))
        }
        if let age = view.age, let demographics = view.demographics {
            if let least = treatment.minAge, age < least {
                found.append(Deviation(what: .age, text: "for ages from \(least)", because: [demographics.id]))
            }
            if let most = treatment.maxAge, age > most {
                found.append(Deviation(what: .age, text: "for ages up to \(most)", because: [demographics.id]))
            }
        }
        if let requirement = treatment.requires {
            let taken =
                view.medications.filter { $0.body.isTaken(at: view.asOf) }
                .compactMap { treatments.find(code: $0.body.code, text: $0.body.drug) }
                + view.treatmentTrials.filter { $0.body.end.map { $0.latest >= view.asOf } ?? true }
                .compactMap { treatments.find(code: $0.body.code, text: $0.body.treatment) }
            let fits = taken.contains { treatment in
                treatment.category == .antidepressant && (requirement.classes?.contains(treatment.class) ?? true)
            }
            if !fits { found.append(Deviation(what: .requirement, text: "the protocol requires \(requirement.text), and the chart has none", because: [])) }
        }
        return found
    }
}

extension ProtocolProgress.DoseOption: CustomStringConvertible {
    public var description: String {
        let amount = low == high ? "\(decimal(low)) \(unit)" : "\(decimal(low)) to \(decimal(high)) \(unit)"
        return devices.map { "\(amount) (\($0) \($0 == 1 ? "device" : "devices"))" } ?? amount
    }
}

extension TreatmentProtocol.Doses {
    /// What one session may give after a session of `previous`, in `unit`; the first session's choices when there was none.
    /// - Parameter improvement: share by which the symptoms fell from baseline; nil when not known.
    public func options(after previous: Double?, improvement: Double?) -> [ProtocolProgress.DoseOption] {
        func option(_ value: Double) -> ProtocolProgress.DoseOption {
            .init(low: value, high: value, unit: unit, devices: device.map { Int((value / $0).rounded()) })
        }
        let most = max ?? .infinity
        guard let previous else {
            if let choices = first ?? then { return choices.map(option) }
            return range.map { [.init(low: $0.low ?? 0, high: $0.high ?? most, unit: unit)] } ?? []
        }
        if let then {
            let rung = then.lastIndex { $0 <= previous * 1.05 } ?? 0
            return then.indices.filter { index in
                if let step, let high = step.high, abs(then[index] - previous) > high + 1e-9 { return false }
                // One rung up at a time, and only while improvement falls short.
                if let stepUpBelow { return index <= rung || index == rung + 1 && improvement.map { $0 < stepUpBelow.value } ?? true }
                return true
            }.map { option(then[$0]) }
        }
        if let range { return [.init(low: range.low ?? 0, high: range.high ?? most, unit: unit)] }
        // The same dose again, or a step of the stated size up, never beyond the most.
        return step.map { [.init(low: previous, high: min(previous + ($0.high ?? 0), most), unit: unit)] } ?? []
    }
}
