#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The Gauss-Legendre rule on [0, 1]: exact for polynomials of degree 2n − 1.
///
/// Nodes by Newton's method on the three-term recurrence (Abramowitz and Stegun 1964, 25.4.29-30).
public struct GaussLegendre: Sendable, Equatable {
    public let nodes: [Double]
    public let weights: [Double]

    public init(count: Int) {
        var nodes: [Double] = []
        var weights: [Double] = []
        for index in 0..<max(count, 1) {
            var z = cos(Double.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
            var slope = 1.0
            for _ in 0..<100 {
                var (current, previous) = (1.0, 0.0)
                for degree in 0..<count {
                    let k = Double(degree)
                    (current, previous) = (((2 * k + 1) * z * current - k * previous) / (k + 1), current)
                }
                slope = Double(count) * (z * current - previous) / (z * z - 1)
                let step = current / slope
                z -= step
                if abs(step) < 1e-15 { break }
            }
            nodes.append(0.5 * (1 - z))
            weights.append(1 / ((1 - z * z) * slope * slope))
        }
        self.nodes = nodes
        self.weights = weights
    }
}
