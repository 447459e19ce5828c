import Chart
import Evidence
import Notation

extension SessionReview {
    /// Steps out of order, steps left out, doses nobody can account for, overrides of what binds, and rules that were broken.
    /// - Parameters:
    ///   - dose: when the first dose was given, and what spoke against it.
    ///   - discharge: when the patient was let go, and what spoke against it.
    static func irregularities(
        _ session: SessionContext, history: SessionHistory, dose: (Instant, [Finding])?, discharge: (Instant, [Finding])?, chart: ChartContext, rules: RuleBook
    ) -> [Irregularity] {
        let record = session.record
        func irregularity(_ order: RuleBook.OrderRule, _ text: String, at time: Instant, _ because: [FactID]) -> Irregularity? {
            rules.order(order, because: because).map { Irregularity(finding: $0, text: text, at: time, session: record.id) }
        }
        let late = history.outOfOrder.map { late in
            irregularity(.outOfOrder, "\(late.step.rawValue) in a session that is \(late.state.rawValue)", at: late.time, [late.fact])
        }
        let skipped = history.passages.map { passage -> Irregularity? in
            let because = passage.fact.map { [$0] } ?? []
            if passage.step == .dose, passage.from == .held { return irregularity(.whileHeld, "dose in a session that is held", at: passage.time, because) }
            let states =
                passage.step == .close && Self.owesForm(session, at: passage.time, chart, rules) ? [SessionState.remsSubmitted] : passage.skipped
            guard !states.isEmpty else { return nil }
            let names = states.map(\.rawValue).joined(separator: ", ")
            return irregularity(.skipped, "\(passage.step.rawValue) without \(names) on record", at: passage.time, because)
        }
        let withoutAmount = record.dosesWithoutAmount.map { event in
            irregularity(.withoutAmount, "\(event.body.event) without an amount on record", at: event.body.time.instant, [event.id])
        }
        let broken = [dose, discharge].compactMap { $0 }.flatMap { time, findings in
            findings.filter { $0.missing.isEmpty && $0.action == .block && $0.override == nil }
                .map { Irregularity(finding: $0, text: $0.rule.text, at: time, session: record.id) }
        }
        return ((late + skipped + withoutAmount).compactMap { $0 } + broken + rules.refusedOverrides(in: record, chart))
            .sorted { ($0.at, $0.finding.rule.id, $0.text) < ($1.at, $1.finding.rule.id, $1.text) }
    }

    /// Whether the monitoring form of the session was still to be sent.
    private static func owesForm(_ session: SessionContext, at time: Instant, _ chart: ChartContext, _ rules: RuleBook) -> Bool {
        rules[MonitoringForm.rule]?.finding(in: RuleContext(chart, session: session, at: time)).map { $0.missing.isEmpty && $0.override == nil } ?? false
    }
}
