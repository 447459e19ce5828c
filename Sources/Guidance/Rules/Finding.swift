import Chart
import Evidence
import Notation

/// What follows from a chart by one rule, with everything needed to question it.
///
/// Findings are computed, never stored: the chart, the knowledge and the time decide them.
public struct Finding: Sendable, Equatable {
    public var rule: RuleStatement
    /// What it means here: the rule's action, or what the rule makes of missing information.
    public var action: RuleStatement.Action
    public var force: RuleForce
    /// Facts the finding rests on.
    public var because: [FactID]
    /// Information that would decide it, when the rule could not be judged.
    public var missing: [String] = []
    /// The override that lets the clinic go on all the same.
    public var override: Stated<Override>?
    /// What the clinic changed in the rule.
    public var overlay: RuleOverlay?

    public init(_ rule: RuleStatement, force: RuleForce, because: [FactID]) {
        self.rule = rule
        action = rule.action
        self.force = force
        self.because = because
    }

    public var mayBeOverridden: Bool { rule.mayBeOverridden(with: force) }

    /// Whether nothing in the chart speaks for it; what is missing would decide.
    public var isUnknown: Bool { !missing.isEmpty && because.isEmpty }

    /// Whether it stands in the way.
    public var isOpen: Bool { action == .block && override == nil }

    /// With what force the rule meets this product, in words: never a clinic's default as if it were the label.
    public var standing: String {
        switch (force, rule.kind) {
        case (.binding, _): "binds \(rule.binds.joined(separator: ", "))"
        case (.adoptedPractice, .label), (.adoptedPractice, .regulation):
            "adopted practice here; by \(rule.kind.title.lowercased()) it binds \(rule.binds.joined(separator: ", "))"
        case (.adoptedPractice, _): "adopted practice; binds no product by label or law"
        }
    }
}
