/// Functions of eight numbers side by side, as polynomials: Chebyshev expansions of the smooth part (computed with 60 digits, 200 nodes, cut where the next
/// coefficient is below 1e-16), written in powers. Only arithmetic, so the bytes are the same on every platform.
extension SIMD8 where Scalar == Double {
    /// The standard normal's density at z, and 1 − Φ(|z|), within 3e-15 relative; both 0 beyond 37.6.
    ///
    /// The tail is the density times Mills' ratio, which is t·G(2t − 1) with t = 4/(4 + |z|).
    @inlinable @inline(__always)
    public static func normal(_ z: Lanes) -> (density: Lanes, tail: Lanes) {
        let size = z.replacing(with: -z, where: z .< 0)
        let density = 0.3989422804014327 * exp(-0.5 * z * z)
        let t = 4 / (4 + size)
        return (density, density * t * polynomial(LanePolynomials.mills, 2 * t - 1))
    }

    /// The angle whose squared sine is `p`, 0 to 1, within 1e-15.
    @inlinable @inline(__always)
    public static func angle(ofShare p: Lanes) -> Lanes {
        let isHigh = p .> 0.5
        let q = p.replacing(with: 1 - p, where: isHigh)
        let angle = q.squareRoot() * polynomial(LanePolynomials.arcsine, 4 * q - 1)
        return angle.replacing(with: Double.pi / 2 - angle, where: isHigh)
    }

    @inlinable @inline(__always)
    static func polynomial(_ coefficients: [Double], _ x: Lanes) -> Lanes {
        coefficients.withUnsafeBufferPointer { terms in
            var sum = Lanes(repeating: terms[terms.count - 1])
            for index in stride(from: terms.count - 2, through: 0, by: -1) { sum = Lanes(repeating: terms[index]).addingProduct(sum, x) }
            return sum
        }
    }
}

@usableFromInline enum LanePolynomials {
    /// Mills' ratio by 4/(4 + z), in 2t − 1.
    @usableFromInline static let mills: [Double] = [
        0.47330476582712133, 0.3809427277049959, 0.24260238871690443, 0.11688524074958312, 0.03784794057776185, 0.004725112715427814,
        -0.002180573812050009, -0.001021963920300018, 8.356109123478413e-05, 0.00014481732616196798, -1.1954586693590822e-06, -2.2023932802680844e-05,
        4.4781049053492345e-07, 3.7108194197700736e-06, -3.916325358693878e-07, -6.421888278074305e-07, 1.6589726208738796e-07,
        1.0012348231279275e-07, -4.9370301981818625e-08, -1.1182650128625807e-08, 1.006874161166981e-08, 3.680749730936577e-10,
        -1.0582092821670057e-09, 7.518494918099691e-11,
    ]
    /// arcsin(√q)/√q for q to ½, in 4q − 1.
    @usableFromInline static let arcsine: [Double] = [
        1.0471975511965979, 0.053751493591327186, 0.007798902238957732, 0.0015196685395824196, 0.00034086372384306004, 8.302317819598986e-05,
        2.134554822576075e-05, 5.7017810461485665e-06, 1.566985123962741e-06, 4.4020768714180027e-07, 1.25781116259411e-07, 3.646577948300129e-08,
        1.0810217469667155e-08, 3.212744286269388e-09, 8.515014302985799e-10, 2.513296398553196e-10, 1.3421215682825346e-10, 4.21034676119027e-11,
    ]
}
