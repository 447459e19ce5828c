#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A mixture of normal distributions to propose from.
struct GaussianMixture: Sendable {
    struct Component: Sendable {
        var weight: Double
        var mean: [Double]
        var factor: Cholesky
        /// ln(weight/√det(2πΣ)).
        let logScale: Double

        init(weight: Double, mean: [Double], factor: Cholesky) {
            (self.weight, self.mean, self.factor) = (weight, mean, factor)
            let determinant = factor.rows.indices.reduce(0) { $0 + log(factor.rows[$1][$1]) }
            logScale = log(weight) - determinant - 0.9189385332046727 * Double(mean.count)
        }

        /// Of eight points side by side, by coordinate.
        func logDensity(_ point: [Lanes]) -> Lanes {
            var sum = Lanes.zero
            var solved = point
            for (row, factors) in factor.rows.enumerated() {
                var rest = point[row] - mean[row]
                for column in 0..<row { rest -= factors[column] * solved[column] }
                solved[row] = rest / factors[row]
                sum += solved[row] * solved[row]
            }
            return logScale - 0.5 * sum
        }

        func draw(_ normals: [Double]) -> [Double] { zip(mean, factor.times(normals)).map { $0 + $1 } }
    }

    var components: [Component]

    func logDensities(_ points: [[Double]]) -> [Double] {
        Lanes.map(points) { point in
            let parts = components.map { $0.logDensity(point) }
            let greatest = parts.dropFirst().reduce(parts[0]) { $0.replacing(with: $1, where: $1 .> $0) }
            return greatest + Lanes.log(parts.reduce(Lanes.zero) { $0 + Lanes.exp($1 - greatest) })
        }
    }
}

/// Points that fill the unit cube evenly: an additive recurrence with the powers of the generalised golden ratio, shifted at random (R. Cranley,
/// T. N. L. Patterson, SIAM J. Numer. Anal. 13 (1976) 904, DOI 10.1137/0713071; the ratio after M. Roberts 2018).
public struct EvenPoints: Sendable {
    private let steps: [Double]
    private var shift: [Double]
    private var number = 0.0

    public init(dimension: Int, stream: inout RandomStream) {
        // The root of x^(d+1) = x + 1.
        var ratio = 2.0
        for _ in 0..<64 { ratio = pow(1 + ratio, 1 / Double(dimension + 1)) }
        steps = (1...max(dimension, 1)).map { pow(1 / ratio, Double($0)) }
        shift = (0..<max(dimension, 1)).map { _ in stream.uniform() }
    }

    /// The next point, as independent standard normal values.
    public mutating func normals() -> [Double] {
        number += 1
        return zip(steps, shift).map { step, shift in
            let place = shift + step * number
            return NormalQuantile.of(min(max(place - place.rounded(.down), 1e-15), 1 - 1e-15))
        }
    }
}
