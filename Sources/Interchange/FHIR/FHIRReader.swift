import Chart
import Notation

/// Reads a FHIR R4 Bundle (HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/bundle.html) of any type into drafts of facts.
///
/// ```swift
/// let reading = try FHIRReader.read(json, file: "bundle.json", vocabulary: vocabulary)
/// reading.drafts            // facts in the contract's shape, not yet checked
/// reading.account.records   // every entry, by resource type
/// reading.account.omissions // every resource and component that became no fact, by code and reason
/// ```
///
/// Three promises hold for every bundle that is not refused:
/// - **Accounted for.** Each entry counts once in `account.records` and leaves a draft or an omission. The account counts resources
///   and components; elements of a resource that this version does not know are normal in FHIR and are not listed.
/// - **Stable.** A fact's id is the resource's type and id (`Observation/abc`, `Observation/abc#sbp` for a component), so reading a
///   bundle again adds nothing. A resource without id takes its entry's fullUrl; with neither, the importer derives an id.
/// - **Minimal.** Names, addresses, telephone numbers, identifiers and narrative are not taken over, and no diagnostic, warning or
///   omission carries a value: only paths, codes and the displays of codes.
///
/// Refused with a diagnostic naming the path: a member of the wrong type, a subject that is not in the bundle, a time without
/// offset, a unit that is not UCUM on a known metric, an answer that is no answer of its scale. Accepted with a warning, one for
/// each kind with a count: what a person should look at but what would not be false in the chart.
public enum FHIRReader {
    public static func read(_ bundle: JSONValue, file: String? = nil, vocabulary: FHIRVocabulary) throws(Diagnostic) -> SourceReading {
        var reading = FHIRReading(bundle: try FHIRBundle(bundle, file: file), vocabulary: vocabulary)
        try reading.run()
        return reading.result
    }

    typealias ResourceReader = @Sendable (inout FHIRReading, FHIRResource) throws(Diagnostic) -> Void

    /// The resource types that become facts. Every other type is counted as not used.
    static let readers: [String: ResourceReader] = [
        "Patient": { (reading, resource) throws(Diagnostic) in try reading.patient(resource) },
        "AllergyIntolerance": { (reading, resource) throws(Diagnostic) in try reading.allergy(resource) },
        "Condition": { (reading, resource) throws(Diagnostic) in try reading.condition(resource) },
        "MedicationRequest": { (reading, resource) throws(Diagnostic) in try reading.medicationRequest(resource) },
        "MedicationStatement": { (reading, resource) throws(Diagnostic) in try reading.medicationStatement(resource) },
        "MedicationAdministration": { (reading, resource) throws(Diagnostic) in try reading.medicationAdministration(resource) },
        "Observation": { (reading, resource) throws(Diagnostic) in try reading.observation(resource) },
        "QuestionnaireResponse": { (reading, resource) throws(Diagnostic) in try reading.questionnaireResponse(resource) },
        "Encounter": { (reading, resource) throws(Diagnostic) in try reading.encounter(resource) },
        "Procedure": { (reading, resource) throws(Diagnostic) in try reading.procedure(resource) },
        "AdverseEvent": { (reading, resource) throws(Diagnostic) in try reading.adverseEvent(resource) },
    ]
}

/// One run over one bundle: what is known of it, and what was made of it so far.
struct FHIRReading {
    let bundle: FHIRBundle
    let vocabulary: FHIRVocabulary
    private(set) var result = SourceReading()
    /// Observations of rating scales, put together when all entries are read.
    var scaleObservations: [ScaleObservation] = []
    /// Assessments made from answers, with the sum of the answers where it can be compared with a total.
    var answered: [AssessmentKey: Double?] = [:]
    /// The scales read from a QuestionnaireResponse, by entry.
    var scalesByResponse: [Int: [String: AssessmentKey]] = [:]
    private var tally: [WarningKind: (count: Int, entry: Int, place: Place)] = [:]
    private var currentEntry = 0

    private struct WarningKind: Hashable {
        var code: String
        var problem: String
        var expected: String
    }

    init(bundle: FHIRBundle, vocabulary: FHIRVocabulary) {
        self.bundle = bundle
        self.vocabulary = vocabulary
    }

    mutating func run() throws(Diagnostic) {
        if bundle.patients.isEmpty, !bundle.entries.isEmpty {
            throw Diagnostic("fhir.patient", at: bundle.place, "no Patient resource", expected: "exactly one Patient")
        }
        if bundle.hasNextPage {
            warn("fhir.page", at: bundle.place.at("link"), "is one page of a longer search result", expected: "all pages in one bundle")
        }
        for (index, entry) in bundle.entries.enumerated() {
            currentEntry = index
            guard let resource = entry else {
                result.account.read("entry")
                result.account.omit(.init(kind: "entry", reason: "no resource"))
                continue
            }
            result.account.read(resource.type)
            try accountForContained(resource)
            if let why = bundle.replaced[index] {
                omit(resource, about: "", why)
            } else if let reader = FHIRReader.readers[resource.type] {
                try reader(&self, resource)
            } else {
                omit(resource, about: "", "not used by this version")
            }
        }
        try assembleScaleObservations()
        result.warnings = tally.sorted { ($0.value.entry, $0.key.code, $0.key.problem) < ($1.value.entry, $1.key.code, $1.key.problem) }
            .map { kind, seen in
                let times = seen.count > 1 ? " (\(seen.count) times, first here)" : ""
                return Diagnostic(kind.code, at: seen.place, kind.problem + times, expected: kind.expected)
            }
    }

    /// Contained resources have no life of their own: they are read with the resource that refers to them, and counted here.
    private mutating func accountForContained(_ resource: FHIRResource) throws(Diagnostic) {
        for contained in try resource.element.children("contained") {
            let type = try contained.text("resourceType") ?? "contained resource"
            result.account.omit(.init(kind: type, about: "contained in \(resource.type)", reason: "used only where it is referred to"))
        }
    }

    // MARK: What the readers of each family use

    /// States a fact. Members that are nil or null are left out.
    mutating func state(
        _ type: FactKind, from resource: FHIRResource, suffix: String? = nil, patient: String, _ body: [(String, JSONValue?)]
    ) {
        let id = resource.factID.map { id in suffix.map { "\(id)#\($0)" } ?? id }
        let head: [(String, JSONValue?)] = [
            ("type", .string(type.rawValue)), ("id", id.map(JSONValue.string)), ("patient", .string(patient)),
            ("source", .string("FHIR \(resource.type)")),
        ]
        let members = (head + body).compactMap { key, value in value.flatMap { $0 == .null ? nil : (key: key, value: $0) } }
        result.drafts.append(Draft(JSONObject(members), at: resource.element.place))
    }

    mutating func omit(_ resource: FHIRResource, about: String, _ reason: String) {
        result.account.omit(.init(kind: resource.type, about: about, reason: reason))
    }

    mutating func omitComponent(of resource: FHIRResource, about: String, _ reason: String) {
        result.account.omit(.init(kind: "\(resource.type) component", about: about, reason: reason))
    }

    /// Something accepted that a person should look at. Equal warnings become one with a count.
    mutating func warn(_ code: String, at place: Place, _ problem: String, expected: String) {
        tally[WarningKind(code: code, problem: problem, expected: expected), default: (0, currentEntry, place)].count += 1
    }

    /// The patient a resource speaks of.
    ///
    /// Without a subject it is the bundle's only patient, with a warning. A subject that is a group, device or place is omitted here
    /// and gives nil. A patient who is not in the bundle is an error: their data must not enter someone else's chart.
    mutating func patient(of resource: FHIRResource, about: String, by key: String = "subject") throws(Diagnostic) -> String? {
        guard let subject = try resource.element.child(key) else { return try onlyPatient(for: resource) }
        let reference = try subject.text("reference")
        if let reference, let referent = try bundle.resolve(reference, from: resource, type: "Patient") {
            switch referent {
            case .entry(let target) where target.type == "Patient": return bundle.patients[target.entry]
            case .contained(let element) where try element.text("resourceType") == "Patient":
                if let patient = try bundle.patient(identifiedBy: element) { return patient }
            case .entry, .contained:
                omit(resource, about: about, "its subject is not a patient")
                return nil
            }
        } else if let type = try subject.text("type") ?? reference.flatMap(FHIRBundle.type(ofReference:)), type != "Patient" {
            omit(resource, about: about, "its subject is not a patient")
            return nil
        }
        if let identifier = try subject.child("identifier"), let value = try identifier.text("value") {
            if let patient = bundle.patient(identifier: "\(try identifier.text("system") ?? "")|\(value)") { return patient }
        } else if reference == nil {
            return try onlyPatient(for: resource)
        }
        throw subject.wrong("reference", "leads to no Patient of this bundle", expected: "a patient in the bundle", code: "fhir.subject")
    }

    private mutating func onlyPatient(for resource: FHIRResource) throws(Diagnostic) -> String? {
        guard bundle.patients.count == 1, let patient = bundle.patients.values.first else {
            throw resource.element.wrong(
                "subject", "is missing in a bundle of \(bundle.patients.count) patients", expected: "a reference to a Patient",
                code: "fhir.subject")
        }
        warn(
            "fhir.subject", at: resource.element.place, "no subject in \(resource.type); taken for the bundle's only patient",
            expected: "a subject")
        return patient
    }

    /// The status of a resource whose status lets it stand; nil when it was omitted here.
    mutating func standing(_ resource: FHIRResource, about: String) throws(Diagnostic) -> String? {
        let rule = FHIRStatusRule.rules[resource.type] ?? FHIRStatusRule(stands: [], fails: [:])
        let words = (rule.stands + rule.fails.keys).sorted().joined(separator: ", ")
        guard let status = try resource.element.text("status") else {
            throw resource.element.wrong("status", "is missing", expected: "one of \(words)", code: "fhir.status")
        }
        if rule.stands.contains(status) { return status }
        if let reason = rule.fails[status] {
            omit(resource, about: about, reason)
        } else {
            omit(resource, about: about, "status \(quoted(status)) is not one of R4")
            warn("fhir.status", at: resource.element.place.at("status"), "is \(quoted(status))", expected: "one of \(words)")
        }
        return nil
    }
}

/// Which statuses of a resource state something that happened or holds, and why the others do not (FHIR R4 required bindings).
struct FHIRStatusRule: Sendable {
    var stands: [String]
    var fails: [String: String]

    static let rules: [String: FHIRStatusRule] = [
        "Observation": .init(
            stands: ["final", "amended", "corrected", "preliminary", "unknown"],
            fails: ["registered": "no result yet", "cancelled": "cancelled", "entered-in-error": "entered in error"]),
        "QuestionnaireResponse": .init(
            stands: ["completed", "amended"],
            fails: ["in-progress": "in progress", "stopped": "stopped before completion", "entered-in-error": "entered in error"]),
        "MedicationRequest": .init(
            stands: ["active", "on-hold", "completed", "stopped", "unknown"],
            fails: ["draft": "a draft", "cancelled": "cancelled", "entered-in-error": "entered in error"]),
        "MedicationStatement": .init(
            stands: ["active", "completed", "stopped", "on-hold", "unknown"],
            fails: ["intended": "intended, not taken", "not-taken": "not taken", "entered-in-error": "entered in error"]),
        "MedicationAdministration": .init(
            stands: ["completed", "in-progress"],
            fails: [
                "not-done": "not done", "on-hold": "on hold", "stopped": "stopped; how much was given is not stated",
                "unknown": "status unknown", "entered-in-error": "entered in error",
            ]),
        "Encounter": .init(
            stands: ["arrived", "triaged", "in-progress", "onleave", "finished", "unknown"],
            fails: ["planned": "planned", "cancelled": "cancelled", "entered-in-error": "entered in error"]),
        "Procedure": .init(
            stands: ["in-progress", "completed", "stopped", "unknown"],
            fails: ["preparation": "in preparation", "not-done": "not done", "on-hold": "on hold", "entered-in-error": "entered in error"]),
    ]
}
