import Chart
import Notation

/// One value of one metric at one time, whatever kind of fact carries it: a measurement, a scale, an answer given with an event.
///
/// A class, because rules look at the same readings again and again.
public final class Reading: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        /// In the metric's unit.
        case number(Double)
        /// A multiple of the upper limit of normal that was stated as such.
        case timesUpperLimit(Double)
        /// The moment from which the metric counts, such as that of the last meal.
        case since(Instant)
        case text(String)
        case flag(Bool)
    }

    public let time: Instant
    public let value: Value
    public let fact: FactID
    public let session: String?
    /// Upper limit of the laboratory's reference range, in the metric's unit.
    public let upperLimit: Double?
    /// An event only says so by happening.
    public let isImplied: Bool

    init(time: Instant, value: Value, fact: FactID, session: String?, upperLimit: Double? = nil, isImplied: Bool = false) {
        (self.time, self.value, self.fact, self.session, self.upperLimit, self.isImplied) = (time, value, fact, session, upperLimit, isImplied)
    }

    public static func == (a: Reading, b: Reading) -> Bool {
        a === b
            || a.time == b.time && a.value == b.value && a.fact == b.fact && a.session == b.session && a.upperLimit == b.upperLimit
                && a.isImplied == b.isImplied
    }

    // Inlined into an optional chain it makes the optimiser of Swift 6.3 stop with "Found ownership error".
    @inline(never)
    public var number: Double? { if case .number(let number) = value { number } else { nil } }

    /// The number as it stands at `now`, in `unit`.
    func number(at now: Instant, in unit: String?) -> Double? {
        guard case .since(let start) = value else { return number }
        return Self.elapsed(since: start, at: now, in: unit)
    }

    static func elapsed(since start: Instant, at now: Instant, in unit: String?) -> Double? {
        guard let minutes = Unit("min"), let own = unit.flatMap({ Unit($0) }) else { return nil }
        return minutes.convert(now.minutes(since: start), to: own)
    }

    /// The value as a multiple of the upper limit of normal; nil when that limit is not known.
    public var timesUpperLimit: Double? {
        switch value {
        case .timesUpperLimit(let multiple): multiple
        case .number(let number): upperLimit.map { number / $0 }
        case .text, .flag, .since: nil
        }
    }
}

extension Reading.Value {
    /// A word, such as the term of an adverse event.
    var isWord: Bool { if case .text = self { true } else { false } }
}

extension Reading.Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number): decimal(number)
        case .timesUpperLimit(let multiple): "\(decimal(multiple)) × upper limit"
        case .since(let start): "since \(start)"
        case .text(let text): text
        case .flag(let flag): flag ? "yes" : "no"
        }
    }
}

extension Reading.Value {
    /// The answer to a question of yes or no, however it was written.
    var flag: Bool? {
        switch self {
        case .flag(let flag): flag
        case .number(let number): number == 0 ? false : number == 1 ? true : nil
        case .text(let text):
            switch text.lowercased() {
            case "yes", "true", "y", "positive", "pos", "present", "+": true
            case "no", "false", "n", "negative", "neg", "absent", "none", "-": false
            default: nil
            }
        case .timesUpperLimit, .since: nil
        }
    }
}

/// All readings of a chart, by metric and session, each list in time order.
public struct Readings: Sendable {
    private let byMetric: [String: [Reading]]
    private let bySession: [String: [String: [Reading]]]

    /// All of `metric`, over the whole chart.
    public func all(_ metric: String) -> [Reading] { byMetric[metric] ?? [] }

    /// Those of `metric` taken in `session`.
    public func all(_ metric: String, in session: String) -> [Reading] { bySession[session]?[metric] ?? [] }

    /// Every metric read in `session`.
    public func metrics(in session: String) -> [String: [Reading]] { bySession[session] ?? [:] }

    /// - Parameter calendar: finds a reading which names no session where it was taken, and a scale in the session of its day.
    init(_ view: ChartView, metrics: MetricIndex, scores: AssessmentScores, calendar: SessionCalendar) {
        let kinds: [@Sendable () -> [String: [Reading]]] = [
            { Self.measured(view, metrics, calendar) }, { Self.scored(scores, metrics, calendar) }, { Self.answered(view, metrics, calendar) },
        ]
        var found = kinds.mapOnAllCores(share: 1) { $0() }.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        let indices = Self.bodyMassIndex(weights: found["weight"] ?? [], heights: found["height"] ?? [])
        if !indices.isEmpty { found["bmi", default: []] += indices }
        let sorted = found.map { ($0, $1) }.mapOnAllCores(share: 4) { metric, readings in
            let readings = readings.inTimeOrder
            return (metric: metric, readings: readings, bySession: Dictionary(grouping: readings, by: \.session))
        }
        var bySession: [String: [String: [Reading]]] = [:]
        for (metric, _, sessions) in sorted {
            for case (let session?, let readings) in sessions { bySession[session, default: [:]][metric] = readings.outright }
        }
        byMetric = Dictionary(uniqueKeysWithValues: sorted.map { ($0.metric, $0.readings) })
        self.bySession = bySession
    }

    // What each kind of fact says, by metric, in the order of the chart.

    private static func measured(_ view: ChartView, _ metrics: MetricIndex, _ calendar: SessionCalendar) -> [String: [Reading]] {
        var found: [String: [Reading]] = [:]
        for stated in view.measurements {
            guard let metric = metrics.named(stated.body.metric) else { continue }
            let time = stated.body.time.instant
            let session = stated.body.session ?? calendar[time]
            if metric.parts != nil, let parts = metric.split(stated.body) {
                for part in parts {
                    guard let own = metrics[part.metric], let value = value(of: part, own) else { continue }
                    found[own.id, default: []].append(Reading(time: time, value: value, fact: stated.id, session: session))
                }
                continue
            }
            guard let value = value(of: stated.body, metric) else { continue }
            let limit = stated.body.upperLimit.flatMap { limit in
                var body = stated.body
                body.value = .number(limit)
                return (try? metric.check(body, at: Place())) ?? nil
            }
            found[metric.id, default: []].append(Reading(time: time, value: value, fact: stated.id, session: session, upperLimit: limit))
        }
        return found
    }

    private static func scored(_ scores: AssessmentScores, _ metrics: MetricIndex, _ calendar: SessionCalendar) -> [String: [Reading]] {
        var found: [String: [Reading]] = [:]
        for scored in scores.scored {
            let values = metrics.values(of: scored)
            guard !values.isEmpty else { continue }
            let body = scored.stated.body
            let session = body.session ?? calendar.session(ofDay: body.time) ?? calendar[body.time.instant]
            for (metric, value) in values {
                found[metric, default: []].append(Reading(time: body.time.instant, value: value, fact: scored.stated.id, session: session))
            }
        }
        return found
    }

    private static func answered(_ view: ChartView, _ metrics: MetricIndex, _ calendar: SessionCalendar) -> [String: [Reading]] {
        var found: [String: [Reading]] = [:]
        for event in view.sessionEvents {
            for (metric, value, isImplied) in metrics.values(event: event.body.event, details: event.body.details) {
                let time = event.body.time.instant
                found[metric, default: []].append(Reading(time: time, value: value, fact: event.id, session: event.body.session, isImplied: isImplied))
            }
        }
        for event in view.courseEvents {
            for (metric, value, _) in metrics.values(event: event.body.event, details: event.body.details) {
                let time = event.body.time.instant
                found[metric, default: []].append(Reading(time: time, value: value, fact: event.id, session: calendar[time]))
            }
        }
        return found
    }

    /// kg/m², for every weight from the height known with it; measured values stand beside it.
    private static func bodyMassIndex(weights: [Reading], heights: [Reading]) -> [Reading] {
        let heights = heights.inTimeOrder
        guard let first = heights.first else { return [] }
        return weights.compactMap { weight in
            let height = heights.prefix(heights.count(upTo: weight.time)).last ?? first
            guard let kilograms = weight.number, let centimetres = height.number, centimetres > 0 else { return nil }
            let index = Reading.Value.number(kilograms / (centimetres / 100 * centimetres / 100))
            return Reading(time: max(weight.time, height.time), value: index, fact: weight.fact, session: weight.session)
        }
    }

    private static func value(of measurement: Measurement, _ metric: Metric) -> Reading.Value? {
        switch measurement.value {
        case .flag, .text: Reading.Value(measurement.value, metric)
        case .number(let number):
            if metric.unit == nil {
                // A number with a unit answers no question of yes or no.
                measurement.unit.map { .text("\(decimal(number)) \($0)") } ?? .number(number)
            } else if metric.relative == true, measurement.unit == Metric.timesUpperLimit {
                .timesUpperLimit(number)
            } else {
                ((try? metric.check(measurement, at: Place())) ?? nil).map { .number($0) }
            }
        }
    }
}

extension [Reading] {
    /// Equal times keep their order: what an event says outright stands after what it only implies.
    fileprivate var inTimeOrder: [Reading] {
        if zip(self, dropFirst()).allSatisfy({ $0.time <= $1.time }) { return self }
        return enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// Without what an event implies by happening after an outright no, which it does not take back.
    fileprivate var outright: [Reading] {
        guard contains(where: \.isImplied) else { return self }
        var isDenied = false
        return filter { reading in
            if !reading.isImplied { isDenied = reading.value.flag == false }
            return !(reading.isImplied && isDenied)
        }
    }
}
