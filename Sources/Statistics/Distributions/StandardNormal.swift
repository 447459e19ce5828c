/// The standard normal distribution, with its tails.
///
/// Marsaglia's series near the middle (J. Stat. Softw. 11 (2004) 4, DOI 10.18637/jss.v011.i04), Laplace's continued fraction for Mills'
/// ratio in the tails; relative error below 1e-13. Only arithmetic, so the bytes are the same on every platform.
public enum StandardNormal {
    public static func density(_ z: Double) -> Double { 0.3989422804014327 * Lanes.exp(Lanes(repeating: -0.5 * z * z))[0] }

    /// Φ(z).
    public static func probability(below z: Double) -> Double {
        if z > 0 { return 1 - probability(below: -z) }
        return z < -3 ? density(z) / inverseMills(-z) : 0.5 + density(z) * series(z)
    }

    /// ln Φ(z) and its slope φ(z)/Φ(z).
    public static func logProbability(below z: Double) -> (value: Double, slope: Double) {
        if z < -3 {
            let ratio = inverseMills(-z)
            return (-0.5 * z * z - 0.9189385332046727 - Lanes.log(Lanes(repeating: ratio))[0], ratio)
        }
        let share = probability(below: z)
        return (Lanes.log(Lanes(repeating: share))[0], density(z) / share)
    }

    /// (Φ(z) − ½)/φ(z) = z + z³/3 + z⁵/15 + …
    private static func series(_ z: Double) -> Double {
        var (term, sum, before, k) = (z, z, 0.0, 1.0)
        while sum != before {
            before = sum
            k += 2
            term *= z * z / k
            sum += term
        }
        return sum
    }

    /// φ(x)/(1 − Φ(x)) for x ≥ 3.
    private static func inverseMills(_ x: Double) -> Double {
        var fraction = x
        for k in stride(from: 80.0, through: 1, by: -1) { fraction = x + k / fraction }
        return fraction
    }
}
