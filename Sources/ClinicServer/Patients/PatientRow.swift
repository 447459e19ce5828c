import Chart
import Guidance
import Notation
import Plot
import Storage

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

extension PatientRow {
    /// What the list sorts by.
    var values: [String: Double] {
        [
            "age": age.map(Double.init), "sessions": Double(sessions), "score": course.map { $0.latest.total / ($0.instrument.scoring.high ?? 1) },
            "change": followed?.change.percent, "resistance": Double(resistance.failed), "visit": lastVisit.map { Double($0.instant.milliseconds) },
        ].compactMapValues { $0 }
    }

    /// The row as the template `patients` takes it, kept as JSON.
    var json: JSONValue {
        var row: JSONObject = [
            "href": .string("/patients/" + percentEncoded(patient)), "label": .string(patient), "age": .string(age.map(String.init) ?? "–"),
            "sex": .string(sex?.rawValue ?? "–"), "phase": .string(phase), "sessions": .string("\(sessions)"),
            "status": .string(followed?.status.rawValue ?? ""),
            "statusText": .string(followed.map { statusText($0.status) } ?? (course == nil ? "–" : "baseline")),
            "trdText": .string(resistance.failed == 0 ? "no" : "\(resistance.meetsTRD ? "yes" : "no"), \(resistance.failed) failed"),
            "isTRD": .init(resistance.meetsTRD), "trdRecalled": .init(resistance.isRecalled),
            "statusRecalled": .init(followed.map { $0.confidence >= .recalled } ?? false),
            "counts": .array(
                severityOrder.compactMap { severity in
                    findings[severity].map { count in
                        [
                            "countSeverity": .string(severity), "countTitle": .string(counted(count, "\(severity) finding")),
                            "countNumber": .string("\(count)"),
                        ]
                    }
                }),
        ]
        if let course {
            let maximum = course.instrument.scoring.high ?? course.latest.total
            row["score"] = [
                "instrument": .string(course.instrument.id), "value": .string(decimal(course.latest.total)), "maximum": .string(decimal(maximum)),
            ]
            if followed != nil, let percent = course.change.percent {
                row["change"] = .string("\(signed(course.change.difference)) (\(signed(rounded(percent, places: 0))) %)")
            }
            row["trend"] = .string(
                Sparkline(
                    name: course.instrument.id, values: course.points.suffix(24).map(\.total), maximum: maximum,
                    remission: course.instrument.change?.remission?.value
                ).svg(id: "trend-" + percentEncoded(patient)))
        }
        if let visit = lastVisit {
            row["lastVisit"] = .string(Moment(visit.day).reading)
            row["lastVisitISO"] = .string(visit.day.description)
        }
        return .object(row)
    }
}

extension JSONValue {
    /// The value as a template takes it.
    var model: Any {
        switch self {
        case .object(let object): Dictionary(object.members.map { ($0.key, $0.value.model) }, uniquingKeysWith: { first, _ in first })
        case .array(let values): values.compactMap { $0.model as? [String: Any] }
        case .bool(let flag): flag
        case .string(let text), .number(let text): text
        case .null: ""
        }
    }
}
