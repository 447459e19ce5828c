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
    /// The product of the treatment going on; nil before one is chosen.
    public let product: Product?
    /// Everything in the chart that names a condition.
    private let statements: [ConditionStatement]
    /// Of those, what carries each concept asked for so far.
    private let matches = Mutex<[String: [ConditionStatement]]>([:])
    /// Whether each text asked about so far states each concept.
    private let namings = Mutex<[String: [String: Bool]]>([:])
    let overrides: Overrides

    init(
        view: ChartView, jurisdiction: Jurisdiction, resistance: ResistanceAssessment, readings: Readings, interactions: InteractionScreen,
        symptoms: [SymptomCourse], statements: [ConditionStatement], run: CourseRun, calendar: SessionCalendar, product: Product?, knowledge: KnowledgeBase
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

    /// What in the chart carries the concept of `set`. Many sessions ask the same: it is looked for once.
    func statements(of set: CodeSet) -> [ConditionStatement] {
        matches.withLock { matches in
            if let found = matches[set.id] { return found }
            let found = statements.matching(set)
            matches[set.id] = found
            return found
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
        checks = chart.schedule.checks(of: record, in: readings, at: end)
    }
}

/// A fact that names a condition: a condition, a diagnosis, an adverse event, a procedure, an encounter with its reason, or an event of the course
/// that is no step of it, such as an admission.
struct ConditionStatement: Sendable {
    var fact: FactID
    var code: Code?
    var texts: [Words]
    var time: Moment?
    var end: Moment?

    init(_ fact: FactID, _ code: Code?, _ name: String?, _ time: Moment?, _ end: Moment?) {
        self.fact = fact
        self.code = code
        texts = [name, code?.display].compactMap { $0.map { Words($0) } }
        self.time = time
        self.end = end
    }

    /// Whether it began after the first dose of a course; false without one, or without a date.
    func isAfter(_ start: Instant?) -> Bool { start.flatMap { start in time.map { $0.latest > start } } ?? false }

    /// By time, then by fact.
    var order: (Instant, FactID) { (time?.instant ?? Instant(milliseconds: .min), fact) }

    static func all(in view: ChartView) -> [ConditionStatement] {
        view.conditions.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.diagnoses.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.adverseEvents.map { ConditionStatement($0.id, nil, $0.body.term, $0.body.onset, $0.body.resolved) }
            + view.procedures.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.encounters.map { encounter in
                let text = [encounter.body.setting, encounter.body.name ?? encounter.body.code?.display, encounter.body.reason].compactMap { $0 }
                return ConditionStatement(encounter.id, encounter.body.code, text.joined(separator: ", "), encounter.body.time, encounter.body.end)
            }
            + view.courseEvents.filter { CourseStep($0.body.event) == nil }.map { event in
                let reason = event.body.details.first { $0.name == "reason" }.map { ", \($0.value)" } ?? ""
                return ConditionStatement(event.id, nil, event.body.event + reason, event.body.time, nil)
            }
    }
}

extension [ConditionStatement] {
    /// Those that carry the concept of `set`, by code or in words.
    func matching(_ set: CodeSet) -> [ConditionStatement] {
        // Adverse events repeat few terms: each text is looked at once.
        let named = Set(Set(flatMap(\.texts)).filter { set.isNamed(in: [$0]) })
        return filter { statement in
            statement.code.map(set.contains) ?? false || statement.texts.contains(where: named.contains)
        }
    }
}
