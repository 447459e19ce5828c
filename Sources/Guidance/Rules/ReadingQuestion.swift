import Chart
import Notation

/// Which readings of a metric a question looks at.
public enum ReadingWindow: String, Codable, Sendable, CaseIterable {
    /// Of this session up to the first dose.
    case beforeDose = "before_dose"
    /// Of this session after the first dose.
    case afterDose = "after_dose"
    /// Of this session.
    case session
    /// Of the whole chart.
    case any
    /// Outside sessions.
    case screening
    /// Since the first dose of the course.
    case course

    fileprivate var isOfTheChart: Bool { self == .any || self == .screening || self == .course }
}

extension RuleContext {
    /// The readings of `metric` in `window`, up to now, in time order.
    func readings(_ metric: String, in window: ReadingWindow?) -> ArraySlice<Reading> {
        let window = window ?? (session == nil ? .any : .session)
        let all = window.isOfTheChart ? chart.readings.all(metric) : session.map { $0.readings[metric] ?? [] } ?? chart.readings.all(metric)
        let known = all.prefix(all.count(upTo: now))
        switch window {
        case .any, .session: return known
        case .course:
            guard let start = chart.run.start else { return [] }
            return known.drop { $0.time < start }
        case .beforeDose:
            guard let dose = session?.record.firstDose(by: now) else { return known }
            return known.prefix(known.count(upTo: dose))
        case .afterDose:
            guard let dose = session?.record.firstDose(by: now) else { return [] }
            return known.dropFirst(known.count(upTo: dose))
        case .screening:
            return ArraySlice(known.filter { $0.session == nil })
        }
    }

    /// When `metric` was answered with anything but no, in time order.
    fileprivate func times(of metric: String) -> [Instant] { readings(metric, in: nil).filter { $0.value.flag != false }.map(\.time) }

    /// What changes are measured from: the last value before the first dose of the session, or of the course.
    func baseline(_ metric: String) -> Reading? {
        guard session == nil else { return readings(metric, in: .beforeDose).last }
        let all = readings(metric, in: .any)
        guard let dose = chart.view.administrations.first?.body.time.instant else { return all.first }
        return all.last { $0.time <= dose } ?? all.first
    }

    /// What is missing when `metric` has not been read.
    func name(of metric: String) -> String { chart.metrics[metric]?.title ?? metric }
}

extension RandomAccessCollection where Element == Reading, Index == Int {
    /// How many of these, which are in time order, are no later than `instant`.
    func count(upTo instant: Instant) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].time <= instant { low = middle + 1 } else { high = middle }
        }
        return low - startIndex
    }
}

/// Does the latest value of a metric lie beyond a threshold, or equal a word? One bound or one word list for a question.
public struct ReadingQuestion: Question {
    public enum Change: String, Codable, Sendable { case rise, fall }

    public var metric: String
    /// In the metric's unit; yes strictly above.
    public var above: Double?
    /// In the metric's unit; yes at or above.
    public var atLeast: Double?
    /// In the metric's unit; yes strictly below.
    public var below: Double?
    /// In the metric's unit; yes at or below.
    public var atMost: Double?
    /// Compare not the value but how far it rose above, or fell below, the value before the dose.
    public var change: Change?
    /// Compare the multiple of the upper limit of normal.
    public var timesUpperLimit: Bool?
    /// Yes when the value is no lower than the one before it in the session, or the first.
    public var notFalling: Bool?
    /// Yes for this answer to a question of yes or no.
    public var `is`: Bool?
    /// Yes for one of these results, upper and lower case alike.
    public var isOneOf: [String]?
    /// Yes for any other result.
    public var isNoneOf: [String]?
    /// Yes for a result in words that holds one of these as a whole word.
    public var mentions: Phrases?
    /// Yes for a result that states the concept of this code set in words, or suspects it.
    public var states: String?
    public var window: ReadingWindow?
    /// Only readings from this day of the course on.
    public var fromDay: Double?
    /// Only readings no earlier than the last yes to this metric.
    public var since: String?
    /// Only readings no later than the last yes to this metric, and after the one before that.
    public var aheadOf: String?
    /// Silent, not unknown, when there is no value.
    public var optional: Bool?

    enum CodingKeys: String, CodingKey {
        case metric, above
        case atLeast = "at_least"
        case below
        case atMost = "at_most"
        case change
        case timesUpperLimit = "times_upper_limit"
        case notFalling = "not_falling"
        case `is`
        case isOneOf = "is_one_of"
        case isNoneOf = "is_none_of"
        case mentions, states, window
        case fromDay = "from_day"
        case since
        case aheadOf = "ahead_of"
        case optional
    }

    public var watched: Watched { Watched(metrics: [metric]) }

    public func mayTurn(on value: Reading.Value, of metric: String) -> Bool {
        guard metric == self.metric else { return false }
        guard case .number(let number) = value, judgesNumberAlone else { return true }
        return isBeyond(number)
    }

    /// Whether the latest number alone decides, against a bound in the metric's unit.
    private var judgesNumberAlone: Bool {
        `is` == nil && mentions == nil && isOneOf == nil && isNoneOf == nil && states == nil && notFalling != true && timesUpperLimit != true && change == nil
    }

    public var threshold: Threshold? {
        get {
            let bound = above.map { ($0, true) } ?? atLeast.map { ($0, true) } ?? below.map { ($0, false) } ?? atMost.map { ($0, false) }
            return bound.map { Threshold(name: change.map { "\(metric)_\($0.rawValue)" } ?? metric, value: $0.0, appliesAbove: $0.1) }
        }
        set {
            guard let value = newValue?.value else { return }
            if above != nil { above = value } else if atLeast != nil { atLeast = value } else if below != nil { below = value } else { atMost = value }
        }
    }

    public func judge(in context: RuleContext) -> Answer {
        guard let latest = readings(in: context).last else { return optional == true ? .no : .unknown(missing: [context.name(of: metric)]) }
        if let `is` {
            guard let flag = latest.value.flag else { return unclear(latest, in: context) }
            return flag == `is` ? .yes(because: [latest.fact]) : .no
        }
        if let mentions {
            let text = latest.value.description
            if mentions.isIn(text) { return .yes(because: [latest.fact]) }
            return text.first?.isNumber == true ? unclear(latest, in: context) : .no
        }
        if let words = isOneOf ?? isNoneOf {
            let matches = words.contains { $0.lowercased() == latest.value.description.lowercased() }
            return matches == (isOneOf != nil) ? .yes(because: [latest.fact]) : .no
        }
        if let states {
            guard let set = context.chart.codeSets[states] else { return .unknown(missing: ["code set \(states)"]) }
            return context.chart.isNamed(set, in: latest.value.description) ? .yes(because: [latest.fact]) : .no
        }
        return judge(latest, in: context)
    }

    private func readings(in context: RuleContext) -> ArraySlice<Reading> {
        var readings = context.readings(metric, in: window)
        if let fromDay {
            let start = context.chart.run.start
            readings = readings.drop { reading in start.map { reading.time.days(since: $0) < fromDay } ?? true }
        }
        if let since { readings = readings.drop { reading in context.times(of: since).last.map { reading.time < $0 } ?? true } }
        if let aheadOf {
            let times = context.times(of: aheadOf)
            guard let last = times.last else { return [] }
            let previous = times.last { $0 < last }
            readings = readings.prefix { $0.time <= last }.drop { reading in previous.map { reading.time <= $0 } ?? false }
        }
        return readings
    }

    /// A result that neither affirms nor denies: a number where a word was asked for, or a word that is neither.
    private func unclear(_ latest: Reading, in context: RuleContext) -> Answer {
        .unknown(missing: ["\(context.name(of: metric)) in clear words: \(quoted(latest.value.description)) does not say"])
    }

    private func judge(_ latest: Reading, in context: RuleContext) -> Answer {
        if notFalling == true {
            let before = context.readings(metric, in: nil).last { $0.time < latest.time }
            guard let number = latest.number, let earlier = before?.number else { return .yes(because: [latest.fact]) }
            return number >= earlier ? .yes(because: [latest.fact]) : .no
        }
        if timesUpperLimit == true {
            guard let multiple = latest.timesUpperLimit else { return .unknown(missing: ["upper limit of \(context.name(of: metric))"]) }
            return isBeyond(multiple) ? .yes(because: [latest.fact]) : .no
        }
        guard let number = latest.number(at: context.now, in: context.chart.metrics[metric]?.unit) else { return .no }
        guard let change else { return isBeyond(number) ? .yes(because: [latest.fact]) : .no }
        guard let baseline = context.baseline(metric), let start = baseline.number, baseline != latest else {
            return optional == true ? .no : .unknown(missing: ["\(context.name(of: metric)) before the dose"])
        }
        return isBeyond(change == .rise ? number - start : start - number) ? .yes(because: [latest.fact, baseline.fact]) : .no
    }

    private func isBeyond(_ number: Double) -> Bool {
        above.map { number > $0 } ?? atLeast.map { number >= $0 } ?? below.map { number < $0 } ?? atMost.map { number <= $0 } ?? false
    }
}

/// Is there any value of a metric at all?
public struct RecordedQuestion: Question {
    public var metric: String
    public var window: ReadingWindow?
    /// Only values no earlier than the last yes to this metric.
    public var since: String?

    public var watched: Watched { Watched(metrics: [metric]) }

    public func judge(in context: RuleContext) -> Answer {
        let earliest = since.flatMap { context.times(of: $0).last }
        return context.readings(metric, in: window).last { reading in earliest.map { reading.time >= $0 } ?? true }.map { .yes(because: [$0.fact]) } ?? .no
    }
}
