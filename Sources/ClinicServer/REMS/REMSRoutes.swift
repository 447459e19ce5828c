import Access
import Chart
import Guidance
import HTTPTypes
import Hummingbird
import Notation
import Storage

/// The worklist of REMS forms: which are open, since when, and by when a person has to send them. The program never sends one.
struct REMSRoutes {
    let clinic: Clinic
    let pages: Pages

    /// Forms on the page at most, those due first.
    private static let shown = 100

    /// What is recorded once a person has sent a form.
    static let sentForm: [FormField] =
        [.required("id", "Id of the form", .id)] + sentFields.flatMap(\.formFields) + [
            .optional("confirm", "Record it all the same", .flag), .optional("back", "Page to go to", .text(500)),
        ]
    private static let sentFields: [EditorField] = [
        EditorField("time", "Sent", .moment, hint: "Leave it empty for now."),
        EditorField("reference", "Reference", .line(200), required: true, hint: "What the REMS gave: a confirmation number, or the fax report."),
    ]

    var routes: [Route] {
        [
            .get("/rems", .permission(.readREMS), "REMS forms that a person still has to send, by age.", audit: .looked) { try list($0) },
            .post(
                "/patients/:patient/sessions/:session/rems-sent", .permission(.submitREMS), "A person has sent the REMS form.", Self.sentForm
            ) { try await sent($0) },
        ]
    }

    private func list(_ request: ClinicRequest) throws -> Response {
        let isIncomplete = (try? pages.standings.refresh()) ?? true
        let (first, number) = try clinic.store.duties("rems", atMost: Self.shown)
        let maySubmit = request.person?.may(.submitREMS) ?? false
        let mayRead = request.person?.may(.readChart) ?? false
        let rows = try first.enumerated().map { index, duty in try row(index, duty, request, maySubmit: maySubmit, mayRead: mayRead) }
        return try pages.render(
            "rems-list", for: request, title: "REMS forms",
            [
                "rows": rows, "openCount": counted(number, "form"), "overdueCount": "\(rows.count { $0["isOverdue"] as? Bool == true })",
                "moreText": number > rows.count ? "\(number - rows.count) more, due later." : "", "isIncomplete": isIncomplete,
                "dayText": Moment(Moment(request.now, offset: clinic.offset(request.now)).day).reading,
            ])
    }

    private func row(
        _ index: Int, _ open: (patient: PatientID, duty: String), _ request: ClinicRequest, maySubmit: Bool, mayRead: Bool
    ) throws -> [String: Any] {
        let duty = try JSONReader.read(open.duty)
        let session = duty["session"]?.string ?? ""
        let due = duty["due_at"]?.string.flatMap { Moment($0) }
        let path = "/patients/\(percentEncoded(open.patient))/sessions/\(percentEncoded(session))"
        let left = due.map { $0.instant.minutes(since: request.now) / 1440 } ?? 0
        var row: [String: Any] = [
            "patientLabel": open.patient, "sessionLabel": session, "formHref": path + "/rems", "dueText": due.map { Moment($0.day).reading } ?? "",
            "isOverdue": left < 0, "leftText": left < 0 ? "\(counted(Int((-left).rounded(.up)), "day")) late" : "\(counted(Int(left), "day")) left",
            "ageText": duty["given"]?.string.flatMap { Moment($0) }.map { counted(max(0, Int(request.now.minutes(since: $0.instant) / 1440)), "day") } ?? "",
        ]
        if mayRead { row["patientHref"] = "/patients/" + percentEncoded(open.patient) }
        if maySubmit { row["sent"] = Self.sentModel(clinic, path: path, prefix: "rems-\(index)", back: "/rems") }
        return row
    }

    /// The form of the template `rems-sent`.
    static func sentModel(_ clinic: Clinic, path: String, prefix: String, back: String) -> [String: Any] {
        [
            "sentID": clinic.newID("f"), "sentAction": path + "/rems-sent", "sentPrefix": prefix, "sentBack": back,
            "fields": EditorForm(sentFields, prefix: prefix).fields,
        ]
    }

    /// Records that a person has sent the form of a session.
    private func sent(_ request: ClinicRequest) async throws -> Response {
        let (patient, session) = (request["patient"], request["session"])
        guard let chart = try clinic.charts.chart(of: patient) else { throw HTTPError(.notFound, message: "No patient of this clinic has that id.") }
        let id = request.form.text("id")
        let path = "/patients/\(percentEncoded(patient))/sessions/\(percentEncoded(session))/rems"
        var fact: JSONObject = ["type": "session", "id": .string(id), "session": .string(session), "event": .string(SessionStep.submitREMS.rawValue)]
        for field in Self.sentFields { fact[field.name] = try field.json(request.form) }
        if fact["time"] == nil { fact["time"] = .string(request.now.description) }
        if !chart.facts.contains(where: { $0.id == id }) { try weigh(fact, chart, request) }
        try await Recorder(clinic: clinic).record([fact], of: patient, request: request, about: "\(session): \(SessionStep.submitREMS.rawValue)")
        return .seeOther(ownPath(request.form["back"], else: path))
    }

    /// - Throws: where no form is asked for, it was sent already, its time cannot be, or the session is not there yet.
    private func weigh(_ json: JSONObject, _ chart: Chart, _ request: ClinicRequest) throws {
        let review = Review(of: chart, asOf: request.now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        let form: FilledForm
        do { form = try review.monitoringForm(of: request["session"], knowledge: clinic.knowledge) } catch {
            throw HTTPError(.notFound, message: "This session needs no REMS form: \(error.expected).")
        }
        if let sent = form.submitted { throw HTTPError(.conflict, message: "This form was recorded as sent already, on \(sent.day).") }
        var proposed = json
        for (key, value) in [("patient", request["patient"]), ("author", request.author), ("recorded", request.now.description)] {
            proposed[key] = .string(value)
        }
        let fact = try Fact.read(.object(proposed)).fact
        guard let time = fact.observed, !time.isWholeDay else { throw FormProblem("time_clock", "Sent: the time of day is missing.") }
        guard time.instant <= request.now else { throw FormProblem("time", "Sent: lies in the future.") }
        let dose = form.session.record.administrations.first?.body.time.instant ?? time.instant
        guard time.instant >= dose else { throw FormProblem("time", "Sent: lies before the dose.") }
        guard !request.form.flag("confirm") else { return }
        do {
            _ = try SessionReview.proposing(fact, in: chart, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        } catch {
            throw HTTPError(.conflict, message: error.words)
        }
    }
}
