import Forecast
import Foundation
import Guidance
import Notation
import Pharmacology

/// The rows of a file of trial outcomes, ready for the model.
struct TrialData {
    let observations: [TrialFit.Observation]
    let trials: [String]
    /// Rows that the model cannot speak of.
    let left: Int

    init(_ bytes: [UInt8], file: String, assuming assumed: TrialAssumptions, knowledge: KnowledgeBase, model: SymptomModel) throws {
        let (rows, left) = try TrialRow.read(bytes, file: file)
        let table = try CSVReader.read(bytes, file: file)
        let head = table.first?.fields ?? []
        // Baselines and sizes stand in rows of their own.
        var baselines: [String: (mean: Double, spread: Double?)] = [:]
        var largest: [String: Double] = [:]
        var controlled: Set<String> = []
        for record in table.dropFirst() {
            let cells = Dictionary(zip(head, record.fields), uniquingKeysWith: { first, _ in first })
            let trial = cells["trial"] ?? ""
            if let n = Double(cells["n"] ?? ""), cells["statistic"] != "mean" || cells["time_days"] != "" { largest[trial] = max(largest[trial] ?? 0, n) }
            if ["placebo", "midazolam", "saline or midazolam"].contains(cells["drug"]) { controlled.insert(trial) }
            if cells["statistic"] == "mean", Double(cells["time_days"] ?? "") == 0, cells["scale"]?.hasPrefix("MADRS") == true,
                let value = Double(cells["value"] ?? "")
            {
                baselines[trial + "|" + (cells["arm"] ?? "")] = (value, cells["spread_kind"]?.hasPrefix("SD") == true ? Double(cells["spread"] ?? "") : nil)
            }
        }
        let occupancy = OccupancyModel(knowledge)
        let scales = model.scales.map(\.instrument)
        var trials: [String] = []
        var areas: [OccupancyModel.Cause: Double] = [:]
        var observations: [TrialFit.Observation] = []
        for row in rows {
            let arm = TrialArm(row: row, largest: largest[row.trial] ?? 0)
            var area = 0.0
            if !arm.isControl {
                guard let cause = arm.cause(), let found = areas[cause] ?? occupancy.area(cause) else { continue }
                areas[cause] = found
                area = found
            }
            guard let scale = TrialRow.scaleName(row.scale).flatMap({ scales.firstIndex(of: $0) }) else { continue }
            let trial = trials.firstIndex(of: row.trial) ?? trials.count
            if trial == trials.count { trials.append(row.trial) }
            let known = baselines[row.trial + "|" + row.arm]
            let size = max(arm.largest, largest[String(row.trial.prefix { $0 != " " })] ?? 0)
            let isPhase3 = row.trial.hasPrefix("TRANSFORM") || row.trial.hasPrefix("SUSTAIN")
            let usual = isPhase3 ? assumed.baselineMeanOfPhase3 : assumed.baseline.mean
            observations.append(
                .init(
                    row: row, history: arm.history(area: area, controlled: controlled.contains(row.trial), assumed), scale: scale,
                    baseline: known?.mean ?? usual,
                    baselineSpread: known?.spread ?? assumed.baseline.spread, isLarge: size >= 60 && !row.trial.contains("meta"), trial: trial,
                    standardError: Self.standardError(row, assumed),
                    spread: [.mean, .change].contains(row.statistic) && row.spreadKind.hasPrefix("SD") ? row.spread : nil))
        }
        (self.observations, self.trials, self.left) = (observations, trials, left)
    }

    private static func standardError(_ row: TrialRow, _ assumed: TrialAssumptions) -> Double {
        let people = row.people ?? (row.trial.contains("IPD") ? assumed.people.pooled : assumed.people.unknown)
        let sampling: Double
        switch row.statistic {
        case .mean, .change:
            if row.spreadKind.hasPrefix("SE"), let error = row.spread {
                sampling = error
            } else {
                sampling = (row.spread ?? assumed.spread) / people.squareRoot()
            }
        case .response, .remission, .relapse:
            let share = (row.value / 100 * people + 0.5) / (people + 1)
            sampling = 100 * (share * (1 - share) / people).squareRoot()
        }
        let error: Double
        switch row.statistic {
        case .relapse: error = assumed.relapseAllowance
        case .mean, .change: error = assumed.modelError.points
        case .response, .remission: error = assumed.modelError.percent
        }
        return (sampling * sampling + error * error).squareRoot()
    }
}
