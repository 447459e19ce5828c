import Evidence
import Guidance
import Knowledge
import Notation
import Testing

@Suite struct ShippedKnowledgeTests {
    @Test func everyFileKeepsTheRules() throws {
        let problems = KnowledgeCheck.problems(in: try .shipped())
        #expect(problems.isEmpty, "\(problems.map(\.description).joined(separator: "\n"))")
    }

    /// Every code set, metric, interaction, check and rule that knowledge files speak of is there.
    @Test func everyNameLeadsSomewhere() throws {
        let base = try KnowledgeBase.shipped()
        func check(_ predicate: Predicate, _ rule: String) {
            for part in predicate.question.parts { check(part, rule) }
            switch predicate.question {
            case let question as ConditionQuestion: #expect(base.codeSets[question.set] != nil, "\(rule): \(question.set)")
            case let question as AdverseEventQuestion: #expect(question.set.map { base.codeSets[$0] != nil } ?? true, "\(rule)")
            case let question as ReadingQuestion:
                for metric in [question.metric, question.since, question.aheadOf].compactMap({ $0 }) {
                    #expect(base.metrics[metric] != nil, "\(rule): \(metric)")
                }
                #expect(question.states.map { base.codeSets[$0] != nil } ?? true, "\(rule)")
            case let question as RecordedQuestion:
                for metric in [question.metric, question.since].compactMap({ $0 }) { #expect(base.metrics[metric] != nil, "\(rule): \(metric)") }
            case let question as CheckDoneQuestion: #expect(base.monitoring.checks.contains { $0.id == question.check }, "\(rule): \(question.check)")
            case let question as MedicationQuestion:
                for group in question.groups { #expect(base.interactions.interactions.contains { $0.id == group }, "\(rule): \(group)") }
            case let question as CheckQuestion: #expect(base.monitoring.checks.contains { $0.id == question.check }, "\(rule): \(question.check)")
            default: break
            }
        }
        for rule in base.ruleBook.rules { check(rule.when, rule.id) }
        #expect(base.ruleBook.rules.count == 85)
        for metric in base.metrics.metrics.values {
            for scale in metric.scales ?? [] { #expect(base.instruments.named(scale.instrument)?.id == scale.instrument, "\(metric.id)") }
        }
        for item in base.followUp.items { #expect(base.ruleBook[item.rule] != nil && item.metrics.allSatisfy { base.metrics[$0] != nil }, "\(item.id)") }
        for order in RuleBook.OrderRule.allCases { #expect(base.ruleBook.statement(of: order) != nil, "\(order)") }
        for form in base.remsForms {
            for field in form.fields {
                #expect(field.from?.set.map { base.codeSets[$0] != nil } ?? true, "\(field.id)")
                #expect(field.from?.metric.map { base.metrics[$0] != nil } ?? true, "\(field.id)")
            }
        }
    }

    /// The rule that asks for the evaluation of benefit and the schedule agree from when on one counts, and relapse events are code sets.
    @Test func oneNumberForEachThing() throws {
        let base = try KnowledgeBase.shipped()
        let benefit = try #require(base.followUp.items.first { $0.id == "benefit" })
        let parts = try #require(base.ruleBook["LT-08"]).when.question.parts.flatMap(\.question.parts)
        #expect(parts.compactMap { ($0.question as? ReadingQuestion)?.fromDay } == [try #require(benefit.onceFromDays)])
        for set in base.symptoms.relapseEvents { #expect(base.codeSets[set] != nil, "\(set)") }
    }

    /// Label and regulation rules say whom they bind; other kinds bind nobody.
    @Test func onlyLabelsAndRegulationsBind() throws {
        for rule in try KnowledgeBase.shipped().ruleBook.rules.map(\.statement) {
            #expect(rule.binds.isEmpty == !(rule.kind == .label || rule.kind == .regulation), "\(rule.id)")
        }
    }
}

@Suite struct KnowledgeCheckTests {
    private static let header = """
        knowledge:
          id: x
          title: X
          version: 1.0.0
          date: "2026-11-23"
          confidence: read
          sources: [S]

        """

    /// The shipped files with one more, and what the check says of that one.
    private func problems(_ text: String) throws -> [String] {
        var files = Dictionary(uniqueKeysWithValues: try KnowledgeLibrary.shipped().documents.map { ($0.path, $0.text) })
        files["extra.yaml"] = text
        return KnowledgeCheck.problems(in: try KnowledgeLibrary(files: files)).filter { $0.place.file == "extra.yaml" || $0.problem.contains("extra.yaml") }
            .map(\.code)
    }

    private func metrics(_ entry: String, header: String = Self.header) -> String { header.replacing("[S]", with: "[USC]") + "metrics:\n  - \(entry)\n" }

    @Test func namesWhatIsWrong() throws {
        #expect(try problems(metrics("{id: new, title: New, unit: mg, loinc: []}")) == [])
        #expect(try problems(metrics("{id: new, title: New, unit: mgs, loinc: []}")) == ["knowledge.unit"])
        #expect(try problems(metrics("{id: new, title: New, unit: mg, loinc: [], colour: red}")) == ["knowledge.unknown_key"])
        #expect(try problems(metrics("{id: new, title: New, loinc: [{code: 1-1, confidence: read, system: x}]}")) == ["knowledge.unknown_key"])
        #expect(try problems(metrics("{id: new, title: New, loinc: []}\n  - {id: new, title: Newer, loinc: []}")) == ["knowledge.duplicate_id"])
        let unsourced = Self.header.replacing("[S]", with: "[]")
        #expect(try problems(unsourced + "metrics:\n  - {id: new, title: New, loinc: [{code: 1-1, confidence: read}]}\n") == ["knowledge.unsourced"])
        #expect(try problems(Self.header + "metrics: []\n") == ["knowledge.source"])
        #expect(
            try problems(metrics("{id: new, title: New, loinc: []}", header: Self.header.replacing("id: x", with: "id: metrics"))).contains(
                "knowledge.duplicate_id"))
        #expect(
            try problems(metrics("{id: new, title: New, loinc: []}", header: Self.header.replacing("2026-11-23", with: "2026-11-31"))) == ["knowledge.date"])
        #expect(try problems(metrics("{id: new, title: New, loinc: []}", header: Self.header.replacing("1.0.0", with: "1.0"))) == ["knowledge.version"])
    }

    @Test func refusesWhatCannotBeRead() throws {
        for (text, code) in [
            ("knowledge: [", "knowledge.yaml"), (Self.header.replacing("read", with: "sure"), "knowledge.shape"), ("metrics: []", "knowledge.shape"),
        ] {
            let error = try #require(throws: Diagnostic.self) { try problems(text) }
            #expect(error.code == code)
            #expect(error.place.file == "extra.yaml")
        }
    }
}
