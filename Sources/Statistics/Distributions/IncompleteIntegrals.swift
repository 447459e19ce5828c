#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The incomplete gamma and beta functions, both tails at once, each to about 1e-14 relative.
///
/// The leading factors are computed as C. Loader does for the binomial and Poisson densities ("Fast and accurate computation of binomial
/// probabilities", 2000), so that they keep their digits for large arguments; the rest by the series and continued fractions of the
/// Digital Library of Mathematical Functions, 8.7.1, 8.9.2 and 8.17.22.
enum IncompleteIntegral {
    /// P(a, x) and Q(a, x) = 1 − P, for a > 0 and x ≥ 0; and xᵃ e⁻ˣ / Γ(a).
    static func gamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double, factor: Double) {
        guard x > 0 else { return (0, 1, 0) }
        guard x < .infinity else { return (1, 0, 0) }
        let factor = a * exp(-stirlingError(a) - deviance(a, x)) / (2 * .pi * a).squareRoot()
        if x < a + 1 {
            var (term, sum, k) = (1 / a, 1 / a, a)
            while term > sum * 1e-17 {
                k += 1
                term *= x / k
                sum += term
            }
            let lower = factor * sum
            return (lower, 1 - lower, factor)
        }
        var fraction = LentzFraction(x + 1 - a)
        for k in 1..<100_000 where !fraction.isDone { fraction.append(-Double(k) * (Double(k) - a), x + Double(2 * k + 1) - a) }
        let upper = factor / fraction.value
        return (1 - upper, upper, factor)
    }

    /// I_x(a, b) and 1 − I_x(a, b), for a, b > 0 and x between 0 and 1; and xᵃ(1 − x)ᵇ / B(a, b).
    /// - Parameter y: 1 − x, given apart so that neither loses its digits near 0.
    static func beta(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> (lower: Double, upper: Double, factor: Double) {
        guard x > 0 else { return (0, 1, 0) }
        guard y > 0 else { return (1, 0, 0) }
        let n = a + b
        let exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)
        let factor = (a / n * b / (2 * .pi)).squareRoot() * exp(exponent)
        let isSwapped = x > (a + 1) / (n + 2)
        let part = isSwapped ? factor / (b * betaFraction(y, b, a)) : factor / (a * betaFraction(x, a, b))
        return isSwapped ? (1 - part, part, factor) : (part, 1 - part, factor)
    }

    private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        var fraction = LentzFraction(1)
        fraction.append(-(a + b) * x / (a + 1), 1)
        for k in 1..<100_000 where !fraction.isDone {
            let m = Double(k)
            fraction.append(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1)
            fraction.append(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1)
        }
        return fraction.value
    }

    /// b₀ + a₁/(b₁ + a₂/(b₂ + …)), by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64 (1986) 490,
    /// DOI 10.1016/0021-9991(86)90046-X).
    private struct LentzFraction {
        private(set) var value: Double
        private(set) var isDone = false
        private var c: Double
        private var d = 0.0

        init(_ first: Double) {
            value = first == 0 ? 1e-300 : first
            c = value
        }

        mutating func append(_ a: Double, _ b: Double) {
            d = b + a * d
            c = b + a / c
            if d == 0 { d = 1e-300 }
            if c == 0 { c = 1e-300 }
            d = 1 / d
            value *= c * d
            isDone = abs(c * d - 1) < 3e-16
        }
    }

    /// ln Γ(a + 1) − [(a + ½) ln a − a + ½ ln 2π].
    static func stirlingError(_ a: Double) -> Double {
        var (a, shift) = (a, 0.0)
        while a < 16 {
            shift += (a + 0.5) * log1p(1 / a) - 1
            a += 1
        }
        let s = 1 / (a * a)
        let series = 1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * 691.0 / 360_360))))
        return shift + series / a
    }

    /// x ln(x/m) + m − x, without cancellation where x is near m.
    static func deviance(_ x: Double, _ m: Double) -> Double {
        guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
        let v = (x - m) / (x + m)
        var (sum, term, k) = ((x - m) * v, 2 * x * v, 1.0)
        while true {
            term *= v * v
            k += 2
            let next = sum + term / k
            if next == sum { return sum }
            sum = next
        }
    }

    /// ln Γ(x) for x > 0.
    static func logGamma(_ x: Double) -> Double { stirlingError(x) + (x - 0.5) * log(x) - x + 0.9189385332046727 }
}
