import Chart
import Notation

extension FHIRReading {
    /// Observation → `measurement` for a metric, by LOINC; → part of an `assessment` for a rating scale; components likewise.
    ///
    /// A metric is measured at a time of day: an Observation that states only a day is omitted. `recorded` is `issued`, so that a
    /// laboratory value is not known before its report. A value that is a limit (`<5`) is omitted: it is no value.
    mutating func observation(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        let concept = try element.concept("code") ?? FHIRConcept()
        guard let status = try standing(resource, about: concept.about) else { return }
        guard let patient = try patient(of: resource, about: concept.about) else { return }
        let components = try element.children("component")
        if try collectScale(resource, concept, components, patient: patient) { return }

        let statements = result.drafts.count
        let note: JSONValue? = status == "preliminary" || status == "unknown" ? .string("status \(status)") : nil
        var reason = "not used by this version"
        if let metric = metric(concept) {
            let measured = try measurement(metric, in: element, of: resource)
            reason = measured.reason
            if let body = measured.body { state(.measurement, from: resource, patient: patient, [("note", note)] + body) }
        }
        var suffixes: Set<String> = []
        for component in components {
            let part = try component.concept("code") ?? FHIRConcept()
            guard let metric = metric(part) else {
                omitComponent(of: resource, about: part.about, "not used by this version")
                continue
            }
            let measured = try measurement(metric, in: component, of: resource)
            guard let body = measured.body else {
                omitComponent(of: resource, about: part.about, measured.reason)
                continue
            }
            var suffix = metric.id
            while !suffixes.insert(suffix).inserted { suffix += "+" }
            state(.measurement, from: resource, suffix: suffix, patient: patient, [("note", note)] + body)
        }
        if result.drafts.count == statements {
            omit(
                resource, about: concept.about,
                components.isEmpty || reason != "not used by this version" ? reason : "none of its components became a fact")
        }
    }

    func metric(_ concept: FHIRConcept) -> FHIRVocabulary.MetricTerm? {
        concept.codings.lazy.compactMap { $0.system == "LOINC" ? vocabulary.metricByLOINC[$0.code] : nil }.first
    }

    /// What an Observation or one of its components measured, or why it measured nothing.
    private mutating func measurement(
        _ metric: FHIRVocabulary.MetricTerm, in element: FHIRElement, of resource: FHIRResource
    ) throws(Diagnostic) -> (body: [(String, JSONValue?)]?, reason: String) {
        if let absent = try element.concept("dataAbsentReason") {
            return (nil, "no value: \(absent.codings.first.map { quoted($0.code) } ?? "not stated")")
        }
        let value = metric.unit == nil ? try qualitative(element) : try quantitative(element, metric)
        guard let (json, unit) = value.found else { return (nil, value.reason) }
        guard let time = try span(resource.element, "effective")?.start else { return (nil, "no time") }
        guard !time.isWholeDay else { return (nil, "a date without a time of day") }
        let recorded = try recorded(resource.element, "issued", noEarlierThan: time)
        return (
            [
                ("recorded", recorded), ("time", time.json), ("metric", .string(metric.id)), ("value", json),
                ("unit", unit.map(JSONValue.string)),
            ], ""
        )
    }

    /// Laboratories, and Synthea, write enzyme activities in "international units", which are UCUM's `U` (Nomenclature Committee of the
    /// International Union of Biochemistry, 1979: 1 U = 1 µmol/min; recalled) and not its `[iU]`, the WHO's unit of biological effect.
    private static let enzymeUnits = ["IU/L": "U/L", "[IU]/L": "U/L", "[iU]/L": "U/L"]

    /// A number in a UCUM unit that measures what the metric does. The value keeps its unit and its digits.
    ///
    /// A unit that is not UCUM is an error. No unit at all, as in some Synthea blood pressures, is an omission with a warning.
    private mutating func quantitative(_ element: FHIRElement, _ metric: FHIRVocabulary.MetricTerm) throws(Diagnostic) -> (
        found: (JSONValue, String?)?, reason: String
    ) {
        guard let quantity = try element.child("valueQuantity") else {
            return (nil, element.object.keys.contains { $0.hasPrefix("value") } ? "its value is not a quantity" : "no value")
        }
        guard try quantity.number("value") != nil, let value = quantity.value("value") else { return (nil, "no value") }
        if try quantity.text("comparator") != nil { return (nil, "a limit, not a value") }
        let isUCUM = try quantity.text("system") == "http://unitsofmeasure.org"
        let (code, unit) = (try quantity.text("code"), try quantity.text("unit"))
        let expected = metric.unit ?? "a UCUM unit"
        guard let symbol = isUCUM ? code ?? unit : unit ?? code else {
            warn("fhir.no_unit", at: quantity.place, "a value of \(metric.id) has no unit and is not taken over", expected: expected)
            return (nil, "no unit")
        }
        let key = isUCUM && code != nil ? "code" : "unit"
        let known = metric.unit == "U/L" ? Self.enzymeUnits[symbol] ?? symbol : symbol
        guard let given = Unit(known) else {
            throw quantity.wrong(key, "is \(quoted(symbol)), which is not UCUM", expected: expected, code: "fhir.unit")
        }
        if let own = metric.unit.flatMap({ Unit($0) }), !given.isCommensurable(with: own) {
            throw quantity.wrong(key, "is \(quoted(symbol)), which does not measure \(metric.id)", expected: expected, code: "fhir.unit")
        }
        return ((value, known), "")
    }

    /// A result in words, such as a pregnancy test's.
    private func qualitative(_ element: FHIRElement) throws(Diagnostic) -> (found: (JSONValue, String?)?, reason: String) {
        if let concept = try element.concept("valueCodeableConcept"), let text = concept.codings.first?.display ?? concept.text {
            return ((.string(text), nil), "")
        }
        if let text = try element.text("valueString") { return ((.string(text), nil), "") }
        if let flag = try element.flag("valueBoolean") { return ((.string(flag ? "positive" : "negative"), nil), "") }
        return (nil, element.object.keys.contains { $0.hasPrefix("value") } ? "its value is not a qualitative result" : "no value")
    }
}
