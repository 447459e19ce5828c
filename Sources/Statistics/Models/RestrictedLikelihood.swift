#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The restricted likelihood of an unstructured covariance over visits, with its first and second derivatives, from sums of products.
///
/// Derivatives as in S. R. Searle, G. Casella, C. E. McCulloch, Variance Components (1992), DOI 10.1002/9780470316856, section 6.6: with P the
/// projection of the restricted likelihood and Vᵢ the derivative of V by a parameter, the slope is ½ (y'PVᵢPy − tr PVᵢ), the expected
/// information ½ tr PVᵢPVⱼ and the observed one y'PVᵢPVⱼPy − ½ tr PVᵢPVⱼ.
struct RestrictedLikelihood {
    let patterns: [VisitPattern]
    let rank: Int
    let visits: Int
    let rows: Int

    /// Covariance parameters are the elements (a, b), a ≤ b.
    private var pairs: [(a: Int, b: Int)] { (0..<visits).flatMap { b in (0...b).map { ($0, b) } } }

    struct Solution {
        /// Of the residuals on the orthonormal basis.
        var coefficients: [Double]
        var covariance: [[Double]]
        var sigma: [[Double]]
        var logLikelihood: Double
        /// X'W Vᵢ W X for each covariance parameter.
        var derivatives: [[[Double]]]
        /// Of the covariance parameters: the inverse of the observed information.
        var parameterCovariance: [[Double]]
        var iterations: Int

        /// Satterthwaite's, for a combination of the coefficients.
        func degrees(of combination: [Double]) -> Double {
            let weights = covariance.map { row in zip(row, combination).reduce(0) { $0 + $1.0 * $1.1 } }
            let variance = zip(weights, combination).reduce(0) { $0 + $1.0 * $1.1 }
            let gradient = derivatives.map { $0.quadratic(weights, weights) }
            return 2 * variance * variance / parameterCovariance.quadratic(gradient, gradient)
        }
    }

    private struct Point {
        var value: Double
        var coefficients: [Double]
        var covariance: [[Double]]
        /// For each pattern the inverse of its part of the covariance.
        var weights: [[[Double]]]
    }

    // MARK: Value

    /// Nil where the covariance is not positive definite.
    private func point(_ sigma: [[Double]]) -> Point? {
        guard Cholesky(sigma) != nil else { return nil }
        let width = rank + 1
        var (weights, sum, logDeterminant): ([[[Double]]], [Double], Double) = ([], [Double](repeating: 0, count: width * width), 0)
        for pattern in patterns {
            guard let factor = Cholesky(pattern.visits.map { a in pattern.visits.map { sigma[a][$0] } }) else { return nil }
            let inverse = factor.inverse
            weights.append(inverse)
            logDeterminant += Double(pattern.count) * factor.logDeterminant
            for (k, value) in pattern.weighted(inverse).enumerated() { sum[k] += value }
        }
        guard let information = Cholesky(Self.square(sum, rank, width)) else { return nil }
        let right = (0..<rank).map { sum[$0 * width + rank] }
        let coefficients = information.solve(right)
        let rest = sum[width * width - 1] - zip(right, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
        let constant = Double(rows - rank) * log(2 * Double.pi)
        let value = -0.5 * (constant + logDeterminant + information.logDeterminant + rest)
        return value.isFinite ? Point(value: value, coefficients: coefficients, covariance: information.inverse, weights: weights) : nil
    }

    /// The leading part of a matrix kept row by row, made symmetric.
    private static func square(_ values: [Double], _ count: Int, _ width: Int) -> [[Double]] {
        (0..<count).map { i in (0..<count).map { j in i == j ? values[i * width + i] : (values[i * width + j] + values[j * width + i]) / 2 } }
    }

    // MARK: Derivatives

    private struct Slopes {
        var gradient: [Double]
        var expected: [[Double]]
        var observed: [[Double]]
        var derivatives: [[[Double]]]
    }

    private func slopes(_ point: Point) -> Slopes {
        let (pairs, width, c) = (pairs, rank + 1, point.covariance)
        let zero = [Double](repeating: 0, count: pairs.count)
        var (traces, squares) = (zero, zero)
        var (traceProducts, residualProducts) = (pairs.map { _ in zero }, pairs.map { _ in zero })
        var sums = pairs.map { _ in [Double](repeating: 0, count: width * width) }
        let projection = point.coefficients.map { -$0 } + [1]
        for (pattern, w) in zip(patterns, point.weights) {
            let size = pattern.visits.count
            let places = Dictionary(uniqueKeysWithValues: zip(pattern.visits, pattern.visits.indices))
            // Σ q_c' C q_d and Σ r_c r_d over the people of the pattern.
            var (leverages, residuals) = (w, w)
            for i in 0..<size {
                for j in 0..<size {
                    let m = pattern.moments[i * size + j]
                    (leverages[i][j], residuals[i][j]) = (0, 0)
                    for k in 0..<width {
                        for l in 0..<width {
                            if k < rank, l < rank { leverages[i][j] += c[k][l] * m[k * width + l] }
                            residuals[i][j] += projection[k] * projection[l] * m[k * width + l]
                        }
                    }
                }
            }
            let (leverage, residual) = (Self.product(leverages, w), Self.product(residuals, w))
            let inside = pairs.indices.compactMap { index in
                places[pairs[index].a].flatMap { a in places[pairs[index].b].map { (index: index, a: a, b: $0) } }
            }
            for i in inside {
                let g = (0..<size).map { r in (0..<size).map { s in w[r][i.a] * w[i.b][s] + (i.a == i.b ? 0 : w[r][i.b] * w[i.a][s]) } }
                let (byLeverage, byResidual) = (Self.product(g, leverage), Self.product(g, residual))
                traces[i.index] += Double(pattern.count) * Self.pick(w, i.a, i.b)
                for r in 0..<size { for s in 0..<size { squares[i.index] += g[r][s] * residuals[r][s] } }
                for (k, value) in pattern.weighted(g).enumerated() { sums[i.index][k] += value }
                for j in inside {
                    traceProducts[i.index][j.index] += Double(pattern.count) * Self.pick(g, j.a, j.b) - 2 * Self.pick(byLeverage, j.a, j.b)
                    residualProducts[i.index][j.index] += Self.pick(byResidual, j.a, j.b)
                }
            }
        }
        let derivatives = sums.map { Self.square($0, rank, width) }
        // Σ X'W Vᵢ W r, and C X'W Vᵢ W X.
        let crossed = sums.map { sum in (0..<rank).map { k in (0..<width).reduce(0) { $0 + sum[k * width + $1] * projection[$1] } } }
        let scaled = derivatives.map { Self.product(c, $0) }
        var slopes = Slopes(gradient: zero, expected: traceProducts, observed: traceProducts, derivatives: derivatives)
        for i in pairs.indices {
            slopes.gradient[i] = 0.5 * (squares[i] - traces[i] + (0..<rank).reduce(0) { $0 + scaled[i][$1][$1] })
            for j in 0...i {
                var trace = traceProducts[i][j]
                for k in 0..<rank { for l in 0..<rank { trace += scaled[i][k][l] * scaled[j][l][k] } }
                let observed = residualProducts[i][j] - c.quadratic(crossed[i], crossed[j]) - 0.5 * trace
                (slopes.expected[i][j], slopes.expected[j][i]) = (0.5 * trace, 0.5 * trace)
                (slopes.observed[i][j], slopes.observed[j][i]) = (observed, observed)
            }
        }
        return slopes
    }

    /// The trace of a matrix with the derivative of the covariance by its element (a, b).
    private static func pick(_ matrix: [[Double]], _ a: Int, _ b: Int) -> Double { a == b ? matrix[a][a] : matrix[a][b] + matrix[b][a] }

    private static func product(_ x: [[Double]], _ y: [[Double]]) -> [[Double]] {
        x.map { row in y.indices.map { column in row.indices.reduce(0) { $0 + row[$1] * y[$1][column] } } }
    }

    // MARK: Maximum

    /// Fisher's scoring, then Newton's steps where the observed information allows them; steps are halved while the likelihood falls.
    func maximise(residuals: [Double], visit: [Int]) throws(RepeatedMeasures.Problem) -> Solution {
        let pairs = pairs
        var sigma = start(residuals, visit)
        guard isDetermined, var current = point(sigma) else { throw .tooFewRows }
        for iteration in 1...100 {
            let slopes = slopes(current)
            guard let expected = Cholesky(slopes.expected) else { throw .noMaximum }
            let factor = iteration > 2 ? Cholesky(slopes.observed) ?? expected : expected
            var step = factor.solve(slopes.gradient)
            let decrement = zip(step, slopes.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            if decrement < 1e-12 {
                guard let observed = Cholesky(slopes.observed) else { throw .noMaximum }
                return Solution(
                    coefficients: current.coefficients, covariance: current.covariance, sigma: sigma, logLikelihood: current.value,
                    derivatives: slopes.derivatives, parameterCovariance: observed.inverse, iterations: iteration)
            }
            var next: (sigma: [[Double]], point: Point)?
            for _ in 0..<40 {
                var moved = sigma
                for (index, pair) in pairs.enumerated() {
                    moved[pair.a][pair.b] += step[index]
                    if pair.a != pair.b { moved[pair.b][pair.a] = moved[pair.a][pair.b] }
                }
                if let found = point(moved), found.value >= current.value - 1e-9 {
                    next = (moved, found)
                    break
                }
                step = step.map { $0 / 2 }
            }
            guard let next else { throw .noMaximum }
            (sigma, current) = (next.sigma, next.point)
        }
        throw .noMaximum
    }

    /// Every pair of visits must have been attended by somebody.
    private var isDetermined: Bool {
        pairs.allSatisfy { pair in patterns.contains { $0.visits.contains(pair.a) && $0.visits.contains(pair.b) } }
    }

    /// The variances of the visits' residuals, with correlations of one half.
    private func start(_ residuals: [Double], _ visit: [Int]) -> [[Double]] {
        var (sums, counts) = ([Double](repeating: 0, count: visits), [Double](repeating: 0, count: visits))
        for (value, visit) in zip(residuals, visit) {
            sums[visit] += value * value
            counts[visit] += 1
        }
        let all = max(residuals.reduce(0) { $0 + $1 * $1 } / Double(residuals.count), 1e-300)
        let spreads = zip(sums, counts).map { max($1 > 0 ? $0 / $1 : 0, 0.01 * all).squareRoot() }
        return (0..<visits).map { i in (0..<visits).map { j in spreads[i] * spreads[j] * (i == j ? 1 : 0.5) } }
    }
}
