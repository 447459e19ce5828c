import Evidence
import Notation

/// A vital sign or laboratory value the clinic works with: its internal unit, its codes, and what can be a value at all.
public struct Metric: Codable, Sendable, Equatable, Identifiable {
    /// As facts name it, for example `sbp`.
    public var id: String
    public var title: String
    /// Internal unit, UCUM. Nil for qualitative metrics.
    public var unit: String?
    /// LOINC codes that mean this metric.
    public var loinc: [LOINC]
    /// Values outside are refused as entry errors. Chosen by this project; not clinical limits.
    public var plausible: Bounds?

    public struct LOINC: Codable, Sendable, Equatable {
        public var code: String
        public var confidence: Confidence
    }

    public struct Bounds: Codable, Sendable, Equatable {
        /// In the metric's internal unit.
        public var low: Double
        public var high: Double
        public var confidence: Confidence
    }

    /// `measurement` in this metric's unit.
    /// - Throws: `metric.unit` when the units do not measure the same thing, `metric.range` outside the plausible bounds.
    public func check(_ measurement: Measurement, at place: Place) throws(Diagnostic) -> Double? {
        guard let unit, let own = Unit(unit) else { return nil }
        guard let number = measurement.number, let symbol = measurement.unit, let given = Unit(symbol) else {
            throw Diagnostic("metric.value", at: place.at("value"), "is not a number", expected: "\(title) in \(unit)")
        }
        guard let value = given.convert(number, to: own) else {
            throw Diagnostic("metric.unit", at: place.at("unit"), "is \(quoted(symbol)), which does not measure \(title)", expected: unit)
        }
        if let plausible, !(plausible.low...plausible.high).contains(value) {
            throw Diagnostic(
                "metric.range", at: place.at("value"), "is not a possible \(title)",
                expected: "\(decimal(plausible.low)) to \(decimal(plausible.high)) \(unit)")
        }
        return value
    }
}
