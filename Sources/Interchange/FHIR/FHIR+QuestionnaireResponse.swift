import Chart
import Notation

extension FHIRReading {
    /// QuestionnaireResponse → one `assessment` for each instrument whose items it answers.
    ///
    /// An item is known by the LOINC at the end of its `linkId` (`44250-9`, `/44250-9`, `/44249-1/44250-9`) or of its `definition`, at any
    /// depth. An item without answer is null in the assessment; an answer its item cannot have is an error. A total beside the answers is
    /// compared, and the answers win. The rater is the patient when `source` says the patient answered.
    mutating func questionnaireResponse(_ resource: FHIRResource) throws(Diagnostic) {
        let element = resource.element
        let canonical = try element.text("questionnaire")
        let about = canonical.map { "questionnaire \($0.prefix(120))" } ?? "no questionnaire"
        guard try standing(resource, about: about) != nil else { return }
        guard let patient = try patient(of: resource, about: about) else { return }
        var sheet = ScaleSheet()
        try gather(try element.children("item"), into: &sheet)
        let named = canonical.flatMap { url in vocabulary.scaleByPanel.first { url.contains($0.key) }?.value }
        let readings = try vocabulary.read(sheet, named: named).filter { $0.isAnswered || $0.total != nil }
        guard !readings.isEmpty else {
            return omit(
                resource, about: about, sheet.entries.isEmpty ? "no item of a known instrument" : "too few answers of a known instrument")
        }
        guard let time = try moment(element, "authored") else { return omit(resource, about: about, "no time") }
        let rater = try rater(of: resource)
        for (index, reading) in readings.enumerated() {
            let key = AssessmentKey(patient: patient, instrument: reading.instrument, time: time)
            answered[key] = .some(reading.sum)
            scalesByResponse[resource.entry, default: [:]][reading.instrument] = key
            stateAssessment(reading, key, from: resource, suffix: index == 0 ? nil : reading.instrument, rater: rater)
        }
        let used = Set(readings.flatMap(\.items))
        for loinc in sheet.entries.keys.sorted() where !used.contains(loinc) {
            omitComponent(of: resource, about: "LOINC \(loinc)", "too few answers of a known instrument")
        }
    }

    private mutating func gather(_ items: [FHIRElement], into sheet: inout ScaleSheet) throws(Diagnostic) {
        for item in items {
            let answers = try item.children("answer")
            if let loinc = try loinc(of: item) {
                guard answers.count < 2 else {
                    throw item.wrong("answer", "holds \(answers.count) answers", expected: "one answer", code: "fhir.answer")
                }
                let answer: FHIRAnswer = try answers.first.map { answer throws(Diagnostic) in try FHIRAnswer(answer) } ?? .none
                if let instrument = vocabulary.scaleByTotal[loinc] {
                    sheet.totals[instrument] = try total(answer, at: item.place)
                } else if vocabulary.itemByLOINC[loinc] != nil {
                    guard sheet.entries.updateValue(.init(answer: answer, place: answers.first?.place ?? item.place), forKey: loinc) == nil
                    else {
                        throw item.wrong("linkId", "asks LOINC \(loinc) a second time", expected: "each item once", code: "fhir.answer")
                    }
                }
            }
            try gather(try item.children("item"), into: &sheet)
            for answer in answers { try gather(try answer.children("item"), into: &sheet) }
        }
    }

    /// A known LOINC term at the end of `linkId` or `definition`.
    private func loinc(of item: FHIRElement) throws(Diagnostic) -> String? {
        for text in [try item.text("linkId"), try item.text("definition")] {
            guard let last = text?.split(whereSeparator: { $0 == "/" || $0 == "#" }).last.map(String.init) else { continue }
            if vocabulary.itemByLOINC[last] != nil || vocabulary.scaleByTotal[last] != nil { return last }
        }
        return nil
    }

    /// A stated total. US Core's own PHQ-9 example writes it as text, which is read with a warning when it is a number.
    mutating func total(_ answer: FHIRAnswer, at place: Place) throws(Diagnostic) -> Double? {
        switch answer {
        case .none: return nil
        case .number(let total): return total
        case .text(let text):
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let total = Double(text) else { break }
            warn("fhir.total_text", at: place, "a total score is written as text", expected: "a number")
            return total
        case .coded, .flag, .other: break
        }
        throw Diagnostic("fhir.answer", at: place, "is no total score", expected: "a number")
    }

    private func rater(of resource: FHIRResource) throws(Diagnostic) -> Assessment.Rater? {
        guard let source = try resource.element.child("source"), let reference = try source.text("reference") else { return nil }
        var type = try source.text("type") ?? FHIRBundle.type(ofReference: reference)
        if case .entry(let target)? = try bundle.resolve(reference, from: resource, type: "Patient") { type = target.type }
        return type.flatMap { Self.raters[$0] }
    }

    private static let raters: [String: Assessment.Rater] = [
        "Patient": .`self`, "RelatedPerson": .observer, "Practitioner": .clinician, "PractitionerRole": .clinician,
    ]
}
