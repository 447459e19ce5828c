import Foundation
import Guidance
import Knowledge
import Notation

/// Calibrates the acute effects to the published rows beside this file and writes them into the knowledge file and the page of figures:
/// script/calibrate-effects. Without `--write` it only prints.
@main struct Calibration {
    static func main() throws {
        let root = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
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
}
