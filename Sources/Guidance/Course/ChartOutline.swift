import Chart
import Evidence
import Notation
import Psychometrics

/// What a chart says before any rule is judged: scores, sessions, readings, the course of symptoms. A `Review` begins with it; programmes
/// that look at many charts need no more.
public struct ChartOutline: Sendable {
    public let view: ChartView
    public let resistance: ResistanceAssessment
    public let run: CourseRun
    public let symptoms: [SymptomCourse]
    /// When something happened that indicates a relapse by itself, such as a psychiatric admission; in time order, after the first dose.
    public let relapseEvents: [Moment]
    /// What happened to the course, in time order.
    public let steps: [(step: CourseStep, time: Moment)]
    let scores: AssessmentScores
    let records: [SessionRecord]
    let readings: Readings
    let plan: TreatmentProtocol?
    private let statements: ConditionStatements
    private let calendar: SessionCalendar

    public init(of chart: Chart, asOf instant: Instant, knowledge: KnowledgeBase) {
        view = chart.view(asOf: instant)
        resistance = .assess(view, knowledge: knowledge)
        scores = AssessmentScores(view, instruments: knowledge.instruments)
        run = CourseRun(view, pauseDays: knowledge.followUp.pauseDays.value)
        records = SessionRecord.all(in: view, protocols: knowledge.protocols)
        steps = view.courseEvents.compactMap { event in CourseStep(event.body, metrics: knowledge.metrics).map { ($0, event.body.time) } }
        plan = view.named.max { ($0.time, $0.plan) < ($1.time, $1.plan) }.flatMap { knowledge.protocols[$0.plan] }
        calendar = SessionCalendar(records.map(\.calendarSpan))
        readings = Readings(view, metrics: knowledge.metrics, scores: scores, calendar: calendar)
        let (start, named) = (run.start, ConditionStatements(view, readings))
        statements = named
        let relapses = knowledge.symptoms.relapseEvents.compactMap { knowledge.codeSets[$0] }.flatMap { named.mentions(of: $0).all }
            .filter { $0.isAfter(start) }.sorted { $0.order < $1.order }
        relapseEvents = relapses.compactMap(\.time)
        symptoms = SymptomCourse.all(in: view, scored: scores.scored, episode: resistance.episode, events: relapses, criteria: knowledge.symptoms)
    }

    /// Stated as facts or as events of a session, each once.
    public var adverseEvents: [AdverseEvent] {
        let inSessions = records.flatMap(\.adverseEvents)
        let known = Set(inSessions.map(\.id))
        return (inSessions + view.adverseEvents.filter { !known.contains($0.id) }).map(\.body)
    }

    func context(_ jurisdiction: Jurisdiction, knowledge: KnowledgeBase) -> ChartContext {
        let product = records.last { $0.product != nil }?.product ?? plan.map(\.product)
        return ChartContext(
            view: view, jurisdiction: jurisdiction, resistance: resistance, readings: readings,
            interactions: InteractionScreen(view, table: knowledge.interactions, product: product), symptoms: symptoms,
            statements: statements, run: run, calendar: calendar, product: product, knowledge: knowledge)
    }

    /// Days since 1970 of the sessions in which one of `rules` raised an alert. Only sessions with a reading on which such a rule may turn are
    /// judged.
    public func sessionsAlarmed(by rules: Set<String>, _ jurisdiction: Jurisdiction, knowledge: KnowledgeBase) -> [Day] {
        let watch = ReadingWatch(rules, of: knowledge.ruleBook)
        let candidates = records.filter { record in
            watch.metrics.contains { metric in readings.all(metric, in: record.id).contains { watch.mayTurn(on: $0.value, of: metric) } }
        }
        guard !candidates.isEmpty else { return [] }
        let context = context(jurisdiction, knowledge: knowledge)
        return candidates.filter { record in
            !SessionReview.alerts(of: record, by: watch.alarms, in: context, rules: knowledge.ruleBook, asOf: view.asOf).isEmpty
        }.map { $0.calendarSpan.day }
    }
}
