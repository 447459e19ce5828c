import Notation

/// A FHIR R4 Dosage: how much of a product how often, in words and, where it can be computed, in doses and mg per day.
struct FHIRDosage: Sendable, Equatable {
    /// One dose: a mass in mg, or a number of units (tablets) of the product.
    enum Amount: Sendable, Equatable {
        case milligrams(Double)
        case units(Double)
        /// A volume, a range, a unit not known here.
        case other
    }

    var text: String?
    var amount: Amount?
    var amountText: String?
    /// Doses a day; nil when the timing does not say or leaves a choice.
    var perDay: Double?
    var timingText: String?
    var asNeeded: Bool
    var sequence: Int?

    /// As prescribed, in words: the prescriber's own or, failing that, the coded parts put together.
    var words: String? {
        if let text { return text }
        let parts = [amountText.map { "\($0) per dose" }, timingText, asNeeded ? "as needed" : nil].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// Nil when anything needed is missing: an as-needed drug, a timing that leaves a choice, a dose that is no mass of a product with
    /// one strength. A missing dose counts as one unit when the frequency is stated.
    func milligramsPerDay(strength: Double?) -> Double? {
        guard !asNeeded, let perDay else { return nil }
        let dose: Double? =
            switch amount {
            case .milligrams(let mass): mass
            case .units(let count): strength.map { $0 * count }
            case nil: strength
            case .other: nil
            }
        return dose.map { rounded($0 * perDay, places: 4) }
    }

    /// Several instructions at once add up; steps of a course (`sequence` 1, 2, …) do not, and leave no single daily dose.
    static func milligramsPerDay(_ dosages: [FHIRDosage], strength: Double?) -> Double? {
        guard !dosages.isEmpty, Set(dosages.map(\.sequence)).count == 1 else { return nil }
        var total = 0.0
        for dosage in dosages {
            guard let dose = dosage.milligramsPerDay(strength: strength) else { return nil }
            total += dose
        }
        // Beyond this a number was misread or mistyped; the words stay.
        return (0...100_000).contains(total) ? total : nil
    }

    // MARK: Strength

    private static let masses: [String: Double] = ["MG": 1, "MCG": 1e-3, "UG": 1e-3, "G": 1000, "GM": 1000]

    /// The strength in mg that a product's name states, `sertraline 100 MG Oral Tablet` or `Fluoxetine 25MG`.
    ///
    /// RxNorm writes `N MG` for a strength, `24 HR` for a release time, `N MG/ML` for a concentration and ` / ` between the ingredients
    /// of a combination; only a name with exactly one mass and no `/` has one strength.
    static func strength(in name: String) -> Double? {
        guard !name.contains("/") else { return nil }
        let words = name.uppercased().split { $0 == " " || $0 == "," || $0 == "[" || $0 == "]" || $0 == "(" || $0 == ")" }
        var strengths: [Double] = []
        for (index, word) in words.enumerated() {
            let digits = word.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits), number > 0 else { continue }
            let joined = word.dropFirst(digits.count)
            let unit = joined.isEmpty ? words.dropFirst(index + 1).first ?? "" : joined
            guard let mass = masses[String(unit)] else { continue }
            let next = words.dropFirst(index + (joined.isEmpty ? 2 : 1)).first
            if next == "PER" { return nil }
            strengths.append(number * mass)
        }
        return strengths.count == 1 ? strengths.first : nil
    }
}

extension FHIRDosage {
    /// Words for one piece of a solid product, as prescribing systems write them, lower case.
    private static let pieces: Set<String> = [
        "1", "tablet", "tablets", "tab", "tabs", "tbl", "capsule", "capsules", "cap", "caps", "pill", "pills", "each", "{tbl}", "{tablet}",
        "{capsule}", "{cap}", "{tab}", "{pill}", "tablet - unit of product usage", "capsule - unit of product usage",
    ]

    /// Masses as written outside UCUM. `MG` in particular is UCUM's megagram and never a dose.
    static let writtenMasses = ["MG": "mg", "Mg": "mg", "MCG": "ug", "mcg": "ug", "GM": "g", "milligram": "mg", "milligrams": "mg"]

    /// Doses a day of the timing codes of HL7 v3 GTSAbbreviation (codes recalled).
    private static let perDayByCode: [String: Double] = [
        "QD": 1, "BID": 2, "TID": 3, "QID": 4, "AM": 1, "PM": 1, "BED": 1, "QOD": 0.5, "WK": 1.0 / 7,
        "Q1H": 24, "Q2H": 12, "Q3H": 8, "Q4H": 6, "Q6H": 4, "Q8H": 3,
    ]

    private static let periodNames = ["s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"]

    init(_ element: FHIRElement) throws(Diagnostic) {
        text = try element.text("text", or: "patientInstruction")
        asNeeded = try element.flag("asNeededBoolean") ?? (element.value("asNeededCodeableConcept") != nil)
        sequence = try element.number("sequence").map { Int($0.rounded().clamped(to: -1e6...1e6)) }
        for rate in try element.children("doseAndRate") {
            if let quantity = try rate.child("doseQuantity") {
                (amount, amountText) = try Self.amount(quantity)
                break
            }
            if rate.value("doseRange") != nil { amount = .other }
        }
        if let timing = try element.child("timing") { try readTiming(timing) }
    }

    /// A dose quantity as mass or pieces, and in words.
    private static func amount(_ quantity: FHIRElement) throws(Diagnostic) -> (Amount?, String?) {
        guard let value = try quantity.number("value") else { return (.other, nil) }
        let code = try quantity.text("code")
        let unit = try quantity.text("unit") ?? code
        let words = unit.map { "\(decimal(value)) \($0)" } ?? decimal(value)
        guard try quantity.text("comparator") == nil else { return (.other, words) }
        guard let symbol = code ?? unit else { return (.units(value), words) }
        if pieces.contains(symbol.lowercased()) || pieces.contains((unit ?? "").lowercased()) { return (.units(value), words) }
        let written = writtenMasses[symbol] ?? symbol
        if !written.hasSuffix("/kg"), let from = Unit(written), let mg = Unit("mg"), let mass = from.convert(value, to: mg) {
            return (.milligrams(mass), words)
        }
        return (.other, words)
    }

    private mutating func readTiming(_ timing: FHIRElement) throws(Diagnostic) {
        if let repeating = try timing.child("repeat") {
            let frequency = try repeating.number("frequency")
            let period = try repeating.number("period")
            let unit = try repeating.text("periodUnit")
            let occasions = max(try repeating.texts("when").count, try repeating.texts("timeOfDay").count)
            let leavesChoice = ["frequencyMax", "periodMax", "dayOfWeek"].contains { repeating.value($0) != nil }
            if let period, period > 0, let unit {
                let times = frequency ?? Double(max(occasions, 1))
                timingText = Self.words(times: times, period: period, unit: unit)
                if let from = Unit(unit), let day = Unit("d"), let days = from.convert(period, to: day), !leavesChoice {
                    perDay = times / days
                }
            } else if occasions > 0, frequency == nil {
                timingText = Self.words(times: Double(occasions), period: 1, unit: "d")
                if !leavesChoice { perDay = Double(occasions) }
            }
        }
        guard perDay == nil, timingText == nil, let code = try timing.concept("code") else { return }
        timingText = code.name ?? code.codings.first?.code
        perDay = code.codings.lazy.compactMap { Self.perDayByCode[$0.code.uppercased()] }.first
    }

    private static func words(times: Double, period: Double, unit: String) -> String {
        let often = times == 1 ? "once" : times == 2 ? "twice" : "\(decimal(times)) times"
        let name = periodNames[unit] ?? unit
        if period == 1 { return "\(often) \(name == "hour" ? "an" : "a") \(name)" }
        return times == 1 ? "every \(decimal(period)) \(name)s" : "\(often) every \(decimal(period)) \(name)s"
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double { min(max(self, range.lowerBound), range.upperBound) }
}
