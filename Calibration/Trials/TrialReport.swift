import Forecast
import Foundation
import Notation

/// The calibration as the page of figures and as values of the knowledge file.
struct TrialReport {
    let fit: TrialFit
    let data: TrialData
    /// By trial: predictions of its rows by a fit that has not seen it.
    let blind: [Int: (value: Double, deviation: Double)]
    let alternatives: [(name: String, objective: Double, logEvidence: Double)]
    /// Estimates under priors half and twice as wide: id to values.
    let sensitivity: [(id: String, narrow: Double, wide: Double)]

    private static func digits(_ value: Double) -> String { decimal(Double(String(format: "%.3g", value)) ?? value) }

    /// Rows that move by a quarter of their error when the unknown moves by its own.
    func rows(behind index: Int) -> [Int] {
        let rows = fit.observations.filter { $0.row.use == .fit }
        var moved = fit.x
        moved[index] += fit.covariance[index][index].squareRoot()
        return zip(zip(rows, fit.predict(rows, fit.x)), fit.predict(rows, moved)).compactMap { pair, there in
            abs(there.value - pair.1.value) > 0.25 * pair.0.standardError ? pair.0.row.line : nil
        }
    }

    /// Parameters of the knowledge file.
    var estimates: [(id: String, key: String, value: Double, error: Double?, rows: [Int])] {
        let values = fit.values(fit.x)
        return TrialUnknown.all.enumerated().flatMap { index, unknown -> [(id: String, key: String, value: Double, error: Double?, rows: [Int])] in
            let error = fit.covariance[index][index].squareRoot()
            let value = values[unknown.id] ?? .nan
            if unknown.id == "large_trial" {
                // A clinic stands between the two kinds of trial: the geometric middle, with half the distance as spread.
                return [
                    ("sensitivity", "value", value.squareRoot(), 0.5 * error, rows(behind: index)),
                    ("sensitivity", "between_trials", (fit.between.effect * fit.between.effect + pow(0.5 * log(value), 2)).squareRoot(), nil, []),
                ]
            }
            if unknown.id == "drift" {
                return [("drift", "value", value, error, rows(behind: index)), ("drift", "between_trials", fit.between.drift, nil, [])]
            }
            let parts = unknown.id.split(separator: ".").map(String.init)
            return parts.count == 2 ? [(parts[0], parts[1], value, nil, [])] : [(unknown.id, "value", value, error, rows(behind: index))]
        }
    }

    /// The knowledge file's text with these values in it. A parameter is a line `- {id: …, value: …}`.
    func knowledge(in text: String) -> String {
        var lines = text.components(separatedBy: "\n")
        func set(_ key: String, _ value: String, in line: Int, after: String) {
            if let range = lines[line].range(of: "\\b\(key): ([-0-9.e]+|\\[[0-9, ]*\\])", options: .regularExpression) {
                lines[line].replaceSubrange(range, with: "\(key): \(value)")
            } else if let range = lines[line].range(of: "\(after): [^,}]+", options: .regularExpression) {
                lines[line].insert(contentsOf: ", \(key): \(value)", at: range.upperBound)
            }
        }
        for estimate in estimates {
            guard let line = lines.firstIndex(where: { $0.contains("- {id: \(estimate.id), value:") }) else { continue }
            set(estimate.key, Self.digits(estimate.value), in: line, after: "unit")
            if let error = estimate.error { set("standard_error", Self.digits(error), in: line, after: "unit") }
            if !estimate.rows.isEmpty { set("rows", "[\(estimate.rows.map { "\($0)" }.joined(separator: ", "))]", in: line, after: "unit") }
        }
        return lines.joined(separator: "\n")
    }

    private var fitted: [Int] { fit.observations.indices.filter { fit.observations[$0].row.use == .fit } }

    /// Share of rows inside the interval of a fit that has not seen their trial.
    var coverage: Double {
        let inside = fitted.filter { index in
            guard let prediction = blind[index] else { return false }
            return abs(fit.observations[index].row.value - prediction.value) <= 1.645 * prediction.deviation
        }
        return Double(inside.count) / Double(max(fitted.count, 1))
    }

    var page: String {
        let predictions = fit.predict(fit.observations, fit.x)
        var lines = [
            "# Trials: every published row beside its prediction", "",
            "Written by `script/calibrate-symptoms` from [Sources/Knowledge/Resources/outcomes/trial_outcomes.csv](../../Sources/Knowledge/Resources/outcomes/trial_outcomes.csv); the model is `symptoms/course` of",
            "the knowledge files ([forecast.md](../forecast.md)). \(fit.observations.count) rows of \(fit.trials.count) trials; \(data.left) rows are of other drugs or",
            "scales, baselines, contrasts and times to relapse, of which it does not speak here.", "",
            "*Fitted* has seen the row and the trial's own deviation; *blind* is by a fit to all other trials, with the interval in which nine of ten rows should",
            "lie (parameters, differences between trials, sampling error, and a model error of 1 point or 4 %). Rows that repeat others or hold in chosen people are",
            "compared only. R: the row was recalled, not read.", "",
            "| line | trial | arm | day | what | published | ± | fitted | blind | 90 % | inside | use |", "|--:|---|---|--:|---|--:|--:|--:|--:|---|---|---|",
        ]
        for (index, observation) in fit.observations.enumerated() {
            let row = observation.row
            let prediction = blind[index]
            let (low, high) = prediction.map { ($0.value - 1.645 * $0.deviation, $0.value + 1.645 * $0.deviation) } ?? (.nan, .nan)
            let cells = [
                "\(row.line)", row.trial + (row.isRecalled ? " (R)" : ""), row.arm, decimal(row.day), row.kind.replacingOccurrences(of: "_pct", with: ", %"),
                Self.digits(row.value), Self.digits(observation.standardError), Self.digits(predictions[index].value),
                prediction.map { Self.digits($0.value) } ?? "", prediction == nil ? "" : "\(Self.digits(low)) to \(Self.digits(high))",
                prediction == nil ? "" : low <= row.value && row.value <= high ? "yes" : "**no**", row.use == .fit ? "fit" : "compare",
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        let misfit = fitted.map { pow((predictions[$0].value - fit.observations[$0].row.value) / fit.observations[$0].standardError, 2) }.reduce(0, +)
        lines += [
            "",
            "\(fitted.count) rows fitted, Σz² \(Self.digits(misfit)). **Blind coverage of the 90 % intervals: \(Self.digits(100 * coverage)) %** of the fitted rows.",
            "", "## What the rows determine", "", "| unknown | prior | estimate | standard error | prior half as wide | twice as wide | rows |",
            "|---|--:|--:|--:|--:|--:|---|",
        ]
        let values = fit.values(fit.x)
        for (index, unknown) in TrialUnknown.all.enumerated() {
            let other = sensitivity.first { $0.id == unknown.id }
            let cells = [
                "`\(unknown.id)`" + (unknown.isLog ? " (log)" : ""), Self.digits(unknown.start), Self.digits(values[unknown.id] ?? .nan),
                Self.digits(fit.covariance[index][index].squareRoot()), other.map { Self.digits($0.narrow) } ?? "", other.map { Self.digits($0.wide) } ?? "",
                rows(behind: index).map(String.init).joined(separator: " "),
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        lines += [
            "", "Between trials: \(Self.digits(fit.between.effect)) on the logarithm of the effect, \(Self.digits(fit.between.drift)) on drift.", "",
            "## Alternatives", "", "Log evidence by Laplace's method, against the model; negative speaks for the model.", "",
            "| alternative | Σr² | Δ log evidence |", "|---|--:|--:|",
        ]
        let first = alternatives.first?.logEvidence ?? 0
        for alternative in alternatives {
            lines.append("| \(alternative.name) | \(Self.digits(alternative.objective)) | \(Self.digits(alternative.logEvidence - first)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
