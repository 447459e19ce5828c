import Statistics

/// The most likely random effects of one person, with what the likelihood is like around them.
struct IndividualMode: Sendable {
    var eta: [Double]
    /// −log of the joint density of measurements and random effects, without the constant and the determinant of Ω.
    var value: Double
    /// ∂²/∂η² of it, expected rather than observed, with the prior's share.
    var information: SmallMatrix
    /// By measurement.
    var predictions: [Double]
    /// By measurement: ∂f/∂η.
    var slopes: [[Double]]
    var hasConverged: Bool
}

extension Participant {
    /// Finds the mode by scoring with step halving; slopes of the predictions by central differences, eight vectors in one run.
    /// - Parameters:
    ///   - precision: Ω⁻¹.
    ///   - start: where to begin.
    func mode(_ values: PopulationValues, precision: SmallMatrix, from start: [Double], steps: Int = 60) -> IndividualMode {
        setPopulation(values)
        var current = linearised(values, precision, at: start)
        var damping = 0.0
        for _ in 0..<steps {
            guard let factor = SmallCholesky(current.information.damped(damping)) else {
                damping = max(10 * damping, 1e-3)
                continue
            }
            let step = factor.solve(current.gradient)
            let decrement = zip(step, current.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            if damping == 0, decrement < 1e-15 { return current.mode(hasConverged: true) }
            var share = 1.0
            var next: Linearised?
            for _ in 0..<8 {
                let trial = linearised(values, precision, at: zip(current.eta, step).map { $0 - share * $1 })
                if trial.value.isFinite, trial.value <= current.value + 1e-12 * abs(current.value) {
                    next = trial
                    break
                }
                share *= 0.35
            }
            guard let next else {
                if decrement < 1e-9 { return current.mode(hasConverged: true) }
                guard damping < 1e6 else { break }
                damping = max(10 * damping, 1e-2)
                continue
            }
            damping = damping < 1e-3 ? 0 : damping / 10
            current = next
        }
        return current.mode(hasConverged: false)
    }

    private struct Linearised {
        var eta: [Double]
        var value: Double
        var gradient: [Double]
        var information: SmallMatrix
        var predictions: [Double]
        var slopes: [[Double]]

        func mode(hasConverged: Bool) -> IndividualMode {
            IndividualMode(eta: eta, value: value, information: information, predictions: predictions, slopes: slopes, hasConverged: hasConverged)
        }
    }

    private static let difference = 1e-4

    private func linearised(_ values: PopulationValues, _ precision: SmallMatrix, at eta: [Double]) -> Linearised {
        let (k, n) = (eta.count, measurements.count)
        var vectors = eta
        for index in 0..<k {
            for sign in [1.0, -1.0] {
                let first = vectors.count
                vectors += eta
                vectors[first + index] += sign * Self.difference
            }
        }
        predict(vectors, count: 2 * k + 1)
        var information = precision
        var gradient = precision.times(eta)
        var value = 0.5 * zip(gradient, eta).reduce(0) { $0 + $1.0 * $1.1 }
        var slopes: [[Double]] = []
        slopes.reserveCapacity(n)
        for (index, measurement) in measurements.enumerated() {
            let term = values.errors[measurement.error].term(measurement.value, predictions[index], measurement.censoring)
            value += term.value
            let slope = (0..<k).map { (predictions[(2 * $0 + 1) * n + index] - predictions[(2 * $0 + 2) * n + index]) / (2 * Self.difference) }
            for a in 0..<k {
                gradient[a] += term.slope * slope[a]
                for b in 0..<k { information[a, b] += term.curvature * slope[a] * slope[b] }
            }
            slopes.append(slope)
        }
        return Linearised(
            eta: eta, value: value.isNaN ? .infinity : value, gradient: gradient, information: information, predictions: Array(predictions[0..<n]), slopes: slopes)
    }
}

/// A square matrix of a few rows in one array.
struct SmallMatrix: Sendable, Equatable {
    let n: Int
    var elements: [Double]

    init(_ rows: [[Double]]) {
        n = rows.count
        elements = rows.flatMap { $0 }
    }

    @inline(__always) subscript(i: Int, j: Int) -> Double {
        get { elements[i * n + j] }
        set { elements[i * n + j] = newValue }
    }

    func times(_ x: [Double]) -> [Double] { (0..<n).map { i in (0..<n).reduce(0) { $0 + self[i, $1] * x[$1] } } }

    /// With its diagonal raised.
    func damped(_ damping: Double) -> SmallMatrix {
        guard damping > 0 else { return self }
        var result = self
        for i in 0..<n { result[i, i] *= 1 + damping }
        return result
    }
}

/// L Lᵀ of a `SmallMatrix`.
struct SmallCholesky: Sendable {
    private var l: SmallMatrix

    /// Nil when it is not positive definite.
    init?(_ matrix: SmallMatrix) {
        l = matrix
        for i in 0..<matrix.n {
            for j in 0...i {
                var sum = matrix[i, j]
                for k in 0..<j { sum -= l[i, k] * l[j, k] }
                if i == j {
                    guard sum > 0, sum.isFinite else { return nil }
                    l[i, i] = sum.squareRoot()
                } else {
                    l[i, j] = sum / l[j, j]
                }
            }
        }
    }

    var logDeterminant: Double { 2 * (0..<l.n).reduce(0) { $0 + Scalar.log(l[$1, $1]) } }

    func solve(_ right: [Double]) -> [Double] {
        var x = right
        for i in 0..<l.n {
            for k in 0..<i { x[i] -= l[i, k] * x[k] }
            x[i] /= l[i, i]
        }
        return backward(x)
    }

    /// L⁻ᵀ z: for independent standard normal z a draw whose precision is the matrix.
    func backward(_ z: [Double]) -> [Double] {
        var x = z
        for i in (0..<l.n).reversed() {
            for k in i + 1..<max(l.n, i + 1) { x[i] -= l[k, i] * x[k] }
            x[i] /= l[i, i]
        }
        return x
    }

    var inverse: SmallMatrix {
        SmallMatrix((0..<l.n).map { i in solve((0..<l.n).map { $0 == i ? 1 : 0 }) })
    }
}
