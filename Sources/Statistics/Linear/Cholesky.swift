/// The lower triangular factor L of a symmetric positive definite matrix, L Lᵀ = A.
public struct Cholesky: Sendable, Equatable {
    /// Row by row; row i has i + 1 elements.
    public let rows: [[Double]]

    /// Nil when the matrix is not square, not symmetric or not positive definite.
    public init?(_ matrix: [[Double]]) {
        var rows: [[Double]] = []
        for (i, row) in matrix.enumerated() {
            guard row.count == matrix.count else { return nil }
            var factor: [Double] = []
            for j in 0...i {
                guard abs(row[j] - matrix[j][i]) <= 1e-9 * max(abs(row[j]), 1e-300) else { return nil }
                let known = (0..<j).reduce(0) { $0 + factor[$1] * (j == i ? factor[$1] : rows[j][$1]) }
                let rest = row[j] - known
                if i == j {
                    guard rest > 1e-12 * abs(row[j]) else { return nil }
                    factor.append(rest.squareRoot())
                } else {
                    factor.append(rest / rows[j][j])
                }
            }
            rows.append(factor)
        }
        self.rows = rows
    }

    private init(rows: [[Double]]) { self.rows = rows }

    /// Of the identity.
    public static func identity(_ n: Int) -> Cholesky { Cholesky(rows: (0..<n).map { row in (0...row).map { $0 == row ? 1 : 0 } }) }

    /// Of the same matrix times this.
    public func widened(_ factor: Double) -> Cholesky { Cholesky(rows: rows.map { $0.map { $0 * factor.squareRoot() } }) }

    /// L z: with independent standard normal `z`, a draw with covariance A.
    public func times(_ z: [Double]) -> [Double] {
        rows.map { row in zip(row, z).reduce(0) { $0 + $1.0 * $1.1 } }
    }
}
