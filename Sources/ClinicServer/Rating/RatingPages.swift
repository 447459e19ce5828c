import Access
import Chart
import Guidance
import Hummingbird
import Notation
import Psychometrics
import Storage

/// What a patient sees who opens a link: the questions, what was answered, and the sending. No page of these names the patient.
struct RatingRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: SignInDesk

    var routes: [Route] {
        [
            .get("/rate/:token", .link, "The questions of a link.") { try questions($0) },
            .post("/rate/:token", .link, "Keeps answers; one or many at a time.", RatingSheet.fields(clinic.knowledge.instruments)) { try await keep($0) },
            .get("/rate/:token/help", .link, "Whom to call now, before going on.") { try help($0) },
            .get("/rate/:token/review", .link, "What was answered, before it is sent.") { try review($0) },
            .post("/rate/:token/send", .link, "Sends what was answered to the clinic.", []) { try await send($0) },
        ]
    }

    /// The sheet of an open link, and the request as that of its holder.
    /// - Throws: 404 for a link that was not made here, 410 for one that is no longer open.
    private func sheet(_ request: ClinicRequest) throws -> (ClinicRequest, RatingSheet) {
        guard let link = desk.link(request["token"]) else {
            throw HTTPError(
                .notFound, message: "This is not a link of \(clinic.name), or not all of it was copied. Please open it again from where you have it.")
        }
        if link.isWithdrawn { throw HTTPError(.gone, message: "\(clinic.name) has withdrawn this link. Please ask there if you expected to answer questions.") }
        if link.answered != nil { throw HTTPError(.gone, message: "These questions have been answered. Thank you. There is nothing more to do.") }
        guard link.isOpen(at: request.now) else {
            throw HTTPError(.gone, message: "This link was good until \(Moment(link.expires).reading) UTC. Please ask \(clinic.name) for a new one.")
        }
        let sheet = RatingSheet(link, catalog: clinic.knowledge.instruments, drafts: try clinic.store.drafts(of: link.id))
        guard !sheet.instruments.isEmpty else {
            throw HTTPError(.gone, message: "There is nothing to answer by this link. Please ask \(clinic.name) for a new one.")
        }
        var request = request
        request.link = link
        return (request, sheet)
    }

    private func path(_ request: ClinicRequest, _ more: String = "") -> String { "/rate/" + percentEncoded(request["token"]) + more }

    // MARK: - Answering

    private func questions(_ request: ClinicRequest) throws -> Response {
        let (request, sheet) = try sheet(request)
        return try pages.patientPage(
            "rate", title: "Questions",
            [
                "action": path(request), "answeredCount": "\(sheet.answered)", "itemCount": "\(sheet.itemCount)",
                "until": Moment(sheet.link.expires).reading, "parts": parts(of: sheet, page: ""),
            ])
    }

    /// What was answered is kept at once; a sign of suicide risk reaches the clinic before anything else is done.
    private func keep(_ request: ClinicRequest) async throws -> Response {
        let (request, sheet) = try sheet(request)
        let given = sheet.answers(in: request.form, at: request.now)
        let reports = sheet.reports(of: given)
        try await recordOnce(reports, about: RiskEvent.reported.rawValue, sheet.link, request)
        try clinic.store.keep(given, of: sheet.link.id)
        if request.wantsJSON { return .json(["kept": .init(given.count), "help": .init(!reports.isEmpty)]) }
        return .seeOther(path(request, reports.isEmpty ? "/review" : "/help"))
    }

    private func help(_ request: ClinicRequest) throws -> Response {
        let (request, _) = try sheet(request)
        return try pages.patientPage("rate-help", title: "Please talk to somebody", ["nextHref": path(request, "/review")])
    }

    // MARK: - Sending

    private func review(_ request: ClinicRequest) throws -> Response {
        let (request, sheet) = try sheet(request)
        return try pages.patientPage(
            "rate-review", title: "Before you send",
            [
                "backHref": path(request), "sendHref": path(request, "/send"), "canBeSent": sheet.canBeSent, "isEmpty": sheet.facts.isEmpty,
                "parts": parts(of: sheet, page: path(request)),
            ])
    }

    private func send(_ request: ClinicRequest) async throws -> Response {
        let (request, sheet) = try sheet(request)
        guard sheet.canBeSent else { return .seeOther(path(request, "/review")) }
        let link = sheet.link
        try await recordOnce(sheet.facts, about: "self-rating", link, request)
        let event = AccessEvent(id: "answered-\(link.id)", time: request.now, by: request.author, .linkAnswered(link: link.id))
        try await clinic.access.record([event], audit: request.audit(.answeredLink, patient: link.patient, about: link.id), at: request.now)
        // What was sent is in the chart; a draft that stays is only untidy.
        try? clinic.store.removeDrafts(of: link.id)
        clinic.live.publish(link.patient)
        return try pages.patientPage(
            "rate-said", title: "Thank you",
            ["saidTitle": "Thank you.", "saidText": ["\(clinic.name) has your answers.", "You can close this page. The link is used up."]])
    }

    /// Records what the chart does not hold yet. Sent twice at the same moment it counts once: whoever comes second finds it recorded.
    private func recordOnce(_ facts: [JSONObject], about: String, _ link: AccessBook.Link, _ request: ClinicRequest) async throws {
        func missing() throws -> [JSONObject] { try facts.filter { try !clinic.store.contains(link.patient, fact: $0["id"]?.string ?? "") } }
        let new = try missing()
        guard !new.isEmpty else { return }
        do {
            try await Recorder(clinic: clinic).record(new, of: link.patient, request: request, source: "self-rating link", about: about)
        } catch {
            guard try missing().isEmpty else { throw error }
        }
    }

    // MARK: - Models

    /// - Parameter page: path of the page with the questions, for links back to one; "" on that page itself.
    private func parts(of sheet: RatingSheet, page: String) -> [[String: Any]] {
        var number = 0
        return sheet.instruments.enumerated().map { index, instrument -> [String: Any] in
            let items = instrument.items.map { item -> [String: Any] in
                number += 1
                return question(item, of: instrument, number: number, sheet, page: page)
            }
            var part: [String: Any] = ["partID": "part-\(index + 1)", "items": items]
            if sheet.instruments.count > 1 { part["partTitle"] = "Part \(index + 1) of \(sheet.instruments.count)" }
            part["instruction"] = instrument.instruction
            part["obstacle"] = sheet.obstacle(to: instrument)
            part["isLeftOut"] = sheet.fact(for: instrument) == nil
            return part
        }
    }

    private func question(_ item: Instrument.Item, of instrument: Instrument, number: Int, _ sheet: RatingSheet, page: String) -> [String: Any] {
        let (field, given) = (RatingSheet.field(instrument.id, item.id), sheet.answer(to: item, of: instrument))
        let options = (item.answers ?? []).map { answer -> [String: Any] in
            [
                "value": "\(answer.value)", "optionText": (answer.text ?? "").capitalizedFirst, "isOn": given == Double(answer.value),
                "isSign": instrument.isSignOfSuicideRisk(Double(answer.value), to: item.id),
            ]
        }
        var question: [String: Any] = [
            "field": field, "questionID": "q\(number)", "number": "\(number)", "wording": item.wording ?? "", "options": options,
            "canBeSign": options.contains { $0["isSign"] as? Bool == true }, "changeHref": "\(page)#q\(number)",
        ]
        question["given"] = options.first { $0["isOn"] as? Bool == true }?["optionText"]
        return question
    }
}

extension Pages {
    /// A page for a patient: no bar, no names but the clinic's, and whom to call on every one.
    func patientPage(_ template: String, title: String, status: HTTPResponse.Status = .ok, _ model: [String: Any]) throws -> Response {
        var model = model
        model["contacts"] = clinic.knowledge.crisisContacts.map { contact -> [String: Any] in
            var values: [String: Any] = ["contactName": contact.who]
            if let phone = contact.phone, let dialled = contact.dialled { values["call"] = ["phone": phone, "dialled": dialled] }
            values["contactNote"] = contact.note
            return values
        }
        return try render(template, for: nil, title: title, status: status, model)
    }
}
