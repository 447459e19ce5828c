import Evidence

/// The rules, by the decision they belong to.
public struct RuleBook: Sendable {
    public let rules: [Rule]
    private let byDecision: [Rule.Decision: [Rule]]
    private let byID: [String: Rule]
    /// Rules of the clinic's own order that no predicate judges.
    private let orders: [OrderRule: RuleStatement]
    /// Rules that raise alerts within a session.
    let alarms: [Rule]
    /// Minutes to wait between two nasal devices, as the rules that watch over them have it, a clinic's overlay included.
    public let deviceRestMinutes: Double?

    /// What the order of a session asks.
    public enum OrderRule: String, Sendable, CaseIterable {
        case outOfOrder = "SS-01"
        case withoutSession = "SS-02"
        case skipped = "SS-03"
        case unknownRule = "SS-04"
        case withoutAmount = "SS-05"
        case refusedOverride = "SS-06"
        case unknownProtocol = "SS-07"
        case whileHeld = "SS-08"
    }

    public init(_ rules: [Rule], orders: [RuleStatement]) {
        self.rules = rules
        byDecision = Dictionary(grouping: rules, by: \.decision)
        byID = Dictionary(rules.map { ($0.id.uppercased(), $0) }, uniquingKeysWith: { first, _ in first })
        self.orders = Dictionary(
            orders.compactMap { statement in OrderRule(rawValue: statement.id).map { ($0, statement) } }, uniquingKeysWith: { first, _ in first })
        alarms = rules.filter { [.preDose, .dosing, .observation].contains($0.decision) }
        let rests = rules.filter { $0.decision == .dosing }.flatMap(\.when.thresholds).filter { $0.name == DeviceRestQuestion.name }
        deviceRestMinutes = rests.map(\.value).max()
    }

    /// The rule of this id, in capitals or not.
    public subscript(id: String) -> Rule? { byID[id.uppercased()] }

    public func of(_ decision: Rule.Decision) -> [Rule] { byDecision[decision] ?? [] }

    public func statement(of order: OrderRule) -> RuleStatement? { orders[order] }

    func order(_ order: OrderRule, because: [String]) -> Finding? {
        statement(of: order).map { Finding($0, force: .adoptedPractice, because: because) }
    }

    /// The findings of one decision, gravest first; what nobody needs to answer is left out.
    func findings(_ decision: Rule.Decision, in context: RuleContext) -> [Finding] {
        of(decision).compactMap { $0.finding(in: context) }.sorted { ($1.action, $0.rule.id) < ($0.action, $1.rule.id) }
    }
}
