import Chart
import Evidence
import Notation

/// A chart judged: everything the program can say of one patient at one time, each statement with its reasons.
public struct Review: Sendable {
    public var view: ChartView
    public var jurisdiction: Jurisdiction
    public var resistance: ResistanceAssessment
    public var eligibility: Eligibility
    public var symptoms: [SymptomCourse]
    public var suicideRisk: SuicideRisk
    public var exposure: Exposure
    /// Assessments from which nothing could be concluded.
    public var notScored: [FactID]

    /// Parts of a review that this version does not judge yet; they are empty and say nothing about the patient.
    public static let notYetJudged = ["interactions", "sessions", "follow_up", "forecast"]

    public init(of chart: Chart, asOf instant: Instant, jurisdiction: Jurisdiction, knowledge: KnowledgeBase) {
        view = chart.view(asOf: instant)
        self.jurisdiction = jurisdiction
        resistance = .assess(view, knowledge: knowledge)
        let context = RuleContext(
            view: view, jurisdiction: jurisdiction, codeSets: knowledge.codeSets, metrics: knowledge.metrics, resistance: resistance)
        eligibility = Eligibility(context, rules: knowledge.rules)
        let scores = AssessmentScores(view, instruments: knowledge.instruments)
        notScored = scores.notScored.map(\.id)
        symptoms = SymptomCourse.all(in: view, scored: scores.scored, episode: resistance.episode, criteria: knowledge.symptoms)
        suicideRisk = SuicideRisk(scores)
        exposure = Exposure(view, metrics: knowledge.metrics)
    }
}
