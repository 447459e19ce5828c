import Chart
import Notation

/// One value of one metric at one time, whatever kind of fact carries it: a measurement, a scale, an answer given with an event.
public struct Reading: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        /// In the metric's unit.
        case number(Double)
        /// A multiple of the upper limit of normal that was stated as such.
        case timesUpperLimit(Double)
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

    public var number: Double? { if case .number(let number) = value { number } else { nil } }

    /// The value as a multiple of the upper limit of normal; nil when that limit is not known.
    public var timesUpperLimit: Double? {
        switch value {
        case .timesUpperLimit(let multiple): multiple
        case .number(let number): upperLimit.map { number / $0 }
        case .text, .flag: nil
        }
    }
}

extension Reading.Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number): decimal(number)
        case .timesUpperLimit(let multiple): "\(decimal(multiple)) × upper limit"
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
            case "yes", "true", "y", "positive", "present": true
            case "no", "false", "n", "negative", "absent": false
            default: nil
            }
        case .timesUpperLimit: nil
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

    /// - Parameter calendar: finds a reading which names no session where it was taken.
    init(_ view: ChartView, metrics: MetricIndex, scores: AssessmentScores, calendar: SessionCalendar) {
        var found: [(metric: String, reading: Reading)] = []
        for stated in view.measurements {
            guard let metric = metrics.named(stated.body.metric), let value = Self.value(of: stated.body, metric) else { continue }
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
                found.append((metric, Reading(time: body.time.instant, value: value, fact: scored.stated.id, session: body.session)))
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
        var byMetric: [String: [Reading]] = [:]
        var bySession: [String: [String: [Reading]]] = [:]
        // Equal times keep the order found: what an event says outright stands after what it only implies.
        let order = found.indices.map { (time: found[$0].reading.time, index: $0) }.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
        for (_, index) in order {
            let (metric, reading) = found[index]
            byMetric[metric, default: []].append(reading)
            if let session = reading.session ?? calendar[reading.time] {
                // Happening does not take back an outright no.
                if reading.isImplied, let said = bySession[session]?[metric]?.last(where: { !$0.isImplied }), said.value.flag == false { continue }
                bySession[session, default: [:]][metric, default: []].append(reading)
            }
        }
        (self.byMetric, self.bySession) = (byMetric, bySession)
    }

    private static func value(of measurement: Measurement, _ metric: Metric) -> Reading.Value? {
        switch measurement.value {
        case .flag(let flag): .flag(flag)
        case .text(let text): .text(text)
        case .number(let number):
            if metric.relative == true, measurement.unit == Metric.timesUpperLimit {
                .timesUpperLimit(number)
            } else {
                ((try? metric.check(measurement, at: Place())) ?? nil).map { .number($0) }
            }
        }
    }
}
