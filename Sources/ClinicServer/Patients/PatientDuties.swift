import Guidance
import Notation
import Storage

/// What is to be done about a patient, as the board lists it.
enum PatientDuties {
    /// Kinds of duties, in the order the board shows them, with the words for a list without any.
    static let kinds: [(kind: String, title: String, nothing: String)] = [
        ("relapse", "Relapse", "Nobody meets the relapse criterion."), ("rems", "REMS forms", "No form is open."),
        ("follow_up", "Overdue follow-up", "Nothing is overdue."),
    ]

    static func all(of review: Review, at now: Instant) -> [Standing.Duty] {
        let relapses = review.symptoms.filter { $0.status == .relapse }.prefix(1).map { course in
            duty("relapse", "\(course.instrument.id) \(decimal(course.latest.total))", due: course.latest.time, isOverdue: true, rule: course.instrument.id)
        }
        let forms = review.followUp.duties.filter { $0.rule == MonitoringForm.rule }.map { form in
            duty("rems", "Session \(form.session ?? "")", due: form.due, isOverdue: form.isOverdue, rule: form.rule)
        }
        let overdue = review.followUp.duties.filter { $0.isOverdue && $0.rule != MonitoringForm.rule }.map { item in
            duty("follow_up", item.what, due: item.due, isOverdue: true, rule: item.rule)
        }
        return relapses + forms + overdue
    }

    private static func duty(_ kind: String, _ what: String, due: Moment, isOverdue: Bool, rule: String) -> Standing.Duty {
        Standing.Duty(
            kind: kind, due: due.instant,
            duty: JSONValue.object(["what": .string(what), "due": .string(due.day.description), "overdue": .init(isOverdue), "rule": .string(rule)]).text)
    }
}
