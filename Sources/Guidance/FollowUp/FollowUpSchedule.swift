import Chart
import Evidence
import Notation

/// What is looked at again and again over a course, and how often.
public struct FollowUpItem: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    public var what: String
    /// The rule that asks for it, for example `LT-02`.
    public var rule: String
    public var kind: RuleKind
    /// Readings that answer it: any of these metrics.
    public var metrics: [String]
    /// Events of the course that answer it.
    public var events: [String]?
    /// Products whose patients need it; nil: all.
    public var products: [Product]?
    /// Only patients with a condition of this code set.
    public var onlyWith: String?
    /// Asked for before the first dose.
    public var baseline: Bool
    /// Due after this many days of the course, once.
    public var onceAfterDays: Double?
    /// What is done so many days before that still counts.
    public var earlyDays: Double?
    /// Months between two looks from the first dose on; the last number holds on.
    public var everyMonths: [Int]?
    public var confidence: Confidence
    public var sources: [String]
    public var note: String?

    enum CodingKeys: String, CodingKey {
        case id, what, rule, kind, metrics, events, products
        case onlyWith = "only_with"
        case baseline
        case onceAfterDays = "once_after_days"
        case earlyDays = "early_days"
        case everyMonths = "every_months"
        case confidence, sources, note
    }
}

/// One thing to do after sessions or over the course, with its date.
public struct FollowUpDuty: Sendable, Equatable {
    public var what: String
    public var due: Moment
    public var isOverdue: Bool
    /// Not overdue yet, but pointed out.
    public var isNear = false
    public var rule: String
    public var kind: RuleKind
    public var session: String?
    /// Set when a rule of the course applies now: its finding.
    public var finding: Finding?
    public var because: [FactID]
    public var confidence: Confidence
    public var sources: [String]
}

/// The schedule of follow-up with the constants it needs.
public struct FollowUpSchedule: Codable, Sendable, Equatable {
    /// A longer time without a dose ends a course: nothing more falls due, and the next dose begins another.
    public var pauseDays: Sourced<Double>
    /// Days from which the REMS form is pointed out, and by which it is due.
    public var remsWarnDays: Sourced<Double>
    public var remsDueDays: Sourced<Double>
    public var items: [FollowUpItem]

    enum CodingKeys: String, CodingKey {
        case pauseDays = "pause_days"
        case remsWarnDays = "rems_warn_days"
        case remsDueDays = "rems_due_days"
        case items
    }
}

extension FollowUpItem {
    /// The day of the course from which a look counts for what is due once.
    public var onceFromDays: Double? { onceAfterDays.map { $0 - (earlyDays ?? 0) } }

    /// When it is due next; nil when nothing is due in this course.
    /// - Parameter findings: of the rules of the course; what is due once carries the finding of its rule.
    func duty(_ chart: ChartContext, run: CourseRun, asOf: Instant, findings: [Finding]) -> FollowUpDuty? {
        guard let start = run.start else { return nil }
        if let products, let product = chart.product, !products.contains(product) { return nil }
        if let onlyWith, let set = chart.codeSets[onlyWith], chart.statements.mentions(of: set).stated.isEmpty { return nil }
        // What is due once is done, or said not to be; any other reading is a look, whatever it shows.
        let readings = metrics.flatMap(chart.readings.all).filter { onceAfterDays == nil || $0.value.flag != false }
        let events = chart.view.courseEvents.filter { event in (self.events ?? []).contains { eventName($0) == eventName(event.body.event) } }
        let looks = (readings.map { ($0.time, $0.fact) } + events.map { ($0.body.time.instant, $0.id) }).sorted { $0 < $1 }
        guard let due = dueDay(start: start, looks: looks.map(\.0)) else { return nil }
        let finding = onceAfterDays == nil ? nil : findings.first { $0.rule.id == rule && $0.missing.isEmpty }
        let because = finding?.because ?? looks.last.map { [$0.1] } ?? []
        return FollowUpDuty(
            what: what, due: Moment(due), isOverdue: finding.map { $0.override == nil } ?? (asOf.day > due), rule: rule, kind: kind, finding: finding,
            because: because, confidence: confidence, sources: sources)
    }

    private func dueDay(start: Instant, looks: [Instant]) -> Day? {
        if baseline, looks.isEmpty { return start.day }
        if let onceAfterDays {
            let due = start.adding(days: onceAfterDays)
            return looks.contains { $0.days(since: start) >= onceFromDays ?? 0 } ? nil : due.day
        }
        guard let everyMonths, let last = everyMonths.last else { return nil }
        let since = looks.filter { $0 > start }
        let months = since.count < everyMonths.count ? everyMonths[since.count] : last
        return (since.last ?? start).day.adding(months: months)
    }
}
