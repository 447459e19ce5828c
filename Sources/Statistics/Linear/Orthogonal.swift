#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// X = Q R by Householder's reflections, column by column in their order; a column that the ones before it give within 1e-7 of its length is
/// set aside, as R's `lm` does.
///
/// G. H. Golub, C. F. Van Loan, Matrix Computations, 4th ed. (2013), section 5.2. Cost 2 n p².
struct Orthogonal: Sendable {
    /// Indices of the columns that stand, in order.
    let standing: [Int]
    /// R, column by column: column k has k + 1 elements.
    let triangle: [[Double]]
    private let reflectors: [[Double]]
    private let rows: Int

    /// - Parameter columns: of equal length.
    init(_ columns: [[Double]]) {
        rows = columns.first?.count ?? 0
        var (standing, triangle, reflectors): ([Int], [[Double]], [[Double]]) = ([], [], [])
        for (index, column) in columns.enumerated() {
            var rest = column
            for (row, reflector) in reflectors.enumerated() { Self.reflect(&rest, reflector, from: row) }
            let row = standing.count
            let length = Self.length(rest, from: row)
            guard row < rows, length > 1e-7 * Self.length(column, from: 0) else { continue }
            var reflector = [Double](rest[row...])
            let diagonal = reflector[0] > 0 ? -length : length
            reflector[0] -= diagonal
            standing.append(index)
            triangle.append(rest[..<row] + [diagonal])
            reflectors.append(reflector)
        }
        (self.standing, self.triangle, self.reflectors) = (standing, triangle, reflectors)
    }

    private static func length(_ values: [Double], from row: Int) -> Double {
        values[min(row, values.count)...].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// (I − 2 v vᵀ / vᵀv) applied to the elements from `row` on.
    private static func reflect(_ values: inout [Double], _ v: [Double], from row: Int) {
        var (product, square) = (0.0, 0.0)
        for k in v.indices {
            product += v[k] * values[row + k]
            square += v[k] * v[k]
        }
        let factor = 2 * product / square
        for k in v.indices { values[row + k] -= factor * v[k] }
    }

    /// Qᵀ y.
    func rotated(_ y: [Double]) -> [Double] {
        var y = y
        for (row, reflector) in reflectors.enumerated() { Self.reflect(&y, reflector, from: row) }
        return y
    }

    /// Q's columns that belong to the standing ones, each of length 1.
    var basis: [[Double]] {
        standing.indices.map { column in
            var unit = [Double](repeating: 0, count: rows)
            unit[column] = 1
            for (row, reflector) in reflectors.enumerated().reversed() { Self.reflect(&unit, reflector, from: row) }
            return unit
        }
    }

    /// R⁻¹ b.
    func solve(_ b: [Double]) -> [Double] {
        var x = b
        for column in triangle.indices.reversed() {
            x[column] /= triangle[column][column]
            for row in 0..<column { x[row] -= triangle[column][row] * x[column] }
        }
        return x
    }

    /// R⁻ᵀ b.
    func solveTransposed(_ b: [Double]) -> [Double] {
        var x = b
        for column in triangle.indices {
            for row in 0..<column { x[column] -= triangle[column][row] * x[row] }
            x[column] /= triangle[column][column]
        }
        return x
    }

    /// ln |det R|.
    var logScale: Double { triangle.indices.reduce(0) { $0 + log(abs(triangle[$1][$1])) } }

    /// R⁻¹, row by row.
    var inverseRows: [[Double]] { standing.indices.map { row in solveTransposed(standing.indices.map { $0 == row ? 1 : 0 }) } }

    /// Estimates for the columns that stand, and their covariance, in the places of all columns.
    func spread(_ estimates: [Double], _ covariance: [[Double]], over count: Int) -> (coefficients: [Double?], covariance: [[Double]]) {
        covariance.spread(estimates, at: standing, of: count)
    }
}

extension [[Double]] {
    /// Estimates with this covariance in the places `columns` among `count`.
    func spread(_ estimates: [Double], at columns: [Int], of count: Int) -> (coefficients: [Double?], covariance: [[Double]]) {
        var coefficients = [Double?](repeating: nil, count: count)
        var wide = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for (i, column) in columns.enumerated() {
            coefficients[column] = estimates[i]
            for (j, other) in columns.enumerated() { wide[column][other] = (self[i][j] + self[j][i]) / 2 }
        }
        return (coefficients, wide)
    }
}
