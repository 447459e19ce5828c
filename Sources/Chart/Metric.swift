import Evidence
import Notation

/// Something that is read of a patient again and again: a vital sign, a laboratory value, a total of a scale, the answer to a question of
/// a check list. Rules speak of metrics; a metric knows which facts carry it.
///
/// A class, because every reading of a chart asks for one of the same few.
public final class Metric: Codable, Sendable, Identifiable {
    /// As facts name it, for example `sbp`.
    public let id: String
    public let title: String
    /// Other names a measurement or an event's detail may carry.
    public let aliases: [String]?
    /// Internal unit, UCUM. Nil for qualitative metrics.
    public let unit: String?
    /// Names under which an answer comes in another unit, with that unit: `hours_since_food: h`.
    public let otherUnits: [String: String]?
    /// Names under which an answer is the moment from which the metric counts: `last_meal`.
    public let moments: [String]?
    /// Metrics that are written together in one value, joined by a slash: `bp` `150/95`.
    public let parts: [String]?
    /// Results, besides the plain yes and no of `Reading.flag`, that answer the question.
    public let wordsForYes: [String]?
    public let wordsForNo: [String]?
    /// LOINC codes that mean this metric.
    public let loinc: [LOINC]?
    /// Scales that carry it.
    public let scales: [Scale]?
    /// Events of a session or a course that answer it with yes.
    public let events: [String]?
    /// Reasons of an event that answer it with yes, lower case: `transfer` of a closed course.
    public let reasons: [String]?
    /// Whether it may be given as a multiple of the upper limit of normal (`{x_ULN}`).
    public let relative: Bool?
    /// Values outside are refused as entry errors. Chosen by this project; not clinical limits.
    public let plausible: Bounds?

    public struct LOINC: Codable, Sendable, Equatable {
        public var code: String
        public var confidence: Confidence
    }

    /// The part of a scale that carries a metric: its total, one of its items, or the level of a triage.
    public struct Scale: Codable, Sendable, Equatable {
        public var instrument: String
        /// Item id.
        public var item: String?
        public var level: Bool?
    }

    public struct Bounds: Codable, Sendable, Equatable {
        /// In the metric's internal unit.
        public var low: Double
        public var high: Double
        public var confidence: Confidence
    }

    /// The unit of a multiple of the upper limit of normal.
    public static let timesUpperLimit = "{x_ULN}"

    /// `measurement` in this metric's unit; nil for a qualitative metric, and for a multiple of the upper limit.
    /// - Throws: `metric.unit` when the units do not measure the same thing, `metric.range` outside the plausible bounds.
    public func check(_ measurement: Measurement, at place: Place) throws(Diagnostic) -> Double? {
        guard let unit else { return nil }
        guard let number = measurement.number else {
            throw Diagnostic("metric.value", at: place.at("value"), "is not a number", expected: "\(title) in \(unit)")
        }
        if relative == true, measurement.unit == Self.timesUpperLimit { return nil }
        // Scores and counts have nothing to convert; everything else must say its unit.
        guard let symbol = measurement.unit ?? (unit.hasPrefix("{") ? unit : nil) else {
            throw Diagnostic("metric.unit", at: place.at("unit"), "is missing", expected: "a UCUM unit of \(title), such as \(unit)")
        }
        guard let value = symbol == unit ? number : Self.convert(number, from: symbol, to: unit) else {
            throw Diagnostic("metric.unit", at: place.at("unit"), "is \(quoted(symbol)), which does not measure \(title)", expected: unit)
        }
        if let plausible, !(plausible.low...plausible.high).contains(value) {
            throw Diagnostic(
                "metric.range", at: place.at("value"), "is not a possible \(title)",
                expected: "\(decimal(plausible.low)) to \(decimal(plausible.high)) \(unit)")
        }
        return value
    }

    private static func convert(_ number: Double, from symbol: String, to unit: String) -> Double? {
        guard let given = Unit(symbol), let own = Unit(unit) else { return nil }
        return given.convert(number, to: own)
    }

    /// The values of `parts`; nil where `value` is not as many numbers with slashes between them.
    public func split(_ value: Measurement.Value) -> [(metric: String, number: Double)]? {
        guard let parts, case .text(let text) = value else { return nil }
        let numbers = text.split(separator: "/").compactMap { Double($0.filter { !$0.isWhitespace }) }
        return numbers.count == parts.count ? Array(zip(parts, numbers)) : nil
    }

    /// The values of `parts`, each as a measurement of its own.
    public func split(_ measurement: Measurement) -> [Measurement]? {
        split(measurement.value)?.map { metric, number in
            var part = measurement
            (part.metric, part.value) = (metric, .number(number))
            return part
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, title, aliases, unit
        case otherUnits = "other_units"
        case moments, parts
        case wordsForYes = "words_for_yes"
        case wordsForNo = "words_for_no"
        case loinc, scales, events, reasons, relative, plausible
    }
}
