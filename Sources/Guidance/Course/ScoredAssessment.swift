import Chart
import Notation
import Psychometrics

/// An assessment of the chart with its score.
public struct ScoredAssessment: Sendable {
    public var stated: Stated<Assessment>
    public var instrument: Instrument
    public var score: Score

    /// Every assessment that can be scored, in time order. One that cannot (an instrument that is only listed) is left out.
    public static func all(in view: ChartView, instruments: InstrumentCatalog) -> [ScoredAssessment] {
        view.assessments.compactMap { stated in
            guard let instrument = instruments.named(stated.body.instrument), let score = try? stated.body.score(with: instrument, at: Place()) else {
                return nil
            }
            return ScoredAssessment(stated: stated, instrument: instrument, score: score)
        }
    }
}

extension Assessment {
    /// The score of this assessment: from its answers, else from the total entered.
    public func score(with instrument: Instrument, at place: Place) throws(Diagnostic) -> Score {
        if let answers {
            do throws(Diagnostic) {
                return try instrument.score(Answers(json: answers))
            } catch {
                throw Diagnostic(error.code, at: place.at("answers"), error.problem, expected: error.expected)
            }
        }
        do throws(Diagnostic) {
            return try instrument.score(total: total ?? .nan)
        } catch {
            throw Diagnostic(error.code, at: place.at("total"), error.problem, expected: error.expected)
        }
    }
}
