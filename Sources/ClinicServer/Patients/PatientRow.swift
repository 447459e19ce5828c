import Chart
import Guidance
import Notation
import Plot
import Storage
import Synchronization

/// What the patient list shows of one chart.
struct PatientRow: Sendable {
    var patient: PatientID
    var age: Int?
    var sex: Sex?
    var phase: String
    var sessions: Int
    /// The course shown: a relapse on any depression scale, else the one assessed last.
    var course: SymptomCourse?
    var resistance: (meetsTRD: Bool, failed: Int, isRecalled: Bool)
    var lastVisit: Moment?
    /// Number of findings by severity: eligibility, and signs of suicide risk.
    var findings: [String: Int]

    init(_ review: Review) {
        let view = review.view
        patient = view.patient
        age = view.age
        sex = view.demographics?.body.sex
        sessions = review.exposure.sessions
        phase = Self.phase(review)
        course = review.symptoms.filter { $0.instrument.measures == .depression }
            .max { Self.order($0) < Self.order($1) }
        let failed = review.resistance.trials.filter { $0.counts && $0.failed == true }
        resistance = (review.resistance.meetsTRD, review.resistance.adequateFailedTrials, failed.contains { $0.confidence >= .recalled })
        lastVisit = view.current.last(where: Self.isVisit)?.observed
        findings = Dictionary(grouping: review.eligibility.findings.filter(\.missing.isEmpty), by: { severityClass(of: $0) }).mapValues(\.count)
        if review.suicideRisk.level > .none { findings[review.suicideRisk.severityClass, default: 0] += 1 }
    }

    /// The patient was there, or in touch: a booking is neither.
    private static func isVisit(_ fact: Fact) -> Bool {
        if case .session(let event) = fact.body { return SessionStep(event.event) != .book }
        return [.administration, .assessment, .encounter].contains(fact.kind)
    }

    /// A relapse on any scale goes before what another scale says; then the scale assessed last.
    private static func order(_ course: SymptomCourse) -> (Int, Instant, String) {
        (course.status == .relapse ? 1 : 0, course.latest.time.instant, course.instrument.id)
    }

    /// The course when it has more than its baseline.
    var followed: SymptomCourse? { course.flatMap { $0.points.count > 1 ? $0 : nil } }

    /// Where the patient stands in treatment, in days and weeks: what is due is for the protocol to say.
    private static func phase(_ review: Review) -> String {
        guard let first = review.exposure.first, let last = review.exposure.last else { return "before treatment" }
        let days = review.view.asOf.day.number - last.day.number
        return "week \((last.day.number - first.day.number) / 7 + 1), dose \(days == 0 ? "today" : "\(days) d ago")"
    }
}

/// The rows of all patients. Judging a chart is a pure function, so a row is kept until its chart grows or the hour is over.
final class PatientRows: Sendable {
    private let clinic: Clinic
    private let kept = Mutex<[PatientID: (key: Key, row: PatientRow)]>([:])

    private struct Key: Equatable {
        var facts: Int
        var hour: Int64
    }

    init(_ clinic: Clinic) { self.clinic = clinic }

    func all() throws -> [PatientRow] {
        let now = clinic.now()
        return try clinic.store.patients().compactMap { summary in
            let key = Key(facts: summary.facts, hour: now.milliseconds / 3_600_000)
            if let found = kept.withLock({ $0[summary.patient] }), found.key == key { return found.row }
            guard let chart = try clinic.charts.chart(of: summary.patient) else { return nil }
            let row = PatientRow(Review(of: chart, asOf: now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge))
            kept.withLock { $0[summary.patient] = (key, row) }
            return row
        }
    }
}
