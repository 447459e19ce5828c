import Notation

/// A drug whose administration a clinic records dose by dose.
public enum Drug: String, Codable, Sendable, CaseIterable {
    /// Racemic ketamine.
    case ketamine
    /// S-ketamine.
    case esketamine
    /// R-ketamine.
    case arketamine
}

/// The way a dose enters the body.
public enum Route: String, Codable, Sendable, CaseIterable {
    case intravenous, intranasal, intramuscular, subcutaneous, oral, sublingual, rectal
}

/// A mass of drug in milligrams of base.
public struct Milligrams: Sendable, Hashable, Comparable, AdditiveArithmetic {
    public var value: Double

    public init(_ value: Double) { self.value = value }

    public static let zero = Milligrams(0)
    public static func < (a: Milligrams, b: Milligrams) -> Bool { a.value < b.value }
    public static func + (a: Milligrams, b: Milligrams) -> Milligrams { Milligrams(a.value + b.value) }
    public static func - (a: Milligrams, b: Milligrams) -> Milligrams { Milligrams(a.value - b.value) }
}

/// A dose as ordered or given: a mass, or a mass for each kilogram of body weight.
public enum Dose: Sendable, Equatable {
    case milligrams(Double)
    case milligramsPerKilogram(Double)

    /// Nil when `unit` is neither a mass nor a mass per mass in UCUM.
    public init?(_ value: Double, unit: String) {
        guard let from = Unit(unit), let mg = Unit("mg"), let mgPerKg = Unit("mg/kg") else { return nil }
        // A mass per mass has no dimension, so its unit must say so: mg/kg and ug/kg are doses, % is not.
        if unit.hasSuffix("/kg"), let perKilogram = from.convert(value, to: mgPerKg) {
            self = .milligramsPerKilogram(perKilogram)
        } else if let mass = from.convert(value, to: mg) {
            self = .milligrams(mass)
        } else {
            return nil
        }
    }

    /// The mass given; nil when it depends on a weight that is not known.
    public func milligrams(weightKilograms: @autoclosure () -> Double?) -> Milligrams? {
        switch self {
        case .milligrams(let value): Milligrams(value)
        case .milligramsPerKilogram(let value): weightKilograms().map { Milligrams(value * $0) }
        }
    }
}

extension Dose: CustomStringConvertible {
    /// Value and unit.
    public var description: String {
        switch self {
        case .milligrams(let value): "\(decimal(value)) mg"
        case .milligramsPerKilogram(let value): "\(decimal(value)) mg/kg"
        }
    }
}
