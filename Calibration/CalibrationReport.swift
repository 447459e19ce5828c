import Foundation
import Notation

/// A fit as the knowledge file and as the page of figures that shows every row beside its prediction.
struct CalibrationReport {
    let fit: Fit

    init(_ fit: Fit) { self.fit = fit }

    /// Three significant digits: what the data carry.
    private static func digits(_ value: Double) -> String { decimal(Double(String(format: "%.3g", value)) ?? value) }

    /// In percent of the value; of a spread, the error of its square's half.
    private func relativeError(_ id: String) -> Double {
        let unknown = Unknown.all.first { $0.id == id }
        let error = fit.errors[id] ?? .nan
        return 100 * (unknown?.scale == .log ? error : error / abs(fit.values[id] ?? .nan))
    }

    /// The rows that determine a parameter or its spread.
    private func rows(behind parameter: Substring) -> [Observation] {
        let all = fit.rows.filter { $0.key.split(separator: ".")[0] == parameter }.values.flatMap { $0 }
        return Dictionary(all.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first }).values.sorted { $0.line < $1.line }
    }

    /// The knowledge file's text with this fit's values, errors and variances in it. A parameter is a line `- {id: …, value: …}`.
    func effects(in text: String) throws -> String {
        var lines = text.components(separatedBy: "\n")
        func replace(_ key: String, _ value: String, in line: Int) {
            guard let range = lines[line].range(of: "\(key): ([-0-9.e]+|\\[[0-9, ]*\\]|[a-z]+)", options: .regularExpression) else { return }
            lines[line].replaceSubrange(range, with: "\(key): \(value)")
        }
        for unknown in Unknown.all {
            let parts = unknown.id.split(separator: ".")
            guard let value = fit.values[unknown.id] else { continue }
            if parts.last == "reading" {
                guard let line = lines.firstIndex(where: { $0.contains("{output: \(parts[0]), additive:") }) else { continue }
                replace("additive", Self.digits(value), in: line)
            } else if let line = lines.firstIndex(where: { $0.contains("- {id: \(parts[0]), value:") }) {
                if parts.last == "spread" {
                    replace("variance", Self.digits(value * value), in: line)
                } else {
                    replace("value", Self.digits(value), in: line)
                    replace("rse_percent", Self.digits(relativeError(unknown.id)), in: line)
                    replace("rows", "[\(rows(behind: parts[0]).map { "\($0.line)" }.joined(separator: ", "))]", in: line)
                    replace("confidence", rows(behind: parts[0]).contains(where: \.isRecalled) ? "recalled" : "project", in: line)
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    var page: String {
        var lines = [
            "# Acute effects: every published row beside its prediction", "",
            "Written by `script/calibrate-effects` from [Calibration/acute_effects.csv](../../Calibration/acute_effects.csv); the model is",
            "`effects/acute` of the knowledge files, driven by `perez-ruixo-2020` (nasal) and `racemic-composite` (infusion).", "",
            "A row takes part in the fit or is only compared. z is (prediction − published) / standard error; where a row states none, the error is an",
            "assumption of `Calibration/Observation.swift`. R: the row was recalled, not read.", "",
            "| line | study | dose | what | published | ± | predicted | z | use |", "|--:|---|---|---|--:|--:|--:|--:|---|",
        ]
        for (row, prediction) in zip(fit.observations, fit.predictions) {
            let z = (prediction - row.value) / row.standardError
            let cells = [
                "\(row.line)", row.study + (row.isRecalled ? " (R)" : ""), row.drug == "placebo" ? "placebo" : "\(row.drug) \(row.dose)", row.statistic.words,
                Self.digits(row.value), Self.digits(row.standardError), Self.digits(prediction), String(format: "%.1f", z), row.isFitted ? "fit" : "compare",
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        let fitted = zip(fit.observations, fit.predictions).filter(\.0.isFitted)
        let misfits = fitted.map { pow(($1 - $0.value) / $0.standardError, 2) }.reduce(0, +)
        lines += [
            "", "\(fitted.count) rows fitted, Σz² \(Self.digits(misfits)); \(Unknown.all.count) unknowns with prior beliefs.", "",
            "| unknown | before | estimate | relative error, % | rows that determine it |", "|---|--:|--:|--:|---|",
        ]
        for unknown in Unknown.all {
            let cells = [
                "`\(unknown.id)`", Self.digits(unknown.start), Self.digits(fit.values[unknown.id] ?? .nan), Self.digits(relativeError(unknown.id)),
                (fit.rows[unknown.id] ?? []).map { "\($0.line)" }.joined(separator: " "),
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
