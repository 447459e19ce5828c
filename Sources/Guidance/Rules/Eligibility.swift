import Chart
import Evidence

/// Whether treatment may start, on the facts the chart holds.
public struct Eligibility: Sendable, Equatable {
    public enum Verdict: String, Sendable { case eligible, review, blocked }

    public var verdict: Verdict
    /// Rules that apply, and rules that could not be judged (`missing` says why), gravest first.
    public var findings: [Finding]

    public init(_ context: RuleContext, rules: RuleBook) {
        findings = rules.findings(.eligibility, in: context)
        verdict =
            switch findings.filter({ $0.override == nil }).map(\.action).max() {
            case .block: .blocked
            case .review: .review
            case .advise, nil: .eligible
            }
    }
}
