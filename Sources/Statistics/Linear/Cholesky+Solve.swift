#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Cholesky {
    /// L⁻¹ b.
    public func forward(_ b: [Double]) -> [Double] {
        var x = b
        for i in rows.indices {
            for j in 0..<i { x[i] -= rows[i][j] * x[j] }
            x[i] /= rows[i][i]
        }
        return x
    }

    /// A⁻¹ b.
    public func solve(_ b: [Double]) -> [Double] {
        var x = forward(b)
        for i in rows.indices.reversed() {
            for j in (i + 1)..<max(rows.count, i + 1) { x[i] -= rows[j][i] * x[j] }
            x[i] /= rows[i][i]
        }
        return x
    }

    /// A⁻¹, symmetric to the last bit.
    public var inverse: [[Double]] {
        var inverse = rows.indices.map { column in solve(rows.indices.map { $0 == column ? 1 : 0 }) }
        for i in rows.indices { for j in 0..<i { inverse[j][i] = inverse[i][j] } }
        return inverse
    }

    /// ln det A.
    public var logDeterminant: Double { rows.indices.reduce(0) { $0 + 2 * log(rows[$1][$1]) } }
}
