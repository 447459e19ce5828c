import Chart
import Foundation
import Guidance
import Knowledge
import Notation
import Testing

@testable import Interchange

/// Bundles written in the test, and what the reader makes of them.
enum FHIRSample {
    static let phq9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
    static let gad7 = ["69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"]
    /// The vocabulary that ships.
    static func vocabulary() throws -> FHIRVocabulary { try shared.get() }
    private static let shared = Result { FHIRVocabulary(try KnowledgeBase.shipped()) }

    static let patient = #"{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1979-04-02"}"#

    /// A bundle of patient p1 and `resources`; `SUBJECT` in them stands for a reference to that patient.
    static func bundle(_ resources: String..., patients: [String] = [patient]) throws -> JSONValue {
        let entries = (patients + resources).map { #"{"resource":\#($0)}"# }.joined(separator: ",")
        let text = #"{"resourceType":"Bundle","type":"collection","entry":[\#(entries)]}"#
        return try JSONReader.read(text.replacingOccurrences(of: "SUBJECT", with: #""subject":{"reference":"Patient/p1"}"#))
    }

    static func read(_ resources: String..., patients: [String] = [patient]) throws -> SourceReading {
        let entries = (patients + resources).map { #"{"resource":\#($0)}"# }.joined(separator: ",")
        let text = #"{"resourceType":"Bundle","entry":[\#(entries)]}"#.replacingOccurrences(
            of: "SUBJECT", with: #""subject":{"reference":"Patient/p1"}"#)
        let reading = try FHIRReader.read(try JSONReader.read(text), file: "b.json", vocabulary: vocabulary())
        try expectSound(reading)
        return reading
    }

    static func refusal(_ resources: String..., patients: [String] = [patient]) -> Diagnostic? {
        let entries = (patients + resources).map { #"{"resource":\#($0)}"# }.joined(separator: ",")
        let text = #"{"resourceType":"Bundle","entry":[\#(entries)]}"#.replacingOccurrences(
            of: "SUBJECT", with: #""subject":{"reference":"Patient/p1"}"#)
        do {
            _ = try FHIRReader.read(try JSONReader.read(text), file: "b.json", vocabulary: try vocabulary())
            return nil
        } catch {
            return error as? Diagnostic
        }
    }

    /// Every draft is a valid fact whose keys the contract knows, and no two share an id.
    static func expectSound(_ reading: SourceReading) throws {
        var ids: Set<String> = []
        for (index, draft) in reading.drafts.enumerated() {
            var object = draft.json
            if let id = object["id"]?.string {
                #expect(ids.insert(id).inserted, "\(id) twice")
            } else {
                object["id"] = .string("derived \(index)")
            }
            let fact = try Fact.read(.object(object), at: draft.place)
            #expect(fact.unknownKeys.isEmpty)
        }
    }

    static func fixture() throws -> JSONValue {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/fhir-clinic.json")
        return try JSONReader.read([UInt8](try Data(contentsOf: url)), file: "fhir-clinic.json")
    }
}

extension SourceReading {
    func draft(_ id: String) -> JSONValue? { drafts.first { $0.json["id"]?.string == id }.map { .object($0.json) } }

    /// The facts other than the patient.
    var statements: [JSONValue] { drafts.map { .object($0.json) }.filter { $0["type"]?.string != "patient" } }

    func omitted(_ kind: String, _ about: String = "") -> String? {
        account.omissions.keys.first { $0.kind == kind && $0.about == about }?.reason
    }
}
