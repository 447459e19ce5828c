import Chart
import Evidence
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Testing

/// A history with what a review must say of it. The files under `Vignettes/` are lists of these.
struct Vignette: CustomTestStringConvertible, Sendable {
    var name: String
    var asOf: Instant
    var jurisdiction: Jurisdiction
    var facts: [JSONValue]
    /// Values by path into the review's JSON, for example `trd.trials[0].adequate`.
    var expected: [(path: String, value: JSONValue)]
    /// Rules that must, and must not, apply.
    var rules: [String]
    var notRules: [String]
    /// Rules that must, and must not, say that they could not be judged.
    var asks: [String]
    var notAsks: [String]

    var testDescription: String { name }

    static let all: [Vignette] = {
        let folder = Bundle.module.bundleURL.appendingPathComponent("Vignettes")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.flatMap { file -> [Vignette] in
            guard let data = try? Data(contentsOf: file) else { return [] }
            do {
                return try JSONReader.read([UInt8](data), file: file.lastPathComponent).array?.map(Vignette.init(json:)) ?? []
            } catch {
                Issue.record("\(error)")
                return []
            }
        }
    }()

    init(json: JSONValue) {
        let person: JSONValue = ["type": "patient", "id": "p1", "birth_date": "1980-01-01", "sex": "female"]
        name = json["name"]?.string ?? "unnamed"
        asOf = json["as_of"]?.string.flatMap(Moment.init)?.instant ?? Instant(milliseconds: 0)
        jurisdiction = json["jurisdiction"]?.string.flatMap(Jurisdiction.init) ?? .us
        facts = (json["patient"] == nil ? [person] : []) + (json["patient"].map { [$0] } ?? []) + (json["facts"]?.array ?? [])
        expected = json["expect"]?.object?.members.map { ($0.key, $0.value) } ?? []
        rules = json["rules"]?.array?.compactMap(\.string) ?? []
        notRules = json["not_rules"]?.array?.compactMap(\.string) ?? []
        asks = json["asks"]?.array?.compactMap(\.string) ?? []
        notAsks = json["not_asks"]?.array?.compactMap(\.string) ?? []
    }

    func chart(_ knowledge: KnowledgeBase) throws -> Chart {
        let text = facts.map(\.text).joined(separator: "\n")
        let plan = try ChartFile.plan(
            Array(text.utf8), name: name, format: .ndjson, knowledge: knowledge, now: try #require(Instant("2026-11-23T12:00:00Z")))
        return try #require(try plan.charts().first)
    }
}

/// The value at `path` (`a.b[2].c`); nil where there is none.
func value(at path: String, in json: JSONValue) -> JSONValue? {
    path.split(separator: ".").reduce(Optional(json)) { value, step in
        let parts = step.split(separator: "[")
        let member = value?[String(parts.first ?? "")]
        return parts.dropFirst().reduce(member) { $0?[Int($1.dropLast()) ?? -1] }
    }
}

@Suite struct VignetteTests {
    @Test func vignettesAreThere() { #expect(Vignette.all.count >= 30) }

    @Test(arguments: Vignette.all)
    func reviewSays(vignette: Vignette) throws {
        let knowledge = try Shipped.knowledge.get()
        let review = Review(of: try vignette.chart(knowledge), asOf: vignette.asOf, jurisdiction: vignette.jurisdiction, knowledge: knowledge)
        for (path, expected) in vignette.expected {
            // Null stands for nothing there, too.
            #expect((value(at: path, in: review.json) ?? .null) == expected, "\(path) of \(review.json["trd"]?.text ?? "")")
        }
        let found = review.rulesThatApply
        for rule in vignette.rules { #expect(found.contains(rule), "\(rule) missing in \(found)") }
        for rule in vignette.notRules { #expect(!found.contains(rule), "\(rule) in \(found)") }
        let unknown = Set((review.eligibility.findings + review.sessions.flatMap(\.preDose)).filter(\.isUnknown).map(\.rule.id))
        for rule in vignette.asks { #expect(unknown.contains(rule), "\(rule) missing in \(unknown)") }
        for rule in vignette.notAsks { #expect(!unknown.contains(rule), "\(rule) in \(unknown)") }
    }

    /// Every rule is triggered by one vignette and just not triggered by another.
    @Test func everyRuleHasBothSides() throws {
        for rule in try Shipped.knowledge.get().ruleBook.rules {
            #expect(Vignette.all.contains { $0.rules.contains(rule.id) }, "no vignette triggers \(rule.id)")
            #expect(Vignette.all.contains { $0.notRules.contains(rule.id) }, "no vignette falls short of \(rule.id)")
        }
    }

    /// Every protocol of the library is used by a vignette.
    @Test func everyProtocolIsUsed() throws {
        let used = Set(Vignette.all.flatMap(\.facts).compactMap { $0["protocol"]?.string })
        for plan in try Shipped.knowledge.get().protocols.values { #expect(used.contains(plan.id), "\(plan.id)") }
    }

    /// The order in which facts arrive changes no byte of a review.
    @Test(arguments: Vignette.all)
    func orderOfArrivalChangesNothing(vignette: Vignette) throws {
        let knowledge = try Shipped.knowledge.get()
        var shuffled = vignette
        let chart = try vignette.chart(knowledge)
        let straight = Review(of: chart, asOf: vignette.asOf, jurisdiction: vignette.jurisdiction, knowledge: knowledge).json
        for turn in 1..<4 {
            shuffled.facts = Array(vignette.facts.reversed().dropFirst(turn) + vignette.facts.reversed().prefix(turn))
            let other = Review(of: try shuffled.chart(knowledge), asOf: vignette.asOf, jurisdiction: vignette.jurisdiction, knowledge: knowledge)
            #expect(other.json == straight)
        }
    }

    /// A fact that is withdrawn leaves the review as if it had never been stated, and one that is not used changes no part but its own.
    @Test(arguments: Vignette.all)
    func aSupersededFactChangesNothing(vignette: Vignette) throws {
        let knowledge = try Shipped.knowledge.get()
        func review(_ facts: [JSONValue]) throws -> JSONValue {
            var vignette = vignette
            vignette.facts = facts
            return Review(of: try vignette.chart(knowledge), asOf: vignette.asOf, jurisdiction: vignette.jurisdiction, knowledge: knowledge).json
        }
        let before = try review(vignette.facts)
        let wrong: [JSONValue] = [
            ["type": "condition", "id": "wrong", "name": "abdominal aortic aneurysm", "time": "2010-01-01"],
            ["type": "retraction", "id": "withdrawal", "supersedes": "wrong", "recorded": "2010-01-02T00:00:00Z", "reason": "other patient"],
        ]
        #expect(try review(vignette.facts + wrong) == before)
        let unrelated: JSONValue = ["type": "therapy", "id": "unrelated", "time": "2010-01-01", "modality": "CBT"]
        #expect(try review(vignette.facts + [unrelated]) == before)
    }
}

extension Review {
    /// The ids of all rules that are known to apply, wherever the review says so.
    var rulesThatApply: Set<String> {
        let findings =
            eligibility.findings + sessions.flatMap { $0.preDose + $0.unmet + $0.alerts.map(\.finding) + $0.irregularities.map(\.finding) }
            + course.findings.map(\.finding) + followUp.duties.compactMap(\.finding)
        return Set(findings.filter(\.missing.isEmpty).map(\.rule.id) + followUp.duties.filter { $0.session != nil }.map(\.rule))
    }
}

/// The knowledge that ships, read once for all tests of this target.
enum Shipped {
    static let knowledge = Result { try KnowledgeBase.shipped() }
}
