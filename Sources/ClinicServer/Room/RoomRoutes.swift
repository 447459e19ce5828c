import Access
import Chart
import Guidance
import HTTPTypes
import Hummingbird
import Notation

/// The session room: one page a chair, live, with everything a nurse records in it.
struct RoomRoutes {
    let clinic: Clinic
    let pages: Pages
    private let entries: RoomEntries
    private let recorder: Recorder

    init(clinic: Clinic, pages: Pages) {
        self.clinic = clinic
        self.pages = pages
        entries = RoomEntries(clinic: clinic)
        recorder = Recorder(clinic: clinic)
    }

    private static let session = "/patients/:patient/sessions/:session"

    var routes: [Route] {
        [
            .get("\(Self.session)/room", .permission(.readChart), "The room of a session.", audit: .readChart) { try page($0) }.kept,
            .stream("\(Self.session)/room/live", .permission(.readChart), "What changes in a room, as server-sent events.") { request in
                let (patient, session) = (request["patient"], request["session"])
                _ = try pages.room(patient, session, at: request.now, for: request.person)
                return pages.stream(request, of: patient) { try pages.roomState(patient, session, at: $0, for: request.person) }
            },
            .post(
                "\(Self.session)/entries", .permission(.recordSession), "Vital signs and scores.", RoomEntries.common + entries.fields(of: RoomEntries.vitals)
            ) {
                try await record(readings: $0)
            },
            step("/arrival", .schedule, "Who arrives, and who does not come.", OfferedStep.arrivals),
            step("/steps", .recordSession, "A step of the session.", OfferedStep.recorded),
            step("/decisions", .decideSession, "A decision: the dose is cleared, the patient may leave.", OfferedStep.decided),
            .post("\(Self.session)/doses", .permission(.recordSession), "A dose or device given.", doseFields) { try await record(dose: $0) },
            .post("\(Self.session)/adverse-events", .permission(.recordSession), "Something went wrong or felt wrong.", eventFields) { request in
                var fact = try entries.base("adverse_event", request)
                (fact["onset"], fact["time"]) = (fact["time"], nil)
                fact["term"] = .string(request.form.text("term"))
                fact["severity"] = .string(request.form.text("severity"))
                fact["serious"] = .init(request.form.flag("serious"))
                return try await store([fact], request, about: "adverse event")
            },
            .post(
                "\(Self.session)/adverse-events/:event/resolve", .permission(.recordSession), "It is over.", RoomEntries.common
            ) { try await resolve($0) },
            .post(
                "\(Self.session)/overrides", .permission(.decideSession), "Going on against a rule, with the reason.",
                RoomEntries.common + [.required("rule", "Rule", .id), .required("reason", "Reason", .text(500))],
                signature: "I go on against this rule, for the reason stated."
            ) { request in
                var fact = try entries.base("override", request)
                fact["rule"] = .string(request.form.text("rule"))
                fact["reason"] = .string(request.form.text("reason"))
                return try await store([fact], request, about: "override \(request.form.text("rule"))")
            },
        ]
    }

    // MARK: - The page

    private func page(_ request: ClinicRequest) throws -> Response {
        let room = try pages.room(request["patient"], request["session"], at: request.now, for: request.person)
        var model = room.pageModel(for: request.person)
        if room.drug != nil { model["drugForms"] = room.drugForms(for: request, try clinic.stock.review(at: request.now).ledger) }
        return try pages.render("room", for: request, title: "\(room.patient), \(room.session.record.id)", model)
    }

    // MARK: - Recording

    private func step(_ path: String, _ permission: Permission, _ summary: String, _ steps: [SessionStep]) -> Route {
        let questions = steps.flatMap { clinic.knowledge.monitoring.questions(of: $0, product: nil) }
        let answers = unique(questions.map(\.metric)).compactMap { id -> FormField? in
            guard let metric = clinic.knowledge.metrics[id], let question = questions.first(where: { $0.metric == id }) else { return nil }
            return FormField(question, metric: metric)
        }
        let fields = RoomEntries.common + [.required("step", "Step", .choice(steps.map(\.rawValue))), .optional("reason", "Reason", .text(500))] + answers
        return .post(
            Self.session + path, .permission(permission), summary, fields, signature: steps.compactMap { OfferedStep.signatures[$0] }.first
        ) { request in
            guard let step = SessionStep(rawValue: request.form.text("step")) else { throw FormProblem("step", "There is no such step.") }
            return try await propose(try entries.step(step, request), request, about: step.rawValue)
        }
    }

    private func record(readings request: ClinicRequest) async throws -> Response {
        let facts = try entries.readings(request)
        return try await inTurn(request) { request in
            let chart = try chart(request)
            if let collision = entries.collision(request, in: chart, metrics: Set(facts.compactMap { $0["metric"]?.string })) {
                throw HTTPError(.conflict, message: collision)
            }
            return try await store(facts, request, about: "readings")
        }
    }

    private var doseFields: [FormField] {
        RoomEntries.common + [
            .required("dose", "Dose", .number(0.01...1000)), .required("unit", "Unit", .choice(["mg", "mg/kg"])),
            .required("drug", "Drug", .choice(["ketamine", "esketamine", "arketamine"])),
            .required("route", "Route", .choice(["intravenous", "intranasal", "intramuscular", "subcutaneous", "oral", "sublingual", "rectal"])),
            .optional("duration_min", "Minutes it takes", .number(0.1...1440)), .optional("lot", "Lot", .text(60)),
        ]
    }

    private func record(dose request: ClinicRequest) async throws -> Response {
        var fact = try entries.base("administration", request)
        for key in ["drug", "route", "unit"] { fact[key] = .string(request.form.text(key)) }
        fact["dose"] = request.form.number("dose").map { .init($0) }
        fact["duration_min"] = request.form.number("duration_min").map { .init($0) }
        fact["lot"] = request.form["lot"].map { .string($0) }
        return try await propose(fact, request, about: "dose")
    }

    private var eventFields: [FormField] {
        RoomEntries.common + [
            .required("term", "What happened", .text(200)),
            .required("severity", "Severity", .choice(["mild", "moderate", "severe", "life_threatening", "fatal"])), .optional("serious", "Serious", .flag),
        ]
    }

    /// The event again, over: a correction that supersedes what was stated.
    private func resolve(_ request: ClinicRequest) async throws -> Response {
        let id = request["event"]
        guard let payload = try clinic.store.payload(of: request["patient"], fact: id), var fact = try JSONReader.read(payload).object,
            fact["type"] == "adverse_event", fact["session"]?.string == request["session"]
        else { throw HTTPError(.notFound, message: "This session has no such event.") }
        fact["id"] = .string(request.form["id"] ?? "\(id)-resolved")
        fact["supersedes"] = .string(id)
        fact["resolved"] = .string(try entries.time(request).description)
        if let note = request.form["note"] { fact["note"] = .string(note) }
        return try await store([fact], request, about: "adverse event over")
    }

    /// What is about to happen is judged as if it had. A rule that forbids it is named; what has happened all the same can be recorded.
    private func propose(_ json: JSONObject, _ request: ClinicRequest, about: String) async throws -> Response {
        try await inTurn(request) { request in
            if !request.form.flag("confirm") { try judge(json, request) }
            return try await store([json], request, about: about)
        }
    }

    /// The request when its turn has come: everything stored before is known to it.
    private func inTurn(_ request: ClinicRequest, _ body: @escaping @Sendable (ClinicRequest) async throws -> Response) async throws -> Response {
        try await clinic.turns.take(request["patient"]) {
            var request = request
            request.now = max(request.now, clinic.now())
            return try await body(request)
        }
    }

    /// - Throws: a conflict with the rules that forbid it.
    private func judge(_ json: JSONObject, _ request: ClinicRequest) throws {
        var proposed = json
        proposed["patient"] = .string(request["patient"])
        proposed["author"] = .string(request.author)
        proposed["recorded"] = .string(request.now.description)
        if proposed["id"] == nil { proposed["id"] = "proposed" }
        let fact = try Fact.read(.object(proposed)).fact
        let chart = try chart(request)
        guard !chart.facts.contains(where: { $0.id == fact.id }) else { return }
        if fact.leadsToDose, let withdrawal = chart.view(asOf: request.now).withdrawnConsent {
            let words = ConsentRoutes.withdrawn(withdrawal, offset: clinic.offset(request.now))
            throw HTTPError(.conflict, message: words + " If it has happened, record it all the same.")
        }
        do {
            _ = try SessionReview.proposing(fact, in: chart, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        } catch {
            throw HTTPError(.conflict, message: error.words)
        }
    }

    /// The chart a session belongs to. What is sent to another patient's address, or to a session that was never booked, is nobody's.
    private func chart(_ request: ClinicRequest) throws -> Chart {
        guard let chart = try clinic.charts.chart(of: request["patient"]) else { throw HTTPError(.notFound, message: "No patient of this clinic has that id.") }
        guard chart.facts.contains(where: { $0.session == request["session"] }) else {
            throw HTTPError(.notFound, message: "This patient has no session of that name.")
        }
        return chart
    }

    private func store(_ facts: [JSONObject], _ request: ClinicRequest, about: String) async throws -> Response {
        _ = try chart(request)
        try await recorder.record(facts, of: request["patient"], request: request, about: "\(request["session"]): \(about)")
        let patient = "/patients/\(percentEncoded(request["patient"]))"
        // Who only receives people does not enter rooms.
        guard request.person?.may(.readChart) ?? false else { return .seeOther(patient + "/booking") }
        return .seeOther("\(patient)/sessions/\(percentEncoded(request["session"]))/room")
    }
}

extension SessionRefusal {
    /// In a person's words, with the rule that forbids it.
    var words: String {
        switch self {
        case .outOfOrder(let step, let state, let rule):
            "\(step.rawValue.replacing("_", with: " ").capitalizedFirst) has no way from where the session stands (\(state.words))"
                + (rule.map { ", \($0.id)" } ?? "") + ". If it has happened, record it all the same."
        case .forbidden(_, let findings):
            findings.map { finding in
                "\(finding.rule.id), \(finding.rule.kind.title.lowercased()): \(finding.rule.text)"
                    + (finding.missing.isEmpty ? "" : " (not known: \(finding.missing.joined(separator: ", ")))")
            }.joined(separator: "\n") + "\nA prescriber may override where the rule allows it. If it has happened, record it all the same."
        }
    }
}
