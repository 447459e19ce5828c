import Access
import Chart
import Guidance
import Hummingbird
import Notation

/// What the pages of decisions share: the chart judged now, and decisions recorded as events of the course under a signature.
struct DecisionDesk: Sendable {
    let clinic: Clinic
    let pages: Pages

    static func home(_ request: ClinicRequest, _ page: String) -> String { "/patients/\(percentEncoded(request["patient"]))/\(page)" }

    /// The chart as it stands at the moment of the request: decisions are never made on an older view.
    func review(_ request: ClinicRequest) throws -> Review { try judged(request).review }

    /// The same with the chart.
    func judged(_ request: ClinicRequest) throws -> (chart: Chart, review: Review) {
        guard let chart = try clinic.charts.chart(of: request["patient"]) else {
            throw HTTPError(.notFound, message: "No patient of this clinic has that id.")
        }
        return (chart, Review(of: chart, asOf: request.now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge))
    }

    /// Whether this very form was recorded before: what it asks is then no longer judged, only compared.
    func isRepeated(_ request: ClinicRequest) throws -> Bool { try clinic.store.contains(request["patient"], fact: request.form.text("id")) }

    /// An event of the course, now, under the id of the form.
    func event(_ name: String, _ request: ClinicRequest, _ details: [(String, JSONValue?)] = []) -> JSONObject {
        var fact: JSONObject = ["type": "course", "id": .string(request.form.text("id")), "event": .string(name), "time": .string(request.now.description)]
        for (key, value) in details { fact[key] = value }
        return fact
    }

    /// Records a decision and the signature under it, both or neither.
    func sign(_ fact: JSONObject, meaning: String, _ request: ClinicRequest) async throws {
        let facts = Signing.signed(fact, meaning: meaning, request)
        try await Recorder(clinic: clinic).record(facts, of: request["patient"], request: request, about: fact["event"]?.string ?? "decision")
    }

    /// Who stated a fact, by name.
    func author(of fact: Fact) -> String { fact.author.map { clinic.access.book.accounts[$0]?.name ?? $0 } ?? "" }

    func record(_ fact: JSONObject, _ request: ClinicRequest, about: String) async throws {
        try await Recorder(clinic: clinic).record([fact], of: request["patient"], request: request, about: about)
    }

    /// - Throws: where the course stands, when it has no way for the step from there.
    func require(_ step: CourseStep, in review: Review) throws {
        guard !review.course.history.allows(step) else { return }
        throw FormProblem("id", "The course stands at “\(stateText(review))”; from there this step is out of order. The plan page has the steps there are.")
    }

    func stateText(_ review: Review) -> String { review.course.history.state?.rawValue.replacing("_", with: " ") ?? "not begun" }

    /// The last event of a name, with who signed it.
    func last(_ event: String, in review: Review) -> (event: Stated<CourseEvent>, text: String)? {
        guard let found = review.view.courseEvents.last(where: { CourseStep($0.body.event).map { $0 == CourseStep(event) } ?? ($0.body.event == event) }) else {
            return nil
        }
        let names = clinic.access.book.accounts
        let signature = review.view.signatures(of: found.id).last
        let who = (signature?.fact.author ?? found.fact.author).map { names[$0]?.name ?? $0 } ?? "author not known"
        return (found, "\(signature == nil ? "recorded" : "signed") by \(who), \(found.body.time.reading)")
    }

    /// What every page of a chart's decisions says.
    func model(_ request: ClinicRequest, at path: String, _ more: [String: Any]) -> [String: Any] {
        let patient = request["patient"]
        let own: [String: Any] = [
            "patientLabel": patient, "patientHref": "/patients/" + percentEncoded(patient), "mayWrite": request.person?.may(.writePlan) ?? false,
            "regions": ChartRegions(editors: clinic.editors).links(patient, at: path), "formID": clinic.newID("f"),
        ]
        return own.merging(more) { _, more in more }
    }
}

extension Stated<CourseEvent> {
    /// A detail as text.
    func detail(_ name: String) -> String? { body.details.first { $0.name == name }?.value.description }
}
