import Guidance
import Notation
import Storage

/// What is to be done about a patient, as the board lists it.
enum PatientDuties {
    /// Kinds of duties, in the order the board shows them, with the words for a list without any.
    static let kinds: [(kind: String, title: String, nothing: String)] = [
        ("relapse", "Relapse", "Nobody meets the relapse criterion."), ("rems", "REMS forms", "No form is open."),
        ("follow_up", "Overdue follow-up", "Nothing is overdue."),
        ("note", "Unsigned notes", "Every note is signed."),
    ]

    static func all(of review: Review, at now: Instant) -> [Standing.Duty] {
        let relapses = review.symptoms.filter { $0.status == .relapse }.prefix(1).map { course in
            duty("relapse", "\(course.instrument.id) \(decimal(course.latest.total))", due: course.latest.time, isOverdue: true, rule: course.instrument.id)
        }
        let forms = review.followUp.duties.filter { $0.rule == MonitoringForm.rule }.map { form in
            duty(
                "rems", "Session \(form.session ?? "")", due: form.due, isOverdue: form.isOverdue, rule: form.rule, session: form.session,
                given: review.sessions.first { $0.record.id == form.session }?.record.administrations.first?.body.time)
        }
        let overdue = review.followUp.duties.filter { $0.isOverdue && $0.rule != MonitoringForm.rule }.map { item in
            duty("follow_up", item.what, due: item.due, isOverdue: true, rule: item.rule)
        }
        let notes = review.view.unsignedNotes.map { note in
            duty("note", "Note", due: note.body.time, isOverdue: false, rule: "", author: note.fact.author)
        }
        return relapses + forms + overdue + notes
    }

    /// - Parameters:
    ///   - session, given: of a form, the session it is about and when its first dose was given.
    ///   - author: of a note.
    private static func duty(
        _ kind: String, _ what: String, due: Moment, isOverdue: Bool, rule: String, session: String? = nil, given: Moment? = nil, author: String? = nil
    ) -> Standing.Duty {
        var duty: JSONObject = [
            "what": .string(what), "due": .string(due.day.description), "due_at": .string(due.description), "overdue": .init(isOverdue), "rule": .string(rule),
        ]
        duty["session"] = session.map { .string($0) }
        duty["author"] = author.map { .string($0) }
        duty["given"] = given.map { .string($0.description) }
        return Standing.Duty(kind: kind, due: due.instant, duty: JSONValue.object(duty).text)
    }
}
