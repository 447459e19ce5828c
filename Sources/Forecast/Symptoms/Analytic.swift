import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers that a formula can be written over once: `Double` for its value alone, `Dual` for its value with derivatives.
protocol Analytic: Sendable {
    init(_ value: Double)
    /// Without derivatives.
    var value: Double { get }

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
    /// The standard normal's density at `z`; 0 where z is infinite.
    static func normalDensity(_ z: Self) -> Self
    /// Φ(high) − Φ(low), without cancellation in the tails.
    static func normalProbability(from low: Self, to high: Self) -> Self
}

extension Double: Analytic {
    var value: Double { self }
    static func exp(_ a: Double) -> Double { libraryExp(a) }
    static func log(_ a: Double) -> Double { libraryLog(a) }
    static func share(ofAngle a: Double) -> Double {
        let sine = sin(a)
        return sine * sine
    }
    static func angle(ofShare p: Double) -> Double { asin(p.squareRoot()) }
    static func normalDensity(_ z: Double) -> Double { 0.3989422804014327 * libraryExp(-0.5 * z * z) }
    static func normalProbability(from low: Double, to high: Double) -> Double { Dual.normalProbability(from: low, to: high) }
}

extension Dual: Analytic {}

// The names of the type's own functions hide the library's.
private func libraryExp(_ x: Double) -> Double { exp(x) }
private func libraryLog(_ x: Double) -> Double { log(x) }
