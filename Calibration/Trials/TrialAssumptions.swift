import Forecast
import Foundation
import Notation

/// What no row of the trials tells and the calibration needs: Calibration/trial_assumptions.csv, each with its confidence.
struct TrialAssumptions {
    /// Beyond sampling error: points, and per cent.
    let modelError: (points: Double, percent: Double)
    let relapseAllowance: Double
    let baseline: (mean: Double, spread: Double)
    let baselineMeanOfPhase3: Double
    let spread: Double
    let people: (pooled: Double, unknown: Double)
    /// How sure people were to receive the drug.
    let belief: (placebo: Double, midazolam: Double, mixed: Double, controlled: Double, open: Double)

    /// - Throws: which number is missing or is none.
    init(_ bytes: [UInt8], file: String) throws {
        let table = try CSVReader.read(bytes, file: file)
        var values: [String: Double] = [:]
        for record in table.dropFirst() where record.fields.count > 1 {
            guard let value = Double(record.fields[1]) else {
                throw Diagnostic("calibration.assumption", at: Place(file: file, line: record.line), "has no number", expected: "id,value,…")
            }
            values[record.fields[0]] = value
        }
        func value(_ id: String) throws -> Double {
            guard let value = values[id] else {
                throw Diagnostic("calibration.assumption", at: Place(file: file), "lacks \(quoted(id))", expected: "a row of it")
            }
            return value
        }
        modelError = (try value("model_error_points"), try value("model_error_percent"))
        relapseAllowance = try value("relapse_allowance")
        baseline = (try value("baseline_mean"), try value("baseline_spread"))
        baselineMeanOfPhase3 = try value("baseline_mean_phase3")
        spread = try value("spread")
        people = (try value("people_pooled"), try value("people_unknown"))
        belief = (
            try value("belief_placebo"), try value("belief_midazolam"), try value("belief_mixed"), try value("belief_controlled"), try value("belief_open")
        )
    }
}
