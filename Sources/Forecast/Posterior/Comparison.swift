import Statistics

/// How far two samplers of one posterior are apart, figure by figure, in posterior standard deviations, and how much of that is chance.
public struct Comparison: Sendable {
    public struct Figure: Sendable {
        public enum Kind: Sendable, Equatable { case mean, quantile(Double) }

        public var parameter: String
        public var kind: Kind
        public var distance: Double
        /// Monte Carlo standard errors: of our draws, were they independent, and of the long run.
        public var own, reference: Double
    }

    public var figures: [Figure] = []
    /// How our draws were made.
    public var method = ImportanceSampler.Method.importance

    public init() {}

    /// Greatest distance of means.
    public var mean: Double { figures.filter { $0.kind == .mean }.map(\.distance).max() ?? 0 }
    /// Of the 5, 50 and 95 % quantiles.
    public var quantile: Double { figures.filter { $0.kind != .mean }.map(\.distance).max() ?? 0 }

    /// - Parameter draws: of each of four chains of the No-U-Turn sampler.
    public static func importanceAgainstNoUTurn(_ history: SymptomHistory, constants: SymptomConstants, draws: Int, seed: UInt64 = 1) -> Comparison {
        let posterior = PersonPosterior(constants, history)
        let fast = posterior.sample(ImportanceSampler(), seed: seed)
        var reference = NoUTurnSampler(metric: Cholesky(fast.covariance))
        reference.drawsPerChain = draws
        let long = reference.chains(from: fast.mode, seed: seed &+ 1, subject: 0, posterior.logDensity).points
        var comparison = Comparison()
        comparison.method = fast.method
        for (index, name) in posterior.names.enumerated() {
            let own = WeightedValues(fast.points.map { $0[index] }, weights: fast.weights)
            let other = WeightedValues(long.map { $0[index] }, weights: [Double](repeating: 1 / Double(long.count), count: long.count))
            func correlated(_ values: [Double]) -> Double {
                Convergence(stride(from: 0, to: values.count, by: draws).map { Array(values[$0..<min($0 + draws, values.count)]) }).effectiveSize
            }
            comparison.figures.append(
                Figure(
                    parameter: name, kind: .mean, distance: abs(own.mean - other.mean) / other.deviation, own: 1 / own.effectiveSize.squareRoot(),
                    reference: 1 / correlated(other.values).squareRoot()))
            for share in [0.05, 0.5, 0.95] {
                let place = other.quantile(share)
                let size = correlated(other.values.map { $0 <= place ? 1 : 0 })
                // The quantile's own error: where it would lie were the share below it off by one standard error (A. Vehtari and others 2021).
                func error(_ size: Double) -> Double {
                    let off = (share * (1 - share) / max(size, 1)).squareRoot()
                    return 0.5 * (other.quantile(min(share + off, 1)) - other.quantile(max(share - off, 0))) / other.deviation
                }
                comparison.figures.append(
                    Figure(
                        parameter: name, kind: .quantile(share), distance: abs(own.quantile(share) - place) / other.deviation,
                        own: error(own.effectiveSize), reference: error(size)))
            }
        }
        return comparison
    }
}
