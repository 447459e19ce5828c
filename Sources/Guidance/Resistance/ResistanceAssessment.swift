import Chart
import Evidence
import Notation

/// How resistant the depression is: which trials were adequate, which failed, and the stages that follow.
public struct ResistanceAssessment: Sendable, Equatable {
    public var trials: [TrialJudgement]
    public var episode: Episode?
    /// Distinct antidepressants that failed an adequate trial in the current episode.
    public var adequateFailedTrials: Int
    public var meetsTRD: Bool
    public var maudsley: MaudsleyStage
    public var thaseRush: ThaseRushStage
    public var criteria: ResistanceCriteria
}

/// One treatment course, judged.
public struct TrialJudgement: Sendable, Equatable {
    public enum Verdict: String, Sendable {
        case adequateFailed = "adequate_failed"
        case adequateResponded = "adequate_responded"
        case adequateOutcomeUnknown = "adequate_outcome_unknown"
        case inadequate
        case inadequateIntolerant = "inadequate_intolerant"
        case undetermined
    }

    /// As the chart names it.
    public var name: String
    public var treatment: Treatment?
    public var augments: String?
    public var start: Moment?
    public var end: Moment?
    /// Stopped, but nobody stated when.
    public var hasUnknownEnd: Bool
    public var milligramsPerDay: Double?
    public var sessions: Int?
    /// Days at an adequate dose within the current episode.
    public var days: Double?
    public var verdict: Verdict
    /// Nil when the chart does not say enough.
    public var adequate: Bool?
    /// Nil when the outcome is not recorded or adequacy is not known.
    public var failed: Bool?
    public var inCurrentEpisode: Bool
    /// Whether it counts towards treatment resistance.
    public var counts: Bool
    /// In words, for the screen.
    public var why: String
    public var because: [FactID]
    public var isPrescription: Bool
    /// The weakest confidence among the numbers used.
    public var confidence: Confidence
    public var sources: [String]

    public var isAugmentation: Bool { augments != nil || treatment?.category == .augmentation }
    var treatmentKey: String { treatment?.id ?? name }
    /// Not counted now, but could be if the chart said more.
    var mightCount: Bool {
        guard inCurrentEpisode, !isAugmentation, treatment?.category ?? .antidepressant == .antidepressant, treatment?.countsAsTrial ?? true else {
            return false
        }
        return adequate == nil || (adequate == true && failed == nil)
    }
}

extension ResistanceAssessment {
    /// Judges every treatment course of the chart and stages the depression.
    public static func assess(_ view: ChartView, knowledge: KnowledgeBase) -> ResistanceAssessment {
        let criteria = knowledge.resistance
        let episode = Episode.current(in: view, codeSets: knowledge.codeSets)
        let courses = TreatmentCourse.all(in: view, table: knowledge.treatments, maxGapDays: criteria.maxGap.value)
        let trials = courses.map { TrialJudge(course: $0, episode: episode, asOf: view.asOf, criteria: criteria).judgement }
        let failed = Set(trials.filter { $0.counts && $0.adequate == true && $0.failed == true }.map(\.treatmentKey)).count
        return ResistanceAssessment(
            trials: trials, episode: episode, adequateFailedTrials: failed, meetsTRD: failed >= criteria.minFailedTrials.value,
            maudsley: MaudsleyStage(trials: trials, failures: failed, episode: episode, asOf: view.asOf, table: knowledge.maudsley),
            thaseRush: ThaseRushStage(trials: trials, table: knowledge.thaseRush), criteria: criteria)
    }
}
