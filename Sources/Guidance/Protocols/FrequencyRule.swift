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
    /// Weeks of the blocks, from the week the rule begins with, at whose boundaries alone the interval may grow; nil: at every score.
    public var blockWeeks: Int?
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
        case blockWeeks = "block_weeks"
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
    /// The boundary at which a score may lengthen it; nil for a rule without blocks.
    public var until: Day?
    public var because: [FactID]
}

extension FrequencyRule {
    /// What the rule says on the scores of the course since its week; nil before that week, without such a score, or for an interval it does not list.
    func advice(_ readings: Readings, run: CourseRun, asOf: Instant) -> FrequencyAdvice? {
        guard let start = run.start, asOf.days(since: start) >= Double(7 * fromWeek), let first = run.sessions.first?.day else { return nil }
        let scores = readings.all(metric).compactMap { reading in
            reading.number.map { Score(value: $0, day: reading.time.day.number - first.number, fact: reading.fact) }
        }.filter { $0.day >= 7 * fromWeek }
        guard let blockWeeks else {
            guard let latest = scores.last, let row = rows.first(where: { $0.fits(latest.value, current: run.usualInterval) }) else { return nil }
            return FrequencyAdvice(rule: self, score: latest.value, interval: row.interval, forWeeks: row.forWeeks, because: [latest.fact])
        }
        return replayed(scores, blockDays: 7 * blockWeeks, first: first)
    }

    private struct Score {
        var value: Double
        /// Of the course, from 0.
        var day: Int
        var fact: FactID
    }

    /// Score by score: any may shorten the interval, only the first of the week a block begins with may lengthen it.
    private func replayed(_ scores: [Score], blockDays: Int, first: Day) -> FrequencyAdvice? {
        guard let shortest = rows.flatMap(\.interval).min() else { return nil }
        var advice: FrequencyAdvice?
        var judged: Set<Int> = []
        for score in scores {
            guard let row = rows.first(where: { $0.fits(score.value, current: nil) }) else { continue }
            let (block, day) = (score.day - 7 * fromWeek).quotientAndRemainder(dividingBy: blockDays)
            let isAtBoundary = day < 7 && judged.insert(block).inserted
            let grows = row.interval.min() ?? shortest > advice?.interval.min() ?? shortest
            let interval = grows && !isAtBoundary ? advice?.interval ?? [shortest] : row.interval
            let until = Day(number: first.number + 7 * fromWeek + (block + 1) * blockDays)
            advice = FrequencyAdvice(
                rule: self, score: score.value, interval: interval, forWeeks: row.interval == interval ? row.forWeeks : nil, until: until, because: [score.fact]
            )
        }
        return advice
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
