import Statistics

/// The likelihood by importance sampling around each person's mode, and its maximum by expectation maximisation (G. C. G. Wei, M. A. Tanner,
/// J. Am. Stat. Assoc. 85 (1990) 699, DOI 10.1080/01621459.1990.10474930; as "IMP" in NONMEM).
///
/// Proposals are multivariate t with four degrees of freedom and the mode's expected information. The standard draws behind them belong to
/// (seed, person) and stay the same in every iteration, so that the sampled likelihood is a smooth function and the result depends on
/// nothing but data, model, seed and number of draws.
final class ImportanceSampling {
    private let likelihood: LaplaceLikelihood
    private let seed: UInt64
    private var samples: Int
    private var origin: [Double] = []
    private var draws: [Draws] = []

    private var unknowns: Unknowns { likelihood.plan.unknowns }

    /// Random effects of one person, one vector after the other, and ln of the density they were drawn from.
    struct Draws: Sendable {
        var etas: [Double]
        var logDensity: [Double]
    }

    /// What the weighted draws of one person say at some point.
    struct Expectation: Sendable {
        var minus2LL: Double
        /// Variance of the weights relative to their squared mean, over their number: the sampling variance of ln L.
        var variance: Double
        var mean: [Double]
        var second: SmallMatrix
        /// −log p(y | η) by those elements that change what measurements are expected to be: slope and expected curvature.
        var slope: [Double]
        var curvature: SmallMatrix
    }

    init(_ likelihood: LaplaceLikelihood, seed: UInt64, samples: Int) {
        self.likelihood = likelihood
        self.seed = seed
        self.samples = samples + samples % 2
    }

    // MARK: Expectation

    private static let freedom = 4.0

    /// Draws for everyone around their modes at a point.
    private func draw(at vector: [Double]) -> Bool {
        guard let modes = likelihood.modes(unknowns.values(vector)) else { return false }
        origin = vector
        let (seed, samples) = (seed, samples)
        draws = mapped(modes, threads: likelihood.threads) { index, mode in
            var stream = RandomStream(seed: seed, subject: UInt32(truncatingIfNeeded: index), purpose: Purpose.draws)
            let k = mode.eta.count
            var result = Draws(etas: [], logDensity: [])
            result.etas.reserveCapacity(samples * k)
            guard let factor = SmallCholesky(mode.density.information) else { return result }
            for _ in 0..<samples / 2 {
                let normals = (0..<k).map { _ in stream.normal() }
                let chi = -2 * (Scalar.log(stream.uniform()) + Scalar.log(stream.uniform()))
                let scaled = factor.backward(normals.map { $0 * (Self.freedom / chi).squareRoot() })
                let distance = normals.reduce(0) { $0 + $1 * $1 } * Self.freedom / chi
                // Γ(2 + k/2)/Γ(2)/(4π)^(k/2), the same for all draws, is left to `constant`.
                let density = 0.5 * factor.logDeterminant - 0.5 * (Self.freedom + Double(k)) * Scalar.log(1 + distance / Self.freedom)
                for sign in [1.0, -1.0] {
                    result.etas += zip(mode.eta, scaled).map { $0 + sign * $1 }
                    result.logDensity.append(density + Self.constant(k))
                }
            }
            return result
        }
        return draws.allSatisfy { $0.logDensity.count == samples }
    }

    /// ln Γ((ν + k)/2) − ln Γ(ν/2) − (k/2) ln(νπ).
    private static func constant(_ k: Int) -> Double {
        var value = k % 2 == 0 ? 0 : Scalar.log(1.329340388179137)  // Γ(2) = 1, Γ(2.5)
        for step in stride(from: k % 2 == 0 ? 2.0 : 2.5, to: 2 + Double(k) / 2, by: 1) { value += Scalar.log(step) }
        return value - Double(k) / 2 * Scalar.log(freedom * .pi)
    }

    /// Elements that change what measurements are expected to be when the individual parameters stay.
    private var free: [Int] {
        unknowns.elements.indices.filter { element in
            if case .error = unknowns.elements[element] { true } else { unknowns.changesPredictions(element) && unknowns.shift(element) == nil }
        }
    }

    /// Everyone's expectations at a point near the one the draws were made at; individual parameters stay what they were drawn to be.
    private func expectations(_ vector: [Double], wantsSlopes: Bool = true) -> [Expectation]? {
        let values = unknowns.values(vector)
        guard let factor = SmallCholesky(SmallMatrix(values.omega)) else { return nil }
        let (precision, determinant) = (factor.inverse, factor.logDeterminant)
        var moved = [Double](repeating: 0, count: unknowns.etas.count)
        for element in unknowns.elements.indices {
            if let shift = unknowns.shift(element) { moved[shift.eta] -= shift.factor * (vector[element] - origin[element]) }
        }
        let free = wantsSlopes ? free : []
        let sides = free.map { element in
            [1.0, -1.0].map { sign in
                var point = vector
                point[element] += sign * Self.step
                return unknowns.values(point)
            }
        }
        let isStill = free.map { !unknowns.changesPredictions($0) }
        let draws = draws
        return mapped(likelihood.people, threads: likelihood.threads) { index, person in
            person.expectation(draws[index], moved, values, precision, determinant, sides, isStill)
        }
    }

    fileprivate static let step = 1e-4

    // MARK: Maximisation

    /// From a point near the maximum.
    func estimate(from start: [Double]) -> (vector: [Double], iterations: Int, hasConverged: Bool) {
        var vector = start
        for iteration in 1...150 {
            guard draw(at: vector), let first = step(from: vector), let second = draw(at: first) ? step(from: first) : nil else {
                return (vector, iteration, false)
            }
            // R. Varadhan, C. Roland, Scand. J. Stat. 35 (2008) 335, DOI 10.1111/j.1467-9469.2007.00585.x: two steps tell where the
            // sequence is heading.
            let change = zip(first, vector).map(-)
            let bend = zip(zip(second, first).map(-), change).map(-)
            func length(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            let leap = -max(1, min(length(change) / max(length(bend), 1e-300), 8))
            var next = vector.indices.map { vector[$0] - 2 * leap * change[$0] + leap * leap * bend[$0] }
            if leap < -1, value(next) > value(second) { next = second }
            let moved = zip(next, vector).map { abs($0 - $1) }.max() ?? 0
            vector = next
            if moved < 2e-4 { return (vector, iteration, true) }
        }
        return (vector, 150, false)
    }

    /// −2 log likelihood at a point, with draws of its own.
    private func value(_ vector: [Double]) -> Double {
        guard vector.allSatisfy({ abs($0) < 60 }), draw(at: vector) else { return .infinity }
        let total = expectations(vector, wantsSlopes: false)?.reduce(0) { $0 + $1.minus2LL } ?? .infinity
        return total.isNaN ? .infinity : total
    }

    /// One iteration: typical values and Ω in closed form, everything else by a scoring step.
    private func step(from vector: [Double]) -> [Double]? {
        guard let people = expectations(vector) else { return nil }
        let values = unknowns.values(vector)
        let k = unknowns.etas.count
        let count = Double(people.count)
        guard let precision = SmallCholesky(SmallMatrix(values.omega))?.inverse else { return nil }
        // Typical values: the common shift of the random effects that are free to shift.
        let mean = (0..<k).map { eta in people.reduce(0) { $0 + $1.mean[eta] } / count }
        let shifts = unknowns.elements.indices.compactMap { element in unknowns.shift(element).map { (element, $0) } }
        let among = shifts.map { row in shifts.map { column in precision[row.1.eta, column.1.eta] } }
        let pull = precision.times(mean)
        guard let solved = shifts.isEmpty ? [] : SmallCholesky(SmallMatrix(among))?.solve(shifts.map { pull[$0.1.eta] }) else { return nil }
        var next = vector
        var shift = [Double](repeating: 0, count: k)
        for (item, amount) in zip(shifts, solved) {
            next[item.0] += amount / item.1.factor
            shift[item.1.eta] = amount
        }
        var moved = unknowns.values(next)
        let spread = (0..<k).map { a in
            (0..<k).map { b in
                people.reduce(0) { $0 + $1.second[a, b] } / count - mean[a] * shift[b] - shift[a] * mean[b] + shift[a] * shift[b]
            }
        }
        moved.factor = unknowns.factor(from: spread, keeping: values.factor)
        let vectorOfMoved = unknowns.vector(of: moved)
        for (index, element) in unknowns.elements.enumerated() { if case .factor = element { next[index] = vectorOfMoved[index] } }
        // The rest.
        let free = free
        guard !free.isEmpty else { return next }
        let slope = free.indices.map { index in people.reduce(0) { $0 + $1.slope[index] } }
        let curvature = free.indices.map { a in free.indices.map { b in people.reduce(0) { $0 + $1.curvature[a, b] } + (a == b ? 1e-9 : 0) } }
        guard let change = SmallCholesky(SmallMatrix(curvature))?.solve(slope) else { return nil }
        for (element, amount) in zip(free, change) { next[element] -= min(max(amount, -0.5), 0.5) }
        return next
    }

    // MARK: What is reported

    /// At a point, with the Monte Carlo standard error; from at least 10,000 draws for each person.
    func minus2LL(_ vector: [Double]) -> (value: Double, error: Double) {
        let few = samples
        samples = max(samples, 10_000)
        defer {
            // Standard errors do with fewer.
            samples = few
            _ = draw(at: vector)
        }
        guard draw(at: vector), let people = expectations(vector, wantsSlopes: false) else { return (.nan, .nan) }
        return (people.reduce(0) { $0 + $1.minus2LL }, 2 * people.reduce(0) { $0 + $1.variance }.squareRoot())
    }

    /// Of −2 log likelihood by element, near the last point of `minus2LL` and with its draws (Fisher's identity).
    func gradient(_ vector: [Double]) -> [Double] {
        let nothing = vector.map { _ in Double.nan }
        guard let people = expectations(vector), let precision = SmallCholesky(SmallMatrix(unknowns.values(vector).omega))?.inverse,
            let neighbours = LaplaceLikelihood.Neighbours(unknowns, vector)
        else { return nothing }
        let free = free
        return unknowns.elements.indices.map { element in
            if let shift = unknowns.shift(element) {
                return people.reduce(0) { $0 - 2 * shift.factor * precision.times($1.mean)[shift.eta] }
            }
            if let index = free.firstIndex(of: element) { return people.reduce(0) { $0 + 2 * $1.slope[index] } }
            let (high, low) = neighbours.sides[element]
            let slopes = zip(high.precision.elements, low.precision.elements).map { ($0 - $1) / (2 * LaplaceLikelihood.Neighbours.step) }
            let determinant = (high.determinant - low.determinant) / (2 * LaplaceLikelihood.Neighbours.step)
            return people.reduce(0) { sum, person in sum + determinant + zip(slopes, person.second.elements).reduce(0) { $0 + $1.0 * $1.1 } }
        }
    }
}

/// What random numbers of a fit are for.
enum Purpose {
    static let draws: UInt32 = 0x4649_5400
    static let check: UInt32 = 0x4649_5401
}

extension Participant {
    /// - Parameters:
    ///   - moved: added to every drawn random effect.
    ///   - sides: by free element, the population a step above and below.
    ///   - isStill: by free element, whether predictions stay.
    fileprivate func expectation(
        _ draws: ImportanceSampling.Draws, _ moved: [Double], _ values: PopulationValues, _ precision: SmallMatrix, _ determinant: Double,
        _ sides: [[PopulationValues]], _ isStill: [Bool]
    ) -> ImportanceSampling.Expectation {
        let (k, n, count) = (moved.count, measurements.count, draws.logDensity.count)
        var etas = draws.etas
        for index in etas.indices { etas[index] += moved[index % k] }
        func predicted(_ values: PopulationValues) -> [Double] {
            setPopulation(values)
            predict(etas, count: count)
            return Array(predictions[0..<count * n])
        }
        let centre = predicted(values)
        var logWeights = draws.logDensity.map { -$0 }
        for draw in 0..<count {
            let eta = Array(etas[draw * k..<(draw + 1) * k])
            var value = 0.5 * zip(precision.times(eta), eta).reduce(0) { $0 + $1.0 * $1.1 } + 0.5 * determinant + Double(k) * ErrorModel.halfLogTwoPi
            for (index, measurement) in measurements.enumerated() {
                value += values.errors[measurement.error].term(measurement.value, centre[draw * n + index], measurement.censoring).value
            }
            logWeights[draw] -= value.isFinite ? value : 1e300
        }
        let highest = logWeights.max() ?? 0
        var weights = logWeights.map { Scalar.exp($0 - highest) }
        let total = weights.reduce(0, +)
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        for index in weights.indices { weights[index] /= total }
        var result = ImportanceSampling.Expectation(
            minus2LL: -2 * (highest + Scalar.log(total / Double(count))), variance: max(squares / (total * total) - 1 / Double(count), 0),
            mean: [Double](repeating: 0, count: k), second: SmallMatrix((0..<k).map { _ in [Double](repeating: 0, count: k) }),
            slope: sides.map { _ in 0 }, curvature: SmallMatrix(sides.map { _ in sides.map { _ in 0 } }))
        for draw in 0..<count where weights[draw] > 0 {
            for a in 0..<k {
                result.mean[a] += weights[draw] * etas[draw * k + a]
                for b in 0..<k { result.second[a, b] += weights[draw] * etas[draw * k + a] * etas[draw * k + b] }
            }
        }
        let slopes = sides.indices.map { index in
            isStill[index] ? [] : zip(predicted(sides[index][0]), predicted(sides[index][1])).map { ($0 - $1) / (2 * ImportanceSampling.step) }
        }
        for draw in 0..<count where weights[draw] > 0 {
            for (index, measurement) in measurements.enumerated() {
                let (cell, weight) = (draw * n + index, weights[draw])
                let term = values.errors[measurement.error].term(measurement.value, centre[cell], measurement.censoring)
                for a in sides.indices {
                    if isStill[a] {
                        let (high, low) = (sides[a][0].errors[measurement.error], sides[a][1].errors[measurement.error])
                        guard high != low else { continue }
                        let above = high.term(measurement.value, centre[cell], measurement.censoring).value
                        let below = low.term(measurement.value, centre[cell], measurement.censoring).value
                        let slope = (above - below) / (2 * ImportanceSampling.step)
                        result.slope[a] += weight * slope
                        result.curvature[a, a] += weight * values.errors[measurement.error].information(centre[cell], high, low, 2 * ImportanceSampling.step)
                    } else {
                        result.slope[a] += weight * term.slope * slopes[a][cell]
                        for b in sides.indices where !isStill[b] { result.curvature[a, b] += weight * term.curvature * slopes[a][cell] * slopes[b][cell] }
                    }
                }
            }
        }
        return result
    }
}

extension ErrorModel {
    /// Expected second derivative of −log density by what makes `high` of `low` over a distance: 2 (∂ ln sd)².
    fileprivate func information(_ f: Double, _ high: ErrorModel, _ low: ErrorModel, _ distance: Double) -> Double {
        let slope = (high.deviation(f).value - low.deviation(f).value) / (distance * deviation(f).value)
        return 2 * slope * slope
    }
}
