import Chart
import Notation
import Psychometrics

/// An assessment of the chart with its score.
public final class ScoredAssessment: Sendable {
    public let stated: Stated<Assessment>
    public let instrument: Instrument
    public let score: Score

    init(stated: Stated<Assessment>, instrument: Instrument, score: Score) {
        (self.stated, self.instrument, self.score) = (stated, instrument, score)
    }
}

/// The assessments of a chart, scored.
public struct AssessmentScores: Sendable {
    /// In time order.
    public var scored: [ScoredAssessment] = []
    /// Assessments whose answers give no score: stored before a rule of their instrument was sharpened, or of an instrument that is only
    /// listed. Nothing is concluded from them.
    public var notScored: [Stated<Assessment>] = []
    /// Those of them that ask about suicide.
    public var notScoredOnSuicide: [(stated: Stated<Assessment>, instrument: Instrument)] = []

    public init(_ view: ChartView, instruments: InstrumentCatalog) {
        let context = ScoreContext(sex: view.demographics?.body.sex?.rawValue)
        let judged = view.assessments.mapOnAllCores { stated -> ScoredAssessment? in
            guard let instrument = instruments.named(stated.body.instrument) else { return nil }
            let score = try? stated.body.score(with: instrument, context: context, at: Place())
            return score.map { ScoredAssessment(stated: stated, instrument: instrument, score: $0) }
        }
        scored = judged.compactMap { $0 }
        guard scored.count < judged.count else { return }
        notScored = zip(view.assessments, judged).compactMap { $1 == nil ? $0 : nil }
        notScoredOnSuicide = notScored.compactMap { stated in
            instruments.named(stated.body.instrument).flatMap { $0.asksAboutSuicide ? (stated, $0) : nil }
        }
    }
}

extension Assessment {
    /// The score of this assessment: from its answers, else from the total entered.
    public func score(with instrument: Instrument, context: ScoreContext = ScoreContext(), at place: Place) throws(Diagnostic) -> Score {
        if let answers {
            do throws(Diagnostic) {
                return try instrument.score(Answers(json: answers), context: context)
            } catch {
                throw Diagnostic(error.code, at: place.at("answers"), error.problem, expected: error.expected)
            }
        }
        do throws(Diagnostic) {
            return try instrument.score(total: total ?? .nan, context: context)
        } catch {
            throw Diagnostic(error.code, at: place.at("total"), error.problem, expected: error.expected)
        }
    }
}

extension AssessmentScores {
    /// Every total, in time order.
    public var totals: [(time: Moment, instrument: Instrument, total: Double)] {
        scored.compactMap { assessment in assessment.score.total.map { (assessment.stated.body.time, assessment.instrument, $0) } }
    }
}
