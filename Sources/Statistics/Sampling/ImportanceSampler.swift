#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A log density up to a constant, with its gradient.
public typealias LogDensity = ([Double]) -> (value: Double, gradient: [Double])

/// Draws from a posterior with a standard normal prior, by importance sampling that adapts itself: it starts from the normal approximation
/// at the mode, moves mean and covariance to those of the weighted draws, and always keeps the prior in the mixture, so that no weight can grow
/// without bound (T. Hesterberg, Technometrics 37 (1995) 185, DOI 10.1080/00401706.1995.10484303). Weights are Pareto smoothed. Where that
/// does not do, the No-U-Turn sampler answers instead, and the diagnostics say so.
public struct ImportanceSampler: Sendable {
    public enum Method: String, Sendable { case importance = "importance sampling", noUTurn = "no-u-turn sampler" }

    /// What the draws of the last round shall be worth, and how many they may be.
    public var wantedSize = 6000.0
    public var draws = 4000...24_000
    /// Draws of the rounds that adapt.
    public var adaptingDraws = 800
    public var greatestRounds = 5
    /// Smoothed weights with a k̂ above this are not trusted.
    public var greatestShape = 0.7
    /// Nor are those worth fewer draws than this share.
    public var leastEfficiency = 0.2
    /// For tests and comparisons: straight to the No-U-Turn sampler.
    public var forcesNoUTurn = false

    public init() {}

    public struct Sample: Sendable {
        public var method: Method
        public var points: [[Double]]
        /// Sum to 1.
        public var weights: [Double]
        public var effectiveSize: Double
        /// k̂ of the importance weights, also where they were given up.
        public var shape: Double
        /// Nil where the No-U-Turn sampler answered: it does not know.
        public var logEvidence: Double?
        public var mode: [Double]
        public var evaluations: Int
        /// Greatest potential scale reduction over parameters; nil for importance sampling.
        public var scaleReduction: Double?

        public var mean: [Double] { ImportanceSampler.moments(points, weights).mean }
        public var covariance: [[Double]] { ImportanceSampler.moments(points, weights).covariance }
    }

    /// - Parameters:
    ///   - dimension: of the density.
    ///   - logPosterior: normalised prior included, so that the evidence is one.
    ///   - values: the same of many points without its gradient, where that is cheaper: all that a weight asks for.
    public func sample(
        dimension: Int, seed: UInt64, subject: UInt32, values: (([[Double]]) -> [Double])? = nil, _ logPosterior: LogDensity
    ) -> Sample {
        var evaluations = 0
        func density(_ point: [Double]) -> (value: Double, gradient: [Double]) {
            evaluations += 1
            return logPosterior(point)
        }
        let start = BFGS().minimise(from: [Double](repeating: 0, count: dimension)) { point in
            let (value, gradient) = density(point)
            return (-value, gradient.map { -$0 })
        }
        var mean = start.point
        var factor = Self.inverseHessian(at: mean, density).flatMap { Cholesky($0) } ?? .identity(dimension)
        var stream = RandomStream(seed: seed, subject: subject, purpose: 0x4953_0001)
        var points = EvenPoints(dimension: dimension, stream: &stream)
        var isHard = false
        var best: (points: [[Double]], smoothed: ParetoSmoothing)?
        for round in 0..<greatestRounds where !forcesNoUTurn {
            let isLast = round > 0 && (best?.smoothed.effectiveSize ?? 0) > 0.4 * Double(best?.points.count ?? 1) || round == greatestRounds - 1
            let mixture = Self.mixture(mean, factor)
            let efficiency = (best?.smoothed.effectiveSize ?? 0) / Double(max(best?.points.count ?? 0, 1))
            let count =
                isHard ? draws.upperBound : isLast ? min(max(Int(wantedSize / max(efficiency, 0.01)), draws.lowerBound), draws.upperBound) : adaptingDraws
            var drawn: [[Double]] = []
            drawn.reserveCapacity(count)
            for component in mixture.components {
                for _ in 0..<Int((component.weight * Double(count)).rounded()) { drawn.append(component.draw(points.normals())) }
            }
            evaluations += drawn.count
            let heights = values?(drawn) ?? drawn.map { logPosterior($0).value }
            let smoothed = ParetoSmoothing(logWeights: zip(heights, mixture.logDensities(drawn)).map { $0 - $1 })
            best = (drawn, smoothed)
            // What is hard gets another round with as many draws as may be, from where these have led.
            if isLast, smoothed.shape < 0.6 || isHard || round == greatestRounds - 1 { break }
            isHard = isLast
            let moments = Self.moments(drawn, smoothed.weights)
            guard let moved = Cholesky(moments.covariance) else { break }
            (mean, factor) = (moments.mean, moved)
        }
        if let best, best.smoothed.shape < greatestShape, best.smoothed.effectiveSize > leastEfficiency * Double(best.points.count) {
            return Sample(
                method: .importance, points: best.points, weights: best.smoothed.weights, effectiveSize: best.smoothed.effectiveSize,
                shape: best.smoothed.shape, logEvidence: best.smoothed.logMean, mode: start.point, evaluations: evaluations)
        }
        let sampler = NoUTurnSampler(metric: factor)
        let chains = sampler.chains(from: start.point, seed: seed, subject: subject, density)
        return Sample(
            method: .noUTurn, points: chains.points, weights: [Double](repeating: 1 / Double(max(chains.points.count, 1)), count: chains.points.count),
            effectiveSize: chains.effectiveSize, shape: best?.smoothed.shape ?? .infinity, logEvidence: nil, mode: start.point, evaluations: evaluations,
            scaleReduction: chains.scaleReduction)
    }

    /// Most about as approximated, a fifth twice as wide, some from the prior. Wider than best for the draws' worth: it is in the long tail of a skewed
    /// posterior that a proposal too narrow leaves a few heavy draws to speak for many.
    private static func mixture(_ mean: [Double], _ factor: Cholesky) -> GaussianMixture {
        GaussianMixture(components: [
            .init(weight: 0.75, mean: mean, factor: factor.widened(1.3)), .init(weight: 0.2, mean: mean, factor: factor.widened(3)),
            .init(weight: 0.05, mean: mean.map { _ in 0 }, factor: .identity(mean.count)),
        ])
    }

    /// Inverse of the negative Hessian, by central differences of the gradient; nil where it is not positive definite.
    static func inverseHessian(at mode: [Double], _ density: LogDensity) -> [[Double]]? {
        let h = 1e-4
        let columns = mode.indices.map { index in
            var (low, high) = (mode, mode)
            low[index] -= h
            high[index] += h
            return zip(density(low).gradient, density(high).gradient).map { ($0 - $1) / (2 * h) }
        }
        let hessian = mode.indices.map { row in mode.indices.map { column in 0.5 * (columns[row][column] + columns[column][row]) } }
        guard Cholesky(hessian) != nil, let solver = LinearSolver(hessian) else { return nil }
        let inverse = mode.indices.map { index in solver.solve(mode.indices.map { $0 == index ? 1 : 0 }) }
        return mode.indices.map { row in mode.indices.map { 0.5 * (inverse[row][$0] + inverse[$0][row]) } }
    }

    /// Weighted mean and covariance.
    static func moments(_ points: [[Double]], _ weights: [Double]) -> (mean: [Double], covariance: [[Double]]) {
        let n = points.first?.count ?? 0
        var mean = [Double](repeating: 0, count: n)
        for (point, weight) in zip(points, weights) { for index in 0..<n { mean[index] += weight * point[index] } }
        var covariance = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
        for (point, weight) in zip(points, weights) {
            for row in 0..<n {
                let part = weight * (point[row] - mean[row])
                for column in 0...row { covariance[row][column] += part * (point[column] - mean[column]) }
            }
        }
        for row in 0..<n {
            for column in 0..<row { covariance[column][row] = covariance[row][column] }
            covariance[row][row] += 1e-9
        }
        return (mean, covariance)
    }
}
