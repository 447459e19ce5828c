import Chart
import Guidance
import Notation
import Psychometrics

/// Checks one fact against knowledge: is the metric's unit right and its value possible, does the instrument score these answers.
struct FactCheck {
    let metrics: [String: Metric]
    let instruments: InstrumentCatalog

    init(knowledge: KnowledgeBase) {
        metrics = knowledge.metrics
        instruments = knowledge.instruments
    }

    /// - Returns: what is accepted but should be looked at.
    /// - Throws: the first thing wrong.
    func check(_ fact: Fact, at place: Place) throws(Diagnostic) -> [Diagnostic] {
        switch fact.body {
        case .measurement(let measurement): try check(measurement, at: place)
        case .assessment(let assessment): try check(assessment, at: place)
        default: []
        }
    }

    private func check(_ measurement: Measurement, at place: Place) throws(Diagnostic) -> [Diagnostic] {
        guard let metric = metrics[measurement.metric] else {
            return [Diagnostic("metric.unknown", at: place, "measurements of a metric no rule reads: \(quoted(measurement.metric))", expected: "")]
        }
        _ = try metric.check(measurement, at: place)
        return []
    }

    private func check(_ assessment: Assessment, at place: Place) throws(Diagnostic) -> [Diagnostic] {
        guard let instrument = instruments.named(assessment.instrument) else {
            throw Diagnostic(
                "fact.instrument", at: place.at("instrument"), "is \(quoted(assessment.instrument))",
                expected: "an instrument of `euthymia knowledge list`")
        }
        guard instrument.isScored else {
            return [Diagnostic("instrument.unscored", at: place, "assessments kept but not scored: \(instrument.id)", expected: "")]
        }
        let score = try assessment.score(with: instrument, at: place)
        if assessment.answers != nil, let entered = assessment.total, let total = score.total, entered != total {
            throw Diagnostic("score.mismatch", at: place.at("total"), "is not what the answers add up to", expected: "the total of the answers, or none")
        }
        return []
    }
}
