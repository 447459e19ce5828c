import Chart
import Notation

extension FHIRReading {
    /// Encounter → `encounter` over its period, named by its first type or, without one, its class.
    mutating func encounter(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        var concept = try element.concepts("type").first ?? FHIRConcept()
        if concept.name == nil, concept.codings.isEmpty, let setting = try element.child("class"), let coding = try FHIRCoding(setting) {
            concept.codings = [coding]
        }
        guard try standing(resource, about: concept.about) != nil else { return }
        guard let patient = try patient(of: resource, about: concept.about) else { return }
        guard let span = try period(element, "period"), let start = span.start else {
            return omit(resource, about: concept.about, "no time")
        }
        state(
            .encounter, from: resource, patient: patient,
            [("time", start.json), ("end", span.end?.json), ("reason", try element.concepts("reasonCode").first?.name.map(JSONValue.string))] + naming(concept))
    }

    /// Procedure → `procedure`. Treatments of depression such as ECT stay procedures: a treatment trial needs an outcome, which a
    /// Procedure does not state.
    mutating func procedure(_ resource: FHIRResource) throws(Diagnostic) {
        let concept = try resource.element.concept("code") ?? FHIRConcept()
        guard let status = try standing(resource, about: concept.about) else { return }
        guard let patient = try patient(of: resource, about: concept.about) else { return }
        guard concept.name != nil || !concept.codes.isEmpty else {
            return omit(resource, about: concept.about, "neither a code nor a name")
        }
        guard let span = try span(resource.element, "performed"), let start = span.start else {
            return omit(resource, about: concept.about, "no time")
        }
        let note: JSONValue? = status == "completed" ? nil : .string("status \(status)")
        state(
            .procedure, from: resource, patient: patient, [("note", note), ("time", start.json), ("end", span.end?.json)] + naming(concept))
    }

    /// AdverseEvent → `adverse_event` where what happened and when are stated (FHIR R4: `event`, and `date` or else `detected`).
    mutating func adverseEvent(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        let concept = try element.concept("event") ?? FHIRConcept()
        guard let actuality = try element.text("actuality") else {
            throw element.wrong("actuality", "is missing", expected: "actual or potential", code: "fhir.status")
        }
        guard actuality == "actual" else { return omit(resource, about: concept.about, "potential, not actual") }
        guard let patient = try patient(of: resource, about: concept.about) else { return }
        guard let term = concept.name else { return omit(resource, about: concept.about, "does not name the event") }
        var onset = try moment(element, "date")
        if onset == nil { onset = try moment(element, "detected") }
        guard let onset else { return omit(resource, about: concept.about, "no time") }
        let severity = try element.concept("severity")?.codings.lazy.compactMap { AdverseEvent.Severity(rawValue: $0.code) }.first
        let seriousness = try element.concept("seriousness")?.codings.lazy.compactMap { Self.seriousness[$0.code] }.first
        state(
            .adverseEvent, from: resource, patient: patient,
            [
                ("recorded", try recorded(element, "recordedDate", noEarlierThan: onset)), ("term", .string(term)), ("onset", onset.json),
                ("severity", (severity?.rawValue).map(JSONValue.string)), ("serious", seriousness.map(JSONValue.init(_:))),
            ])
    }

    /// HL7 code system adverse-event-seriousness.
    private static let seriousness = ["serious": true, "Serious": true, "non-serious": false, "Non-serious": false]

    private func naming(_ concept: FHIRConcept) -> [(String, JSONValue?)] {
        [("name", concept.name.map(JSONValue.string)), ("code", vocabulary.preferred(concept.codes)?.json)]
    }
}
