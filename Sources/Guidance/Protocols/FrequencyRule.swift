import Chart
import Evidence
import Notation

/// A published rule for the interval of maintenance sessions: by a score and, for some, by the interval in use.
public struct FrequencyRule: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    public var name: String
    public var kind: RuleKind
    /// Metric the rule reads.
    public var metric: String
    /// The rule speaks after this many weeks of the course.
    public var fromWeek: Int
    public var rows: [Row]
    public var goal: String?
    public var note: String?
    public var confidence: Confidence
    public var sources: [String]

    public struct Row: Codable, Sendable, Equatable {
        /// Days between sessions now; nil: whatever it is.
        public var current: Int?
        public var atMost: Double?
        public var above: Double?
        /// Days between sessions from now on; two where the clinician chooses.
        public var interval: [Int]
        /// For this many weeks, then judged again.
        public var forWeeks: Int?

        enum CodingKeys: String, CodingKey {
            case current
            case atMost = "at_most"
            case above, interval
            case forWeeks = "for_weeks"
        }

        func fits(_ score: Double, current interval: Int?) -> Bool {
            if let current, current != interval { return false }
            return atMost.map { score <= $0 } ?? above.map { score > $0 } ?? true
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, name, kind, metric
        case fromWeek = "from_week"
        case rows, goal, note, confidence, sources
    }
}

/// What one frequency rule says of a course.
public struct FrequencyAdvice: Sendable, Equatable {
    public var rule: FrequencyRule
    public var score: Double
    /// Days; several where the clinician chooses.
    public var interval: [Int]
    public var forWeeks: Int?
    public var because: [FactID]
}

extension FrequencyRule {
    /// What the rule says on the latest score of the course; nil before its week, without a score since the first dose, or for an interval it
    /// does not list.
    func advice(_ readings: Readings, run: CourseRun, asOf: Instant) -> FrequencyAdvice? {
        guard let start = run.start, asOf.days(since: start) >= Double(7 * fromWeek),
            let latest = readings.all(metric).last(where: { $0.time > start && $0.time <= asOf }), let score = latest.number
        else { return nil }
        guard let row = rows.first(where: { $0.fits(score, current: run.usualInterval) }) else { return nil }
        return FrequencyAdvice(rule: self, score: score, interval: row.interval, forWeeks: row.forWeeks, because: [latest.fact])
    }
}

extension CourseRun {
    /// The interval in use, in whole weeks as days: between the last two sessions.
    var usualInterval: Int? {
        guard sessions.count >= 2 else { return nil }
        let days = sessions[sessions.count - 1].day.number - sessions[sessions.count - 2].day.number
        return max(7, Int((Double(days) / 7).rounded()) * 7)
    }
}
