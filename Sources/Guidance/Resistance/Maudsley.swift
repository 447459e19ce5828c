import Chart
import Evidence
import Notation

/// The depression's place on the Maudsley Staging Method (Fekadu et al.), 3 to 15 points.
public struct MaudsleyStage: Sendable, Equatable {
    /// Points by part; nil where the chart does not say enough.
    public var duration: Int?
    public var severity: Int?
    public var failures: Int
    public var augmentation: Int
    public var ect: Int
    /// Nil while a part is missing.
    public var total: Int?
    public var level: String?
    public var missing: [String]
    public var rule: RuleReference
    public var confidence: Confidence
    public var sources: [String]

    init(trials: [TrialJudgement], failures count: Int, episode: Episode?, asOf: Instant, table: MaudsleyTable) {
        let current = trials.filter(\.inCurrentEpisode)
        duration = episode?.start.map { MaudsleyTable.points($0.day.monthsBegun(by: asOf.day), in: table.duration) }
        severity = episode?.psychotic == true ? table.psychotic : episode?.severity.flatMap { table.severity[$0.rawValue] }
        failures = count == 0 ? 0 : MaudsleyTable.points(count, in: table.failures)
        augmentation = current.contains(where: \.isAugmentation) ? table.augmentation : 0
        ect = current.contains { $0.treatment?.class == "ECT" } ? table.ect : 0
        missing = [(duration, "start of the episode"), (severity, "severity of the episode")].filter { $0.0 == nil }.map(\.1)
        if let duration, let severity {
            let sum = duration + severity + failures + augmentation + ect
            total = sum
            level = table.levels.first { ($0.low...$0.high).contains(sum) }?.label
        }
        rule = table.rule
        confidence = table.confidence
        sources = table.sources
    }
}

/// The depression's Thase-Rush stage; nil `stage` before the first adequate failure.
public struct ThaseRushStage: Sendable, Equatable {
    public var stage: String?
    public var text: String
    public var because: [FactID]
    public var rule: RuleReference
    public var confidence: Confidence
    public var sources: [String]

    init(trials: [TrialJudgement], table: ThaseRushTable) {
        let failed = trials.filter { $0.inCurrentEpisode && !$0.isAugmentation && $0.adequate == true && $0.failed == true }
        let antidepressants = failed.filter(\.counts)
        let reached = table.stages.prefix { stage in
            if let classes = stage.classes, Set(antidepressants.compactMap { $0.treatment?.class }).count < classes { return false }
            if let anyClass = stage.anyClass, !antidepressants.contains(where: { anyClass.contains($0.treatment?.class ?? "") }) { return false }
            if let any = stage.anyTreatment, !failed.contains(where: { any.contains($0.treatment?.id ?? "") }) { return false }
            return true
        }.last
        stage = reached?.stage
        text = reached?.text ?? "no adequate failed trial in the current episode"
        because = reached == nil ? [] : unique(failed.flatMap(\.because))
        rule = table.rule
        confidence = table.confidence
        sources = table.sources
    }
}
