import Foundation
import Guidance
import Knowledge
import Notation
import Pharmacology
import Statistics

/// The effects calibrated to the published rows.
struct Fit {
    let observations: [Observation]
    /// By unknown: the estimate and its standard error, both on the natural scale (relative error for those fitted as logarithms).
    let values: [String: Double]
    let errors: [String: Double]
    let predictions: [Double]
    /// By unknown: the lines of the rows that determine it, those that move by a quarter of their error when it moves by its own.
    let rows: [String: [Observation]]
    let sumOfSquares: Double
    let iterations: Int

    init(_ bytes: [UInt8], knowledge: KnowledgeBase) throws {
        let observations = try Observation.read(bytes, file: "acute_effects.csv")
        guard let perez = knowledge.models["perez-ruixo-2020"], let composite = knowledge.models["racemic-composite"] else {
            throw Diagnostic("calibration", at: Place(file: "models"), "lack perez-ruixo-2020 or racemic-composite", expected: "both")
        }
        let predictor = Predictor(nasal: try perez.with(knowledge.effects), infused: try composite.with(knowledge.effects))
        let exposures = Set(observations.flatMap(Predictor.exposures))
        let unknowns = Unknown.all
        func values(_ x: [Double]) -> [String: Double] { Dictionary(uniqueKeysWithValues: zip(unknowns, x).map { ($0.id, $0.value($1)) }) }
        // The courses depend on the three times only, and most steps of the fit leave those alone.
        var known: [[Double]: [Predictor.Exposure: Predictor.Signals]] = [:]
        func predictions(_ x: [Double], of observations: [Observation]) throws -> [Double] {
            let values = values(x)
            let key = Array(x[0..<3])
            let signals = try known[key] ?? predictor.signals(exposures, values)
            known[key] = signals
            return observations.map { predictor.predict($0, signals, values) }
        }
        let fitted = observations.filter(\.isFitted)
        _ = try predictions(unknowns.map(\.startOnScale), of: fitted)
        let estimate = LeastSquares().minimise(from: unknowns.map(\.startOnScale)) { x in
            let found = (try? predictions(x, of: fitted)) ?? []
            let misfits = zip(fitted, found).map { ($1 - $0.value) / $0.standardError }
            return misfits + zip(unknowns, x).map { ($1 - $0.startOnScale) / $0.spread }
        }
        self.observations = observations
        self.values = values(estimate.parameters)
        errors = Dictionary(
            uniqueKeysWithValues: unknowns.indices.map { (unknowns[$0].id, max(estimate.covariance?[$0][$0] ?? .infinity, 0).squareRoot()) })
        self.predictions = try predictions(estimate.parameters, of: observations)
        let best = try predictions(estimate.parameters, of: fitted)
        var rows: [String: [Observation]] = [:]
        for (index, unknown) in unknowns.enumerated() {
            var moved = estimate.parameters
            moved[index] += errors[unknown.id] ?? 0
            let there = try predictions(moved, of: fitted)
            rows[unknown.id] = fitted.indices.filter { abs(there[$0] - best[$0]) > 0.25 * fitted[$0].standardError }.map { fitted[$0] }
        }
        self.rows = rows
        sumOfSquares = estimate.sumOfSquares
        iterations = estimate.iterations
    }
}
