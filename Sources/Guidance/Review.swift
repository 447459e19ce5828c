import Chart
import Dispatch
import Evidence
import Notation
import Synchronization

/// A chart judged: everything the program can say of one patient at one time, each statement with its reasons.
public struct Review: Sendable {
    public var view: ChartView
    public var jurisdiction: Jurisdiction
    public var resistance: ResistanceAssessment
    public var eligibility: Eligibility
    public var interactions: [InteractionHit]
    public var sessions: [SessionReview]
    public var course: CourseReview
    public var symptoms: [SymptomCourse]
    public var suicideRisk: SuicideRisk
    public var exposure: Exposure
    public var followUp: FollowUp
    public var readings: Readings
    /// Assessments from which nothing could be concluded.
    public var notScored: [FactID]

    public init(of chart: Chart, asOf instant: Instant, jurisdiction: Jurisdiction, knowledge: KnowledgeBase) {
        view = chart.view(asOf: instant)
        self.jurisdiction = jurisdiction
        resistance = .assess(view, knowledge: knowledge)
        let scores = AssessmentScores(view, instruments: knowledge.instruments)
        notScored = scores.notScored.map(\.id)
        let run = CourseRun(view, pauseDays: knowledge.followUp.pauseDays.value)
        exposure = Exposure(view, metrics: knowledge.metrics.metrics)

        let records = SessionRecord.all(in: view, protocols: knowledge.protocols)
        let plan = Self.plan(view, records: records, protocols: knowledge.protocols)
        let product = records.last { $0.product != nil }?.product ?? plan.map(\.product)
        let calendar = SessionCalendar(records.map(\.calendarSpan))
        let readings = Readings(view, metrics: knowledge.metrics, scores: scores, calendar: calendar)
        let statements = ConditionStatements(view, readings)
        let relapses = knowledge.symptoms.relapseEvents.compactMap { knowledge.codeSets[$0] }.flatMap { statements.mentions(of: $0).all }
        symptoms = SymptomCourse.all(
            in: view, scored: scores.scored, episode: resistance.episode, events: relapses.filter { $0.isAfter(run.start) }.sorted { $0.order < $1.order },
            criteria: knowledge.symptoms)
        self.readings = readings
        let context = ChartContext(
            view: view, jurisdiction: jurisdiction, resistance: resistance, readings: readings,
            interactions: InteractionScreen(view, table: knowledge.interactions, product: product), symptoms: symptoms,
            statements: statements, run: run, calendar: calendar, product: product, knowledge: knowledge)
        let behaviour = knowledge.ruleBook[SuicideRisk.behaviourRule]
        suicideRisk = SuicideRisk(
            scores, triage: readings.all("cssrs_level"), screener: knowledge.instruments.named("C-SSRS-screener"),
            behaviour: (behaviour?.when.judge(in: RuleContext(context)) ?? .no, behaviour?.statement), reports: RiskAlert.Sign.reported(view))

        eligibility = Eligibility(RuleContext(context), rules: knowledge.ruleBook)
        interactions = context.interactions.hits
        // None looks at the judgement of another.
        sessions = records.mapOnAllCores { SessionReview($0, in: context, rules: knowledge.ruleBook, asOf: instant) }
        course = CourseReview(context, run: run, plan: plan, knowledge: knowledge)
        followUp = FollowUp(context, run: run, sessions: sessions, history: course.history, knowledge: knowledge)
    }

    /// The protocol in force: the last one that a session or an event of the course names.
    private static func plan(_ view: ChartView, records: [SessionRecord], protocols: [String: TreatmentProtocol]) -> TreatmentProtocol? {
        view.named.max { ($0.time, $0.plan) < ($1.time, $1.plan) }.flatMap { protocols[$0.plan] }
    }
}

extension Array where Element: Sendable {
    /// `transform` of every element, in order; of many elements on all cores.
    func mapOnAllCores<Result: Sendable>(_ transform: @Sendable (Element) -> Result) -> [Result] {
        let share = 16
        guard count > share else { return map(transform) }
        let parts = Mutex([[Result]](repeating: [], count: (count + share - 1) / share))
        DispatchQueue.concurrentPerform(iterations: (count + share - 1) / share) { part in
            let results = self[part * share..<Swift.min((part + 1) * share, count)].map(transform)
            parts.withLock { $0[part] = results }
        }
        return parts.withLock { $0.flatMap { $0 } }
    }
}

extension ChartView {
    /// The protocols that sessions and events of the course name.
    var named: [(time: Instant, plan: String, fact: FactID, session: String?)] {
        courseEvents.compactMap { event in event.body.protocolID.map { (event.body.time.instant, $0, event.id, nil) } }
            + sessionEvents.compactMap { event in event.body.protocolID.map { (event.body.time.instant, $0, event.id, event.body.session) } }
    }
}
