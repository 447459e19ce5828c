/// The readings on which some of the rules that raise alerts within a session may turn.
public struct ReadingWatch: Sendable {
    let alarms: [Rule]
    /// What the rules look at, by id, in a fixed order.
    public let metrics: [String]

    /// - Parameter rules: ids; those that raise no alert within a session watch nothing.
    public init(_ rules: Set<String>, of book: RuleBook) {
        alarms = book.alarms.filter { rules.contains($0.id) }
        metrics = Set(alarms.flatMap(\.metrics)).sorted()
    }

    /// False only where it certainly raises no alert.
    /// - Parameter value: in the metric's unit.
    public func mayTurn(on value: Reading.Value, of metric: String) -> Bool { alarms.contains { $0.when.question.mayTurn(on: value, of: metric) } }

    /// Every name under which a fact may carry one of `metrics`: its own, others, and those of values written together.
    public func names(in index: MetricIndex) -> Set<String> {
        let carriers = index.metrics.values.filter { metric in metrics.contains { $0 == metric.id || metric.parts?.contains($0) == true } }
        return Set(carriers.flatMap { [$0.id] + ($0.aliases ?? []) + ($0.moments ?? []) + ($0.otherUnits ?? [:]).keys })
    }
}
