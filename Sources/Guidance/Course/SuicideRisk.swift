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
    public var because: [FactID]
    public var confidence: Confidence
    public var sources: [String]

    public init(_ view: ChartView, knowledge: KnowledgeBase) {
        var triage: (level: Level, stated: Stated<Assessment>, instrument: Instrument)?
        var signals: [(stated: Stated<Assessment>, flag: String)] = []
        for stated in view.assessments {
            guard let instrument = knowledge.instruments.named(stated.body.instrument),
                let score = try? stated.body.score(with: instrument, at: Place())
            else { continue }
            if let level = score.suicideRiskLevel.flatMap(Level.init(rawValue:)) {
                triage = (level, stated, instrument)
                signals = []
            }
            for flag in instrument.suicideSignals(in: score) { signals.append((stated, "\(instrument.id) \(flag)")) }
        }
        // A sign is answered by a screener on the same day or later; the latest reading of each scale is what stands.
        let latest = Dictionary(signals.map { ($0.flag, $0.stated) }, uniquingKeysWith: { _, later in later })
            .filter { flag, stated in view.assessments.last { $0.body.instrument == stated.body.instrument && $0.body.answers != nil }?.id == stated.id }
            .filter { _, stated in triage.map { stated.body.time.day > $0.stated.body.time.day } ?? true }
        needsScreener = !latest.isEmpty
        level = max(triage?.level ?? .none, latest.isEmpty ? .none : .low)
        because = unique((triage.map { [$0.stated.id] } ?? []) + latest.values.map(\.id).sorted())
        let screened = triage.map { "\($0.instrument.id) \($0.level.rawValue) on \($0.stated.body.time.day)" }
        let signalled = latest.isEmpty ? nil : "\(latest.keys.sorted().joined(separator: ", ")): screener due; the level is a floor until it is done"
        text = [screened, signalled].compactMap { $0 }.joined(separator: "; ")
        if text.isEmpty { text = "no scale in the chart asks about it, or none is answered positively" }
        confidence = latest.isEmpty ? triage == nil ? .read : .secondary : .recalled
        sources = unique((triage?.instrument.sources ?? []) + (latest.isEmpty ? [] : ["PATHWAY"]))
    }
}
