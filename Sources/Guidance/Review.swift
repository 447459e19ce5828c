import Chart
import Evidence
import Notation

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
        let outline = ChartOutline(of: chart, asOf: instant, knowledge: knowledge)
        let (scores, run, readings) = (outline.scores, outline.run, outline.readings)
        view = outline.view
        self.jurisdiction = jurisdiction
        resistance = outline.resistance
        notScored = scores.notScored.map(\.id)
        exposure = Exposure(view, metrics: knowledge.metrics.metrics)
        symptoms = outline.symptoms
        self.readings = readings
        let context = outline.context(jurisdiction, knowledge: knowledge)
        let behaviour = knowledge.ruleBook[SuicideRisk.behaviourRule]
        suicideRisk = SuicideRisk(
            scores, triage: readings.all("cssrs_level"), screener: knowledge.instruments.named("C-SSRS-screener"),
            behaviour: (behaviour?.when.judge(in: RuleContext(context)) ?? .no, behaviour?.statement), reports: RiskAlert.Sign.reported(view))

        eligibility = Eligibility(RuleContext(context), rules: knowledge.ruleBook)
        interactions = context.interactions.hits
        // None looks at the judgement of another.
        sessions = outline.records.mapOnAllCores { SessionReview($0, in: context, rules: knowledge.ruleBook, asOf: instant) }
        course = CourseReview(context, run: run, plan: outline.plan, knowledge: knowledge)
        followUp = FollowUp(context, run: run, sessions: sessions, history: course.history, knowledge: knowledge)
    }
}

extension ChartView {
    /// The protocols that sessions and events of the course name.
    var named: [(time: Instant, plan: String, fact: FactID, session: String?)] {
        courseEvents.compactMap { event in event.body.protocolID.map { (event.body.time.instant, $0, event.id, nil) } }
            + sessionEvents.compactMap { event in event.body.protocolID.map { (event.body.time.instant, $0, event.id, event.body.session) } }
    }
}
