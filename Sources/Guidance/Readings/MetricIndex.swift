import Chart
import Notation
import Psychometrics

/// The metrics, found by any name a fact may use for them.
public struct MetricIndex: Sendable {
    public let metrics: [String: Metric]
    private let byName: [String: Metric]
    private let byScale: [String: [(metric: String, scale: Metric.Scale)]]
    private let byEvent: [String: [String]]
    private let byReason: [String: [String]]

    public init(_ metrics: [Metric]) {
        self.metrics = Dictionary(metrics.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        // An id goes before another metric's alias.
        let names =
            metrics.map { ($0.id, $0) }
            + metrics.flatMap { metric in
                ((metric.aliases ?? []) + (metric.moments ?? []) + (metric.otherUnits ?? [:]).keys.sorted()).map { ($0, metric) }
            }
        byName = Dictionary(names, uniquingKeysWith: { first, _ in first })
        byScale = Dictionary(grouping: metrics.flatMap { metric in (metric.scales ?? []).map { (metric.id, $0) } }, by: \.1.instrument)
        byEvent = Dictionary(
            metrics.flatMap { metric in (metric.events ?? []).map { (eventName($0), [metric.id]) } }, uniquingKeysWith: { $0 + $1 })
        byReason = Dictionary(
            metrics.flatMap { metric in (metric.reasons ?? []).map { ($0, [metric.id]) } }, uniquingKeysWith: { $0 + $1 })
    }

    public subscript(id: String) -> Metric? { metrics[id] }

    /// Regardless of case, spaces and hyphens.
    public func named(_ name: String) -> Metric? { byName[name] ?? byName[eventName(name)] }

    /// Whether an answer of this name is a moment from which its metric counts.
    public func isMoment(_ name: String) -> Bool { named(name)?.moments?.contains(eventName(name)) ?? false }

    /// Whether an event of this name answers some metric.
    public func isAnswered(by event: String) -> Bool { byEvent[eventName(event)] != nil }

    /// What a scored scale says of the metrics it carries.
    func values(of scored: ScoredAssessment) -> [(metric: String, value: Reading.Value)] {
        (byScale[scored.instrument.variantOf ?? scored.instrument.id] ?? byScale[scored.instrument.id] ?? []).compactMap { metric, scale in
            if scale.level == true { return scored.score.suicideRiskLevel.map { (metric, .text($0)) } }
            if let item = scale.item {
                guard let answers = scored.stated.body.answers else { return nil }
                return scored.instrument.answer(to: item, in: answers).map { (metric, .number($0)) }
            }
            return scored.score.total.map { (metric, .number($0)) }
        }
    }

    /// What an event says: what was answered with it and, where it gave no answer, what it implies by happening or by its reason.
    func values(event: String, details: [Detail]) -> [(metric: String, value: Reading.Value, isImplied: Bool)] {
        let answered = details.flatMap(values).map { ($0.metric, $0.value, false) }
        let reasons = details.filter { $0.name == "reason" }.flatMap { byReason["\($0.value)".lowercased()] ?? [] }
        let implied = ((byEvent[eventName(event)] ?? []) + reasons).filter { metric in !answered.contains { $0.0 == metric } }
        return implied.map { ($0, .flag(true), true) } + answered
    }

    /// What one answer says; it may be given in another unit, as a moment, or as several values in one.
    private func values(of detail: Detail) -> [(metric: String, value: Reading.Value)] {
        guard let metric = named(detail.name) else { return [] }
        let name = eventName(detail.name)
        switch detail.value {
        case .text(let text) where isMoment(detail.name):
            return Moment(text).map { [(metric.id, .since($0.instant))] } ?? []
        case .text where metric.parts != nil:
            return (metric.split(detail.value) ?? []).map { ($0.metric, .number($0.number)) }
        case .number(let number):
            guard let symbol = metric.otherUnits?[name], let given = Unit(symbol), let own = metric.unit.flatMap({ Unit($0) }) else { fallthrough }
            return given.convert(number, to: own).map { [(metric.id, .number($0))] } ?? []
        default:
            return [(metric.id, Reading.Value(detail.value, metric))]
        }
    }
}

extension Reading.Value {
    init(_ value: Measurement.Value, _ metric: Metric) {
        self =
            switch value {
            case .number(let number): .number(number)
            case .text(let text):
                if metric.wordsForYes?.contains(text.lowercased()) == true {
                    .flag(true)
                } else if metric.wordsForNo?.contains(text.lowercased()) == true {
                    .flag(false)
                } else {
                    .text(text)
                }
            case .flag(let flag): .flag(flag)
            }
    }
}

/// An event's name as rules compare it: lower case, words joined by `_` (`pre_checks.saved` is `pre_checks_saved`).
func eventName(_ name: String) -> String {
    if name.utf8.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A || $0 == 0x5F }) { return name }
    return name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
}
