import Chart
import Evidence
import Notation

/// One clinical rule: data that says what it is and where it comes from, and a typed predicate that says when it applies.
public struct Rule: Codable, Sendable, Equatable, Identifiable {
    /// What a finding means for the decision it belongs to.
    public enum Action: String, Codable, Sendable, CaseIterable, Comparable {
        /// For information.
        case advise
        /// A clinician must look and answer.
        case review
        /// Must not go on unless overridden by someone who may.
        case block

        public static func < (a: Action, b: Action) -> Bool { a.rank < b.rank }
        private var rank: Int { self == .advise ? 0 : self == .review ? 1 : 2 }
    }

    public var id: String
    /// The decision the rule belongs to.
    public var decision: Decision
    public var kind: RuleKind
    public var text: String
    public var advice: String?
    public var action: Action
    public var severity: String
    public var when: Predicate
    /// What an undecidable predicate means; nil lists the missing information without weighing it.
    public var ifUnknown: Action?
    /// Where the rule holds; absent means everywhere.
    public var jurisdictions: [Jurisdiction]?
    public var binds: [String]
    public var adoptedFor: [String]
    public var sources: [String]
    public var confidence: Confidence
    public var note: String?

    public enum Decision: String, Codable, Sendable, CaseIterable {
        /// May this patient start treatment?
        case eligibility
    }

    enum CodingKeys: String, CodingKey {
        case id, decision, kind, text, advice, action, severity, when
        case ifUnknown = "if_unknown"
        case jurisdictions, binds
        case adoptedFor = "adopted_for"
        case sources, confidence, note
    }

    public func holds(in jurisdiction: Jurisdiction) -> Bool { jurisdictions?.contains(jurisdiction) ?? true }

    /// The rule's finding in `context`; nil when it does not apply.
    public func finding(in context: RuleContext) -> Finding? {
        guard holds(in: context.jurisdiction) else { return nil }
        var finding = Finding(
            rule: id, kind: kind, action: action, severity: severity, text: text, advice: advice, because: [], sources: sources,
            confidence: confidence, jurisdictions: jurisdictions ?? Jurisdiction.allCases, binds: binds, adoptedFor: adoptedFor)
        switch when.judge(in: context) {
        case .no: return nil
        case .yes(let because):
            finding.because = because
        case .unknown(let missing):
            finding.action = ifUnknown ?? .advise
            finding.missing = missing
        }
        return finding
    }
}

/// What a predicate may look at.
public struct RuleContext: Sendable {
    public let view: ChartView
    public let jurisdiction: Jurisdiction
    public let codeSets: [String: CodeSet]
    public let metrics: [String: Metric]
    public let resistance: ResistanceAssessment
    /// Everything in the chart that names a condition.
    let statements: [ConditionStatement]

    public init(view: ChartView, jurisdiction: Jurisdiction, codeSets: [String: CodeSet], metrics: [String: Metric], resistance: ResistanceAssessment) {
        self.view = view
        self.jurisdiction = jurisdiction
        self.codeSets = codeSets
        self.metrics = metrics
        self.resistance = resistance
        statements =
            view.conditions.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.diagnoses.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.adverseEvents.map { ConditionStatement($0.id, nil, $0.body.term, $0.body.onset, $0.body.resolved) }
            + view.procedures.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
    }
}

/// A fact that names a condition: a condition, a diagnosis, an adverse event or a procedure.
struct ConditionStatement: Sendable {
    var fact: FactID
    var code: Code?
    var texts: [Words]
    var time: Moment?
    var end: Moment?

    init(_ fact: FactID, _ code: Code?, _ name: String?, _ time: Moment?, _ end: Moment?) {
        self.fact = fact
        self.code = code
        texts = [name, code?.display].compactMap { $0.map { Words($0) } }
        self.time = time
        self.end = end
    }
}

extension [ConditionStatement] {
    /// Those that carry the concept of `set`, by code or in words.
    func matching(_ set: CodeSet) -> [ConditionStatement] {
        // Adverse events repeat few terms: each text is looked at once.
        let named = Set(Set(flatMap(\.texts)).filter { set.isNamed(in: [$0]) })
        return filter { statement in
            statement.code.map(set.contains) ?? false || statement.texts.contains(where: named.contains)
        }
    }
}
