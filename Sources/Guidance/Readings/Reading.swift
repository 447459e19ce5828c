import Chart
import Notation

/// One value of one metric at one time, whatever kind of fact carries it: a measurement, a scale, an answer given with an event.
public struct Reading: Sendable, Equatable {
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

    public var time: Instant
    public var value: Value
    public var fact: FactID
    public var session: String?
    /// Upper limit of the laboratory's reference range, in the metric's unit.
    public var upperLimit: Double?
    /// An event only says so by happening.
    public var isImplied = false

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
        var found: [(metric: String, reading: Reading)] = []
        found.reserveCapacity(view.current.count)
        for stated in view.measurements {
            guard let metric = metrics.named(stated.body.metric) else { continue }
            if metric.parts != nil, let parts = metric.split(stated.body) {
                for part in parts {
                    guard let own = metrics[part.metric], let value = Self.value(of: part, own) else { continue }
                    found.append((own.id, Reading(time: part.time.instant, value: value, fact: stated.id, session: part.session)))
                }
                continue
            }
            guard let value = Self.value(of: stated.body, metric) else { continue }
            let limit = stated.body.upperLimit.flatMap { limit in
                var body = stated.body
                body.value = .number(limit)
                return (try? metric.check(body, at: Place())) ?? nil
            }
            found.append(
                (metric.id, Reading(time: stated.body.time.instant, value: value, fact: stated.id, session: stated.body.session, upperLimit: limit)))
        }
        for scored in scores.scored {
            for (metric, value) in metrics.values(of: scored) {
                let body = scored.stated.body
                let session = body.session ?? calendar.session(ofDay: body.time)
                found.append((metric, Reading(time: body.time.instant, value: value, fact: scored.stated.id, session: session)))
            }
        }
        for event in view.sessionEvents {
            for (metric, value, isImplied) in metrics.values(event: event.body.event, details: event.body.details) {
                let time = event.body.time.instant
                found.append((metric, Reading(time: time, value: value, fact: event.id, session: event.body.session, isImplied: isImplied)))
            }
        }
        for event in view.courseEvents {
            for (metric, value, _) in metrics.values(event: event.body.event, details: event.body.details) {
                found.append((metric, Reading(time: event.body.time.instant, value: value, fact: event.id, session: nil)))
            }
        }
        found += Self.bodyMassIndex(found)
        var byMetric: [String: [Reading]] = [:]
        var bySession: [String: [String: [Reading]]] = [:]
        // Equal times keep the order found: what an event says outright stands after what it only implies.
        let order = found.indices.map { (time: found[$0].reading.time, index: $0) }.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
        for (_, index) in order {
            var (metric, reading) = found[index]
            if reading.session == nil { reading.session = calendar[reading.time] }
            byMetric[metric, default: []].append(reading)
            if let session = reading.session {
                // Happening does not take back an outright no.
                if reading.isImplied, let said = bySession[session]?[metric]?.last(where: { !$0.isImplied }), said.value.flag == false { continue }
                bySession[session, default: [:]][metric, default: []].append(reading)
            }
        }
        (self.byMetric, self.bySession) = (byMetric, bySession)
    }

    /// kg/m², for every weight from the height known with it; measured values stand beside it.
    private static func bodyMassIndex(_ found: [(metric: String, reading: Reading)]) -> [(metric: String, reading: Reading)] {
        let heights = found.filter { $0.metric == "height" }.map(\.reading).sorted { $0.time < $1.time }
        guard let first = heights.first else { return [] }
        return found.filter { $0.metric == "weight" }.compactMap { _, weight in
            let height = heights.prefix(heights.count(upTo: weight.time)).last ?? first
            guard let kilograms = weight.number, let centimetres = height.number, centimetres > 0 else { return nil }
            var index = weight
            index.time = max(weight.time, height.time)
            index.value = .number(kilograms / (centimetres / 100 * centimetres / 100))
            return ("bmi", index)
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
