import Chart
import Notation
import Pharmacology

extension FHIRReading {
    /// SNOMED CT routes. Codes recalled, not looked up in a SNOMED release.
    private static let routesBySNOMED: [String: Route] = [
        "47625008": .intravenous, "46713006": .intranasal, "78421000": .intramuscular, "34206005": .subcutaneous, "26643006": .oral,
        "37839007": .sublingual, "37161004": .rectal,
    ]

    /// HL7 v3 RouteOfAdministration (codes recalled).
    private static let routesByHL7: [String: Route] = [
        "IV": .intravenous, "IVDRIP": .intravenous, "IVINJ": .intravenous, "NASINHL": .intranasal, "NASSPRAY": .intranasal,
        "IM": .intramuscular,
        "SQ": .subcutaneous, "SC": .subcutaneous, "PO": .oral, "SL": .sublingual, "PR": .rectal,
    ]

    private static let routesByWord: [(word: String, route: Route)] = [
        ("intravenous", .intravenous), ("iv", .intravenous), ("intranasal", .intranasal), ("nasal", .intranasal), ("nose", .intranasal),
        ("intramuscular", .intramuscular), ("im", .intramuscular), ("subcutaneous", .subcutaneous), ("sc", .subcutaneous),
        ("sublingual", .sublingual),
        ("rectal", .rectal), ("oral", .oral), ("po", .oral),
    ]

    /// MedicationAdministration → `administration` of ketamine, esketamine or arketamine when dose, route and time of day are there;
    /// of another drug → `medication` that starts and ends with it.
    ///
    /// A dose given of which something is missing is omitted with a warning that names it. The dose is taken as stated; where the name
    /// carries a salt a note says so, and nothing is converted to base. The lot is that of the Medication's batch.
    mutating func medicationAdministration(_ resource: FHIRResource) throws(Diagnostic) {
        let (product, about) = try product(of: resource)
        let drugs: Set<Drug> = product.map { vocabulary.drugs(of: $0.concept) } ?? []
        guard let status = try standing(resource, about: about) else {
            if !drugs.isEmpty, try resource.element.text("status") == "stopped" {
                warnIncomplete(resource, "how much was given before it was stopped")
            }
            return
        }
        guard let patient = try patient(of: resource, about: about) else { return }
        guard let product else { return omitUnnamedProduct(resource, about: about) }
        guard let drug = drugs.first else { return try otherAdministration(product, resource, patient: patient, status: status) }
        guard drugs.count == 1 else {
            let names = drugs.map(\.rawValue).sorted().joined(separator: " and ")
            throw Diagnostic(
                "fhir.drug", at: resource.element.place, "names \(names) as one medication", expected: "one drug in code and text")
        }

        let span = try span(resource.element, "effective")
        let dosage = try resource.element.child("dosage")
        var missing: [String] = []
        let time: Moment? = if let start = span?.start, !start.isWholeDay { start } else { nil }
        if time == nil { missing.append(span?.start == nil ? "a time" : "a time of day") }
        let dose = try dosage.flatMap { dosage throws(Diagnostic) in try Self.dose(in: dosage) }
        if dose == nil { missing.append("a dose in mg or mg/kg") }
        let route = try dosage?.concept("route").flatMap(Self.route(of:))
        if route == nil { missing.append("a known route") }
        guard let time, let dose, let route else {
            warnIncomplete(resource, missing.joined(separator: " and "))
            return omit(resource, about: about, "without \(missing.joined(separator: " and "))")
        }
        let names = Words(([product.name] + product.concept.codings.map(\.display)).compactMap { $0 }.joined(separator: " "))
        let isSalt = names.contains(Words("hydrochloride")) || names.contains(Words("hcl"))
        state(
            .administration, from: resource, patient: patient,
            [
                ("note", isSalt ? "recorded as hydrochloride; the dose stands as stated, not converted to base" : nil),
                ("time", time.json), ("drug", .string(drug.rawValue)), ("route", .string(route.rawValue)), ("dose", JSONValue(dose.value)),
                ("unit", .string(dose.unit)), ("duration_min", try minutes(of: span, dosage, dose).map(JSONValue.init(_:))),
                ("lot", product.lot.map(JSONValue.string)),
            ])
    }

    private mutating func warnIncomplete(_ resource: FHIRResource, _ missing: String) {
        warn(
            "fhir.administration", at: resource.element.place, "a dose of ketamine is not taken over: it does not state \(missing)",
            expected: missing)
    }

    /// The dose with its UCUM unit; nil when it is absent or no mass. A unit that is not UCUM is an error.
    private static func dose(in dosage: FHIRElement) throws(Diagnostic) -> (value: Double, unit: String)? {
        guard let quantity = try dosage.child("dose"), let value = try quantity.number("value") else { return nil }
        guard let written = try quantity.text("code", or: "unit") else {
            throw quantity.wrong("unit", "is missing", expected: "a UCUM mass such as mg, or mg/kg", code: "fhir.unit")
        }
        let unit = FHIRDosage.writtenMasses[written] ?? written
        guard Unit(unit) != nil else {
            throw quantity.wrong("unit", "is \(quoted(written))", expected: "a UCUM mass such as mg, or mg/kg", code: "fhir.unit")
        }
        guard value > 0 else { throw quantity.wrong("value", "is not a dose", expected: "a number above zero") }
        return Dose(value, unit: unit) == nil ? nil : (value, unit)
    }

    static func route(of concept: FHIRConcept) -> Route? {
        for coding in concept.codings {
            if coding.system == "SNOMED CT", let route = routesBySNOMED[coding.code] { return route }
            if coding.system == "HL7 route", let route = routesByHL7[coding.code] { return route }
        }
        let texts = concept.codings.compactMap(\.display) + [concept.text].compactMap { $0 }
        let routes = Set(texts.compactMap { text in routesByWord.first { Words(text).words.contains($0.word) }?.route })
        return routes.count == 1 ? routes.first : nil
    }

    /// How long the dose took: by its period or, failing that, by its rate.
    private mutating func minutes(of span: FHIRSpan?, _ dosage: FHIRElement?, _ dose: (value: Double, unit: String)) throws(Diagnostic)
        -> Double?
    {
        if let start = span?.start, let end = span?.end, !end.isWholeDay {
            let minutes = end.instant.minutes(since: start.instant)
            if (0...1440).contains(minutes) { return minutes }
        }
        guard let dosage, let rate = try Self.rate(of: dosage) else { return nil }
        let perKilogram = dose.unit.hasSuffix("/kg")
        guard rate.value > 0, rate.unit.contains("/kg/") == perKilogram, let from = Unit(rate.unit),
            let perMinute = Unit(perKilogram ? "mg/kg/min" : "mg/min"),
            let given = Unit(dose.unit), let whole = Unit(perKilogram ? "mg/kg" : "mg"),
            let speed = from.convert(rate.value, to: perMinute),
            let mass = given.convert(dose.value, to: whole)
        else { return nil }
        let minutes = rounded(mass / speed, places: 2)
        return (0...1440).contains(minutes) ? minutes : nil
    }

    private static func rate(of dosage: FHIRElement) throws(Diagnostic) -> (value: Double, unit: String)? {
        if let quantity = try dosage.child("rateQuantity"), let value = try quantity.number("value"),
            let unit = try quantity.text("code", or: "unit")
        {
            return (value, unit)
        }
        guard let ratio = try dosage.child("rateRatio"), let mass = try ratio.child("numerator"), let time = try ratio.child("denominator"),
            let value = try mass.number("value"), let unit = try mass.text("code", or: "unit"),
            let over = try time.text("code", or: "unit")
        else { return nil }
        let duration = try time.number("value") ?? 1
        return duration > 0 ? (value / duration, "\(unit)/\(over)") : nil
    }

    private mutating func otherAdministration(_ product: FHIRProduct, _ resource: FHIRResource, patient: String, status: String)
        throws(Diagnostic)
    {
        let span = try span(resource.element, "effective")
        let dosage = try resource.element.child("dosage")
        var dose = try dosage?.text("text")
        if dose == nil, let quantity = try dosage?.child("dose"), let value = try quantity.number("value") {
            dose = [decimal(value), try quantity.text("unit", or: "code")].compactMap { $0 }.joined(separator: " ")
        }
        let isPeriod = resource.element.value("effectivePeriod") != nil
        state(
            .medication, from: resource, patient: patient,
            [
                ("note", status == "completed" ? nil : .string("status \(status)")), ("drug", product.name.map(JSONValue.string)),
                ("code", product.code?.json), ("dose", dose.map(JSONValue.string)), ("start", span?.start?.json),
                ("end", (isPeriod ? span?.end : span?.start)?.json),
            ])
    }
}
