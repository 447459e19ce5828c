/// Initial value problems y′ = f(t, y) by extrapolation of a base step in h², with order and step size chosen as it goes.
///
/// `explicit`: Gragg's modified midpoint rule, for problems that are not stiff. `implicit`: Bader and Deuflhard's linearly implicit
/// midpoint rule, for those that are (Numer. Math. 41 (1983) 373, DOI 10.1007/BF01418331). Extrapolation by Aitken and Neville;
/// E. Hairer, S. P. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, II.9, and II, IV.9.
public struct Extrapolation: Sendable {
    public enum Method: Sendable { case explicit, implicit }

    public var relativeTolerance: Double
    public var absoluteTolerance: Double
    public var method: Method

    public init(_ method: Method = .explicit, relative: Double = 1e-10, absolute: Double = 1e-12) {
        self.method = method
        relativeTolerance = relative
        absoluteTolerance = absolute
    }

    /// The work gave out before the end: the problem is stiffer than the method or has a singularity.
    public struct Failure: Error, Sendable, Equatable {
        public let time: Double
    }

    private static let sequences: [Method: [Int]] = [.explicit: [2, 4, 6, 8, 10, 12, 14, 16, 18, 20], .implicit: [2, 6, 10, 14, 22, 34, 50]]

    /// y at `end`, from y at `start`; f must be smooth in between, so call once for each piece between jumps.
    public func solve(_ f: (Double, [Double]) -> [Double], from start: Double, to end: Double, _ initial: [Double]) throws(Failure) -> [Double] {
        guard end > start else { return initial }
        var t = start
        var y = initial
        var step = min(end - start, 0.1 * (end - start) + 1e-3)
        var work = 0
        while t < end {
            step = min(step, end - t)
            work += 1
            guard work < 200_000, step > 1e-14 * max(1, abs(t)) else { throw Failure(time: t) }
            guard let (next, error, column) = attempt(f, t, y, step) else {
                step *= 0.25
                continue
            }
            // The error estimate belongs to order 2·column + 1.
            let factor = min(max(0.9 * Self.root(max(error, 1e-16), 2 * column + 1), 0.1), 4)
            if error <= 1 {
                t = end - t <= step ? end : t + step
                y = next
            }
            step *= factor
        }
        return y
    }

    /// e^(−ln(x)/n), that is x^(−1/n).
    private static func root(_ x: Double, _ n: Int) -> Double { Lanes.exp(Lanes.log(Lanes(repeating: x)) * (-1 / Double(n)))[0] }

    /// One step, extrapolated until the difference of the last two columns is within tolerance; nil when it diverges.
    private func attempt(_ f: (Double, [Double]) -> [Double], _ t: Double, _ y: [Double], _ step: Double) -> (next: [Double], error: Double, column: Int)? {
        let counts = Self.sequences[method] ?? []
        let jacobian = method == .implicit ? jacobian(f, t, y) : []
        let slope = f(t, y)
        var last: [[Double]] = []
        var best: (next: [Double], error: Double, column: Int)?
        for (k, count) in counts.enumerated() {
            let base: [Double]?
            switch method {
            case .explicit: base = midpoint(f, t, y, slope, step, count)
            case .implicit: base = implicitMidpoint(f, t, y, slope, jacobian, step, count)
            }
            guard let base, base.allSatisfy(\.isFinite) else { return nil }
            var row = [base]
            for j in 0..<k {
                let ratio = Double(count) / Double(counts[k - j - 1])
                let weight = 1 / (ratio * ratio - 1)
                row.append(zip(row[j], last[j]).map { $0 + ($0 - $1) * weight })
            }
            last = row
            guard k > 0 else { continue }
            var error = 0.0
            for index in y.indices {
                let size = absoluteTolerance + relativeTolerance * max(abs(y[index]), abs(row[k][index]))
                error = max(error, abs(row[k][index] - row[k - 1][index]) / size)
            }
            if error < best?.error ?? .infinity { best = (row[k], error, k) }
            if error <= 1 { break }
        }
        return best
    }

    /// Gragg's rule with Euler's start and smoothing at the end.
    private func midpoint(_ f: (Double, [Double]) -> [Double], _ t: Double, _ y: [Double], _ slope: [Double], _ step: Double, _ count: Int) -> [Double]? {
        let h = step / Double(count)
        var before = y
        var current = zip(y, slope).map { $0 + h * $1 }
        for k in 1..<count {
            let derivative = f(t + Double(k) * h, current)
            let next = before.indices.map { before[$0] + 2 * h * derivative[$0] }
            before = current
            current = next
        }
        let last = f(t + step, current)
        return current.indices.map { 0.5 * (current[$0] + before[$0] + h * last[$0]) }
    }

    private func implicitMidpoint(
        _ f: (Double, [Double]) -> [Double], _ t: Double, _ y: [Double], _ slope: [Double], _ jacobian: [[Double]], _ step: Double, _ count: Int
    ) -> [Double]? {
        let h = step / Double(count)
        guard let solver = LinearSolver(jacobian.enumerated().map { i, row in row.enumerated().map { j, value in (i == j ? 1 : 0) - h * value } }) else {
            return nil
        }
        var delta = solver.solve(slope.map { $0 * h })
        var current = zip(y, delta).map(+)
        for k in 1..<count {
            let derivative = f(t + Double(k) * h, current)
            let change = solver.solve(derivative.indices.map { h * derivative[$0] - delta[$0] })
            for index in delta.indices { delta[index] += 2 * change[index] }
            for index in current.indices { current[index] += delta[index] }
        }
        let derivative = f(t + step, current)
        let change = solver.solve(derivative.indices.map { h * derivative[$0] - delta[$0] })
        return zip(current, change).map(+)
    }

    /// ∂f/∂y by forward differences.
    private func jacobian(_ f: (Double, [Double]) -> [Double], _ t: Double, _ y: [Double]) -> [[Double]] {
        let base = f(t, y)
        var columns: [[Double]] = []
        for index in y.indices {
            let change = max(abs(y[index]) * 1e-7, 1e-9)
            var moved = y
            moved[index] += change
            columns.append(zip(f(t, moved), base).map { ($0 - $1) / change })
        }
        return y.indices.map { row in columns.map { $0[row] } }
    }
}

/// Gaussian elimination with partial pivoting, done once for many right-hand sides.
struct LinearSolver {
    private var factors: [[Double]]
    private var order: [Int]

    /// Nil when the matrix is singular.
    init?(_ matrix: [[Double]]) {
        factors = matrix
        order = Array(matrix.indices)
        for column in matrix.indices {
            guard let pivot = (column..<matrix.count).max(by: { abs(factors[$0][column]) < abs(factors[$1][column]) }), factors[pivot][column] != 0 else {
                return nil
            }
            factors.swapAt(column, pivot)
            order.swapAt(column, pivot)
            for row in column + 1..<max(matrix.count, column + 1) {
                let factor = factors[row][column] / factors[column][column]
                factors[row][column] = factor
                guard factor != 0 else { continue }
                for k in column + 1..<matrix.count { factors[row][k] -= factor * factors[column][k] }
            }
        }
    }

    func solve(_ right: [Double]) -> [Double] {
        var x = order.map { right[$0] }
        for row in x.indices { for k in 0..<row { x[row] -= factors[row][k] * x[k] } }
        for row in x.indices.reversed() {
            for k in row + 1..<max(x.count, row + 1) { x[row] -= factors[row][k] * x[k] }
            x[row] /= factors[row][row]
        }
        return x
    }
}
