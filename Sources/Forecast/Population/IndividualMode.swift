import Statistics

/// What the model says to a person's measurements at some random effects, and its slopes there.
struct Outlook: Sendable {
    /// By measurement.
    var predictions: [Double]
    /// By measurement: ∂f/∂η.
    var slopes: [[Double]]
}

/// −log of the joint density of a person's measurements and random effects, without the prior's constant and determinant, with its gradient
/// and expected information in the random effects.
struct JointDensity: Sendable {
    var value: Double
    var gradient: [Double]
    var information: SmallMatrix

    /// What Laplace's approximation makes of it, but for ln |Ω|: −2 log ∫.
    var laplace: Double {
        guard let factor = SmallCholesky(information), value.isFinite else { return .infinity }
        return 2 * value + factor.logDeterminant
    }
}

/// The most likely random effects of one person, with what the likelihood is like around them.
struct IndividualMode: Sendable {
    var eta: [Double]
    var outlook: Outlook
    var density: JointDensity
    var hasConverged: Bool
}

extension Participant {
    /// Slopes by differences, eight vectors in one run.
    func outlook(at eta: [Double]) -> Outlook {
        let (k, n) = (eta.count, measurements.count)
        let steps = isOneSided ? [1e-6] : [1e-4, -1e-4]
        var vectors = eta
        vectors.reserveCapacity((2 * k + 1) * k)
        for index in 0..<k {
            for step in steps {
                let first = vectors.count
                vectors += eta
                vectors[first + index] += step
            }
        }
        predict(vectors, count: steps.count * k + 1)
        let slopes = (0..<n).map { index in
            (0..<k).map { eta in
                isOneSided
                    ? (predictions[(eta + 1) * n + index] - predictions[index]) / steps[0]
                    : (predictions[(2 * eta + 1) * n + index] - predictions[(2 * eta + 2) * n + index]) / (2 * steps[0])
            }
        }
        return Outlook(predictions: Array(predictions[0..<n]), slopes: slopes)
    }

    /// - Parameters:
    ///   - eta: the random effects as the prior sees them.
    ///   - precision: Ω⁻¹.
    func density(_ outlook: Outlook, _ errors: [ErrorModel], _ precision: SmallMatrix, at eta: [Double]) -> JointDensity {
        let k = eta.count
        var information = precision
        var gradient = precision.times(eta)
        var value = 0.5 * zip(gradient, eta).reduce(0) { $0 + $1.0 * $1.1 }
        for (index, measurement) in measurements.enumerated() {
            let term = errors[measurement.error].term(measurement.value, outlook.predictions[index], measurement.censoring)
            value += term.value
            outlook.slopes[index].withUnsafeBufferPointer { slope in
                for a in 0..<k {
                    gradient[a] += term.slope * slope[a]
                    for b in 0..<k { information[a, b] += term.curvature * slope[a] * slope[b] }
                }
            }
        }
        return JointDensity(value: value.isNaN ? .infinity : value, gradient: gradient, information: information)
    }

    /// Finds the mode by scoring with step halving; what the expected information leaves out of the second derivatives is learnt on the way
    /// (J. E. Dennis, D. M. Gay, R. E. Welsch, ACM Trans. Math. Softw. 7 (1981) 348, DOI 10.1145/355958.355965).
    /// - Parameter start: where to begin.
    func mode(_ values: PopulationValues, precision: SmallMatrix, from start: [Double], steps: Int = 60) -> IndividualMode {
        setPopulation(values)
        func look(at eta: [Double]) -> IndividualMode {
            let outlook = outlook(at: eta)
            return IndividualMode(eta: eta, outlook: outlook, density: density(outlook, values.errors, precision, at: eta), hasConverged: false)
        }
        var current = look(at: start)
        var damping = 0.0
        let nothing = SmallMatrix(start.map { _ in start.map { _ in 0.0 } })
        var rest = nothing
        for _ in 0..<steps {
            guard let factor = SmallCholesky(current.density.information.plus(rest).damped(damping)) else {
                guard damping < 1e6 else { break }
                if rest == nothing { damping = max(10 * damping, 1e-3) } else { rest = nothing }
                continue
            }
            let step = factor.solve(current.density.gradient)
            let decrement = zip(step, current.density.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            current.hasConverged = damping == 0 && decrement < 1e-5
            if damping == 0, decrement < 1e-12 { break }
            var share = 1.0
            var next: IndividualMode?
            for _ in 0..<8 {
                let trial = look(at: zip(current.eta, step).map { $0 - share * $1 })
                if trial.density.value <= current.density.value + 1e-12 * abs(current.density.value) {
                    next = trial
                    break
                }
                share *= 0.35
            }
            guard let next else {
                if decrement < 1e-7 || damping >= 1e6 {
                    current.hasConverged = decrement < 1e-3
                    break
                }
                if rest == nothing { damping = max(10 * damping, 1e-2) } else { rest = nothing }
                continue
            }
            let moved = zip(next.eta, current.eta).map(-)
            let expected = next.density.information.plus(rest).times(moved)
            rest.add(zip(zip(next.density.gradient, current.density.gradient).map(-), expected).map(-), along: moved)
            damping = damping < 1e-3 ? 0 : damping / 10
            current = next
        }
        return current
    }
}
