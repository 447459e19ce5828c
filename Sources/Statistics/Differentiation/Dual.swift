#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value with its derivatives in up to eight directions, carried through arithmetic by the chain rule (forward mode; A. Griewank,
/// A. Walther, Evaluating Derivatives, 2nd ed. 2008, DOI 10.1137/1.9780898717761). Exact up to rounding, at about the price of three
/// plain evaluations.
@frozen public struct Dual: Sendable, Equatable {
    public var value: Double
    public var slope: Lanes

    @inlinable public init(_ value: Double, slope: Lanes) { (self.value, self.slope) = (value, slope) }

    /// A constant.
    @inlinable public init(_ value: Double) { self.init(value, slope: .zero) }

    /// The variable of one direction.
    @inlinable public init(_ value: Double, direction: Int) {
        self.init(value)
        slope[direction] = 1
    }

    @inlinable @inline(__always) public static func + (a: Dual, b: Dual) -> Dual { Dual(a.value + b.value, slope: a.slope + b.slope) }
    @inlinable @inline(__always) public static func - (a: Dual, b: Dual) -> Dual { Dual(a.value - b.value, slope: a.slope - b.slope) }
    @inlinable @inline(__always) public static func * (a: Dual, b: Dual) -> Dual {
        Dual(a.value * b.value, slope: a.slope * b.value + b.slope * a.value)
    }
    @inlinable @inline(__always) public static func / (a: Dual, b: Dual) -> Dual {
        let ratio = a.value / b.value
        return Dual(ratio, slope: (a.slope - b.slope * ratio) / b.value)
    }
    @inlinable @inline(__always) public static func + (a: Dual, b: Double) -> Dual { Dual(a.value + b, slope: a.slope) }
    @inlinable @inline(__always) public static func - (a: Dual, b: Double) -> Dual { Dual(a.value - b, slope: a.slope) }
    @inlinable @inline(__always) public static func - (a: Double, b: Dual) -> Dual { Dual(a - b.value, slope: -b.slope) }
    @inlinable @inline(__always) public static func * (a: Dual, b: Double) -> Dual { Dual(a.value * b, slope: a.slope * b) }
    @inlinable @inline(__always) public static func * (a: Double, b: Dual) -> Dual { b * a }
    @inlinable @inline(__always) public static func / (a: Dual, b: Double) -> Dual { Dual(a.value / b, slope: a.slope / b) }
    @inlinable @inline(__always) public static prefix func - (a: Dual) -> Dual { Dual(-a.value, slope: -a.slope) }
    @inlinable @inline(__always) public static func += (a: inout Dual, b: Dual) { a = a + b }

    /// A function of `a` with this value and this derivative there.
    @inlinable @inline(__always) func mapped(_ value: Double, derivative: Double) -> Dual { Dual(value, slope: slope * derivative) }

    @inlinable public static func exp(_ a: Dual) -> Dual {
        let value = exponential(a.value)
        return a.mapped(value, derivative: value)
    }

    @inlinable public static func log(_ a: Dual) -> Dual { a.mapped(logarithm(a.value), derivative: 1 / a.value) }

    @inlinable public func squareRoot() -> Dual {
        let root = value.squareRoot()
        return mapped(root, derivative: 0.5 / root)
    }

    /// sin² of an angle.
    @inlinable public static func share(ofAngle a: Dual) -> Dual {
        let (sine, cosine) = (sine(a.value), cosine(a.value))
        return a.mapped(sine * sine, derivative: 2 * sine * cosine)
    }

    /// The angle whose squared sine is `p`, for 0 < p < 1.
    @inlinable public static func angle(ofShare p: Dual) -> Dual {
        p.mapped(arcsine(p.value.squareRoot()), derivative: 0.5 / (p.value * (1 - p.value)).squareRoot())
    }

    /// The standard normal's density at `z`.
    @inlinable public static func normalDensity(_ z: Double) -> Double { 0.3989422804014327 * exponential(-0.5 * z * z) }

    /// 0, and flat, where z is infinite.
    @inlinable public static func normalDensity(_ z: Dual) -> Dual {
        let value = normalDensity(z.value)
        return z.mapped(value, derivative: value > 0 ? -z.value * value : 0)
    }

    /// Φ(high) − Φ(low), without cancellation in the tails.
    @inlinable public static func normalProbability(from low: Double, to high: Double) -> Double {
        low > 0 ? tail(low) - tail(high) : tail(-high) - tail(-low)
    }

    @usableFromInline static func exponential(_ x: Double) -> Double { libraryExp(x) }
    @usableFromInline static func logarithm(_ x: Double) -> Double { libraryLog(x) }
    @usableFromInline static func sine(_ x: Double) -> Double { sin(x) }
    @usableFromInline static func cosine(_ x: Double) -> Double { cos(x) }
    @usableFromInline static func arcsine(_ x: Double) -> Double { asin(x) }
    /// 1 − Φ(x).
    @usableFromInline static func tail(_ x: Double) -> Double { 0.5 * erfc(x * 0.7071067811865476) }
}

// The names of the type's own functions hide the library's.
private func libraryExp(_ x: Double) -> Double { exp(x) }
private func libraryLog(_ x: Double) -> Double { log(x) }
