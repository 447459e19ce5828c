import Chart
import Evidence
import Notation
import Synchronization

/// What rules know of a chart: the view, what is read out of it once for all rules, and the knowledge they draw on.
public final class ChartContext: Sendable {
    public let view: ChartView
    public let jurisdiction: Jurisdiction
    public let codeSets: [String: CodeSet]
    public let metrics: MetricIndex
    public let resistance: ResistanceAssessment
    public let readings: Readings
    public let interactions: InteractionScreen
    public let symptoms: [SymptomCourse]
    public let run: CourseRun
    public let schedule: MonitoringSchedule
    let observation: ObservationPlan
    /// The product of the treatment going on; nil before one is chosen.
    public let product: Product?
    /// Everything in the chart that names a condition.
    let statements: ConditionStatements
    /// Whether each text asked about so far states each concept.
    private let namings = Mutex<[String: [String: Bool]]>([:])
    let overrides: Overrides

    init(
        view: ChartView, jurisdiction: Jurisdiction, resistance: ResistanceAssessment, readings: Readings, interactions: InteractionScreen,
        symptoms: [SymptomCourse], statements: ConditionStatements, run: CourseRun, calendar: SessionCalendar, product: Product?, knowledge: KnowledgeBase
    ) {
        self.view = view
        self.jurisdiction = jurisdiction
        self.resistance = resistance
        self.readings = readings
        self.interactions = interactions
        self.symptoms = symptoms
        self.run = run
        self.product = product
        schedule = knowledge.monitoring
        observation = ObservationPlan(schedule)
        codeSets = knowledge.codeSets
        metrics = knowledge.metrics
        self.statements = statements
        overrides = Overrides(view, calendar: calendar, run: run)
    }

    /// Whether `text` states the concept of `set`. Charts repeat few terms: each is looked at once.
    func isNamed(_ set: CodeSet, in text: String) -> Bool {
        namings.withLock { namings in
            if let known = namings[set.id]?[text] { return known }
            let isNamed = set.isNamed(in: text)
            namings[set.id, default: [:]][text] = isNamed
            return isNamed
        }
    }
}

/// Where and when a predicate is judged: a chart, perhaps one of its sessions, and an instant after which nothing is looked at.
public struct RuleContext: Sendable {
    public let chart: ChartContext
    /// Nil for decisions about the patient as a whole.
    public let session: SessionContext?
    public let now: Instant

    /// The patient as a whole at the time of the view.
    public init(_ chart: ChartContext) {
        self.chart = chart
        session = nil
        now = chart.view.asOf
    }

    /// One session at one of its moments.
    init(_ chart: ChartContext, session: SessionContext, at now: Instant) {
        self.chart = chart
        self.session = session
        self.now = now
    }

    /// The same at an earlier instant.
    func at(_ now: Instant) -> RuleContext { RuleContext(self, now) }

    private init(_ context: RuleContext, _ now: Instant) {
        chart = context.chart
        session = context.session
        self.now = now
    }

    var product: Product? { session?.record.product ?? chart.product }
}

/// What rules know of one session.
public final class SessionContext: Sendable {
    public let record: SessionRecord
    /// By metric, in time order.
    let readings: [String: [Reading]]
    /// The checks of the schedule as they stand at the end of the session, or now.
    let checks: [ScheduledCheck]

    /// - Parameter end: when the patient left, or now.
    init(_ record: SessionRecord, in chart: ChartContext, until end: Instant) {
        self.record = record
        readings = chart.readings.metrics(in: record.id)
        checks = chart.observation.checks(of: record, in: readings, at: end)
    }
}
