import Forecast
import Foundation
import Notation
import Plot

extension PopulationFit {
    /// Estimates with their standard errors, for reading.
    func text(seconds: Double) -> String {
        let errors = Dictionary(uniqueKeysWithValues: standardErrors.map { ($0.0, $0.1) })
        func figure(_ value: Double) -> String { String(format: "%.4g", value) }
        let groups = [("", theta), ("omega_sd.", omegaSD), ("omega_corr.", omegaCorrelation), ("sigma.", sigma)]
        var rows = groups.flatMap { prefix, values in
            values.map { name, value -> [String] in
                let error = errors[prefix + name] ?? nil
                return [prefix + name, figure(value), error.map(figure) ?? "-", error.map { "\(decimal(rounded(abs(100 * $0 / value), places: 1))) %" } ?? "-"]
            }
        }
        rows += shrinkage.map { ["shrinkage." + $0.0, "\(decimal(rounded(100 * $0.1, places: 1))) %", "", ""] }
        rows += residualShrinkage.map { ["residual shrinkage." + $0.0, "\(decimal(rounded(100 * $0.1, places: 1))) %", "", ""] }
        var lines = [Terminal.table(["", "estimate", "se", "rse"], rows)]
        let sampled = sampledMinus2LL.map { " (Monte Carlo error \(figure($0.error)))" } ?? ""
        lines.append("-2 log likelihood \(decimal(rounded(minus2LL, places: 3)))\(sampled); without N ln 2π \(decimal(rounded(objective, places: 3)))")
        lines.append(
            "\(people) people, \(observations) measurements\(censored > 0 ? ", \(censored) of them censored" : ""); \(method.rawValue), \(iterations) iterations, \(decimal(rounded(seconds, places: 2))) s"
        )
        lines.append(converged ? "converged" : "NOT CONVERGED")
        return (lines + notes.map { "note: " + $0 }).joined(separator: "\n") + "\n"
    }

    /// Measurement by measurement, as CSV.
    func table() throws -> String {
        try rows().reduce(CSVWriter.line(["ID", "TIME", "OUTPUT", "DV", "CENS", "PRED", "IPRED", "IWRES", "CWRES"])) { text, row in
            text
                + CSVWriter.line([
                    row.id, decimal(row.time), row.output, decimal(row.observed), row.isCensored ? "1" : "0", decimal(row.population), decimal(row.individual),
                    row.weightedResidual.map(decimal), row.conditionalResidual.map(decimal),
                ])
        }
    }

    /// Observed against predicted, and residuals over time and prediction.
    func goodnessPicture() throws -> ScatterPicture {
        let all = try rows()
        let panels = omitted(all.map(\.output)).flatMap { output -> [ScatterPicture.Panel] in
            let rows = all.filter { $0.output == output }
            func residuals(_ across: String, _ x: (FitRow) -> Double) -> ScatterPicture.Panel {
                .init(
                    title: "\(output): conditional weighted residuals", across: across,
                    points: rows.compactMap { row in (row.conditionalResidual ?? row.weightedResidual).map { .init(x: x(row), y: $0) } }, reference: .zero)
            }
            return [
                .init(
                    title: "\(output): observed", across: "predicted for the typical person",
                    points: rows.map { .init(x: $0.population, y: $0.observed, isCensored: $0.isCensored) }, reference: .identity),
                .init(
                    title: "\(output): observed", across: "predicted for the person",
                    points: rows.map { .init(x: $0.individual, y: $0.observed, isCensored: $0.isCensored) }, reference: .identity),
                residuals("time", \.time), residuals("predicted for the typical person", \.population),
            ]
        }
        return ScatterPicture(title: "Goodness of fit", panels: panels, notes: ["Hollow points are limits of quantification."])
    }

    /// The visual predictive check.
    func checkPicture(isCorrected: Bool, seed: UInt64, threads: Int) throws -> ScatterPicture {
        // A measurement as it was has no place among those brought to one dose.
        let all = isCorrected ? [] : try rows()
        let panels = try predictiveChecks(isCorrected: isCorrected, seed: seed, threads: threads).map { check in
            let times = check.bins.map(\.time)
            return ScatterPicture.Panel(
                title: check.output, across: "time",
                points: all.filter { $0.output == check.output }.map { .init(x: $0.time, y: $0.observed, isCensored: $0.isCensored) },
                lines: PredictiveCheck.percentiles.indices.map { index in
                    .init(x: times, y: check.bins.map { $0.observed[index] }, isFaint: index != 1)
                },
                bands: PredictiveCheck.percentiles.indices.map { index in
                    .init(x: times, low: check.bins.map { $0.simulated[index][0] }, high: check.bins.map { $0.simulated[index][2] })
                })
        }
        return ScatterPicture(
            title: isCorrected ? "Visual predictive check, prediction corrected" : "Visual predictive check", panels: panels,
            notes: ["Lines: 5th, 50th and 95th percentile of the measurements. Bands: nine tenths of the same percentiles in 200 simulated repetitions."])
    }

    /// Each once, in order.
    private func omitted(_ outputs: [String]) -> [String] { outputs.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

extension ClinicPrior {
    /// - Parameter charts: that were looked at.
    func text(of charts: Int, model: String) -> String {
        func figure(_ value: Double) -> String { decimal(rounded(value, places: 3)) }
        let rows = axes.map { axis in
            [
                axis.id, figure(axis.shippedCentre), figure(axis.shippedSpread), "\(figure(axis.centre)) ± \(figure(axis.standardError))", figure(axis.spread),
            ]
        }
        return [
            Terminal.styled("Prior of \(patients) patients of \(charts) charts", .bold)
                + Terminal.styled("  beside \(model); logarithms where the model has them", .dim),
            Terminal.table(["", "shipped", "spread", "learnt", "between people"], rows, rightAligned: [1, 2, 3, 4]),
            "Log evidence by patient: \(figure(gain)) higher than under the shipped prior; \(figure(heldOutGain)) of patients it has not seen.",
            isBetter
                ? "Patients whom it has not seen speak for it."
                : "Patients whom it has not seen do not speak for it: the shipped prior stands.",
        ].joined(separator: "\n")
    }
}
