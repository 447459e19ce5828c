import Chart
import Evidence
import Guidance
import Hummingbird
import Notation

extension Pages {
    func session(_ request: ClinicRequest) throws -> Response {
        let query = try PatientQuery(request.uri, clinic: clinic)
        let (patient, chart, review) = try review(request["patient"], query)
        let session = try find(request["session"], in: review)
        let timeline = Timeline(chart, asOf: query.moment.instant)
        let page = "/patients/" + percentEncoded(patient)
        let checks = SessionChecks(session, offset: query.moment.offset ?? 0)
        let form = try? review.monitoringForm(of: session.record.id, knowledge: clinic.knowledge)
        return try render(
            "session", for: request, title: "\(patient), session \(session.record.id)", view: query,
            [
                "patientLabel": patient, "patientHref": page + query.text, "sessionLabel": session.record.id, "sessionDay": session.day,
                "sessionGiven": session.given, "protocolText": session.record.plan?.name ?? session.record.protocolID ?? "no protocol named",
                "tiles": tiles(session, form: form),
                "groups": groups(session, offset: query.moment.offset ?? 0).map {
                    $0.values(sources: clinic.knowledge.sources, summaries: timeline.summaries, page: page + query.text)
                },
                "checks": checks.rows, "columns": checks.columns, "roomHref": page + "/sessions/\(percentEncoded(session.record.id))/room",
                "formHref": form.map { _ in "\(page)/sessions/\(percentEncoded(session.record.id))/rems\(query.text)" } as Any? ?? "",
                "hasForm": form != nil,
            ])
    }

    private func find(_ id: String, in review: Review) throws -> SessionReview {
        guard let session = review.sessions.first(where: { $0.record.id == id }) else {
            throw HTTPError(.notFound, message: "This patient has no session of that name, or had none at that time.")
        }
        return session
    }

    private func tiles(_ session: SessionReview, form: FilledForm?) -> [[String: Any]] {
        let gate = SessionGate(session)
        var tiles: [[String: Any]] = [
            ["question": "State", "answer": session.state.words.capitalizedFirst, "tone": "neutral", "detail": session.given],
            ["question": "Decision", "answer": gate.text.capitalizedFirst, "tone": gate.tone, "detail": "by what is on record"],
        ]
        if let first = session.minutesFromFirst, let last = session.minutesFromLast {
            tiles.append([
                "question": "Since first dose", "answer": "\(decimal(first.rounded(.down))) min", "tone": "neutral", "detail": "as the REMS form counts",
            ])
            tiles.append(["question": "Since last dose", "answer": "\(decimal(last.rounded(.down))) min", "tone": "neutral", "detail": "as observation counts"])
        }
        tiles.append([
            "question": "Alerts", "answer": session.alertsText.isEmpty ? "None" : session.alertsText,
            "tone": session.alerts.contains(where: \.isOpen) ? "major" : "neutral", "detail": "of this session",
        ])
        if let form {
            let answer = form.submitted == nil ? (form.isOverdue ? "Overdue" : "Due \(Moment(form.due.day).reading)") : "Sent"
            tiles.append([
                "question": "REMS form", "answer": answer, "tone": form.isOverdue ? "major" : "neutral",
                "detail": "\(form.missing.count) of \(form.entries.count) fields missing",
            ])
        }
        return tiles
    }

    private func groups(_ session: SessionReview, offset: Int) -> [ReviewFindings.Group] {
        func time(_ instant: Instant) -> String { Moment(instant, offset: offset).clock ?? "" }
        return [
            .init(
                id: "pre-dose", title: "Before the dose", note: "By the readings and answers taken before the dose.",
                nothing: "No rule speaks against the dose.", findings: session.preDose.map { FindingModel($0, id: "pre-\($0.rule.id)") }),
            .init(
                id: "alerts", title: "Alerts", nothing: "No alert.",
                findings: session.alerts.enumerated().map { number, alert in
                    FindingModel(
                        alert.finding, id: "alert-\(number)",
                        text: "\(time(alert.at)) \(alert.finding.rule.text)" + (alert.value == nil ? "" : ": " + alert.valueText)
                            + (alert.isOpen ? "" : " (over)"))
                }),
            .init(
                id: "discharge", title: "Before leaving", nothing: session.minutesFromFirst == nil ? "Nothing given yet." : "No rule keeps the patient here.",
                findings: (session.unmet + session.toConfirm + session.overridden).map { FindingModel($0, id: "leave-\($0.rule.id)") }),
            .init(
                id: "order", title: "Order of the record", nothing: "In order.",
                findings: session.irregularities.enumerated().map { FindingModel($1.finding, id: "order-\($0)", text: "\(time($1.at)) \($1.text)") }),
        ]
    }

    /// The Patient Monitoring Form, to be completed, signed and sent by a person.
    func rems(_ request: ClinicRequest) throws -> Response {
        let query = try PatientQuery(request.uri, clinic: clinic)
        let (patient, _, review) = try review(request["patient"], query)
        let session = try find(request["session"], in: review)
        let filled: FilledForm
        do {
            filled = try review.monitoringForm(of: session.record.id, knowledge: clinic.knowledge)
        } catch {
            throw HTTPError(.notFound, message: "This session needs no REMS form: \(error.expected).")
        }
        let sections = unique(filled.entries.map(\.field.section))
        var model: [String: Any] =
            [
                "patientLabel": patient, "sessionLabel": session.record.id,
                "sessionHref": "/patients/\(percentEncoded(patient))/sessions/\(percentEncoded(session.record.id))\(query.text)",
                "formTitle": filled.form.title, "submission": filled.form.submission, "formNote": filled.form.note ?? "",
                "dueText": filled.submitted.map { "sent, as recorded on \($0.day)" }
                    ?? "\(filled.isOverdue ? "overdue since" : "due by") \(filled.due.reading)",
                "isOverdue": filled.isOverdue, "missingText": filled.missing.isEmpty ? "" : counted(filled.missing.count, "required field") + " missing",
                "sections": sections.map { name -> [String: Any] in
                    [
                        "sectionTitle": name,
                        "fields": filled.entries.filter { $0.field.section == name }.map { entry -> [String: Any] in
                            [
                                "fieldTitle": entry.field.title.capitalizedFirst, "fieldValue": entry.value ?? "", "isMissing": entry.isMissing,
                                "isEmpty": entry.value == nil, "isRecalled": entry.field.confidence >= .recalled, "fieldNote": entry.field.note ?? "",
                            ]
                        },
                    ]
                },
            ]
        if filled.submitted == nil, request.person?.may(.submitREMS) ?? false {
            let path = "/patients/\(percentEncoded(patient))/sessions/\(percentEncoded(session.record.id))"
            model["sent"] = REMSRoutes.sentModel(clinic, path: path, prefix: "sent", back: path + "/rems")
        }
        return try render("rems", for: request, title: "REMS form, \(patient), session \(session.record.id)", view: query, model)
    }
}
