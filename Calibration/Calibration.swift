import Forecast
import Foundation
import Guidance
import Knowledge
import Notation
import Pharmacology
import Statistics

/// Calibrates knowledge to the published rows beside these files and writes it, with the page of figures. Without `--write` it only prints.
///
///     Calibration [--write]                      acute effects: script/calibrate-effects
///     Calibration symptoms [--write]             the course of symptoms: script/calibrate-symptoms
///     Calibration symptoms --predict ROWS.csv    rows of trials that are not in the file, predicted blind
@main struct Calibration {
    static func main() throws {
        if CommandLine.arguments.dropFirst().first == "symptoms" { return try symptoms(Array(CommandLine.arguments.dropFirst(2))) }
        let rows = root.appendingPathComponent("Calibration/acute_effects.csv")
        let effects = root.appendingPathComponent("Sources/Knowledge/Resources/effects/acute.yaml")
        let page = root.appendingPathComponent("docs/validation/acute-effects.md")
        let fit = try Fit([UInt8](Data(contentsOf: rows)), knowledge: KnowledgeBase.shipped())
        let report = CalibrationReport(fit)
        print(report.page)
        if CommandLine.arguments.contains("--write") {
            try Data(report.effects(in: String(contentsOf: effects, encoding: .utf8)).utf8).write(to: effects)
            try Data(report.page.utf8).write(to: page)
        }
    }

    private static var root: URL { URL(fileURLWithPath: FileManager.default.currentDirectoryPath) }

    private static func symptoms(_ arguments: [String]) throws {
        let library = try KnowledgeLibrary.shipped()
        let rows = [UInt8](try Data(contentsOf: root.appendingPathComponent("Sources/Knowledge/Resources/outcomes/trial_outcomes.csv")))
        let assumptions = root.appendingPathComponent("Calibration/trial_assumptions.csv")
        let assumed = try TrialAssumptions([UInt8](Data(contentsOf: assumptions)), file: "trial_assumptions.csv")
        if let flag = arguments.firstIndex(of: "--predict"), flag + 1 < arguments.count {
            return try predict(arguments[flag + 1], rows: rows, assumed, library: library)
        }
        let data = try TrialData(rows, file: "trial_outcomes.csv", assuming: assumed, knowledge: library.base, model: library.symptomModel)
        let report = try TrialCalibration.run(data, model: library.symptomModel) { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
        print(report.page)
        if arguments.contains("--write") {
            let file = root.appendingPathComponent("Sources/Knowledge/Resources/symptoms/course.yaml")
            try Data(report.knowledge(in: String(contentsOf: file, encoding: .utf8)).utf8).write(to: file)
            try Data(report.page.utf8).write(to: root.appendingPathComponent("docs/validation/trials.md"))
        }
    }

    /// CSV: line, prediction, the interval of nine in ten.
    private static func predict(_ path: String, rows: [UInt8], _ assumed: TrialAssumptions, library: KnowledgeLibrary) throws {
        let known = try TrialData(rows, file: "trial_outcomes.csv", assuming: assumed, knowledge: library.base, model: library.symptomModel)
        let fit = try TrialFit(library.symptomModel, known.observations, trials: known.trials)
        let unseen = try TrialData(
            [UInt8](Data(contentsOf: URL(fileURLWithPath: path))), file: path, assuming: assumed, knowledge: library.base, model: library.symptomModel)
        let predictions = fit.blind(
            unseen.observations.map { observation in
                // Every trial is one that the fit has not seen: the first one's place stands for its deviations.
                var observation = observation
                observation.trial = 0
                return observation
            })
        print("line,trial,arm,day,statistic,published,predicted,p05,p95")
        for (observation, prediction) in zip(unseen.observations, predictions) {
            let row = observation.row
            let numbers = [row.value, prediction.value, prediction.value - 1.645 * prediction.deviation, prediction.value + 1.645 * prediction.deviation]
            print(
                "\(row.line),\(row.trial),\(row.arm),\(decimal(row.day)),\(row.kind)," + numbers.map { decimal(rounded($0, places: 2)) }.joined(separator: ","))
        }
    }
}
