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
    /// What speaks against the order in which things were recorded, in time order.
    public let findings: [Irregularity]

    init(_ chart: ChartContext, run: CourseRun, plan: TreatmentProtocol?, knowledge: KnowledgeBase) {
        let view = chart.view
        self.run = run
        product = chart.product
        history = CourseHistory(chart, run: run, schedule: knowledge.followUp)
        let state = history.state
        progress = plan.map { plan in
            ProtocolProgress(
                plan, run: run, view: view,
                in: .init(
                    jurisdiction: chart.jurisdiction, treatments: knowledge.treatments, isHalted: state?.isHalted ?? false,
                    isRelapsed: chart.symptoms.contains { $0.status == .relapse },
                    weight: { instant in chart.readings.all("weight").last { $0.time <= instant }?.number },
                    rating: { metric in chart.readings.all(metric).last.flatMap { last in run.start.flatMap { last.time > $0 ? last.number : nil } } },
                    improvement: { day in chart.improvement(by: day) }))
        }
        frequency = knowledge.frequencyRules.compactMap { $0.advice(chart.readings, run: run, asOf: view.asOf) }

        let rules = knowledge.ruleBook
        func irregularity(_ order: RuleBook.OrderRule, _ text: String, at time: Instant, _ because: [FactID], session: String? = nil) -> Irregularity? {
            rules.order(order, because: because).map { Irregularity(finding: $0, text: text, at: time, session: session) }
        }
        let late = history.outOfOrder.map { irregularity($0.order, $0.text, at: $0.time, [$0.fact], session: $0.session) }
        let stray = view.administrations.filter { $0.body.session == nil }
        let withoutSession = stray.first.map { first in
            irregularity(
                .withoutSession, "\(stray.count) \(stray.count == 1 ? "dose names" : "doses name") no session", at: first.body.time.instant, stray.map(\.id))
        }
        let unknownPlans = view.named.filter { knowledge.protocols[$0.plan] == nil }.map {
            irregularity(.unknownProtocol, "the protocol \(quoted($0.plan)) is not in the library", at: $0.time, [$0.fact], session: $0.session)
        }
        findings = ((late + [withoutSession ?? nil] + unknownPlans).compactMap { $0 } + rules.strayOverrides(chart))
            .sorted { ($0.at, $0.finding.rule.id, $0.text) < ($1.at, $1.finding.rule.id, $1.text) }
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
    var reviewDays: Double { review?.onceAfterDays ?? .infinity }

    /// Days from which an evaluation counts as one of the whole induction.
    var evaluationFromDays: Double { review?.onceFromDays ?? 0 }

    private var review: FollowUpItem? { items.filter { $0.onceAfterDays != nil }.min { $0.onceAfterDays ?? 0 < $1.onceAfterDays ?? 0 } }
}
