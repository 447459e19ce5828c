import Chart
import Notation
import Pharmacology

/// The product a medication resource is about.
struct FHIRProduct: Sendable {
    var concept: FHIRConcept
    var lot: String?

    /// The name as RxNorm writes it or, failing that, as the record does.
    var name: String? {
        if let display = concept.codings.first(where: { $0.system == "RxNorm" })?.display { return display }
        return concept.name ?? concept.codings.first.map { [$0.system, $0.code].compactMap { $0 }.joined(separator: " ") }
    }

    /// The code knowledge speaks in: RxNorm, then ATC, then the first.
    var code: Code? {
        let codes = concept.codes
        return codes.first { $0.system == "RxNorm" } ?? codes.first { $0.system == "ATC" } ?? codes.first
    }

    /// Strength in mg by the product's names; nil when none states one or two disagree.
    var strength: Double? {
        let strengths = Set((concept.codings.compactMap(\.display) + [concept.text].compactMap { $0 }).compactMap(FHIRDosage.strength(in:)))
        return strengths.count == 1 ? strengths.first : nil
    }
}

extension FHIRReading {
    private static let notOrdered: Set<String> = ["proposal", "plan", "option"]

    /// MedicationRequest → `medication`, one fact for each request (repeats of one drug are merged by what reads the chart).
    ///
    /// Start is `authoredOn`; end is that of the dosage (`boundsPeriod`) or of the dispensing validity. A stopped or completed
    /// request without such an end is marked as stopped, with a warning: Synthea states none anywhere in its bundles.
    mutating func medicationRequest(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        let (product, about) = try product(of: resource)
        guard let status = try standing(resource, about: about) else { return }
        if let intent = try element.text("intent"), Self.notOrdered.contains(intent) {
            return omit(resource, about: about, "a \(intent), not an order")
        }
        if try element.flag("doNotPerform") == true { return omit(resource, about: about, "an order not to give it") }
        guard let patient = try patient(of: resource, about: about) else { return }
        guard let product else { return omitUnnamedProduct(resource, about: about) }

        let dosages = try element.children("dosageInstruction")
        var end: Moment?
        for dosage in dosages {
            let bounds = try dosage.child("timing")?.child("repeat").flatMap { repeating throws(Diagnostic) in
                try period(repeating, "boundsPeriod")
            }
            if let last = bounds?.end, end.map({ $0.instant < last.instant }) ?? true { end = last }
        }
        let validity = try element.child("dispenseRequest").flatMap { request throws(Diagnostic) in try period(request, "validityPeriod") }
        let written = try moment(element, "authoredOn")
        let span = FHIRSpan(start: nil, end: end ?? validity?.end)
        let stated = startKnownBy(written ?? validity?.start, span, at: element.place)
        try stateMedication(product, from: resource, patient: patient, status: status, span: stated, dosages: dosages, recorded: nil)
    }

    /// MedicationStatement → `medication`, over its effective time.
    mutating func medicationStatement(_ resource: FHIRResource) throws(Diagnostic) {
        let (product, about) = try product(of: resource)
        guard let status = try standing(resource, about: about) else { return }
        guard let patient = try patient(of: resource, about: about) else { return }
        guard let product else { return omitUnnamedProduct(resource, about: about) }
        let span = try span(resource.element, "effective") ?? FHIRSpan()
        let recorded = try recorded(resource.element, "dateAsserted", noEarlierThan: span.start)
        try stateMedication(
            product, from: resource, patient: patient, status: status, span: span, dosages: try resource.element.children("dosage"),
            recorded: recorded)
    }

    private mutating func stateMedication(
        _ product: FHIRProduct, from resource: FHIRResource, patient: String, status: String, span: FHIRSpan, dosages: [FHIRElement],
        recorded: JSONValue?
    ) throws(Diagnostic) {
        var readings: [FHIRDosage] = []
        for dosage in dosages { readings.append(try FHIRDosage(dosage)) }
        let words = readings.compactMap(\.words)
        let hasStopped = status == "stopped" || status == "completed"
        if hasStopped, span.end == nil {
            warn(
                "fhir.open_medication", at: resource.element.place, "a \(resource.type) is \(status) without a date",
                expected: "when it ended")
        }
        let note = hasStopped || status == "active" ? nil : "status \(status)"
        state(
            .medication, from: resource, patient: patient,
            [
                ("recorded", recorded), ("note", note.map(JSONValue.string)), ("drug", product.name.map(JSONValue.string)),
                ("code", product.code?.json),
                ("dose", words.isEmpty ? nil : .string(words.joined(separator: "; "))),
                ("dose_mg_per_day", FHIRDosage.milligramsPerDay(readings, strength: product.strength).map(JSONValue.init(_:))),
                ("start", span.start?.json), ("end", span.end?.json), ("stopped", hasStopped ? true : nil),
            ])
    }

    mutating func omitUnnamedProduct(_ resource: FHIRResource, about: String) {
        warn(
            "fhir.medication", at: resource.element.place, "\(resource.type) does not say which drug",
            expected: "a medication with a name or a code")
        omit(resource, about: about, "no drug named")
    }

    /// The product of a medication resource, by concept or by reference (contained or in the bundle), and what an account calls it.
    func product(of resource: FHIRResource) throws(Diagnostic) -> (FHIRProduct?, about: String) {
        let element = resource.element
        var product = FHIRProduct(concept: FHIRConcept())
        if let concept = try element.concept("medicationCodeableConcept") {
            product.concept = concept
        } else if let reference = try element.child("medicationReference") {
            if let text = try reference.text("reference"), let medication = try medication(text, from: resource) {
                product.concept = try medication.concept("code") ?? FHIRConcept()
                product.lot = try medication.child("batch")?.text("lotNumber")
            }
            if product.name == nil { product.concept.text = try reference.text("display") }
        }
        return (product.name == nil ? nil : product, product.concept.about)
    }

    private func medication(_ reference: String, from resource: FHIRResource) throws(Diagnostic) -> FHIRElement? {
        switch try bundle.resolve(reference, from: resource, type: "Medication") {
        case .entry(let target) where target.type == "Medication": target.element
        case .contained(let element): element
        case .entry, nil: nil
        }
    }
}
