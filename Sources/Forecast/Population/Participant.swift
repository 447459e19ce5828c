import Notation
import Pharmacology
import Statistics

/// One person of the table, ready to be simulated under any random effects.
///
/// Keeps its own workspace: two threads never share a participant.
final class Participant: @unchecked Sendable {
    struct Measurement: Sendable {
        var time: Double
        var value: Double
        var censoring: PopulationData.Censoring
        /// Index of its residual error.
        var error: Int
        var line: Int
        fileprivate var segment: Int
        fileprivate var row: Int
        fileprivate var output: Int
    }

    let id: String
    /// How many the person has.
    let occasions: Int
    let measurements: [Measurement]
    /// Slopes by one-sided differences where both sides would take another run and predictions are exact.
    let isOneSided: Bool
    private let runners: [CourseRunner]
    private let etas: [Unknowns.RandomEffect]
    /// By runner and era, the occasion.
    private let eraOccasions: [[Int]]
    private let parameterCount: Int
    private var deviations: [Lanes]
    /// What `predict` found: by vector, then by measurement.
    private(set) var predictions: [Double] = []

    init(_ person: PopulationData.Person, _ plan: FitPlan) throws(Diagnostic) {
        id = person.id
        etas = plan.unknowns.etas
        isOneSided = plan.compiled.isLinear && 2 * etas.count + 1 > Lanes.scalarCount
        parameterCount = plan.compiled.model.parameters.count
        occasions = plan.model.occasionColumn.map { person.occasions($0).count } ?? 1
        var runners: [CourseRunner] = []
        var eraOccasions: [[Int]] = []
        var measurements: [Measurement] = []
        for segment in person.segments where !segment.observations.isEmpty {
            let times = segment.observations.map { plan.hours($0) }
            let eras = try plan.eras(of: segment, person)
            let changes = eras.dropFirst().map(\.hours).filter { $0 < times.max() ?? 0 }
            let simulation = try plan.simulation(of: segment, times: times + changes)
            for (observation, hours) in zip(segment.observations, times) {
                let error = try plan.residual(of: observation)
                let row = Self.row(hours, in: simulation.times)
                measurements.append(
                    Measurement(
                        time: observation.time, value: observation.value, censoring: observation.censoring, error: error, line: observation.line,
                        segment: runners.count, row: row, output: plan.outputColumns[error]))
            }
            runners.append(CourseRunner(simulation, eras: eras.map { .init(from: $0.hours, covariates: $0.covariates) }))
            eraOccasions.append(eras.map(\.occasion))
        }
        self.runners = runners
        self.eraOccasions = eraOccasions
        deviations = [Lanes](repeating: .zero, count: parameterCount * (eraOccasions.map(\.count).max() ?? 1))
        self.measurements = measurements
    }

    /// The nearest of ascending times.
    private static func row(_ hours: Double, in times: [Double]) -> Int {
        var (low, high) = (0, times.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < hours { low = middle + 1 } else { high = middle }
        }
        return low > 0 && hours - times[low - 1] < times[low] - hours ? low - 1 : low
    }

    func setPopulation(_ values: PopulationValues) {
        for runner in runners { runner.setPopulation(typical: values.typical, coefficients: values.coefficients) }
    }

    /// What the model says to every measurement under each of `count` vectors of random effects, one after the other in `vectors`.
    func predict(_ vectors: [Double], count: Int) {
        let (k, n) = (etas.count, measurements.count)
        if predictions.count < count * n { predictions = [Double](repeating: 0, count: count * n) }
        for first in stride(from: 0, to: count, by: Lanes.scalarCount) {
            let lanes = min(Lanes.scalarCount, count - first)
            for (runner, occasions) in zip(runners, eraOccasions) {
                for effect in etas { for era in occasions.indices { deviations[era * parameterCount + effect.parameter] = .zero } }
                for (eta, effect) in etas.enumerated() where effect.occasion.map({ occasions.contains($0) }) ?? true {
                    var value = Lanes.zero
                    for lane in 0..<Lanes.scalarCount { value[lane] = vectors[(first + min(lane, lanes - 1)) * k + eta] }
                    for (era, occasion) in occasions.enumerated() where effect.occasion.map({ $0 == occasion }) ?? true {
                        deviations[era * parameterCount + effect.parameter] += value
                    }
                }
                deviations.withUnsafeBufferPointer { runner.run($0.baseAddress.unsafelyUnwrapped, lanes: lanes) }
            }
            for (index, measurement) in measurements.enumerated() {
                let value = runners[measurement.segment].value(measurement.row, measurement.output)
                for lane in 0..<lanes { predictions[(first + lane) * n + index] = value[lane] }
            }
        }
    }
}
