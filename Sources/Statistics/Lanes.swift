/// Eight subjects side by side. Every operation acts on each lane alone, so that a subject's result does not depend on who shares
/// the vector with it.
public typealias Lanes = SIMD8<Double>

extension SIMD8 where Scalar == Double {
    /// Eˣ in every lane, within 1 unit in the last place; 0 below −708, infinite above 709.
    ///
    /// Argument reduction by Cody and Waite's two-part ln 2, then the Taylor series to degree 13 (remainder below 5·10⁻¹⁸ on the
    /// reduced interval). Written here, not taken from the platform, so that the bytes are the same on every platform.
    @inlinable @inline(__always)
    public static func exp(_ x: Lanes) -> Lanes {
        let clamped = x.replacing(with: -709, where: x .< -709).replacing(with: 710, where: x .> 710)
        let n = nearest(clamped * 1.4426950408889634)
        let r = clamped.addingProduct(n, Lanes(repeating: -0x1.62E42FEFA38p-1)).addingProduct(n, Lanes(repeating: -0x1.EF35793C7673p-45))
        var p = Lanes(repeating: 1.0 / 6_227_020_800)
        p = Lanes(repeating: 1.0 / 479_001_600).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 39_916_800).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 3_628_800).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 362_880).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 40_320).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 5_040).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 720).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 120).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 24).addingProduct(p, r)
        p = Lanes(repeating: 1.0 / 6).addingProduct(p, r)
        p = Lanes(repeating: 0.5).addingProduct(p, r)
        p = Lanes(repeating: 1).addingProduct(p, r)
        p = Lanes(repeating: 1).addingProduct(p, r)
        // Adding 1.5·2⁵² leaves n in the low bits of the significand; shifted into the exponent field that is 2ⁿ. In two factors,
        // because 2¹⁰²⁴ does not exist.
        let half = nearest(n * 0.5)
        let result = p * powerOfTwo(half) * powerOfTwo(n - half)
        return result.replacing(with: 0, where: x .< -708)
    }

    /// The nearest whole number, of two the even one; magnitudes below 2⁵¹. (`rounded` is not made of vector instructions.)
    @inlinable @inline(__always)
    static func nearest(_ x: Lanes) -> Lanes { (x + 0x1.8p52) - 0x1.8p52 }

    /// √x of positive normal numbers, within 1 unit in the last place: the reciprocal root by Newton's steps from the exponent halved, then one of
    /// the root's own.
    /// (`squareRoot` is not made of vector instructions.)
    @inlinable @inline(__always)
    public static func root(_ x: Lanes) -> Lanes {
        var y = unsafeBitCast(0x5FE6_EB50_C7B5_37A9 &- (unsafeBitCast(x, to: SIMD8<UInt64>.self) &>> 1), to: Lanes.self)
        let half = x * 0.5
        y = y * (1.5 - half * y * y)
        y = y * (1.5 - half * y * y)
        y = y * (1.5 - half * y * y)
        y = y * (1.5 - half * y * y)
        let root = x * y
        return root.addingProduct(0.5 * y, x.addingProduct(-root, root))
    }

    @inlinable @inline(__always)
    static func powerOfTwo(_ n: Lanes) -> Lanes {
        let bits = unsafeBitCast(n + (0x1.8p52 + 1023), to: SIMD8<UInt64>.self)
        return unsafeBitCast(bits &<< 52, to: Lanes.self)
    }

    /// ∫₀ˣ e^(−λs) ds = (1 − e^(−λx))/λ, given `decay` = e^(−λx); without cancellation where λx is small.
    @inlinable @inline(__always)
    public static func integratedDecay(rate: Lanes, over x: Lanes, decay: Lanes) -> Lanes {
        let y = rate * x
        var bracket = Lanes(repeating: -1.0 / 720) + y * (1.0 / 5040)
        bracket = Lanes(repeating: 1.0 / 120) + y * bracket
        bracket = Lanes(repeating: -1.0 / 24) + y * bracket
        bracket = Lanes(repeating: 1.0 / 6) + y * bracket
        bracket = Lanes(repeating: -0.5) + y * bracket
        let series = x + x * (y * bracket)
        return ((1 - decay) / rate).replacing(with: series, where: y .< 1e-2 .& y .> -1e-2)
    }

    /// The natural logarithm, within 2 units in the last place, of positive normal numbers.
    ///
    /// The significand is brought to [√½, √2) and ln m = 2 artanh((m − 1)/(m + 1)) summed as a series.
    @inlinable @inline(__always)
    public static func log(_ x: Lanes) -> Lanes {
        let bits = unsafeBitCast(x, to: SIMD8<UInt64>.self)
        // The exponent in the low bits of 2⁵² + 1023 + e.
        var e = unsafeBitCast((bits &>> 52) | 0x4330_0000_0000_0000, to: Lanes.self) - (0x1p52 + 1023)
        var m = unsafeBitCast((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000, to: Lanes.self)
        let high = m .> 0.5.squareRoot() * 2
        m.replace(with: m * 0.5, where: high)
        e.replace(with: e + 1, where: high)
        let s = (m - 1) / (m + 1)
        let z = s * s
        var sum = Lanes(repeating: 1.0 / 25)
        sum = Lanes(repeating: 1.0 / 23).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 21).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 19).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 17).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 15).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 13).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 11).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 9).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 7).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 5).addingProduct(sum, z)
        sum = Lanes(repeating: 1.0 / 3).addingProduct(sum, z)
        let small = 2 * s * z * sum
        return e * 0x1.62E42FEFA38p-1 + (2 * s + (small + e * 0x1.EF35793C7673p-45))
    }

    /// cos 2πu and sin 2πu for 0 ≤ u ≤ 1, within 2·10⁻¹⁶.
    ///
    /// The nearest quarter is taken off; of what is left the Taylor series (remainder below 5·10⁻¹⁷).
    @inlinable @inline(__always)
    public static func cosineAndSine(turns u: Lanes) -> (cosine: Lanes, sine: Lanes) {
        let quarters = nearest(u * 4)
        let x = (u - quarters * 0.25) * (2 * Double.pi)
        let z = x * x
        var cosine = Lanes(repeating: 1.0 / 20_922_789_888_000)
        cosine = Lanes(repeating: -1.0 / 87_178_291_200).addingProduct(cosine, z)
        cosine = Lanes(repeating: 1.0 / 479_001_600).addingProduct(cosine, z)
        cosine = Lanes(repeating: -1.0 / 3_628_800).addingProduct(cosine, z)
        cosine = Lanes(repeating: 1.0 / 40_320).addingProduct(cosine, z)
        cosine = Lanes(repeating: -1.0 / 720).addingProduct(cosine, z)
        cosine = Lanes(repeating: 1.0 / 24).addingProduct(cosine, z)
        cosine = Lanes(repeating: -0.5).addingProduct(cosine, z)
        cosine = Lanes(repeating: 1).addingProduct(cosine, z)
        var sine = Lanes(repeating: -1.0 / 1_307_674_368_000)
        sine = Lanes(repeating: 1.0 / 6_227_020_800).addingProduct(sine, z)
        sine = Lanes(repeating: -1.0 / 39_916_800).addingProduct(sine, z)
        sine = Lanes(repeating: 1.0 / 362_880).addingProduct(sine, z)
        sine = Lanes(repeating: -1.0 / 5_040).addingProduct(sine, z)
        sine = Lanes(repeating: 1.0 / 120).addingProduct(sine, z)
        sine = Lanes(repeating: -1.0 / 6).addingProduct(sine, z)
        sine = x.addingProduct(sine * z, x)
        let isOdd = quarters .== 1 .| quarters .== 3
        let (c, s) = (cosine.replacing(with: sine, where: isOdd), sine.replacing(with: cosine, where: isOdd))
        return (
            c.replacing(with: -c, where: quarters .== 1 .| quarters .== 2), s.replacing(with: -s, where: quarters .== 2 .| quarters .== 3)
        )
    }

    /// cos 2πu.
    @inlinable @inline(__always)
    public static func cosine(turns u: Lanes) -> Lanes { cosineAndSine(turns: u).cosine }

    /// The larger in each lane; of numbers only. (`pointwiseMax` is not taken apart into vector instructions.)
    @inlinable @inline(__always)
    public static func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: a .< b) }

    @inlinable @inline(__always)
    public static func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }

    /// bˣ for b ≥ 0; 0 where b is 0 or below the smallest normal number, 1 where x is 0.
    @inlinable
    public static func power(_ b: Lanes, _ x: Lanes) -> Lanes {
        let isNothing = b .< Double.leastNormalMagnitude
        let value = exp(x * log(b.replacing(with: 1, where: isNothing)))
        return value.replacing(with: 0, where: isNothing .& (x .!= 0))
    }

    /// A function of points, eight side by side: it is given their coordinates, lane by lane a point.
    @inlinable
    public static func map(_ points: [[Double]], _ function: ([Lanes]) -> Lanes) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(points.count)
        for first in stride(from: 0, to: points.count, by: scalarCount) {
            let count = Swift.min(scalarCount, points.count - first)
            let found = function(
                points[first].indices.map { axis in
                    // Lanes to spare hold the last point.
                    var lanes = Lanes.zero
                    for lane in 0..<scalarCount { lanes[lane] = points[first + Swift.min(lane, count - 1)][axis] }
                    return lanes
                })
            for lane in 0..<count { values.append(found[lane]) }
        }
        return values
    }

    /// Memory for lanes, zero, each on a cache line of its own: the language aligns them to 16 bytes only, and a vector that lies
    /// across two lines takes twice as long to load.
    public static func allocate(_ count: Int) -> UnsafeMutablePointer<Lanes> {
        let stride = MemoryLayout<Lanes>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: Swift.max(count, 1) * stride, alignment: stride)
        return raw.initializeMemory(as: Lanes.self, repeating: Lanes.zero, count: Swift.max(count, 1))
    }
}
