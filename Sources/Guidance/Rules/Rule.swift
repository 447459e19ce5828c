import Chart
import Evidence
import Notation

/// One clinical rule: what it says of itself, and a typed predicate that says when it applies.
///
/// A class, because every session is judged by the same few rules.
public final class Rule: Codable, Sendable, Identifiable {
    /// The decision a rule belongs to.
    public enum Decision: String, Codable, Sendable, CaseIterable {
        /// May this patient start treatment?
        case eligibility
        /// May today's dose be given?
        case preDose = "pre_dose"
        /// Is the patient safe while the dose is given?
        case dosing
        /// Is the patient safe under observation?
        case observation
        /// Is the patient well enough to leave?
        case discharge
        /// Is everything said and done at the door?
        case departure
        /// What must be done after a session?
        case afterSession = "after_session"
        /// What must be watched over the course?
        case followUp = "follow_up"
    }

    public let statement: RuleStatement
    public let decision: Decision
    public let when: Predicate
    /// What an undecidable predicate means; nil lists the missing information without weighing it.
    public let ifUnknown: RuleStatement.Action?
    /// What the clinic's own overlay changed; nil for a rule as it ships.
    public let overlaid: RuleOverlay?
    /// What can change the answer.
    let watched: Watched
    /// Those that are watched, in a fixed order.
    let metrics: [String]

    public var id: String { statement.id }

    enum CodingKeys: String, CodingKey {
        case decision, when
        case ifUnknown = "if_unknown"
    }

    init(_ statement: RuleStatement, _ decision: Decision, when: Predicate, ifUnknown: RuleStatement.Action?, overlaid: RuleOverlay? = nil) {
        self.statement = statement
        self.decision = decision
        self.when = when
        self.ifUnknown = ifUnknown
        self.overlaid = overlaid
        watched = when.question.watched
        metrics = watched.metrics.sorted()
    }

    public convenience init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try RuleStatement(from: decoder), try container.decode(Decision.self, forKey: .decision),
            when: try container.decode(Predicate.self, forKey: .when),
            ifUnknown: try container.decodeIfPresent(RuleStatement.Action.self, forKey: .ifUnknown))
    }

    public func encode(to encoder: any Encoder) throws {
        try statement.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(decision, forKey: .decision)
        try container.encode(when, forKey: .when)
        try container.encodeIfPresent(ifUnknown, forKey: .ifUnknown)
    }

    /// The rule's finding in `context`; nil when it does not apply.
    public func finding(in context: RuleContext) -> Finding? {
        force(in: context.chart.jurisdiction, for: context.product).flatMap { finding(in: context, force: $0) }
    }

    /// Nil where the rule does not hold, or has nothing to say of the product.
    func force(in jurisdiction: Jurisdiction, for product: Product?) -> RuleForce? {
        statement.holds(in: jurisdiction) ? statement.force(for: product) : nil
    }

    func finding(in context: RuleContext, force: RuleForce) -> Finding? {
        let answer = when.judge(in: context)
        if case .no = answer { return nil }
        var finding = Finding(statement, force: force, because: answer.because)
        finding.overlay = overlaid
        if case .unknown(let missing, _) = answer {
            finding.action = ifUnknown ?? .advise
            finding.missing = missing
        }
        finding.override = context.chart.overrides.covering(finding, in: context)
        return finding
    }
}
