import Notation

/// An answer to one item of a rating scale, before the scale's own codes give it a score.
enum FHIRAnswer: Sendable, Equatable {
    case none
    case coded([FHIRCoding])
    case number(Double)
    case flag(Bool)
    case text(String)
    /// A type no item of a scale has (an attachment, a reference).
    case other(String)

    private static let prefix = "value"

    /// The `value[x]` of an answer, an Observation or a component.
    init(_ element: FHIRElement) throws(Diagnostic) {
        guard let key = element.object.keys.first(where: { $0.hasPrefix(Self.prefix) && element.value($0) != nil }) else {
            self = .none
            return
        }
        switch key {
        case "valueCoding":
            self = .coded(try element.child(key).flatMap { child throws(Diagnostic) in try FHIRCoding(child) }.map { [$0] } ?? [])
        case "valueCodeableConcept": self = .coded(try element.concept(key)?.codings ?? [])
        case "valueInteger", "valueDecimal": self = try element.number(key).map { .number($0) } ?? .none
        case "valueQuantity": self = try element.child(key)?.number("value").map { .number($0) } ?? .none
        case "valueBoolean": self = try element.flag(key).map { .flag($0) } ?? .none
        case "valueString": self = try element.text(key).map { .text($0) } ?? .none
        default: self = .other(String(key.dropFirst(Self.prefix.count)))
        }
    }
}

/// Answers by item, as found in one place: a questionnaire response, a panel with its members, or Observations of one time.
struct ScaleSheet: Sendable {
    struct Entry: Sendable {
        var answer: FHIRAnswer
        var place: Place
    }

    /// By LOINC of the item.
    var entries: [String: Entry] = [:]
    /// Stated totals, by instrument.
    var totals: [String: Double] = [:]
}

/// A sheet read as one instrument.
struct ScaleReading: Sendable {
    var instrument: String
    /// In item order; nil where not answered.
    var answers: [Double?]
    /// As stated beside the answers.
    var total: Double?
    /// LOINC of the items the sheet carried.
    var items: Set<String>
    /// The sum of the answers where all are there and the instrument's total is a sum.
    var sum: Double?

    var isAnswered: Bool { answers.contains { $0 != nil } }

    /// True when a stated total contradicts the answers.
    func contradicts(_ total: Double?) -> Bool {
        guard let sum, let total else { return false }
        return abs(sum - total) > 1e-9
    }
}

extension FHIRVocabulary {
    /// Reads a sheet as the instruments that fit it.
    ///
    /// The instrument whose items are most completely there comes first and takes its items; what remains may make another. An
    /// instrument is recognised when at least half of its items are there (the two questions of the PHQ-2 are not a PHQ-9), or when the
    /// source names it (`named`). A total of another instrument stands alone.
    func read(_ sheet: ScaleSheet, named: String? = nil) throws(Diagnostic) -> [ScaleReading] {
        var readings: [ScaleReading] = []
        var remaining = Set(sheet.entries.keys)
        var candidates = Set(remaining.flatMap { itemByLOINC[$0].map { Array($0.keys) } ?? [] }).union(sheet.totals.keys)
        var next = named.flatMap { candidates.contains($0) ? $0 : nil }
        while let id = next ?? bestFit(among: candidates, remaining), let scale = scales[id] {
            candidates.remove(id)
            next = nil
            let items = Set(scale.items.compactMap(\.loinc)).intersection(remaining)
            let reading = try read(sheet, as: scale, items)
            guard reading.isAnswered || reading.total != nil || !items.isEmpty else { continue }
            remaining.subtract(items)
            readings.append(reading)
        }
        for (id, total) in sheet.totals.sorted(by: { $0.key < $1.key }) where !readings.contains(where: { $0.instrument == id }) {
            readings.append(ScaleReading(instrument: id, answers: [], total: total, items: [], sum: nil))
        }
        return readings
    }

    private func bestFit(among candidates: Set<String>, _ items: Set<String>) -> String? {
        var best: (id: String, share: Double, count: Int)?
        for id in candidates.sorted() {
            guard let scale = scales[id], !scale.items.isEmpty else { continue }
            let count = scale.items.count { $0.loinc.map(items.contains) ?? false }
            let share = Double(count) / Double(scale.items.count)
            guard share >= 0.5 else { continue }
            if best.map({ (share, count) > ($0.share, $0.count) }) ?? true { best = (id, share, count) }
        }
        return best?.id
    }

    private func read(_ sheet: ScaleSheet, as scale: Scale, _ items: Set<String>) throws(Diagnostic) -> ScaleReading {
        var answers: [Double?] = []
        for item in scale.items {
            guard let loinc = item.loinc, items.contains(loinc), let entry = sheet.entries[loinc] else {
                answers.append(nil)
                continue
            }
            answers.append(try score(entry.answer, of: item, at: entry.place))
        }
        let given = answers.compactMap { $0 }
        let sum = scale.totalIsSum && given.count == answers.count ? given.reduce(0, +) : nil
        return ScaleReading(instrument: scale.id, answers: answers, total: sheet.totals[scale.id], items: items, sum: sum)
    }

    /// The score of an answer: by its LOINC answer code, by the score the sender attached, or the number itself.
    func score(_ answer: FHIRAnswer, of item: Scale.Item, at place: Place) throws(Diagnostic) -> Double? {
        let loinc = item.loinc ?? "the item"
        let expected = item.answers.isEmpty ? "a number" : "one of " + item.answers.keys.sorted().joined(separator: ", ") + " or a number"
        switch answer {
        case .none: return nil
        case .number(let number): return number
        case .coded(let codings):
            if let score = codings.lazy.compactMap({ item.answers[$0.code] }).first { return score }
            if let score = codings.lazy.compactMap(\.ordinal).first { return score }
            let code = codings.first?.code ?? "no code"
            throw Diagnostic("fhir.answer", at: place, "is \(quoted(code)), which is no answer to LOINC \(loinc)", expected: expected)
        case .flag(let flag) where Set(item.answers.values).isSubset(of: [0, 1]): return flag ? 1 : 0
        case .flag: throw Diagnostic("fhir.answer", at: place, "is true or false, which is no answer to LOINC \(loinc)", expected: expected)
        case .text: throw Diagnostic("fhir.answer", at: place, "is text, which is no answer to LOINC \(loinc)", expected: expected)
        case .other(let type):
            throw Diagnostic("fhir.answer", at: place, "is \(quoted(type)), which is no answer to LOINC \(loinc)", expected: expected)
        }
    }
}
