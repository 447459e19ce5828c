import Chart
import Notation

/// Which decision of a clinician to go on covers which rule, and for how long.
///
/// It covers one session: the one it names or, naming none, the one under way when it was written. For rules of the course it covers the course.
/// And it covers what its author knew: every fact the finding rests on must have been known then, so that a newer reading raises the rule again.
struct Overrides: Sendable {
    private let byRule: [String: [Stated<Override>]]
    /// By the session named or, where none is, the one under way.
    private let bySession: [String: [Stated<Override>]]
    private let calendar: SessionCalendar
    /// When each fact was known; empty without overrides.
    private let known: [FactID: Instant]
    /// The end of the course before this one.
    private let earlierCourse: Instant?

    init(_ view: ChartView, calendar: SessionCalendar, run: CourseRun) {
        byRule = Dictionary(grouping: view.overrides) { $0.body.rule.uppercased() }
        bySession = Dictionary(grouping: view.overrides) { $0.body.session ?? calendar[$0.body.time.instant] ?? "" }
        self.calendar = calendar
        known = Dictionary(
            byRule.isEmpty ? [] : view.current.map { ($0.id, max($0.knownAt, $0.observed?.instant ?? $0.knownAt)) }, uniquingKeysWith: { max($0, $1) })
        earlierCourse = run.earlierEnd
    }

    /// The last override that lets the clinic go on against `finding`.
    func covering(_ finding: Finding, in context: RuleContext) -> Stated<Override>? {
        guard !byRule.isEmpty, finding.mayBeOverridden, let stated = byRule[finding.rule.id.uppercased()] else { return nil }
        return stated.last { override in
            let time = override.body.time.instant
            return time <= context.now && isOf(override, context.session?.record.id) && finding.because.allSatisfy { known[$0].map { $0 <= time } ?? true }
        }
    }

    func of(_ session: String) -> [Stated<Override>] { bySession[session] ?? [] }

    /// Whether there is a session it is for.
    func isOfASession(_ override: Stated<Override>) -> Bool { session(of: override).map(calendar.contains) ?? false }

    private func session(of override: Stated<Override>) -> String? { override.body.session ?? calendar[override.body.time.instant] }

    private func isOf(_ override: Stated<Override>, _ session: String?) -> Bool {
        if let session { return self.session(of: override) == session }
        return earlierCourse.map { override.body.time.instant > $0 } ?? true
    }
}

/// When each session of a chart lasted, so that what names no session is found where it happened.
struct SessionCalendar: Sendable {
    struct Span: Sendable {
        var id: String
        var from: Instant
        var to: Instant
        /// Of the dose, else of the first event.
        var day: Day
    }

    private let spans: [Span]
    private let byDay: [Day: [Span]]
    private let ids: Set<String>

    init(_ spans: [Span]) {
        ids = Set(spans.map(\.id))
        self.spans = spans.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
        byDay = Dictionary(grouping: self.spans, by: \.day)
    }

    func contains(_ session: String) -> Bool { ids.contains(session) }

    /// The session under way at `time`; the one begun last where two overlap.
    subscript(time: Instant) -> String? {
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].from <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 && spans[low - 1].to >= time ? spans[low - 1].id : nil
    }

    /// The session under way at `time`, else the first of its day that had not ended.
    func session(ofDay time: Moment) -> String? { self[time.instant] ?? byDay[time.day]?.first { $0.to >= time.instant }?.id }
}
