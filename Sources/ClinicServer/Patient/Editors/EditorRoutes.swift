import Access
import Chart
import Guidance
import Hummingbird
import Notation
import Psychometrics

/// Entering, correcting, ending, withdrawing and signing history: the same few routes for every editor of the table.
struct EditorRoutes {
    let clinic: Clinic
    let pages: Pages

    private static let base = "/patients/:patient/history"
    static let noteMeaning = "I wrote this note and stand by it."

    var routes: [Route] { clinic.editors.flatMap(routes) }

    private func routes(_ editor: FactEditor) -> [Route] {
        let path = "\(Self.base)/\(editor.path)"
        var routes: [Route] = [
            .get(path, .permission(.readChart), "\(editor.title) of a patient, and a form for more.", audit: .readChart) { request in
                try list(editor, request)
            }.asking(PatientQuery.names + ["instrument"]),
            .post(path, .permission(editor.need), "Adds: \(editor.noun).", editor.form) { try await add(editor, $0) },
            .get("\(path)/:fact", .permission(editor.need), "A form to correct: \(editor.noun).", audit: .readChart) { request in
                try correct(editor, request)
            },
            .post("\(path)/:fact", .permission(editor.need), "Corrects by a new fact: \(editor.noun).", editor.form) { request in
                try await supersede(editor, request) { target in
                    let instrument = target["instrument"]?.string.flatMap { clinic.knowledge.instruments.named($0) }
                    return try editor.correction(of: target, request.form, now: request.now, instrument: instrument)
                }
            },
            .post(
                "\(path)/:fact/withdraw", .permission(editor.need), "Withdraws: \(editor.noun).", [.required("reason", "Reason", .text(500))]
            ) { request in
                try await supersede(editor, request) { editor.withdrawal(of: $0, reason: request.form.text("reason")) }
            },
        ]
        if let end = editor.end {
            routes.append(
                .post("\(path)/:fact/end", .permission(editor.need), "Says when it ended: \(editor.noun).", [.required(end.key, end.title, .day)]) { request in
                    try await supersede(editor, request) { editor.ending($0, on: request.form.text(end.key)) }
                })
        }
        if editor.isSigned {
            routes.append(
                .post(
                    "\(path)/:fact/sign", .permission(editor.need), "Signs one's own note.", [], signature: Self.noteMeaning
                ) { request in
                    try await sign(editor, request)
                })
        }
        return routes
    }

    // MARK: - Writing

    private func home(_ editor: FactEditor, _ request: ClinicRequest) -> String {
        "/patients/\(percentEncoded(request["patient"]))/history/\(editor.path)"
    }

    private func add(_ editor: FactEditor, _ request: ClinicRequest) async throws -> Response {
        let chart = try chart(request)
        let fact = try editor.fact(request.form, now: request.now)
        let inForce = chart.view(asOf: request.now).current.filter { $0.kind == editor.kind && $0.id != fact["id"]?.string }
        if editor.isSingle, !inForce.isEmpty { throw HTTPError(.conflict, message: "This is on record already. Correct what is there.") }
        try await record([fact], editor, request)
        return .seeOther(home(editor, request))
    }

    private func supersede(
        _ editor: FactEditor, _ request: ClinicRequest, _ change: (JSONObject) throws -> JSONObject
    ) async throws -> Response {
        let (fact, payload) = try target(editor, request)
        let next = try change(payload)
        if editor.isSigned { try ownNote(fact, request, isWithdrawn: next["type"] == "retraction") }
        try await record([next], editor, request)
        return .seeOther(home(editor, request))
    }

    /// What somebody wrote, only they change; what they signed, they withdraw no more.
    private func ownNote(_ fact: Fact, _ request: ClinicRequest, isWithdrawn: Bool) throws {
        guard fact.author == request.author else {
            throw HTTPError(.forbidden, message: "Only its author changes a note. Write one of your own beside it.")
        }
        let isSigned = try chart(request).view(asOf: request.now).ownSignature(of: fact) != nil
        guard !(isWithdrawn && isSigned) else {
            throw HTTPError(.conflict, message: "A signed note is not withdrawn. Correct it by a new one.")
        }
    }

    private func sign(_ editor: FactEditor, _ request: ClinicRequest) async throws -> Response {
        let (fact, _) = try target(editor, request)
        guard fact.author == request.author else { throw HTTPError(.forbidden, message: "Only its author signs a note.") }
        guard try chart(request).successors[fact.id] == nil else {
            throw HTTPError(.conflict, message: "This note was corrected since. Sign the one that stands.")
        }
        try await record([Signing.signature(of: [fact.id], meaning: Self.noteMeaning, request)], editor, request)
        return .seeOther(home(editor, request))
    }

    /// - Throws: a `FormProblem` that says the field by its title.
    private func record(_ facts: [JSONObject], _ editor: FactEditor, _ request: ClinicRequest) async throws {
        do {
            try await Recorder(clinic: clinic).record(facts, of: request["patient"], request: request, about: editor.noun)
        } catch let problem as Diagnostic {
            let key = problem.place.path?.split(separator: ".").first.map(String.init) ?? ""
            guard let field = editor.fields.first(where: { $0.name == key }) else { throw problem }
            throw FormProblem(key, "\(field.title): \(problem.problem); expected \(problem.expected).")
        }
    }

    // MARK: - Reading

    private func chart(_ request: ClinicRequest) throws -> Chart {
        guard let chart = try clinic.charts.chart(of: request["patient"]) else {
            throw HTTPError(.notFound, message: "No patient of this clinic has that id.")
        }
        return chart
    }

    /// The fact a path names, when it is of the editor and still stands, or stands no more because of this very change.
    private func target(_ editor: FactEditor, _ request: ClinicRequest) throws -> (fact: Fact, payload: JSONObject) {
        let chart = try chart(request)
        let id = request["fact"]
        guard let fact = chart.facts.first(where: { $0.id == id }), fact.kind == editor.kind, editor.lists(fact),
            let payload = try clinic.store.payload(of: request["patient"], fact: id).flatMap({ try JSONReader.read($0).object })
        else { throw HTTPError(.notFound, message: "There is nothing of that kind in this chart.") }
        guard let successor = chart.successors[id] else { return (fact, payload) }
        guard successor == successorID(of: id) else { throw HTTPError(.conflict, message: "Somebody changed this already. Load the page again.") }
        return (fact, payload)
    }

    private func list(_ editor: FactEditor, _ request: ClinicRequest) throws -> Response {
        let query = try PatientQuery(request.uri, clinic: clinic)
        let (patient, chart, review) = try pages.review(request["patient"], query)
        let facts = review.view.current.filter { $0.kind == editor.kind && editor.lists($0) }
        let instrument = request.uri.queryParameters["instrument"].flatMap { clinic.knowledge.instruments.named(String($0)) }
        let mayWrite = request.person?.may(editor.need) ?? false
        let page = EditorPage(editor, patient: patient, review: review, knowledge: clinic.knowledge, names: clinic.access.book.accounts)
        var model = page.model(facts, reader: request.author, mayWrite: mayWrite, summaries: Timeline(chart, asOf: query.moment.instant).summaries)
        model["regions"] = ChartRegions(editors: clinic.editors).links(patient, at: editor.path)
        if mayWrite, !(editor.isSingle && !facts.isEmpty) {
            model["mayAdd"] = true
            if editor.chosenFirst != nil, instrument == nil {
                model["chooser"] = ["instruments": clinic.knowledge.instruments.filter(\.isScored).map { ["instrumentID": $0.id, "instrumentName": $0.name] }]
            } else {
                let form = EditorForm(editor: editor, values: instrument.map { ["instrument": $0.id] } ?? [:], instrument: instrument)
                model["form"] = ["formID": clinic.newID("f"), "fields": form.fields, "formAction": home(editor, request)] as [String: Any]
            }
        }
        return try pages.render("history", for: request, title: "\(patient), \(editor.title)", view: query, model)
    }

    private func correct(_ editor: FactEditor, _ request: ClinicRequest) throws -> Response {
        let (fact, payload) = try target(editor, request)
        let instrument = payload["instrument"]?.string.flatMap { clinic.knowledge.instruments.named($0) }
        let values = editor.fields.reduce(into: [String: String]()) { $0.merge($1.shown(payload, instrument: instrument)) { first, _ in first } }
        let form = EditorForm(editor: editor, values: values, instrument: instrument)
        return try pages.render(
            "correct", for: request, title: "Correct: \(editor.noun)",
            [
                "patientLabel": request["patient"], "patientHref": "/patients/" + percentEncoded(request["patient"]), "listTitle": editor.title,
                "listHref": home(editor, request), "noun": editor.noun, "summary": fact.summary, "formID": clinic.newID("f"), "fields": form.fields,
                "formAction": "\(home(editor, request))/\(percentEncoded(fact.id))",
            ])
    }
}
