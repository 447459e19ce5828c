/// Standard normal values of a `RandomStream`'s address, worked out eight pairs at a time: the same as a fresh stream's `normalPair()`, one pair after the
/// other, within rounding.
public struct NormalStream: Sendable {
    private let seed: UInt64
    private let subject, purpose: UInt32
    private var first: UInt32 = 0
    private var values = SIMD16<Double>.zero
    private var used = SIMD16<Double>.scalarCount

    public init(seed: UInt64, subject: UInt32, purpose: UInt32 = 0) { (self.seed, self.subject, self.purpose) = (seed, subject, purpose) }

    @inline(__always)
    public mutating func next() -> Double {
        if used == SIMD16<Double>.scalarCount { refill() }
        defer { used &+= 1 }
        // Where it stands in memory; a subscript would take the whole vector to a register first.
        return withUnsafeBytes(of: &values) { [used] in $0.load(fromByteOffset: used &* 8, as: Double.self) }
    }

    @inline(never)
    private mutating func refill() {
        let numbers = SIMD8<UInt32>(0, 1, 2, 3, 4, 5, 6, 7) &+ first
        (values.evenHalf, values.oddHalf) = Self.pairs(seed: seed, numbers: numbers, subjects: SIMD8(repeating: subject), purpose: purpose)
        first &+= UInt32(Lanes.scalarCount)
        used = 0
    }

    /// A pair in each lane, by Box and Muller.
    /// - Parameters:
    ///   - numbers: which pair of its stream, from 0.
    ///   - subjects: whose.
    @inline(__always)
    private static func pairs(seed: UInt64, numbers: SIMD8<UInt32>, subjects: SIMD8<UInt32>, purpose: UInt32) -> (Lanes, Lanes) {
        let words = Philox4x32.blocks(numbers, .zero, subjects, SIMD8(repeating: purpose), seed: seed)
        let radius = Lanes.root(-2 * Lanes.log(uniform(words.1, words.0)))
        let (cosine, sine) = Lanes.cosineAndSine(turns: uniform(words.3, words.2))
        return (radius * cosine, radius * sine)
    }

    /// The n-th value of eight subjects' `RandomStream.normal`.
    public static func normals(seed: UInt64, number: UInt32, subjects: SIMD8<UInt32>, purpose: UInt32) -> Lanes {
        pairs(seed: seed, numbers: SIMD8(repeating: number), subjects: subjects, purpose: purpose).0
    }

    /// As `RandomStream.uniform`: the significand of a number from 1 to 2, less 1, and half a unit more.
    @inline(__always)
    private static func uniform(_ high: SIMD8<UInt64>, _ low: SIMD8<UInt64>) -> Lanes {
        unsafeBitCast(((high &<< 32 | low) &>> 12) | 0x3FF0_0000_0000_0000, to: Lanes.self) - (1 - 0x1p-53)
    }
}

extension Philox4x32 {
    /// Eight blocks side by side: by word of the counter, and of the result, one in each lane (below 2³²).
    @inline(__always)
    static func blocks(
        _ c0: SIMD8<UInt32>, _ c1: SIMD8<UInt32>, _ c2: SIMD8<UInt32>, _ c3: SIMD8<UInt32>, seed: UInt64
    ) -> (SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>) {
        typealias Words = SIMD8<UInt64>
        var (a, b, c, d) = (Words(truncatingIfNeeded: c0), Words(truncatingIfNeeded: c1), Words(truncatingIfNeeded: c2), Words(truncatingIfNeeded: c3))
        var key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        for _ in 0..<10 {
            let low = a &* 0xD251_1F53
            let high = c &* 0xCD9E_8D57
            a = (high &>> 32) ^ b ^ Words(repeating: UInt64(key.0))
            b = high & 0xFFFF_FFFF
            c = (low &>> 32) ^ d ^ Words(repeating: UInt64(key.1))
            d = low & 0xFFFF_FFFF
            key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
        }
        return (a, b, c, d)
    }
}
