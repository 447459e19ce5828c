#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A stream of random numbers addressed by (seed, subject, purpose). Streams with different addresses are independent.
public struct RandomStream: Sendable {
    private let key: SIMD2<UInt32>
    private let subject: UInt32
    private let purpose: UInt32
    private var blockNumber: UInt64 = 0
    private var block = SIMD4<UInt32>()
    private var unused = 0

    /// - Parameters:
    ///   - seed: the run.
    ///   - subject: whom the numbers are for.
    ///   - purpose: what they are for, so that adding a new use shifts no existing one.
    public init(seed: UInt64, subject: UInt32, purpose: UInt32 = 0) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.subject = subject
        self.purpose = purpose
    }

    /// 64 random bits.
    public mutating func bits() -> UInt64 {
        if unused == 0 {
            let counter = SIMD4(UInt32(truncatingIfNeeded: blockNumber), UInt32(truncatingIfNeeded: blockNumber >> 32), subject, purpose)
            block = Philox4x32.block(counter: counter, key: key)
            blockNumber += 1
            unused = 2
        }
        unused -= 1
        let index = (1 - unused) * 2
        return UInt64(block[index + 1]) << 32 | UInt64(block[index])
    }

    /// Uniform on the open interval (0, 1), 52 bits.
    public mutating func uniform() -> Double { (Double(bits() >> 12) + 0.5) * 0x1p-52 }

    /// Uniform on a closed range of integers (multiply and shift; bias below 2⁻⁴⁰ for ranges below 2²⁴).
    public mutating func integer(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(UInt64(range.count).multipliedFullWidth(by: bits()).high)
    }

    /// Normal by Box and Muller, Ann. Math. Stat. 29 (1958) 610, DOI 10.1214/aoms/1177706645.
    public mutating func normal(mean: Double = 0, sd: Double = 1) -> Double {
        let radius = (-2 * log(uniform())).squareRoot()
        return mean + sd * radius * cos(2 * .pi * uniform())
    }

    /// Two independent standard normal values for the price of one.
    public mutating func normalPair() -> (Double, Double) {
        let radius = (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        return (radius * cos(angle), radius * sin(angle))
    }

    public mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    /// One element of a non-empty list; `fallback` when it is empty.
    public mutating func pick<Element>(_ elements: [Element], or fallback: @autoclosure () -> Element) -> Element {
        elements.isEmpty ? fallback() : elements[integer(in: 0...(elements.count - 1))]
    }
}
