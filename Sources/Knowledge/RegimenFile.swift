import Notation
import Pharmacology
import Yams

/// Reads a regimen as its file states it (YAML or JSON).
public enum RegimenFile {
    /// - Parameters:
    ///   - text: the file's content.
    ///   - path: its name, for the diagnostic.
    /// - Throws: a diagnostic that names the place; a key that nobody reads is refused, for a misspelt duration is a bolus.
    public static func read(_ text: String, path: String) throws(Diagnostic) -> Regimen {
        do {
            let regimen = try YAMLDecoder().decode(Regimen.self, from: text)
            if let node = try Yams.compose(yaml: text) { try refuseUnknownKeys(node, path) }
            return regimen
        } catch let diagnostic as Diagnostic {
            throw diagnostic
        } catch {
            throw Diagnostic(reading: error, file: path, code: "regimen", expected: "the shape described in docs/simulate.md")
        }
    }

    private static func refuseUnknownKeys(_ node: Node, _ path: String) throws(Diagnostic) {
        func check<Keys: CodingKey & CaseIterable>(_ node: Node?, _: Keys.Type, at place: String) throws(Diagnostic) {
            for (key, _) in node?.mapping ?? [:] where Keys(stringValue: key.string ?? "") == nil {
                let known = Keys.allCases.map(\.stringValue).joined(separator: ", ")
                throw Diagnostic(
                    "regimen.unknown_key", at: Place(file: path, line: key.mark?.line, path: place.isEmpty ? nil : place),
                    "the key \(quoted(key.string ?? "?")) is not known here", expected: known)
            }
        }
        try check(node, Regimen.CodingKeys.self, at: "")
        for (index, dose) in (node.mapping?["doses"]?.sequence ?? []).enumerated() {
            try check(dose, PlannedDose.CodingKeys.self, at: "doses[\(index)]")
            for step in dose.mapping?["steps"]?.sequence ?? [] { try check(step, PlannedDose.Step.CodingKeys.self, at: "doses[\(index)].steps") }
        }
        try check(node.mapping?["repeat"], Regimen.Repeat.CodingKeys.self, at: "repeat")
        for item in node.mapping?["co_medication"]?.sequence ?? [] { try check(item, Regimen.CoMedication.CodingKeys.self, at: "co_medication") }
    }
}
