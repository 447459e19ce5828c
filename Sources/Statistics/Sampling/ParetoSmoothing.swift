#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Importance weights whose largest are replaced by expected order statistics of a generalised Pareto distribution fitted to them, and the
/// shape k̂ that tells whether they can be trusted: below 0.7 they can.
///
/// A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling", J. Mach. Learn. Res. 25 (2024) 72,
/// arXiv 1507.02646; the fit is J. Zhang, M. A. Stephens, Technometrics 51 (2009) 316, DOI 10.1198/tech.2009.08017.
public struct ParetoSmoothing: Sendable {
    /// Sum to 1, in the order given.
    public let weights: [Double]
    /// k̂; infinite where the tail is too short to be judged.
    public let shape: Double
    /// (Σw)²/Σw².
    public let effectiveSize: Double
    /// ln of the mean of the weights as given: of importance weights, the log evidence.
    public let logMean: Double

    /// - Parameter logWeights: up to a constant; those not finite count as zero.
    public init(logWeights: [Double]) {
        let greatest = logWeights.filter(\.isFinite).max() ?? 0
        var weights = logWeights.map { $0.isFinite ? exp($0 - greatest) : 0 }
        let count = weights.count
        logMean = greatest + log(max(weights.reduce(0, +), 1e-300) / Double(max(count, 1)))
        let tailCount = min(Int(0.2 * Double(count)), Int(3 * Double(count).squareRoot()))
        var shape = Double.infinity
        if tailCount >= 5 {
            let order = weights.indices.sorted { (weights[$0], $0) < (weights[$1], $1) }
            let tail = order.suffix(tailCount)
            let threshold = weights[order[count - tailCount - 1]]
            let excesses = tail.map { weights[$0] - threshold }
            if let most = excesses.last, most > 1e-12 {
                let (k, sigma) = Self.fit(excesses.map { max($0, 1e-300) })
                shape = k
                if k.isFinite {
                    for (rank, index) in tail.enumerated() {
                        let p = (Double(rank) + 0.5) / Double(tailCount)
                        let quantile = abs(k) < 1e-9 ? -sigma * log1p(-p) : sigma / k * (pow(1 - p, -k) - 1)
                        weights[index] = min(threshold + quantile, 1)
                    }
                }
            } else {
                shape = -1
            }
        }
        let sum = weights.reduce(0, +)
        self.weights = sum > 0 ? weights.map { $0 / sum } : weights
        self.shape = shape
        effectiveSize = sum > 0 ? 1 / self.weights.reduce(0) { $0 + $1 * $1 } : 0
    }

    /// Shape and scale from ascending excesses over the threshold; the shape is drawn a little to 0.5 as the paper does.
    static func fit(_ x: [Double]) -> (shape: Double, scale: Double) {
        let n = x.count
        guard let most = x.last, most > 0 else { return (.infinity, 0) }
        let m = 30 + Int(Double(n).squareRoot())
        let quartile = max(x[max(Int(Double(n) / 4 + 0.5) - 1, 0)], 1e-300)
        let thetas = (1...m).map { 1 / most + (1 - (Double(m) / (Double($0) - 0.5)).squareRoot()) / (3 * quartile) }
        func shape(_ theta: Double) -> Double { x.reduce(0) { $0 + log1p(-theta * $1) } / Double(n) }
        let likelihoods = thetas.map { theta in
            let k = shape(theta)
            return Double(n) * (log(-theta / k) - k - 1)
        }
        let largest = likelihoods.filter(\.isFinite).max() ?? 0
        let posterior = likelihoods.map { $0.isFinite ? exp($0 - largest) : 0 }
        let total = posterior.reduce(0, +)
        guard total > 0 else { return (.infinity, 0) }
        let theta = zip(thetas, posterior).reduce(0) { $0 + $1.0 * $1.1 } / total
        let k = shape(theta)
        return ((k * Double(n) + 0.5 * 10) / (Double(n) + 10), -k / theta)
    }
}
