import Statistics

/// The second derivatives of −2 log likelihood at its minimum, and the standard errors that follow from them (the observed information:
/// NONMEM's R matrix).
struct Curvature: Sendable {
    /// Elements that the function does not depend on here, or whose second derivative is not above zero.
    let undetermined: [Int]
    /// Of the others, by element; nil when they are not determined together.
    private let covariance: [[Double]]?
    private let determined: [Int]

    private static let step = 0.02

    init(at vector: [Double], _ function: ([Double]) -> Double) {
        func moved(_ changes: (Int, Double)...) -> Double {
            var point = vector
            for (index, change) in changes { point[index] += change }
            return function(point)
        }
        let h = Self.step
        let centre = function(vector)
        var diagonal: [Double] = []
        for index in vector.indices { diagonal.append((moved((index, h)) - 2 * centre + moved((index, -h))) / (h * h)) }
        let determined = vector.indices.filter { diagonal[$0].isFinite && diagonal[$0] > 1e-3 }
        self.determined = determined
        undetermined = vector.indices.filter { !determined.contains($0) }
        var rows = determined.map { i in determined.map { j in i == j ? diagonal[i] : 0 } }
        for (a, i) in determined.enumerated() {
            for (b, j) in determined[..<a].enumerated() {
                let mixed = (moved((i, h), (j, h)) - moved((i, h), (j, -h)) - moved((i, -h), (j, h)) + moved((i, -h), (j, -h))) / (4 * h * h)
                rows[a][b] = mixed
                rows[b][a] = mixed
            }
        }
        covariance = SmallCholesky(SmallMatrix(rows))?.inverse.times(2)
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
            let isDetermined = undetermined.allSatisfy { columns[$0][row] == 0 }
            guard let covariance, isDetermined, columns.contains(where: { $0[row] != 0 }) else { return (quantity.0, nil) }
            let slopes = determined.map { columns[$0][row] }
            var variance = 0.0
            for i in slopes.indices { for j in slopes.indices { variance += slopes[i] * covariance[i][j] * slopes[j] } }
            return (quantity.0, variance > 0 ? variance.squareRoot() : nil)
        }
    }
}

extension SmallMatrix {
    /// Row by row, every element times a number.
    func times(_ factor: Double) -> [[Double]] { (0..<n).map { i in (0..<n).map { self[i, $0] * factor } } }
}
