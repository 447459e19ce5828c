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
    let covariates: [Double]
    let measurements: [Measurement]
    /// Slopes by one-sided differences where both sides would take another run and predictions are exact.
    let isOneSided: Bool
    private let runners: [CourseRunner]
    /// The parameter of each random effect.
    private let etas: [Int]
    private var deviations: [Lanes]
    /// What `predict` found: by vector, then by measurement.
    private(set) var predictions: [Double] = []

    init(_ person: PopulationData.Person, _ plan: FitPlan) throws(Diagnostic) {
        id = person.id
        etas = plan.unknowns.etas
        isOneSided = plan.compiled.isLinear && 2 * etas.count + 1 > Lanes.scalarCount
        deviations = [Lanes](repeating: .zero, count: plan.compiled.model.parameters.count)
        covariates = try plan.covariates(of: person)
        var runners: [CourseRunner] = []
        var measurements: [Measurement] = []
        for segment in person.segments where !segment.observations.isEmpty {
            let times = segment.observations.map { plan.hours($0) }
            let simulation = try plan.simulation(of: segment, times: times)
            for (observation, hours) in zip(segment.observations, times) {
                let error = try plan.residual(of: observation)
                let row = Self.row(hours, in: simulation.times)
                measurements.append(
                    Measurement(
                        time: observation.time, value: observation.value, censoring: observation.censoring, error: error, line: observation.line,
                        segment: runners.count, row: row, output: plan.outputColumns[error]))
            }
            runners.append(CourseRunner(simulation, covariates: covariates))
        }
        self.runners = runners
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
            for (eta, parameter) in etas.enumerated() {
                var value = Lanes.zero
                for lane in 0..<Lanes.scalarCount { value[lane] = vectors[(first + min(lane, lanes - 1)) * k + eta] }
                deviations[parameter] = value
            }
            for runner in runners { deviations.withUnsafeBufferPointer { runner.run($0.baseAddress.unsafelyUnwrapped, lanes: lanes) } }
            for (index, measurement) in measurements.enumerated() {
                let value = runners[measurement.segment].value(measurement.row, measurement.output)
                for lane in 0..<lanes { predictions[(first + lane) * n + index] = value[lane] }
            }
        }
    }
}
