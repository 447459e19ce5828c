import Statistics

/// The second derivatives of −2 log likelihood at its minimum, and the standard errors that follow from them (the observed information:
/// NONMEM's R matrix).
struct Curvature: Sendable {
    /// Elements that the function does not depend on here, or whose second derivative is not above zero.
    let undetermined: [Int]
    /// Elements that the data do not tell apart: what is known of one by itself is lost more than a hundredfold among the others.
    let confounded: [Int]
    /// Of the others, by element; nil when they are not determined together.
    private let covariance: [[Double]]?
    private let determined: [Int]

    private static let step = 0.01

    /// - Parameter gradient: of the function, by element.
    init(at vector: [Double], gradient: ([Double]) -> [Double]) {
        let h = Self.step
        let rows = vector.indices.map { index in
            var (low, high) = (vector, vector)
            low[index] -= h
            high[index] += h
            return zip(gradient(high), gradient(low)).map { ($0 - $1) / (2 * h) }
        }
        let determined = vector.indices.filter { rows[$0][$0].isFinite && rows[$0][$0] > 1e-3 }
        self.determined = determined
        undetermined = vector.indices.filter { !determined.contains($0) }
        let information = determined.map { i in determined.map { j in (rows[i][j] + rows[j][i]) / 2 } }
        let (inverse, ridge) = Self.inverse(information)
        covariance = inverse?.times(2)
        confounded = determined.indices.filter { index in
            inverse.map { $0[index, index] * information[index][index] > Self.confusion } ?? (ridge > 0)
        }.map { determined[$0] }
    }

    /// Variance beside that of an element known by itself, from which it counts as not told apart: correlations beyond 0.99995.
    private static let confusion = 1e4

    /// With as small a ridge as it needs.
    private static func inverse(_ information: [[Double]]) -> (SmallMatrix?, ridge: Double) {
        for ridge in [1e-9, 1e-8, 1e-7, 1e-6] {
            if let factor = SmallCholesky(SmallMatrix(information).damped(ridge)) { return (factor.inverse, ridge) }
        }
        return (nil, 1)
    }

    /// By how much a Newton step would lower the function.
    func expectedFall(_ gradient: [Double]) -> Double {
        guard let covariance else { return .infinity }
        var sum = 0.0
        for (a, i) in determined.enumerated() { for (b, j) in determined.enumerated() { sum += gradient[i] * covariance[a][b] * gradient[j] } }
        return sum / 4
    }

    /// By name, of quantities that depend on the vector (the delta method); nil where they rest on what is not determined.
    func standardErrors(at vector: [Double], _ quantities: ([Double]) -> [(String, Double)]) -> [(String, Double?)] {
        let h = 1e-5
        let columns = vector.indices.map { index in
            var (low, high) = (vector, vector)
            low[index] -= h
            high[index] += h
            return zip(quantities(high), quantities(low)).map { ($0.1 - $1.1) / (2 * h) }
        }
        return quantities(vector).enumerated().map { row, quantity in
            let isDetermined = (undetermined + confounded).allSatisfy { columns[$0][row] == 0 }
            guard let covariance, isDetermined, columns.contains(where: { $0[row] != 0 }) else { return (quantity.0, nil) }
            let slopes = determined.map { columns[$0][row] }
            var variance = 0.0
            for i in slopes.indices { for j in slopes.indices { variance += slopes[i] * covariance[i][j] * slopes[j] } }
            return (quantity.0, variance > 0 ? variance.squareRoot() : nil)
        }
    }
}
