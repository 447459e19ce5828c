import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers that a formula can be written over once: `Double` for its value alone, `Dual` for its value with derivatives, `Lanes` for the values of eight
/// people side by side.
protocol Analytic: Sendable {
    init(_ value: Double)

    static func + (a: Self, b: Self) -> Self
    static func - (a: Self, b: Self) -> Self
    static func * (a: Self, b: Self) -> Self
    static func / (a: Self, b: Self) -> Self
    static func + (a: Self, b: Double) -> Self
    static func - (a: Self, b: Double) -> Self
    static func - (a: Double, b: Self) -> Self
    static func * (a: Self, b: Double) -> Self
    static func * (a: Double, b: Self) -> Self
    static func / (a: Self, b: Double) -> Self
    static prefix func - (a: Self) -> Self

    static func exp(_ a: Self) -> Self
    static func log(_ a: Self) -> Self
    /// sin² of an angle.
    static func share(ofAngle a: Self) -> Self
    /// The angle whose squared sine is `p`, for 0 < p < 1: it spreads shares so that their noise is about the same everywhere
    /// (M. S. Bartlett, J. R. Stat. Soc. Suppl. 3 (1936) 68, DOI 10.2307/2983678).
    static func angle(ofShare p: Self) -> Self
    func squareRoot() -> Self
    /// Held within limits; where it is held it does not vary.
    func clamped(_ low: Double, _ high: Double) -> Self
    /// a/b; nothing where b is next to nothing.
    static func ratio(_ a: Self, _ b: Self) -> Self
    static func normalCell(from low: Self, to high: Self) -> NormalCell<Self>
}

/// The standard normal's density at both ends of an interval, 0 where they are infinite, and what lies between, without cancellation in the tails.
struct NormalCell<Number: Analytic> {
    var atLow, atHigh, probability: Number
}

/// What is less than this stands below a fraction for nothing.
private let nextToNothing = 1e-280

extension Double: Analytic {
    static func exp(_ a: Double) -> Double { libraryExp(a) }
    static func log(_ a: Double) -> Double { libraryLog(a) }
    static func share(ofAngle a: Double) -> Double {
        let sine = sin(a)
        return sine * sine
    }
    static func angle(ofShare p: Double) -> Double { asin(p.squareRoot()) }
    func clamped(_ low: Double, _ high: Double) -> Double { self > high ? high : self < low ? low : self }
    static func ratio(_ a: Double, _ b: Double) -> Double { b > nextToNothing ? a / b : 0 }
    static func normalCell(from low: Double, to high: Double) -> NormalCell<Double> {
        NormalCell(atLow: Dual.normalDensity(low), atHigh: Dual.normalDensity(high), probability: Dual.normalProbability(from: low, to: high))
    }
}

extension Dual: Analytic {
    func clamped(_ low: Double, _ high: Double) -> Dual { value > high ? Dual(high) : value < low ? Dual(low) : self }
    static func ratio(_ a: Dual, _ b: Dual) -> Dual { b.value > nextToNothing ? a / b : Dual(0) }
    static func normalCell(from low: Dual, to high: Dual) -> NormalCell<Dual> {
        let (atLow, atHigh) = (normalDensity(low), normalDensity(high))
        return NormalCell(
            atLow: atLow, atHigh: atHigh,
            probability: Dual(normalProbability(from: low.value, to: high.value), slope: high.slope * atHigh.value - low.slope * atLow.value))
    }
}

extension Lanes: Analytic {
    init(_ value: Double) { self.init(repeating: value) }
    static func share(ofAngle a: Lanes) -> Lanes {
        var shares = a
        for lane in 0..<scalarCount { shares[lane] = Double.share(ofAngle: a[lane]) }
        return shares
    }
    func clamped(_ low: Double, _ high: Double) -> Lanes { replacing(with: high, where: self .> high).replacing(with: low, where: self .< low) }
    static func ratio(_ a: Lanes, _ b: Lanes) -> Lanes { (a / b).replacing(with: 0, where: b .<= nextToNothing) }
    static func normalCell(from low: Lanes, to high: Lanes) -> NormalCell<Lanes> {
        let ((atLow, below), (atHigh, above)) = (normal(low), normal(high))
        // Tails beyond either end: what is between them is one less the other, or all but both where the middle is between them.
        let inside = (1 - below - above).replacing(with: below - above, where: low .> 0).replacing(with: above - below, where: high .< 0)
        return NormalCell(atLow: atLow, atHigh: atHigh, probability: inside)
    }
}

// The names of the type's own functions hide the library's.
private func libraryExp(_ x: Double) -> Double { exp(x) }
private func libraryLog(_ x: Double) -> Double { log(x) }
