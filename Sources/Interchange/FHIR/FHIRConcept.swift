import Chart
import Notation

/// One code of a CodeableConcept or one coded answer.
struct FHIRCoding: Sendable, Equatable {
    /// Short name as facts use it, or the system's URI when it has none here.
    var system: String?
    var code: String
    var display: String?
    /// The score the sender attaches to a coded answer.
    var ordinal: Double?

    /// Where a coded answer carries its score: FHIR R4 `ordinalValue`, and `itemWeight`, its R5 successor.
    private static let ordinalExtensions: Set<String> = [
        "http://hl7.org/fhir/StructureDefinition/ordinalValue", "http://hl7.org/fhir/StructureDefinition/itemWeight",
    ]

    /// Nil when the coding carries no code.
    init?(_ element: FHIRElement) throws(Diagnostic) {
        guard let code = try element.text("code") else { return nil }
        self.code = code
        system = try element.text("system").map(Terminology.name)
        display = try element.text("display")
        for part in try element.children("extension") {
            guard let url = try part.text("url"), Self.ordinalExtensions.contains(url) else { continue }
            ordinal = try part.number("valueDecimal")
        }
    }

    var term: Code? { system.map { Code(system: $0, code: code, display: display) } }

    /// `LOINC 2339-0 Glucose`, on one line and no longer than an account can show.
    var about: String {
        let words = [system, code, display].compactMap { $0 }.joined(separator: " ")
        return String(words.prefix(120).map { $0.isNewline ? " " : $0 })
    }
}

/// A CodeableConcept: the same thing in several terminologies, and in words.
struct FHIRConcept: Sendable, Equatable {
    var codings: [FHIRCoding] = []
    var text: String?

    init(codings: [FHIRCoding] = [], text: String? = nil) {
        self.codings = codings
        self.text = text
    }

    init(_ element: FHIRElement) throws(Diagnostic) {
        for coding in try element.children("coding") {
            if let coding = try FHIRCoding(coding) { codings.append(coding) }
        }
        text = try element.text("text")
    }

    /// The concept as a person reads it: its text or, failing that, the display of a code.
    var name: String? { text ?? codings.lazy.compactMap(\.display).first }

    /// What an account says of it: its first code. Never the free text, which may hold anything.
    var about: String { codings.first?.about ?? "no code" }

    /// Codes of a named terminology, for comparing with knowledge.
    var codes: [Code] { codings.compactMap(\.term) }

    func code(in system: String) -> String? { codings.first { $0.system == system }?.code }
}

extension FHIRElement {
    func concept(_ key: String) throws(Diagnostic) -> FHIRConcept? {
        guard let element = try child(key) else { return nil }
        return try FHIRConcept(element)
    }

    func concepts(_ key: String) throws(Diagnostic) -> [FHIRConcept] {
        var concepts: [FHIRConcept] = []
        for element in try children(key) { concepts.append(try FHIRConcept(element)) }
        return concepts
    }
}

extension Code {
    /// As facts carry it.
    var json: JSONValue { ["system": .string(system), "code": .string(code), "display": display.map(JSONValue.string)] }
}
