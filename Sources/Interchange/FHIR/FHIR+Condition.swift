import Chart
import Notation

extension FHIRReading {
    /// SNOMED CT severity qualifiers. Codes recalled, not looked up in a SNOMED release.
    private static let severities: [String: EpisodeSeverity] = ["24484000": .severe, "6736007": .moderate, "255604002": .mild]

    private static let ended: Set<String> = ["resolved", "inactive", "remission"]
    /// FHIR R4 condition-ver-status that say the condition is not there.
    private static let notThere = ["refuted": "refuted", "entered-in-error": "entered in error"]

    /// Condition → `diagnosis` when it is depression (see `FHIRVocabulary.depression(in:)`), else `condition`.
    ///
    /// Time is the onset or, without one, the day it was recorded; the end is the abatement. `episode_start` is not filled: FHIR's onset
    /// is that of the condition, which for recurrent depression is not that of the episode. A condition verified as refuted or entered
    /// in error is omitted; provisional ones are suspected. Resolved without a date is over since nobody knows when, with a warning.
    mutating func condition(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        guard let concept = try element.concept("code"), concept.name != nil || !concept.codes.isEmpty else {
            return omit(resource, about: "no code", "neither a code nor a name")
        }
        let verification = try element.concept("verificationStatus")?.codings.first?.code
        if let reason = verification.flatMap({ Self.notThere[$0] }) { return omit(resource, about: concept.about, reason) }
        guard let patient = try patient(of: resource, about: concept.about) else { return }

        let recordedDate = try moment(element, "recordedDate")
        var span = FHIRSpan(start: try span(element, "onset")?.start, end: try abatement(element))
        try check(span, in: element, "abatementDateTime")
        if span.start == nil { span = startKnownBy(recordedDate, span, at: element.place) }
        let status = try element.concept("clinicalStatus")?.codings.first?.code
        if span.end == nil, let status, Self.ended.contains(status) {
            warn(
                "fhir.open_condition", at: element.place, "a Condition is \(status) without a date of abatement; nobody knows since when",
                expected: "abatementDateTime")
        }

        let (code, isDepression) = vocabulary.depression(in: concept)
        var body: [(String, JSONValue?)] = [
            ("recorded", try recorded(element, "recordedDate", noEarlierThan: nil)), ("time", span.start?.json),
            ("code", code?.json), ("name", concept.name.map(JSONValue.string)), ("end", span.end?.json),
        ]
        if let verification, verification != "confirmed" { body.append(("note", .string("verification status: \(quoted(verification))"))) }
        if !isDepression {
            body.append(("status", status.flatMap { Self.ended.contains($0) ? .string($0) : nil }))
            body.append(("verification_status", verification.flatMap { $0 == "confirmed" ? nil : .string($0) }))
        }
        if isDepression {
            guard span.start != nil else { return omit(resource, about: concept.about, "a diagnosis without any date") }
            let severity = try element.concept("severity")?.code(in: "SNOMED CT").flatMap { Self.severities[$0] }
            body.append(("severity", (severity?.rawValue).map(JSONValue.string)))
        }
        state(isDepression ? .diagnosis : .condition, from: resource, patient: patient, body)
    }

    /// AllergyIntolerance → `condition` named "Allergy to …", so that a rule on hypersensitivity sees it.
    mutating func allergy(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        guard let concept = try element.concept("code"), let name = concept.name else {
            return omit(resource, about: "no code", "neither a code nor a name")
        }
        let verification = try element.concept("verificationStatus")?.codings.first?.code
        if let reason = verification.flatMap({ Self.notThere[$0] }) { return omit(resource, about: concept.about, reason) }
        guard let patient = try patient(of: resource, about: concept.about, by: "patient") else { return }
        let span = startKnownBy(try moment(element, "recordedDate"), try span(element, "onset") ?? FHIRSpan(), at: element.place)
        let prefix = Words(name).words.contains { $0.hasPrefix("allerg") } ? "" : "Allergy to "
        state(
            .condition, from: resource, patient: patient,
            [("time", span.start?.json), ("code", concept.codes.first?.json), ("name", .string(prefix + name))])
    }

    private mutating func abatement(_ element: FHIRElement) throws(Diagnostic) -> Moment? {
        if let time = try moment(element, "abatementDateTime", .end) { return time }
        return try period(element, "abatementPeriod")?.end
    }

    /// A start for what only says when it was written down. Written down after it ended, it began no later than it ended.
    mutating func startKnownBy(_ written: Moment?, _ span: FHIRSpan, at place: Place) -> FHIRSpan {
        guard let written else { return span }
        guard let end = span.end, end.latest < written.instant else { return FHIRSpan(start: written, end: span.end) }
        warn(
            "fhir.no_start", at: place, "was written down after it ended and does not say when it began; its end is taken",
            expected: "a start")
        return FHIRSpan(start: end, end: end)
    }
}
