/// Weighted least squares by Levenberg's and Marquardt's method, with derivatives by central differences.
///
/// K. Levenberg, Q. Appl. Math. 2 (1944) 164, DOI 10.1090/qam/10666; D. W. Marquardt, J. SIAM 11 (1963) 431, DOI 10.1137/0111030.
public struct LeastSquares: Sendable {
    public var greatestIterations = 100
    /// Relative change of the sum of squares at which to stop.
    public var tolerance = 1e-9
    /// Step of the differences, in each parameter.
    public var difference = 1e-4

    public init() {}

    public struct Estimate: Sendable {
        public var parameters: [Double]
        /// (JᵀJ)⁻¹ at the end: the covariance when every residual has unit variance. Nil when the data leave a direction open.
        public var covariance: [[Double]]?
        public var sumOfSquares: Double
        public var iterations: Int
    }

    /// - Parameters:
    ///   - start: where to begin.
    ///   - residuals: each divided by its standard deviation, priors included; finite near the start.
    public func minimise(from start: [Double], residuals: ([Double]) -> [Double]) -> Estimate {
        var parameters = start
        var current = residuals(parameters)
        var sum = Self.squares(current)
        var damping = 1e-2
        var iterations = 0
        while iterations < greatestIterations {
            iterations += 1
            let (normal, gradient) = normalEquations(parameters, current, residuals)
            var isDone = true
            for _ in 0..<12 {
                var damped = normal
                for index in damped.indices { damped[index][index] += damping * max(normal[index][index], 1e-12) }
                guard let step = LinearSolver(damped)?.solve(gradient) else {
                    damping *= 10
                    continue
                }
                let moved = zip(parameters, step).map { $0 - $1 }
                let found = residuals(moved)
                let reached = Self.squares(found)
                if reached.isFinite, reached <= sum {
                    isDone = sum - reached <= tolerance * sum
                    (parameters, current, sum) = (moved, found, reached)
                    damping = max(damping / 5, 1e-12)
                    break
                }
                damping *= 5
            }
            if isDone { break }
        }
        let (normal, _) = normalEquations(parameters, current, residuals)
        return Estimate(parameters: parameters, covariance: Self.inverse(normal), sumOfSquares: sum, iterations: iterations)
    }

    private static func squares(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }

    /// JᵀJ and Jᵀr.
    private func normalEquations(_ parameters: [Double], _ current: [Double], _ residuals: ([Double]) -> [Double]) -> ([[Double]], [Double]) {
        let columns = parameters.indices.map { index in
            var (low, high) = (parameters, parameters)
            low[index] -= difference
            high[index] += difference
            return zip(residuals(high), residuals(low)).map { ($0 - $1) / (2 * difference) }
        }
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return (columns.map { a in columns.map { dot(a, $0) } }, columns.map { dot($0, current) })
    }

    private static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
        guard let solver = LinearSolver(matrix) else { return nil }
        let columns = matrix.indices.map { index in solver.solve(matrix.indices.map { $0 == index ? 1 : 0 }) }
        guard columns.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
        return matrix.indices.map { row in columns.map { $0[row] } }
    }
}
