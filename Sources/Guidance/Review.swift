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

    /// Parts of a review that this version does not judge yet; they are empty and say nothing about the patient.
    public static let notYetJudged = ["forecast"]

    public init(of chart: Chart, asOf instant: Instant, jurisdiction: Jurisdiction, knowledge: KnowledgeBase) {
        view = chart.view(asOf: instant)
        self.jurisdiction = jurisdiction
        resistance = .assess(view, knowledge: knowledge)
        let scores = AssessmentScores(view, instruments: knowledge.instruments)
        notScored = scores.notScored.map(\.id)
        symptoms = SymptomCourse.all(in: view, scored: scores.scored, episode: resistance.episode, criteria: knowledge.symptoms)
        suicideRisk = SuicideRisk(scores)
        exposure = Exposure(view, metrics: knowledge.metrics.metrics)

        let records = SessionRecord.all(in: view, protocols: knowledge.protocols)
        let run = CourseRun(view, pauseDays: knowledge.followUp.pauseDays.value)
        let plan = Self.plan(view, records: records, protocols: knowledge.protocols)
        let product = records.last { $0.product != nil }?.product ?? plan.map(\.product)
        let readings = Readings(view, metrics: knowledge.metrics, scores: scores, sessions: records.map(\.readingSpan))
        self.readings = readings
        let context = ChartContext(
            view: view, jurisdiction: jurisdiction, resistance: resistance, readings: readings,
            interactions: InteractionScreen(view, table: knowledge.interactions, product: product), symptoms: symptoms, run: run, product: product,
            knowledge: knowledge)

        eligibility = Eligibility(RuleContext(context), rules: knowledge.ruleBook)
        interactions = context.interactions.hits
        sessions = records.map { SessionReview($0, in: context, rules: knowledge.ruleBook, asOf: instant) }
        course = CourseReview(context, run: run, plan: plan, knowledge: knowledge)
        followUp = FollowUp(context, run: run, sessions: sessions, history: course.history, knowledge: knowledge)
    }

    /// The protocol in force: the last one that a session or an event of the course names.
    private static func plan(_ view: ChartView, records: [SessionRecord], protocols: [String: TreatmentProtocol]) -> TreatmentProtocol? {
        let named =
            view.courseEvents.compactMap { event in event.body.protocolID.map { (event.body.time.instant, $0) } }
            + view.sessionEvents.compactMap { event in event.body.protocolID.map { (event.body.time.instant, $0) } }
        return named.sorted { $0 < $1 }.last.flatMap { protocols[$0.1] }
    }
}
