import Chart
import Evidence
import Notation
import Psychometrics

/// What the chart's scales say of suicide risk. Never a judgement of the person; a prompt for the clinician.
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

    /// - Parameter reports: answers given by link; they count until their questionnaire is in the chart.
    public init(_ scores: AssessmentScores, reports: [RiskAlert.Sign] = []) {
        let scored = scores.scored
        let triage = scored.last { $0.score.suicideRiskLevel != nil }
        let triageLevel = triage?.score.suicideRiskLevel.flatMap(Level.init(rawValue:)) ?? .none
        // The latest reading of each scale by item is what stands; a screener on the same day or later answers it.
        let standing = Dictionary(scored.filter { $0.stated.body.answers != nil }.map { ($0.instrument.id, $0) }, uniquingKeysWith: { _, later in later })
        func isUnanswered(_ time: Moment) -> Bool { triage.map { time.day > $0.stated.body.time.day } ?? true }
        let positive = standing.values.filter { isUnanswered($0.stated.body.time) }.flatMap { reading in
            reading.instrument.suicideSignals(in: reading.score).map { (id: reading.stated.id, text: "\(reading.instrument.id) \($0)") }
        }
        let incomplete = scores.notScoredOnSuicide.map(\.stated).filter { isUnanswered($0.body.time) }
        let unsent = reports.filter { report in
            isUnanswered(report.at)
                && !scored.contains { report.link != nil && $0.stated.fact.link == report.link && $0.instrument.id == report.instrument }
        }
        let signals =
            positive.sorted { $0.text < $1.text } + incomplete.map { (id: $0.id, text: "\($0.body.instrument) of \($0.body.time.day) is incomplete") }
            + unsent.map { (id: $0.fact, text: "\($0.text), answered by link and not sent yet") }
        needsScreener = !signals.isEmpty
        level = max(triageLevel, signals.isEmpty ? .none : .low)
        advice =
            signals.isEmpty
            ? triage.flatMap { $0.instrument.scoring.levels?.first { $0.level == triageLevel.rawValue }?.action } : "C-SSRS screener at the same visit"
        because = unique((triage.map { [$0.stated.id] } ?? []) + signals.map(\.id))
        let screened = triage.map { "\($0.instrument.id) \(triageLevel.rawValue) on \($0.stated.body.time.day)" }
        let signalled = signals.isEmpty ? nil : "\(signals.map(\.text).joined(separator: ", ")): screener due; the level is a floor until it is done"
        text = [screened, signalled].compactMap { $0 }.joined(separator: "; ")
        if text.isEmpty { text = "no scale in the chart asks about it, or none is answered positively" }
        confidence = signals.isEmpty ? triage == nil ? .read : .secondary : .recalled
        sources = unique((triage?.instrument.sources ?? []) + (signals.isEmpty ? [] : ["PATHWAY"]))
    }
}
