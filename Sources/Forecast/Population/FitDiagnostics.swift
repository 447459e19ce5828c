import Notation
import Pharmacology
import Statistics

/// Measurement by measurement, what a fitted model says and how far off it is.
public struct FitRow: Sendable, Equatable {
    public var id: String
    public var time: Double
    public var output: String
    public var observed: Double
    public var isCensored: Bool
    /// For the typical person of this kind.
    public var population: Double
    /// At the person's most likely random effects.
    public var individual: Double
    /// (observed − individual)/sd; nil where censored.
    public var weightedResidual: Double?
    /// Conditional weighted residual (A. C. Hooker, C. E. Staatz, M. O. Karlsson, Pharm. Res. 24 (2007) 2187,
    /// DOI 10.1007/s11095-007-9361-x), decorrelated within a person by a Cholesky factor; nil where censored.
    public var conditionalResidual: Double?
}

extension PopulationFit {
    /// By measurement, in the order of the table.
    public func rows() throws(Diagnostic) -> [FitRow] {
        var rows: [FitRow] = []
        var index = 0
        for person in data.people {
            let participant = try Participant(person, plan)
            guard !participant.measurements.isEmpty else { continue }
            rows += participant.rows(values, modes[index], plan.model)
            index += 1
        }
        return rows
    }
}

extension Participant {
    fileprivate func rows(_ values: PopulationValues, _ mode: IndividualMode, _ model: FitModel) -> [FitRow] {
        setPopulation(values)
        predict(mode.eta.map { _ in 0 }, count: 1)
        let population = Array(predictions[0..<measurements.count])
        let free = measurements.indices.filter { measurements[$0].censoring == .none && values.errors[measurements[$0].error].log == nil }
        let residuals = conditional(values, mode, free)
        return measurements.enumerated().map { index, measurement in
            let isCensored = measurement.censoring != .none
            return FitRow(
                id: id, time: measurement.time, output: model.residual[measurement.error].output, observed: measurement.value, isCensored: isCensored,
                population: population[index], individual: mode.outlook.predictions[index],
                weightedResidual: isCensored ? nil : values.errors[measurement.error].weighted(measurement.value, mode.outlook.predictions[index]),
                conditionalResidual: free.firstIndex(of: index).flatMap { residuals?[$0] })
        }
    }

    private func conditional(_ values: PopulationValues, _ mode: IndividualMode, _ free: [Int]) -> [Double]? {
        let omega = values.omega
        let slopes = free.map { mode.outlook.slopes[$0] }
        let rows = slopes.enumerated().map { a, left in
            slopes.enumerated().map { b, right in
                var sum = 0.0
                for i in omega.indices { for j in omega.indices { sum += left[i] * omega[i][j] * right[j] } }
                guard a == b else { return sum }
                let sd = values.errors[measurements[free[a]].error].deviation(mode.outlook.predictions[free[a]]).value
                return sum + sd * sd
            }
        }
        let off = zip(free, slopes).map { index, slope in
            measurements[index].value - mode.outlook.predictions[index] + zip(slope, mode.eta).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return SmallCholesky(SmallMatrix(rows))?.forward(off)
    }
}

/// A visual predictive check: percentiles of what was measured, beside the range of those percentiles in simulated repetitions of the
/// same trial (N. Holford, PAGE 14 (2005) abstract 738).
public struct PredictiveCheck: Sendable, Equatable {
    public struct Bin: Sendable, Equatable {
        /// Median of the times in it.
        public var time: Double
        public var count: Int
        /// By percentile.
        public var observed: [Double]
        /// By percentile: 5th, 50th and 95th percentile over the repetitions.
        public var simulated: [[Double]]
    }

    public static let percentiles = [0.05, 0.5, 0.95]
    public var output: String
    public var bins: [Bin]
}

extension PopulationFit {
    /// One check for each output. Where measurements are censored, both they and simulated values below the limit count as the limit.
    /// - Parameters:
    ///   - repetitions: of the whole trial.
    ///   - bins: at most so many for each output.
    ///   - isCorrected: brings each measurement, and what is simulated of it, to the typical prediction of its bin, so that unequal doses and covariates do
    ///     not blur it (M. Bergstrand and others, AAPS J. 13 (2011) 143, DOI 10.1208/s12248-011-9255-z).
    public func predictiveChecks(
        repetitions: Int = 200, bins: Int = 12, isCorrected: Bool = false, seed: UInt64 = 1, threads: Int = 1
    ) throws(Diagnostic) -> [PredictiveCheck] {
        var people: [Participant] = []
        for person in data.people { people.append(try Participant(person, plan)) }
        let (values, count) = (values, people.count)
        let simulated = mapped(people, threads: threads) { index, person in person.simulated(values, repetitions, seed, index) }
        let typical = isCorrected ? mapped(people, threads: threads) { _, person in person.typical(values) } : []
        return plan.model.residual.indices.map { error in
            let places = (0..<count).flatMap { person in
                people[person].measurements.indices.filter { people[person].measurements[$0].error == error }.map { (person, $0) }
            }
            let measured = places.map { people[$0.0].measurements[$0.1] }
            let limit = measured.compactMap { if case .below = $0.censoring { $0.value } else { nil } }.max()
            let groups = Self.bins(measured.map(\.time), most: bins)
            return PredictiveCheck(
                output: plan.model.residual[error].output,
                bins: groups.map { group in
                    let expected = isCorrected ? group.map { typical[places[$0].0][places[$0].1] } : []
                    let centre = expected.sorted().dropFirst(expected.count / 2).first ?? 0
                    let factors = expected.isEmpty ? group.map { _ in 1 } : expected.map { $0 > 0 && centre > 0 ? centre / $0 : 1 }
                    func quantiles(_ values: [Double]) -> [Double] {
                        zip(values, factors).reduce(into: QuantileSketch()) { $0.insert(max($1.0, limit ?? -.infinity) * $1.1) }
                            .quantiles(PredictiveCheck.percentiles)
                    }
                    let each = (0..<repetitions).map { repetition in
                        quantiles(group.map { simulated[places[$0].0][repetition * people[places[$0].0].measurements.count + places[$0].1] })
                    }
                    let over = PredictiveCheck.percentiles.indices.map { index in
                        each.reduce(into: QuantileSketch()) { $0.insert($1[index]) }.quantiles(PredictiveCheck.percentiles)
                    }
                    let times = group.map { measured[$0].time }.sorted()
                    return .init(time: times[times.count / 2], count: group.count, observed: quantiles(group.map { measured[$0].value }), simulated: over)
                })
        }
    }

    /// Indices of about equally many times in ascending order; equal times stay together.
    private static func bins(_ times: [Double], most: Int) -> [[Int]] {
        let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
        let size = max((times.count + most - 1) / max(most, 1), 1)
        var groups: [[Int]] = []
        for index in order {
            if let last = groups.last, last.count < size || times[last[last.count - 1]] == times[index] {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
        }
        return groups
    }
}

extension Participant {
    /// What the typical person of this kind would show.
    fileprivate func typical(_ values: PopulationValues) -> [Double] {
        setPopulation(values)
        predict(values.factor.map { _ in 0 }, count: 1)
        return Array(predictions[0..<measurements.count])
    }

    /// Measurements as the model would have them: repetition by repetition.
    fileprivate func simulated(_ values: PopulationValues, _ repetitions: Int, _ seed: UInt64, _ index: Int) -> [Double] {
        var stream = RandomStream(seed: seed, subject: UInt32(truncatingIfNeeded: index), purpose: Purpose.check)
        var etas: [Double] = []
        for _ in 0..<repetitions {
            let normals = values.factor.map { _ in stream.normal() }
            etas += values.factor.map { row in zip(row, normals).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        setPopulation(values)
        predict(etas, count: repetitions)
        var result = Array(predictions[0..<repetitions * measurements.count])
        for cell in result.indices {
            let error = values.errors[measurements[cell % measurements.count].error]
            let noise = error.deviation(result[cell]).value * stream.normal()
            result[cell] = error.log == nil ? result[cell] + noise : result[cell] * Scalar.exp(noise)
        }
        return result
    }
}

extension PopulationData {
    /// The same people, doses and times with measurements as the model's start values would have them.
    /// - Parameter limit: what lies below is censored there.
    public func simulated(by model: FitModel, seed: UInt64, below limit: Double? = nil) throws(Diagnostic) -> PopulationData {
        let plan = try FitPlan(model, occasions: try occasions(model))
        var result = self
        for (index, person) in people.enumerated() {
            let participant = try Participant(person, plan)
            var values = participant.simulated(plan.unknowns.start, 1, seed, index)[...]
            for segment in person.segments.indices {
                for observation in person.segments[segment].observations.indices {
                    guard let value = values.popFirst() else { continue }
                    result.people[index].segments[segment].observations[observation].value = max(value, limit ?? value)
                    result.people[index].segments[segment].observations[observation].censoring = limit.map { value < $0 } == true ? .below(floor: nil) : .none
                }
            }
        }
        return result
    }
}
