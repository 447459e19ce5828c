import Notation

/// One entry's resource.
struct FHIRResource: Sendable {
    let entry: Int
    let type: String
    let id: String?
    let fullURL: String?
    let element: FHIRElement

    /// `Observation/abc`; nil when the bundle names the resource in no way.
    var factID: String? { (id ?? fullURL).map { "\(type)/\($0)" } }
}

/// What a reference inside a bundle leads to.
enum FHIRReferent {
    case entry(FHIRResource)
    /// A resource inside the one that refers to it.
    case contained(FHIRElement)
}

/// The entries of a bundle with what is needed to follow references between them (FHIR R4 §2.36.4 "Resolving references in Bundles").
struct FHIRBundle: Sendable {
    let place: Place
    /// Every entry in order; nil where an entry has no resource (a deletion, a bare response).
    private(set) var entries: [FHIRResource?] = []
    /// Entries that another entry of the same type and id replaces, with why.
    private(set) var replaced: [Int: String] = [:]
    /// Whether a search result says that more pages follow.
    private(set) var hasNextPage = false
    private var entryByURL: [String: Int] = [:]
    private var entryByTypeAndID: [String: Int] = [:]
    private var patientByIdentifier: [String: Int] = [:]
    /// Patients of the bundle, by entry.
    private(set) var patients: [Int: String] = [:]

    init(_ value: JSONValue, file: String?) throws(Diagnostic) {
        place = Place(file: file)
        guard let object = value.object else {
            throw Diagnostic("fhir.bundle", at: place, "is \(value.kind)", expected: "a FHIR R4 Bundle")
        }
        let bundle = FHIRElement(object: object, place: place)
        let type = try bundle.text("resourceType", expected: "the resource type Bundle")
        guard type == "Bundle" else {
            throw bundle.wrong("resourceType", type.map { "is \(quoted($0))" } ?? "is missing", expected: "Bundle", code: "fhir.bundle")
        }
        for link in try bundle.children("link") where try link.text("relation") == "next" { hasNextPage = true }
        for (index, entry) in try bundle.children("entry").enumerated() {
            entries.append(try Self.resource(of: entry, at: index))
        }
        try replaceRepeated()
        try indexEntries()
    }

    private static func resource(of entry: FHIRElement, at index: Int) throws(Diagnostic) -> FHIRResource? {
        let fullURL = try entry.text("fullUrl")
        guard let element = try entry.child("resource") else { return nil }
        guard let type = try element.text("resourceType", expected: "a FHIR resource type") else {
            throw element.wrong("resourceType", "is missing", expected: "a FHIR resource type")
        }
        return FHIRResource(entry: index, type: type, id: try element.text("id"), fullURL: fullURL, element: element)
    }

    /// A bundle may repeat a resource, or hold several versions of it (Bundle invariant bdl-7); the latest by `meta.lastUpdated` counts.
    private mutating func replaceRepeated() throws(Diagnostic) {
        var entriesByID: [String: [FHIRResource]] = [:]
        for case let resource? in entries {
            if let name = resource.factID { entriesByID[name, default: []].append(resource) }
        }
        for versions in entriesByID.values where versions.count > 1 {
            let sorted = versions.sorted { $0.entry < $1.entry }
            guard var latest = sorted.first else { continue }
            for version in sorted.dropFirst() {
                if version.element.object == latest.element.object {
                    replaced[version.entry] = "repeated in this bundle"
                    continue
                }
                guard FHIRReader.readers[version.type] != nil else { continue }
                guard let a = try Self.lastUpdated(latest), let b = try Self.lastUpdated(version), a != b else {
                    throw Diagnostic(
                        "fhir.duplicate", at: version.element.place.at("id"), "stands for two different \(version.type) resources",
                        expected: "an id used once, or versions told apart by meta.lastUpdated")
                }
                replaced[b > a ? latest.entry : version.entry] = "an older version of a resource in this bundle"
                if b > a { latest = version }
            }
        }
    }

    private static func lastUpdated(_ resource: FHIRResource) throws(Diagnostic) -> Instant? {
        guard let meta = try resource.element.child("meta") else { return nil }
        return try meta.text("lastUpdated").flatMap { Instant($0) }
    }

    private mutating func indexEntries() throws(Diagnostic) {
        for case let resource? in entries where replaced[resource.entry] == nil {
            if let url = resource.fullURL { entryByURL[url] = resource.entry }
            if let id = resource.id { entryByTypeAndID["\(resource.type)/\(id)"] = resource.entry }
            guard resource.type == "Patient" else { continue }
            guard let key = resource.id ?? resource.fullURL else {
                throw resource.element.wrong(
                    "id", "is missing, and so is the entry's fullUrl", expected: "an id for the patient", code: "fhir.patient")
            }
            patients[resource.entry] = key
            for identifier in try Self.identifiers(of: resource.element) { patientByIdentifier[identifier] = resource.entry }
        }
    }

    /// `system|value` of every business identifier.
    private static func identifiers(of element: FHIRElement) throws(Diagnostic) -> [String] {
        var identifiers: [String] = []
        for identifier in try element.children("identifier") {
            if let value = try identifier.text("value") { identifiers.append("\(try identifier.text("system") ?? "")|\(value)") }
        }
        return identifiers
    }

    /// Follows `reference` as `resource` writes it; nil when it leads out of the bundle.
    ///
    /// Read are `#contained`, a fullUrl, `Type/id`, an absolute URL ending so, either with `/_history/…`, `urn:uuid:` of a resource's
    /// own id, and the search form `Patient?identifier=system|value` that Synthea writes.
    func resolve(_ reference: String, from resource: FHIRResource, type: String) throws(Diagnostic) -> FHIRReferent? {
        if reference.hasPrefix("#") {
            for contained in try resource.element.children("contained") where try contained.text("id") == String(reference.dropFirst()) {
                return .contained(contained)
            }
            return nil
        }
        if let entry = entryByURL[reference] { return entries[entry].map { .entry($0) } }
        let search = "Patient?identifier="
        if reference.hasPrefix(search) {
            return patientByIdentifier[String(reference.dropFirst(search.count))].flatMap { entries[$0] }.map { .entry($0) }
        }
        if reference.hasPrefix("urn:uuid:") {
            return entryByTypeAndID["\(type)/\(reference.dropFirst("urn:uuid:".count))"].flatMap { entries[$0] }.map { .entry($0) }
        }
        var steps = reference.split(separator: "/", omittingEmptySubsequences: false)
        if steps.count > 3, steps[steps.count - 2] == "_history" { steps.removeLast(2) }
        let key = steps.suffix(2).joined(separator: "/")
        return (entryByTypeAndID[key] ?? entryByURL[steps.joined(separator: "/")]).flatMap { entries[$0] }.map { .entry($0) }
    }

    /// The patient of this bundle that carries one of `element`'s identifiers.
    func patient(identifiedBy element: FHIRElement) throws(Diagnostic) -> String? {
        for identifier in try Self.identifiers(of: element) {
            if let entry = patientByIdentifier[identifier] { return patients[entry] }
        }
        return nil
    }

    /// The patient with the business identifier `system|value`.
    func patient(identifier: String) -> String? { patientByIdentifier[identifier].flatMap { patients[$0] } }

    /// The type a relative or absolute reference names: `Group` of `Group/7`.
    static func type(ofReference reference: String) -> String? {
        guard !reference.hasPrefix("urn:"), !reference.hasPrefix("#") else { return nil }
        var steps = reference.split(separator: "/")
        if steps.count > 3, steps[steps.count - 2] == "_history" { steps.removeLast(2) }
        guard steps.count >= 2, let name = steps.dropLast().last, name.first?.isUppercase == true else { return nil }
        return String(name)
    }
}
