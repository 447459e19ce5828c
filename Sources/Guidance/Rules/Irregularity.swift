import Chart
import Notation

/// Something about the way a session or a course went, or about its record, that a rule of the clinic's order does not have.
public struct Irregularity: Sendable, Equatable {
    public var finding: Finding
    /// What happened, with the event, rule or protocol by name.
    public var text: String
    public var at: Instant
    public var session: String?
}

extension RuleBook {
    /// Overrides of rules that may not be overridden, in one session.
    func refusedOverrides(in session: SessionRecord, _ chart: ChartContext) -> [Irregularity] {
        chart.overrides.of(session.id).compactMap { override in
            self[override.body.rule].flatMap { $0.isOfTheCourse ? nil : refusal(of: override, rule: $0, product: session.product, session: session.id, chart) }
        }
    }

    /// Overrides that cover nothing: of a rule nobody knows, of no session, or of a rule of the course that may not be overridden.
    func strayOverrides(_ chart: ChartContext) -> [Irregularity] {
        chart.view.overrides.compactMap { override in
            guard let rule = self[override.body.rule] else {
                return irregularity(.unknownRule, override, "override of \(override.body.rule), a rule that is not known")
            }
            if rule.isOfTheCourse { return refusal(of: override, rule: rule, product: nil, session: nil, chart) }
            guard !chart.overrides.isOfASession(override) else { return nil }
            return irregularity(.unknownRule, override, "override of \(rule.id) for no session of the chart")
        }
    }

    private func refusal(of override: Stated<Override>, rule: Rule, product: Product?, session: String?, _ chart: ChartContext) -> Irregularity? {
        guard let force = rule.force(in: chart.jurisdiction, for: product ?? chart.product), !rule.statement.mayBeOverridden(with: force) else { return nil }
        let binds = rule.statement.binds.joined(separator: ", ")
        return irregularity(.refusedOverride, override, "override of \(rule.id) by \(override.fact.author ?? "?") refused: it binds \(binds)", session: session)
    }

    private func irregularity(_ order: OrderRule, _ override: Stated<Override>, _ text: String, session: String? = nil) -> Irregularity? {
        self.order(order, because: [override.id]).map { Irregularity(finding: $0, text: text, at: override.body.time.instant, session: session) }
    }
}

extension Rule {
    /// Judged of the patient as a whole, not of a session.
    fileprivate var isOfTheCourse: Bool { decision == .eligibility || decision == .followUp }
}
