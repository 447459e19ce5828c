import Foundation
import Guidance
import Knowledge
import Testing
import Yams

/// Requirements, hazards, rules and tests name each other without gaps (docs/safety).
@Suite struct SafetyTests {
    private struct Requirements: Codable {
        struct Requirement: Codable {
            var id: String
            var risk: String
            var text: String
            var tests: [String]
        }

        var requirements: [Requirement]
    }

    private struct Hazards: Codable {
        struct Hazard: Codable {
            var id: String
            var hazard: String
            var cause: String
            var harm: String
            var control: String
            var rules: [String]
            var requirements: [String]
        }

        var hazards: [Hazard]
    }

    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func read<Value: Decodable>(_ type: Value.Type, _ file: String) throws -> Value {
        try YAMLDecoder().decode(type, from: try String(contentsOf: root.appendingPathComponent("docs/safety/\(file)"), encoding: .utf8))
    }

    /// Every suite in the test folders.
    private func suites() throws -> Set<String> {
        let folder = root.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        var suites: Set<String> = []
        for file in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.hasPrefix("@Test") && !text.contains("\n@Test"), "\(file.lastPathComponent): a test outside a suite names no requirement")
            for line in text.split(separator: "\n") where line.hasPrefix("@Suite") {
                if let name = line.components(separatedBy: "struct ").dropFirst().first?.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).first {
                    suites.insert(String(name))
                }
            }
        }
        return suites
    }

    @Test func everySuiteShowsARequirementAndEveryRequirementHasASuite() throws {
        let requirements = try read(Requirements.self, "requirements.yaml").requirements
        let suites = try suites()
        #expect(suites.count > 40)
        let named = Set(requirements.flatMap(\.tests))
        #expect(suites.subtracting(named).isEmpty, "suites that name no requirement: \(suites.subtracting(named).sorted())")
        #expect(named.subtracting(suites).isEmpty, "suites that are not there: \(named.subtracting(suites).sorted())")
        for requirement in requirements { #expect(!requirement.tests.isEmpty, "\(requirement.id) has no test") }
        #expect(Set(requirements.map(\.id)).count == requirements.count)
    }

    @Test func everyHazardHasAControl() throws {
        let known = Set(try read(Requirements.self, "requirements.yaml").requirements.map(\.id))
        let hazards = try read(Hazards.self, "hazards.yaml").hazards
        for hazard in hazards {
            #expect(!hazard.control.isEmpty && !hazard.requirements.isEmpty, "\(hazard.id) has no control")
            #expect(Set(hazard.requirements).isSubset(of: known), "\(hazard.id): \(hazard.requirements)")
        }
        let used = Set(hazards.flatMap(\.requirements))
        #expect(known.subtracting(used).isEmpty, "requirements against no hazard: \(known.subtracting(used).sorted())")
        #expect(Set(hazards.map(\.id)).count == hazards.count)
    }

    /// Every rule of the rule book and the ledger stands against a hazard, and no hazard cites a rule that is not there.
    @Test func everyRuleStandsAgainstAHazard() throws {
        let library = try KnowledgeLibrary.shipped()
        let scheduled = library.base.monitoring.points.flatMap(\.due).map(\.rule)
        let rules = Set(
            library.base.ruleBook.rules.map(\.id) + library.ledgerRules.map(\.statement.id) + RuleBook.OrderRule.allCases.map(\.rawValue) + scheduled)
        let cited = Set(try read(Hazards.self, "hazards.yaml").hazards.flatMap(\.rules))
        #expect(rules.subtracting(cited).isEmpty, "rules against no hazard: \(rules.subtracting(cited).sorted())")
        #expect(cited.subtracting(rules).isEmpty, "rules that are not there: \(cited.subtracting(rules).sorted())")
    }
}
