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

    /// Row by row, every element times a number.
    func times(_ factor: Double) -> [[Double]] { (0..<n).map { i in (0..<n).map { self[i, $0] * factor } } }

    func plus(_ other: SmallMatrix) -> SmallMatrix {
        var result = self
        for index in elements.indices { result.elements[index] += other.elements[index] }
        return result
    }

    /// The symmetric change of rank one with which it maps `step` further by `missing`; none where that is not determined.
    mutating func add(_ missing: [Double], along step: [Double]) {
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let share = dot(missing, step)
        guard abs(share) > 1e-8 * (dot(missing, missing) * dot(step, step)).squareRoot() else { return }
        for i in 0..<n { for j in 0..<n { self[i, j] += missing[i] * missing[j] / share } }
    }

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

    func solve(_ right: [Double]) -> [Double] { backward(forward(right)) }

    /// L⁻¹ x.
    func forward(_ right: [Double]) -> [Double] {
        var x = right
        for i in 0..<l.n {
            for k in 0..<i { x[i] -= l[i, k] * x[k] }
            x[i] /= l[i, i]
        }
        return x
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
