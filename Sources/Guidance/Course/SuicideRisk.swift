import Chart
import Evidence
import Notation
import Psychometrics

/// What the chart's scales, and suicidal behaviour on record, say of suicide risk. Never a judgement of the person; a prompt for the clinician.
public struct SuicideRisk: Sendable, Equatable {
    public enum Level: String, Sendable, CaseIterable, Comparable {
        case none, low, moderate, high
        public static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    public var level: Level
    /// True when a scale asks for the C-SSRS screener and none has been done since: the level is then a floor.
    public var needsScreener: Bool
    public var text: String
    /// What the triage asks for at this level.
    public var advice: String?
    public var because: [FactID]
    public var confidence: Confidence
    public var sources: [String]
    /// Suicidal behaviour on record makes the level.
    public var isByBehaviour: Bool

    /// The rule that makes suicidal behaviour on record a high risk.
    static let behaviourRule = "SR-01"

    /// - Parameters:
    ///   - triage: levels of the screener in time order, from the scale or stated as such.
    ///   - screener: the instrument that asks for them.
    ///   - behaviour: whether `behaviourRule` applies, and its statement.
    ///   - reports: answers given by link; they count until their questionnaire is in the chart.
    init(
        _ scores: AssessmentScores, triage: [Reading], screener: Instrument?, behaviour: (answer: Answer, rule: RuleStatement?),
        reports: [RiskAlert.Sign] = []
    ) {
        let last = triage.last { Level($0) != nil }
        let triageLevel = last.flatMap(Level.init) ?? .none
        let acts = if case .yes(let facts) = behaviour.answer { facts } else { [FactID]() }
        // The latest reading of each scale by item is what stands; a screener no earlier, or of the same day where one has no time, answers it.
        func isUnanswered(_ time: Moment) -> Bool {
            guard let last else { return true }
            return time.isWholeDay || triageIsOfADay ? time.day > last.time.day : time.instant > last.time
        }
        let triageIsOfADay = last.map { last in scores.scored.contains { $0.stated.id == last.fact && $0.stated.body.time.isWholeDay } } ?? false
        let standing = Dictionary(scores.scored.filter { $0.stated.body.answers != nil }.map { ($0.instrument.id, $0) }, uniquingKeysWith: { $1 })
        let unsent = reports.filter { report in
            isUnanswered(report.at)
                && !scores.scored.contains { report.link != nil && $0.stated.fact.link == report.link && $0.instrument.id == report.instrument }
        }
        let signals =
            standing.values.filter { isUnanswered($0.stated.body.time) }
            .flatMap { reading in reading.instrument.suicideSignals(in: reading.score).map { (id: reading.stated.id, text: "\(reading.instrument.id) \($0)") } }
            .sorted { $0.text < $1.text }
            + scores.notScoredOnSuicide.map(\.stated).filter { isUnanswered($0.body.time) }.map {
                (id: $0.id, text: "\($0.body.instrument) of \($0.body.time.day) is incomplete")
            }
            + unsent.map { (id: $0.fact, text: "\($0.text), answered by link and not sent yet") }
        needsScreener = !signals.isEmpty
        isByBehaviour = !acts.isEmpty
        level = acts.isEmpty ? max(triageLevel, signals.isEmpty ? .none : .low) : .high
        let answer = last.flatMap { _ in screener?.scoring.levels?.first { $0.level == triageLevel.rawValue }?.action }
        advice = acts.isEmpty ? signals.isEmpty ? answer : "C-SSRS screener at the same visit" : behaviour.rule?.advice
        because = unique((last.map { [$0.fact] } ?? []) + acts + signals.map(\.id))
        let screened = last.map { "\(screener?.id ?? "screener") \(triageLevel.rawValue) on \($0.time.day)" }
        let acted = acts.isEmpty ? nil : behaviour.rule?.text
        let signalled = signals.isEmpty ? nil : "\(signals.map(\.text).joined(separator: ", ")): screener due; the level is a floor until it is done"
        text = [screened, acted, signalled].compactMap { $0 }.joined(separator: "; ")
        if text.isEmpty { text = "no scale in the chart asks about it, or none is answered positively" }
        confidence = signals.isEmpty && acts.isEmpty ? last == nil ? .read : .secondary : .recalled
        sources = unique((last.map { _ in screener?.sources ?? [] } ?? []) + (signals.isEmpty && acts.isEmpty ? [] : ["PATHWAY"]))
    }
}

extension SuicideRisk.Level {
    /// Nil for a reading that is no level.
    fileprivate init?(_ reading: Reading) { self.init(rawValue: reading.value.description.lowercased()) }
}
