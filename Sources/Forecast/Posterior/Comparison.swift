import Statistics

/// How far two samplers of one posterior are apart, in posterior standard deviations, at most over parameters.
public struct Comparison: Sendable {
    public var mean: Double
    /// Of the 5, 50 and 95 % quantiles.
    public var quantile: Double

    public init(mean: Double = 0, quantile: Double = 0) { (self.mean, self.quantile) = (mean, quantile) }

    /// - Parameter draws: of each of four chains of the No-U-Turn sampler.
    public static func importanceAgainstNoUTurn(_ history: SymptomHistory, constants: SymptomConstants, draws: Int, seed: UInt64 = 1) -> Comparison {
        let posterior = PersonPosterior(constants, history)
        let fast = posterior.sample(ImportanceSampler(), seed: seed)
        var reference = NoUTurnSampler(metric: nil)
        reference.drawsPerChain = draws
        let chains = reference.chains(from: fast.mode, seed: seed &+ 1, subject: 0, posterior.logDensity)
        let equal = [Double](repeating: 1 / Double(chains.points.count), count: chains.points.count)
        var worst = Comparison()
        for index in 0..<posterior.dimension {
            let a = Forecast.Parameter(name: "", values: fast.points.map { $0[index] }, weights: fast.weights)
            let b = Forecast.Parameter(name: "", values: chains.points.map { $0[index] }, weights: equal)
            worst.include(a, b)
        }
        return worst
    }

    mutating func include(_ a: Forecast.Parameter, _ b: Forecast.Parameter) {
        mean = max(mean, abs(a.mean - b.mean) / b.deviation)
        for (x, y) in [(a.p05, b.p05), (a.p50, b.p50), (a.p95, b.p95)] { quantile = max(quantile, abs(x - y) / b.deviation) }
    }
}
