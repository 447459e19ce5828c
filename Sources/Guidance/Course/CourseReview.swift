import Chart
import Evidence
import Notation

/// The course judged: where it stands, what the protocol permits next, what the published frequency rules say.
public struct CourseReview: Sendable {
    public let history: CourseHistory
    public let run: CourseRun
    public let product: Product?
    /// Nil when no session or course event names a protocol of the library.
    public let progress: ProtocolProgress?
    public let frequency: [FrequencyAdvice]
    /// What speaks against the order in which things were recorded.
    public let findings: [Finding]

    init(_ chart: ChartContext, run: CourseRun, plan: TreatmentProtocol?, knowledge: KnowledgeBase) {
        let view = chart.view
        self.run = run
        product = chart.product
        history = CourseHistory(view, run: run, reviewDays: knowledge.followUp.reviewDays)
        progress = plan.map { plan in
            ProtocolProgress(
                plan, run: run, view: view, jurisdiction: chart.jurisdiction, treatments: knowledge.treatments,
                weight: { instant in chart.readings.all("weight").last { $0.time <= instant }?.number },
                improvement: { day in chart.improvement(by: day) })
        }
        frequency = knowledge.frequencyRules.compactMap { $0.advice(chart.readings, run: run, asOf: view.asOf) }

        let order = knowledge.ruleBook
        let stray = view.administrations.filter { $0.body.session == nil }.map(\.id)
        let unknownRules = view.overrides.filter { order[$0.body.rule] == nil }.map(\.id)
        findings = [
            history.outOfOrder.isEmpty ? nil : order.order(.outOfOrder, because: history.outOfOrder.map(\.fact)),
            stray.isEmpty ? nil : order.order(.withoutSession, because: stray),
            unknownRules.isEmpty ? nil : order.order(.unknownRule, because: unknownRules),
        ].compactMap { $0 }
    }
}

extension ChartContext {
    /// The share by which the leading depression scale had fallen from baseline at the end of `day`; nil before a second assessment.
    func improvement(by day: Day) -> Double? {
        let leading = symptoms.filter { $0.instrument.measures == .depression }.max { $0.points.count < $1.points.count }
        guard let leading, let point = leading.points.dropFirst(leading.baselineIndex + 1).last(where: { $0.time.day <= day }) else { return nil }
        return leading.instrument.change(baseline: leading.baseline.total, latest: point.total).percent.map { -$0 / 100 }
    }
}

extension FollowUpSchedule {
    /// Days of the course after which its benefit is to be judged.
    var reviewDays: Double { items.compactMap(\.onceAfterDays).min() ?? .infinity }
}
