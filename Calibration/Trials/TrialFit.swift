import Forecast
import Foundation
import Knowledge
import Notation
import Statistics

/// A number that the calibration estimates, with what is believed of it before.
struct TrialUnknown {
    var id: String
    /// Natural scale.
    var start: Double
    /// On the scale of `isLog`.
    var prior: Double
    var isLog: Bool

    func value(_ x: Double) -> Double { isLog ? exp(x) : x }
    var startOnScale: Double { isLog ? log(start) : start }

    /// Priors as in the project's reference on pharmacodynamics, wide where it only guesses.
    static let all: [TrialUnknown] = [
        .init(id: "effect_fast", start: 0.3, prior: 0.5, isLog: true), .init(id: "effect_slow", start: 0.5, prior: 0.5, isLog: true),
        .init(id: "tau_fast", start: 5.9, prior: 0.4, isLog: true), .init(id: "tau_slow", start: 31, prior: 0.4, isLog: true),
        .init(id: "large_trial", start: 0.4, prior: 0.5, isLog: true), .init(id: "expectancy_base", start: 0.1, prior: 0.07, isLog: false),
        .init(id: "expectancy_belief", start: 0.15, prior: 0.7, isLog: true), .init(id: "transient", start: 0.15, prior: 0.1, isLog: false),
        .init(id: "drift", start: 0.1, prior: 0.2, isLog: false),
        .init(id: "antidepressant", start: 0.42, prior: 0.4, isLog: true), .init(id: "sensitivity.between", start: 1, prior: 0.3, isLog: true),
        .init(id: "drift.between", start: 0.45, prior: 0.3, isLog: true),
    ]
}

/// The symptom model calibrated on arms of trials: population values, spreads between people, and each trial's own deviation in the drug's effect and
/// in what happens without drug.
struct TrialFit {
    /// A row ready for the model.
    struct Observation {
        var row: TrialRow
        var history: SymptomHistory
        var scale: Int
        var baseline: Double
        var baselineSpread: Double
        var isLarge: Bool
        var trial: Int
        var standardError: Double
        /// Of people; the row's own where it tells it.
        var spread: Double?
    }

    /// What may be left out, to see whether it is missed.
    enum Alternative: String, CaseIterable {
        case full = "the model", oneClass = "large trials like small ones", noBelief = "no expectancy by belief", noSlow = "no slow component"
        case noTrialEffects = "trials do not differ"
    }

    let observations: [Observation]
    let trials: [String]
    let model: SymptomModel
    let alternative: Alternative
    /// Standard deviations between trials: of the log effect and of drift.
    private(set) var between = (effect: 0.35, drift: 0.15)
    private(set) var x: [Double] = []
    private(set) var covariance: [[Double]] = []
    private(set) var objective = 0.0
    private let people: [[Double]]
    private var priorFactor = 1.0

    static let count = 64

    init(
        _ model: SymptomModel, _ observations: [Observation], trials: [String], alternative: Alternative = .full, leaving out: Int? = nil,
        from start: TrialFit? = nil
    ) throws {
        (self.model, self.observations, self.trials, self.alternative) = (model, observations, trials, alternative)
        people = SymptomPopulation(try SymptomConstants(model), count: Self.count).people
        let base = TrialUnknown.all.map(\.startOnScale)
        x = start?.x ?? base + [Double](repeating: 0, count: 2 * trials.count)
        if let start { between = start.between }
        if alternative == .noTrialEffects { for index in base.count..<x.count { x[index] = 0 } }
        let rows = observations.filter { $0.row.use == .fit && $0.trial != out }
        try settle(rows, iterations: start == nil ? 25 : 8)
        for _ in 0..<(start == nil && alternative != .noTrialEffects ? 3 : 0) {
            // Empirical Bayes: what the trials' deviations say of their spread.
            let seen = Set(rows.map(\.trial))
            func spread(_ offset: Int) -> Double {
                let squares = seen.map { trial in
                    let index = base.count + 2 * trial + offset
                    return x[index] * x[index] + covariance[index][index]
                }
                // One trial's worth of the starting belief keeps it from collapsing.
                return ((squares.reduce(0, +) + 2 * 0.35 * 0.35 * (offset == 0 ? 1 : 0.2)) / Double(squares.count + 2)).squareRoot()
            }
            between = (spread(0), spread(1))
            try settle(rows, iterations: 15)
        }
    }

    /// Estimates under priors so many times as wide.
    func refitted(priorFactor: Double) throws -> [String: Double] {
        var other = self
        other.priorFactor = priorFactor
        try other.settle(observations.filter { $0.row.use == .fit }, iterations: 8)
        return other.values(other.x)
    }

    private mutating func settle(_ rows: [Observation], iterations: Int) throws {
        let free = x.indices.filter { !isHeld($0) }
        var fitter = LeastSquares()
        fitter.greatestIterations = iterations
        fitter.tolerance = 1e-6
        fitter.difference = 1e-3
        let start = x
        let (between, priorFactor) = (between, priorFactor)
        func full(_ part: [Double]) -> [Double] {
            var all = start
            for (index, value) in zip(free, part) { all[index] = value }
            return all
        }
        let estimate = fitter.minimise(from: free.map { x[$0] }) { part in
            let all = full(part)
            let predictions = predict(rows, all)
            var residuals = zip(rows, predictions).map { ($1.value - $0.row.value) / $0.standardError }
            // A published spread informs the spreads between people; ln SD is known to 1/√(2n), and counts half of that.
            for (row, prediction) in zip(rows, predictions) {
                if let spread = row.spread, let n = row.row.people ?? (row.row.trial.contains("IPD") ? 80 : nil) {
                    residuals.append((log(prediction.spread) - log(spread)) * (2 * n).squareRoot() / 2)
                }
            }
            for (index, unknown) in TrialUnknown.all.enumerated() { residuals.append((all[index] - unknown.startOnScale) / (unknown.prior * priorFactor)) }
            for trial in trials.indices {
                residuals.append(all[TrialUnknown.all.count + 2 * trial] / between.effect)
                residuals.append(all[TrialUnknown.all.count + 2 * trial + 1] / between.drift)
            }
            return residuals
        }
        x = full(estimate.parameters)
        objective = estimate.sumOfSquares
        covariance = [[Double]](repeating: [Double](repeating: 0, count: x.count), count: x.count)
        for (a, row) in free.enumerated() {
            for (b, column) in free.enumerated() { covariance[row][column] = estimate.covariance?[a][b] ?? (a == b ? 1 : 0) }
        }
    }

    private func isHeld(_ index: Int) -> Bool {
        if index >= TrialUnknown.all.count { return alternative == .noTrialEffects }
        switch (alternative, TrialUnknown.all[index].id) {
        case (.oneClass, "large_trial"), (.noBelief, "expectancy_belief"), (.noSlow, "effect_slow"): return true
        default: return false
        }
    }

    /// By id, on the natural scale.
    func values(_ x: [Double]) -> [String: Double] {
        var values = Dictionary(uniqueKeysWithValues: zip(TrialUnknown.all, x).map { ($0.id, $0.value($1)) })
        switch alternative {
        case .oneClass: values["large_trial"] = 1
        case .noBelief: values["expectancy_belief"] = 0
        case .noSlow: values["effect_slow"] = 1e-6
        default: break
        }
        return values
    }

    /// Value and spread of each row under parameters and trial deviations `x`.
    func predict(_ rows: [Observation], _ x: [Double]) -> [(value: Double, spread: Double)] {
        let values = values(x)
        guard let constants = try? SymptomConstants(model.setting(values.merging(["sensitivity": 1]) { _, new in new })) else { return [] }
        var kept: [String: SymptomPopulation.Outlook] = [:]
        return rows.map { observation in
            let row = observation.row
            if row.statistic == .relapse {
                let course = population(values, observation, constants, x)
                return (
                    100
                        * course.relapse(
                            observation.history, scale: observation.scale, responseDay: row.courseEnd, days: [row.day],
                            atLeast: model.planning.relapseAtLeast.value)[0], 1
                )
            }
            let key = "\(observation.trial)|\(row.arm)|\(row.day)|\(row.schedule)|\(row.scale)"
            let outlook: SymptomPopulation.Outlook
            if let known = kept[key] {
                outlook = known
            } else {
                outlook = population(values, observation, constants, x).outlook(observation.history, scale: observation.scale, days: [row.day])[0]
                kept[key] = outlook
            }
            switch row.statistic {
            case .mean: return (outlook.mean, outlook.deviation)
            case .change: return (outlook.change, outlook.changeDeviation)
            case .response, .relapse: return (100 * outlook.response, 1)
            case .remission: return (100 * outlook.atMost(row.remissionCut), 1)
            }
        }
    }

    /// The people of one arm: as ill before as they were, with the deviations of their trial.
    private func population(_ values: [String: Double], _ observation: Observation, _ constants: SymptomConstants, _ x: [Double]) -> SymptomPopulation {
        let trial = TrialUnknown.all.count + 2 * observation.trial
        var constants = constants
        constants.axes[0].centre = asin((observation.baseline / 60).squareRoot())
        constants.axes[0].spread = observation.baselineSpread / (60 * sin(2 * constants.axes[0].centre))
        constants.axes[1].centre = x[trial] + (observation.isLarge ? log(values["large_trial"] ?? 1) : 0)
        constants.axes[1].spread = values["sensitivity.between"] ?? 1
        constants.axes[3].centre = (values["drift"] ?? 0) + x[trial + 1]
        constants.axes[3].spread = values["drift.between"] ?? 0.45
        return SymptomPopulation(constants, people: people)
    }

    /// Prediction with its standard deviation for rows of a trial that the fit has not seen: parameters, the trial's own deviation and the row's error.
    func blind(_ rows: [Observation]) -> [(value: Double, deviation: Double)] {
        var centre = x
        for trial in Set(rows.map(\.trial)) {
            centre[TrialUnknown.all.count + 2 * trial] = 0
            centre[TrialUnknown.all.count + 2 * trial + 1] = 0
        }
        let middle = predict(rows, centre)
        var slopes: [[Double]] = []
        var spreads: [Double] = []
        for index in TrialUnknown.all.indices where !isHeld(index) {
            var moved = centre
            moved[index] += 0.01
            slopes.append(zip(predict(rows, moved), middle).map { ($0.value - $1.value) / 0.01 })
        }
        let free = TrialUnknown.all.indices.filter { !isHeld($0) }
        for row in rows.indices {
            var variance = 0.0
            for (a, i) in free.enumerated() { for (b, j) in free.enumerated() { variance += slopes[a][row] * covariance[i][j] * slopes[b][row] } }
            spreads.append(variance)
        }
        // The trial's deviations are wide: average over them rather than differentiate.
        let nodes = [-1.7320508075688772, 0, 1.7320508075688772]
        let weights = [1.0 / 6, 2.0 / 3, 1.0 / 6]
        var means = [Double](repeating: 0, count: rows.count)
        var squares = means
        for (a, wa) in zip(nodes, weights) {
            for (b, wb) in zip(nodes, weights) {
                var moved = centre
                for trial in Set(rows.map(\.trial)) {
                    moved[TrialUnknown.all.count + 2 * trial] = alternative == .noTrialEffects ? 0 : a * between.effect
                    moved[TrialUnknown.all.count + 2 * trial + 1] = alternative == .noTrialEffects ? 0 : b * between.drift
                }
                for (index, prediction) in predict(rows, moved).enumerated() {
                    means[index] += wa * wb * prediction.value
                    squares[index] += wa * wb * prediction.value * prediction.value
                }
            }
        }
        return rows.indices.map { index in
            let trial = max(squares[index] - means[index] * means[index], 0)
            return (means[index], (trial + max(spreads[index], 0) + rows[index].standardError * rows[index].standardError).squareRoot())
        }
    }

    /// ln p(data) by Laplace's method, up to a constant that all alternatives share.
    var logEvidence: Double {
        let free = x.indices.filter { !isHeld($0) }
        let part = free.map { row in free.map { covariance[row][$0] } }
        let determinant = Cholesky(part.map { $0.map { $0 } })?.rows.enumerated().reduce(0) { $0 + log($1.element[$1.offset]) } ?? -.infinity
        let priors = free.reduce(0.0) { sum, index in
            let unknowns = TrialUnknown.all.count
            return sum - log(index < unknowns ? TrialUnknown.all[index].prior : (index - unknowns) % 2 == 0 ? between.effect : between.drift)
        }
        return -0.5 * objective + determinant + priors
    }
}

extension TrialRow {
    /// The highest total counted as remission: the thresholds differ between trials.
    var remissionCut: Double {
        if scale.contains("<=10") || ["ESCAPE", "KetECT", "KADS"].contains(where: trial.hasPrefix) { return 10 }
        switch TrialRow.scaleName(scale) {
        case "PHQ-9": return 4
        case "QIDS-SR16": return 5
        case "HAM-D17": return 7
        default: return trial.hasPrefix("Wilkinson2017") ? 9 : 12
        }
    }
}
