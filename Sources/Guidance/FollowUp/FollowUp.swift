import Chart
import Evidence
import Notation

/// Everything that falls due after sessions and over the course, and every rule of the course that applies now; most urgent first.
public struct FollowUp: Sendable {
    public let duties: [FollowUpDuty]

    init(_ chart: ChartContext, run: CourseRun, sessions: [SessionReview], history: CourseHistory, knowledge: KnowledgeBase) {
        let asOf = chart.view.asOf
        let schedule = knowledge.followUp
        let isOver = history.state == .closed || (run.sessions.last.map { asOf.days(since: $0.time.instant) > schedule.pauseDays.value } ?? true)
        let findings = knowledge.ruleBook.findings(.followUp, in: RuleContext(chart))
        let scheduled = isOver ? [] : schedule.items.compactMap { $0.duty(chart, run: run, asOf: asOf, findings: findings) }
        // A rule that asks for what is due once is one duty with it, not a second one.
        let said = Set(scheduled.compactMap { $0.finding?.rule.id })
        let applying = findings.filter { !said.contains($0.rule.id) }.map { finding in
            let what = finding.rule.advice ?? finding.rule.text
            return FollowUpDuty(
                what: finding.missing.isEmpty ? what : "not known: \(finding.missing.joined(separator: ", ")), needed for: \(finding.rule.text)",
                due: Self.time(of: finding, in: chart), isOverdue: finding.override == nil, rule: finding.rule.id, kind: finding.rule.kind, session: nil,
                finding: finding, because: finding.because, confidence: finding.rule.confidence, sources: finding.rule.sources)
        }
        let afterSessions = sessions.flatMap { Self.duties(after: $0, chart, schedule, knowledge.ruleBook) }
        duties = (scheduled + applying + afterSessions).sorted {
            ($0.isOverdue ? 0 : 1, $0.due.instant, $0.rule, $0.session ?? "") < ($1.isOverdue ? 0 : 1, $1.due.instant, $1.rule, $1.session ?? "")
        }
    }

    /// When the newest fact a finding rests on was observed.
    private static func time(of finding: Finding, in chart: ChartContext) -> Moment {
        let facts = Set(finding.because)
        return chart.view.current.last { facts.contains($0.id) }?.observed ?? Moment(chart.view.asOf)
    }

    /// What the rules ask for after one session: the monitoring form with its dates, and whatever else applies.
    private static func duties(after session: SessionReview, _ chart: ChartContext, _ schedule: FollowUpSchedule, _ rules: RuleBook) -> [FollowUpDuty] {
        guard let dose = session.record.administrations.first else { return [] }
        let asOf = chart.view.asOf
        let context = RuleContext(chart, session: session.context, at: asOf)
        return rules.findings(.afterSession, in: context).filter { $0.missing.isEmpty }.map { finding in
            let isForm = finding.rule.id == MonitoringForm.rule
            let start = dose.body.time.instant
            let due = start.adding(days: isForm ? schedule.remsDueDays.value : 0)
            // What is only advised is late when an adverse event calls for it.
            let isAsked = finding.action >= .review || !session.record.adverseEvents.isEmpty
            return FollowUpDuty(
                what: isForm ? "REMS Patient Monitoring Form" : finding.rule.advice ?? finding.rule.text, due: Moment(due, offset: dose.body.time.offset ?? 0),
                isOverdue: isAsked && asOf > due, isNear: isForm && asOf <= due && asOf >= start.adding(days: schedule.remsWarnDays.value),
                rule: finding.rule.id, kind: finding.rule.kind, session: session.record.id,
                finding: isForm ? nil : finding, because: finding.because.isEmpty ? [dose.id] : finding.because,
                confidence: finding.rule.confidence, sources: finding.rule.sources)
        }
    }
}
