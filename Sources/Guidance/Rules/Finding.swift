import Chart
import Evidence

/// What follows from a chart by one rule, with everything needed to question it.
///
/// Findings are computed, never stored: the chart, the knowledge and the time decide them.
public struct Finding: Sendable, Equatable {
    /// Rule id, for example `EL-07`.
    public var rule: String
    public var kind: RuleKind
    public var action: Rule.Action
    /// The reference's own grading, for example `contraindication`, `major`.
    public var severity: String
    public var text: String
    /// What the rule asks the clinic to do.
    public var advice: String?
    /// Facts the finding rests on.
    public var because: [FactID]
    /// Information that would decide it, when the rule could not be judged.
    public var missing: [String] = []
    public var sources: [String]
    public var confidence: Confidence
    public var jurisdictions: [Jurisdiction]
    /// Products the rule binds; empty when it binds none by law or label.
    public var binds: [String]
    /// Products for which the clinic adopts the same rule as practice.
    public var adoptedFor: [String]
}
