import Chart
import Evidence

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
    public var view: ChartView
    public var jurisdiction: Jurisdiction
    public var codeSets: [String: CodeSet]
    public var metrics: [String: Metric]
    public var resistance: ResistanceAssessment
}
