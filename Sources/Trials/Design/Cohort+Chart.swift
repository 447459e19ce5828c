import Chart
import Forecast
import Guidance
import Notation

extension Cohort.Member {
    /// What a chart says of a person as they came to treatment: weight, age, pressure, severity, a benzodiazepine.
    /// - Parameter chart: judged when its first dose was given, or at its end when none was.
    public init(_ chart: Chart, knowledge: KnowledgeBase) {
        let end = ChartHistory.lastKnown(chart) ?? Instant(milliseconds: 0)
        let whole = Review(of: chart, asOf: end, jurisdiction: .us, knowledge: knowledge)
        let start = whole.course.run.start ?? end
        var covariates: [String: Double] = [:]
        func last(_ metric: String) -> Double? {
            let readings = whole.readings.all(metric)
            return (readings.last { $0.time <= start } ?? readings.first)?.number
        }
        covariates["weight"] = last("weight")
        covariates["systolic"] = last("sbp")
        covariates["diastolic"] = last("dbp")
        if let years = whole.view.demographics?.body.birthDate?.completedYears(to: start.day) { covariates["age"] = Double(years) }
        let symptoms = AssessmentScores(whole.view, instruments: knowledge.instruments).scored.last { $0.stated.body.time.instant <= start }
        self.init(
            covariates: covariates.filter { $0.value > 0 }, baseline: symptoms.flatMap { scored in scored.score.total.map { (scored.instrument.id, $0) } },
            takesBenzodiazepine: whole.interactions.contains { $0.interaction.agent.contains("benzodiazepine") && !$0.drugs.isEmpty })
    }
}
