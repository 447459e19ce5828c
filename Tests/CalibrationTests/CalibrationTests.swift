import Foundation
import Guidance
import Knowledge
import Notation
import Testing

@testable import Calibration

/// The shipped effects are what the published rows say today.
@Suite struct CalibrationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) throws -> String { try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }

    @Test func theEffectsFileIsTheFitOfItsRows() throws {
        let bytes = [UInt8](try Data(contentsOf: Self.root.appendingPathComponent("Calibration/acute_effects.csv")))
        let fit = try Fit(bytes, knowledge: KnowledgeBase.shipped())
        let report = CalibrationReport(fit)
        let effects = try Self.text("Sources/Knowledge/Resources/effects/acute.yaml")
        #expect(try report.effects(in: effects) == effects, "script/calibrate-effects writes it")
        #expect(try Self.text("docs/validation/acute-effects.md") == report.page, "script/calibrate-effects writes it")
        for (row, prediction) in zip(fit.observations, fit.predictions) where row.isFitted {
            #expect(abs(prediction - row.value) < 2 * row.standardError, "line \(row.line): \(prediction) for \(row.value)")
        }
        // Every calibrated number names rows that determine it.
        #expect(fit.rows.values.allSatisfy { !$0.isEmpty })
    }

    /// The course of symptoms is what the rows of trials say today: the fit alone, without the trials left out one by one.
    @Test func theCourseFileIsTheFitOfItsRows() throws {
        func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: Self.root.appendingPathComponent(path))) }
        let library = try KnowledgeLibrary.shipped()
        let data = try TrialData(
            try bytes("Sources/Knowledge/Resources/outcomes/trial_outcomes.csv"), file: "trial_outcomes.csv",
            assuming: try TrialAssumptions(try bytes("Calibration/trial_assumptions.csv"), file: "trial_assumptions.csv"), knowledge: library.base,
            model: library.symptomModel)
        let fit = try TrialFit(library.symptomModel, data.observations, trials: data.trials)
        let report = TrialReport(fit: fit, data: data, blind: [:], alternatives: [], sensitivity: [])
        let course = try Self.text("Sources/Knowledge/Resources/symptoms/course.yaml")
        #expect(report.knowledge(in: course) == course, "script/calibrate-symptoms writes it")
        #expect(throws: Diagnostic.self) { try TrialAssumptions(Array("id,value\nspread,12\n".utf8), file: "short.csv") }
    }

    /// A row that changes moves the numbers it determines.
    @Test func theFitFollowsItsRows() throws {
        let text = try Self.text("Calibration/acute_effects.csv").replacing("hr,35,741,1.9,", with: "hr,35,741,3.8,")
        let fit = try Fit([UInt8](text.utf8), knowledge: KnowledgeBase.shipped())
        #expect((fit.values["heart_rate_gain"] ?? 0) > 0.035)
    }

    /// The highest of several readings about nothing is above nothing; of readings without error it is the greatest change.
    @Test func theExpectedMaximum() {
        #expect(abs(Predictor.expectedMaximum([0, 0, 0, 0], 1) - 1.0294) < 2e-3)
        #expect(abs(Predictor.expectedMaximum([3, 9, 5], 1e-6) - 9) < 1e-3)
    }
}
