import Forecast
import Foundation

/// The whole calibration: the fit, each trial left out, alternatives, and other priors.
enum TrialCalibration {
    static func run(_ data: TrialData, model: SymptomModel, progress: (String) -> Void) throws -> TrialReport {
        let fit = try TrialFit(model, data.observations, trials: data.trials)
        progress("fitted: \(fit.objective)")
        var blind: [Int: (value: Double, deviation: Double)] = [:]
        for (trial, name) in data.trials.enumerated() {
            let indices = data.observations.indices.filter { data.observations[$0].trial == trial }
            let without =
                indices.contains { data.observations[$0].row.use == .fit }
                ? try TrialFit(model, data.observations, trials: data.trials, leaving: trial, from: fit) : fit
            for (index, prediction) in zip(indices, without.blind(indices.map { data.observations[$0] })) { blind[index] = prediction }
            progress("left out: \(name)")
        }
        let alternatives = try TrialFit.Alternative.allCases.map { alternative in
            let other = alternative == .full ? fit : try TrialFit(model, data.observations, trials: data.trials, alternative: alternative, from: fit)
            progress("alternative: \(alternative.rawValue)")
            return (alternative.rawValue, other.objective, other.logEvidence)
        }
        let (narrow, wide) = (try fit.refitted(priorFactor: 0.5), try fit.refitted(priorFactor: 2))
        let sensitivity = TrialUnknown.all.map { ($0.id, narrow[$0.id] ?? .nan, wide[$0.id] ?? .nan) }
        return TrialReport(fit: fit, data: data, blind: blind, alternatives: alternatives, sensitivity: sensitivity)
    }
}
