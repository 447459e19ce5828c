import Notation
import Pharmacology

/// What a lot consists of and is counted in: integer microlitres of a solution, or whole devices.
public enum Preparation: Sendable, Equatable {
    /// Drug in a solution, µg of base per mL.
    case solution(microgramsPerMillilitre: Int)
    /// Drug in one device, µg of base.
    case device(micrograms: Int)

    public var unit: StockUnit {
        switch self {
        case .solution: .microlitres
        case .device: .devices
        }
    }

    /// How much of the preparation carries a mass of drug: µL to the nearest, or devices; nil when it is no whole number of devices.
    public func amount(micrograms: Int) -> Int? {
        switch self {
        case .solution(let strength): (micrograms * 1000 + strength / 2) / strength
        case .device(let mass): micrograms % mass == 0 ? micrograms / mass : nil
        }
    }

    /// The mass of drug in an amount, µg of base; the largest number where it is more than any number holds.
    public func micrograms(amount: Int) -> Int {
        let (strength, share) =
            switch self {
            case .solution(let strength): (strength, 1000)
            case .device(let mass): (mass, 1)
            }
        let (product, isTooLarge) = amount.multipliedReportingOverflow(by: strength)
        return isTooLarge ? .max : product / share
    }
}

/// What stock is counted in.
public enum StockUnit: String, Sendable, Equatable {
    case microlitres, devices

    /// An amount as people read it: `0.7 mL`, `2 devices`.
    public func text(_ amount: Int) -> String {
        switch self {
        case .microlitres: "\(decimal(Double(amount) / 1000)) mL"
        case .devices: "\(amount) \(abs(amount) == 1 ? "device" : "devices")"
        }
    }

    /// The contract's key for an amount of this unit.
    public var key: String { self == .microlitres ? "volume_ml" : "devices" }

    /// The contract's value for an amount.
    public func json(_ amount: Int) -> JSONValue { self == .microlitres ? JSONValue(Double(amount) / 1000) : JSONValue(amount) }
}

/// One lot of a controlled drug, as its first receipt describes it.
public struct Lot: Sendable, Equatable, Identifiable {
    public var id: String
    public var drug: Drug
    public var preparation: Preparation
    /// The last day it may be used.
    public var expiry: Day?
}
