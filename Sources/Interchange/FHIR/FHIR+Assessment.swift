import Chart
import Notation

/// One assessment as two resources may both state it.
struct AssessmentKey: Hashable, Sendable {
    var patient: String
    var instrument: String
    var time: Moment
}

/// An Observation of a rating scale, kept until the others it belongs with are read.
struct ScaleObservation: Sendable {
    enum Role: Sendable {
        /// A panel; nil when its code is not known but its components are items of a scale.
        case panel(String?)
        /// LOINC of the item.
        case item(String)
        /// Instrument id.
        case total(String)
    }

    var resource: FHIRResource
    var patient: String
    var time: Moment
    var role: Role
    var about: String
    var answer: FHIRAnswer
    var sheet = ScaleSheet()
    /// Entries of the Observations a panel holds.
    var members: [Int] = []
    /// Entries it was derived from.
    var sources: [Int] = []
}

extension FHIRReading {
    /// Keeps an Observation of a rating scale: a panel, an item or a total, by LOINC. False for any other Observation.
    mutating func collectScale(
        _ resource: FHIRResource, _ concept: FHIRConcept, _ components: [FHIRElement], patient: String
    ) throws(Diagnostic) -> Bool {
        guard let role = try scaleRole(concept, components) else { return false }
        let element = resource.element
        guard let time = try span(element, "effective")?.start else {
            omit(resource, about: concept.about, "no time")
            return true
        }
        var kept = ScaleObservation(
            resource: resource, patient: patient, time: time, role: role, about: concept.about, answer: try FHIRAnswer(element))
        for component in components {
            let part = try component.concept("code") ?? FHIRConcept()
            let loinc = part.code(in: "LOINC") ?? ""
            if vocabulary.itemByLOINC[loinc] != nil {
                kept.sheet.entries[loinc] = .init(answer: try FHIRAnswer(component), place: component.place)
            } else if let instrument = vocabulary.scaleByTotal[loinc] {
                kept.sheet.totals[instrument] = try total(try FHIRAnswer(component), at: component.place)
            } else {
                omitComponent(of: resource, about: part.about, "not used by this version")
            }
        }
        kept.members = try targets(of: "hasMember", in: resource, type: "Observation")
        kept.sources = try targets(of: "derivedFrom", in: resource, type: "QuestionnaireResponse")
        scaleObservations.append(kept)
        return true
    }

    private func scaleRole(_ concept: FHIRConcept, _ components: [FHIRElement]) throws(Diagnostic) -> ScaleObservation.Role? {
        for coding in concept.codings where coding.system == "LOINC" {
            if let instrument = vocabulary.scaleByPanel[coding.code] { return .panel(instrument) }
            if let instrument = vocabulary.scaleByTotal[coding.code] { return .total(instrument) }
            if vocabulary.itemByLOINC[coding.code] != nil { return .item(coding.code) }
        }
        for component in components {
            if let loinc = try component.concept("code")?.code(in: "LOINC"), vocabulary.itemByLOINC[loinc] != nil { return .panel(nil) }
        }
        return nil
    }

    private func targets(of key: String, in resource: FHIRResource, type: String) throws(Diagnostic) -> [Int] {
        var entries: [Int] = []
        for element in try resource.element.children(key) {
            guard let reference = try element.text("reference") else { continue }
            if case .entry(let target)? = try bundle.resolve(reference, from: resource, type: type) { entries.append(target.entry) }
        }
        return entries
    }

    /// Puts the Observations of rating scales together: first what a questionnaire response already states, then panels with their
    /// members, then items of one patient and time, then totals that stand alone.
    mutating func assembleScaleObservations() throws(Diagnostic) {
        var open = Dictionary(scaleObservations.map { ($0.resource.entry, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in open.keys.sorted() {
            guard let kept = open[entry], let key = keyStatedByResponse(kept) else { continue }
            if case .total = kept.role { try compare(kept, with: key) }
            omit(kept.resource, about: kept.about, "already stated by the QuestionnaireResponse it derives from")
            open[entry] = nil
        }
        for entry in open.keys.sorted() {
            if let panel = open[entry], case .panel(let instrument) = panel.role { try assemble(panel, named: instrument, &open) }
        }
        try assembleLooseItems(&open)
        for entry in open.keys.sorted() {
            guard let kept = open[entry] else { continue }
            if case .total(let instrument) = kept.role { try assembleTotal(kept, of: instrument) }
        }
    }

    private func keyStatedByResponse(_ kept: ScaleObservation) -> AssessmentKey? {
        let instruments: [String] =
            switch kept.role {
            case .panel(let instrument): [instrument].compactMap { $0 }
            case .total(let instrument): [instrument]
            case .item(let loinc): vocabulary.itemByLOINC[loinc].map { $0.keys.sorted() } ?? []
            }
        for source in kept.sources {
            guard let stated = scalesByResponse[source] else { continue }
            if let key = instruments.lazy.compactMap({ stated[$0] }).first { return key }
        }
        return nil
    }

    private mutating func assemble(_ panel: ScaleObservation, named: String?, _ open: inout [Int: ScaleObservation]) throws(Diagnostic) {
        open[panel.resource.entry] = nil
        var sheet = panel.sheet
        if let named, panel.answer != .none { sheet.totals[named] = try total(panel.answer, at: panel.resource.element.place) }
        var used: [ScaleObservation] = []
        for member in panel.members {
            guard let kept = open[member], kept.patient == panel.patient else { continue }
            switch kept.role {
            case .item(let loinc): sheet.entries[loinc] = .init(answer: kept.answer, place: kept.resource.element.place)
            case .total(let instrument): sheet.totals[instrument] = try total(kept.answer, at: kept.resource.element.place)
            case .panel: continue
            }
            used.append(kept)
        }
        let readings = try vocabulary.read(sheet, named: named).filter { $0.isAnswered || $0.total != nil }
        guard !readings.isEmpty else { return omit(panel.resource, about: panel.about, "no answers in this bundle") }
        for (index, reading) in readings.enumerated() {
            let key = AssessmentKey(patient: panel.patient, instrument: reading.instrument, time: panel.time)
            if reading.isAnswered { answered[key] = .some(reading.sum) }
            stateAssessment(reading, key, from: panel.resource, suffix: index == 0 ? nil : reading.instrument, rater: nil)
        }
        let (items, instruments) = (Set(readings.flatMap(\.items)), Set(readings.map(\.instrument)))
        for kept in used {
            switch kept.role {
            case .item(let loinc) where !items.contains(loinc): continue
            case .total(let instrument) where !instruments.contains(instrument): continue
            default: break
            }
            omit(kept.resource, about: kept.about, "part of a panel's assessment")
            open[kept.resource.entry] = nil
        }
    }

    /// Items that no panel holds: those of one patient and time are one sheet.
    private mutating func assembleLooseItems(_ open: inout [Int: ScaleObservation]) throws(Diagnostic) {
        struct Group: Hashable {
            var patient: String
            var time: Moment
        }
        var groups: [Group: [ScaleObservation]] = [:]
        for kept in open.values.sorted(by: { ($0.resource.factID ?? "", $0.resource.entry) < ($1.resource.factID ?? "", $1.resource.entry) }
        ) {
            if case .item = kept.role { groups[Group(patient: kept.patient, time: kept.time), default: []].append(kept) }
        }
        for (group, items) in groups.sorted(by: { ($0.key.patient, $0.key.time.instant) < ($1.key.patient, $1.key.time.instant) }) {
            var sheet = ScaleSheet()
            var source: [String: ScaleObservation] = [:]
            var contradictory: Set<String> = []
            for item in items {
                guard case .item(let loinc) = item.role else { continue }
                if let earlier = sheet.entries[loinc], earlier.answer != item.answer { contradictory.insert(loinc) }
                if source[loinc] == nil { source[loinc] = item }
                sheet.entries[loinc] = sheet.entries[loinc] ?? .init(answer: item.answer, place: item.resource.element.place)
            }
            for loinc in contradictory {
                sheet.entries[loinc] = nil
                warn(
                    "fhir.answers", at: source[loinc]?.resource.element.place ?? bundle.place,
                    "LOINC \(loinc) is answered twice at one time, differently", expected: "one answer")
            }
            var used: Set<String> = []
            var stating: Set<Int> = []
            for reading in try vocabulary.read(sheet) where reading.isAnswered {
                let key = AssessmentKey(patient: group.patient, instrument: reading.instrument, time: group.time)
                let loincs = vocabulary.scales[reading.instrument]?.items.compactMap(\.loinc) ?? []
                guard answered[key] == nil, let first = loincs.lazy.compactMap({ reading.items.contains($0) ? source[$0] : nil }).first
                else { continue }
                answered[key] = .some(reading.sum)
                stateAssessment(reading, key, from: first.resource, suffix: reading.instrument, rater: nil)
                used.formUnion(reading.items)
                stating.insert(first.resource.entry)
            }
            for item in items {
                guard case .item(let loinc) = item.role, !stating.contains(item.resource.entry) else { continue }
                let reason =
                    used.contains(loinc)
                    ? "part of an assessment"
                    : contradictory.contains(loinc)
                        ? "answered twice at one time, differently"
                        : "too few answers of a known instrument, or stated already"
                omit(item.resource, about: item.about, reason)
            }
        }
    }

    private mutating func assembleTotal(_ kept: ScaleObservation, of instrument: String) throws(Diagnostic) {
        let key = AssessmentKey(patient: kept.patient, instrument: instrument, time: kept.time)
        if answered[key] != nil {
            try compare(kept, with: key)
            return omit(kept.resource, about: kept.about, "the total of an assessment whose answers are in this bundle")
        }
        guard let total = try total(kept.answer, at: kept.resource.element.place) else {
            return omit(kept.resource, about: kept.about, "no value")
        }
        let reading = ScaleReading(instrument: instrument, answers: [], total: total, items: [], sum: nil)
        stateAssessment(reading, key, from: kept.resource, suffix: nil, rater: nil)
    }

    private mutating func compare(_ kept: ScaleObservation, with key: AssessmentKey) throws(Diagnostic) {
        guard let sum = answered[key] ?? nil, let total = try total(kept.answer, at: kept.resource.element.place) else { return }
        if abs(sum - total) > 1e-9 { warnOfTotal(key.instrument, at: kept.resource.element.place) }
    }

    private mutating func warnOfTotal(_ instrument: String, at place: Place) {
        warn(
            "fhir.total", at: place, "the stated total of \(instrument) is not the sum of its answers; the answers count",
            expected: "their sum")
    }

    /// States an assessment: its answers or, without any, its total.
    mutating func stateAssessment(
        _ reading: ScaleReading, _ key: AssessmentKey, from resource: FHIRResource, suffix: String?, rater: Assessment.Rater?
    ) {
        if reading.contradicts(reading.total) { warnOfTotal(reading.instrument, at: resource.element.place) }
        let answers = JSONValue.array(reading.answers.map { $0.map(JSONValue.init(_:)) ?? .null })
        state(
            .assessment, from: resource, suffix: suffix, patient: key.patient,
            [
                ("time", key.time.json), ("instrument", .string(reading.instrument)), ("answers", reading.isAnswered ? answers : nil),
                ("total", reading.isAnswered ? nil : reading.total.map(JSONValue.init(_:))),
                ("rater", (rater?.rawValue).map(JSONValue.string)),
            ])
    }
}
