import Notation
import Pharmacology

extension LedgerLine {
    /// A line read from JSON, with the keys nobody reads.
    public struct Reading: Sendable {
        public var line: LedgerLine
        public var unknownKeys: [String]
    }

    private static let keys: Set<String> = [
        "type", "id", "time", "lot", "volume_ml", "devices", "units", "session", "patient", "by", "witness", "reason", "line", "drug", "strength_mg_per_ml",
        "strength_mg_per_device", "expiry", "from", "recoverable", "estimate", "dispense_home", "before", "note", "recorded", "blind", "supplier", "invoice",
        "form",
    ]

    /// Reads one line in the shape of the contract. `id` must be present; whoever imports puts it in.
    /// - Throws: a diagnostic with code `ledger.<key>`.
    public static func read(_ json: JSONValue, at place: Place = Place()) throws(Diagnostic) -> Reading {
        guard let object = json.object else { throw Diagnostic("ledger.shape", at: place, "is \(json.kind)", expected: "an object with a type") }
        let fields = LineFields(object: object, place: place)
        guard let word = try fields.text("type") else { throw fields.wrong("type", "is missing", expected: "what was done") }
        guard let kind = Kind(word: word) else {
            throw fields.wrong("type", "is \(quoted(word))", expected: "one of " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard let time = try fields.moment("time") else { throw fields.wrong("time", "is missing", expected: LineFields.momentForm) }
        guard let id = try fields.identifier("id") else { throw fields.wrong("id", "is missing", expected: "text") }
        guard let by = try fields.text("by") else { throw fields.wrong("by", "is missing", expected: "who did it") }
        var line = LedgerLine(id: id, time: time, kind: kind, by: by)
        line.recorded = try fields.moment("recorded")
        line.lot = try fields.identifier("lot")
        (line.amount, line.unit) = try fields.amount()
        line.session = try fields.identifier("session")
        line.patient = try fields.identifier("patient")
        line.witness = try fields.textIfAny("witness")
        line.reason = try fields.textIfAny("reason")
        line.note = try fields.textIfAny("note")
        line.supplier = try fields.textIfAny("supplier")
        line.invoice = try fields.textIfAny("invoice")
        line.reference = try fields.identifier("line")
        line.source = try fields.word("from", Source.self)
        line.isRecoverable = try fields.flag("recoverable") ?? (word == "spill_recoverable" ? true : word == "spill_lost" ? false : nil)
        line.isEstimate = try fields.flag("estimate")
        line.isForHome = try fields.flag("dispense_home")
        line.before = try fields.day("before")
        try line.check(fields)
        if kind == .receive { line.received = try lot(line.lot ?? "", fields, unit: line.unit) }
        return Reading(line: line, unknownKeys: object.keys.filter { !keys.contains($0) })
    }

    private func check(_ fields: LineFields) throws(Diagnostic) {
        let needsLot = kind.moves || kind == .count
        if needsLot, lot == nil { throw fields.wrong("lot", "is missing", expected: "the lot") }
        if needsLot, amount == nil { throw fields.wrong("volume_ml", "is missing, and so is devices", expected: "an amount") }
        if kind == .inventory, amount != nil, lot == nil { throw fields.wrong("lot", "is missing", expected: "the lot that was counted") }
        if !kind.counts, kind != .adjust, let amount, amount <= 0 {
            throw fields.wrong(unit?.key ?? "", "is not above zero", expected: "an amount above zero")
        }
        if kind.counts, let amount, amount < 0 { throw fields.wrong(unit?.key ?? "", "is below zero", expected: "what was found") }
        if kind == .reverse || kind == .notify, reference == nil { throw fields.wrong("line", "is missing", expected: "the id of the line it refers to") }
        if [.adjust, .reverse, .loss].contains(kind), reason == nil { throw fields.wrong("reason", "is missing", expected: "why") }
        if [.issue, .administer, .return].contains(kind), session == nil { throw fields.wrong("session", "is missing", expected: "the session it is for") }
    }

    private static func lot(_ id: String, _ fields: LineFields, unit: StockUnit?) throws(Diagnostic) -> Lot {
        guard let drug = try fields.word("drug", Drug.self) else {
            throw fields.wrong("drug", "is missing", expected: Drug.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let preparation: Preparation
        switch unit {
        case .devices:
            let strength = try fields.thousandths("strength_mg_per_device") ?? 28_000
            guard strength > 0 else { throw fields.wrong("strength_mg_per_device", "is not above zero", expected: "mg in a device") }
            preparation = .device(micrograms: strength)
        case .microlitres, nil:
            guard let strength = try fields.thousandths("strength_mg_per_ml"), strength > 0 else {
                throw fields.wrong("strength_mg_per_ml", "is missing or zero", expected: "mg of base per mL")
            }
            preparation = .solution(microgramsPerMillilitre: strength)
        }
        return Lot(id: id, drug: drug, preparation: preparation, expiry: try fields.day("expiry"))
    }

    private init(id: String, time: Moment, kind: Kind, by: String) {
        self.id = id
        self.time = time
        self.kind = kind
        self.by = by
    }
}

/// Reads the members of one line.
private struct LineFields {
    let object: JSONObject
    let place: Place

    func wrong(_ key: String, _ problem: String, expected: String) -> Diagnostic {
        Diagnostic("ledger.\(key)", at: place.at(key), problem, expected: expected)
    }

    private func value(_ key: String) -> JSONValue? { object[key].flatMap { $0 == .null ? nil : $0 } }

    func text(_ key: String) throws(Diagnostic) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw wrong(key, "is \(value.kind)", expected: "text") }
        let isPlain = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard isPlain, text.unicodeScalars.count <= 500, text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw wrong(key, "is empty, too long or holds a control character", expected: "text in plain characters")
        }
        return text
    }

    /// Text that a form may leave blank; blank is absent.
    func textIfAny(_ key: String) throws(Diagnostic) -> String? {
        if let text = value(key)?.string, text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace }) { return nil }
        return try text(key)
    }

    /// Text that is compared: two that look the same must be the same, so it holds nothing that is not seen.
    func identifier(_ key: String) throws(Diagnostic) -> String? {
        guard let text = try text(key) else { return nil }
        guard !text.unicodeScalars.contains(where: \.isHidden) else {
            throw wrong(key, "holds a character that is not seen", expected: "an identifier in plain characters")
        }
        return text
    }

    static let momentForm = "a time with offset such as 2024-03-04T09:00:00Z"

    func moment(_ key: String) throws(Diagnostic) -> Moment? {
        guard let text = try text(key) else { return nil }
        guard let moment = Moment(text), !moment.isWholeDay else { throw wrong(key, "is not a valid time", expected: Self.momentForm) }
        return moment
    }

    func flag(_ key: String) throws(Diagnostic) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.bool else { throw wrong(key, "is \(value.kind)", expected: "true or false") }
        return flag
    }

    func day(_ key: String) throws(Diagnostic) -> Day? {
        guard let text = try text(key) else { return nil }
        guard let day = Day(text) else { throw wrong(key, "is not a calendar date", expected: "a date YYYY-MM-DD") }
        return day
    }

    func word<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type) throws(Diagnostic) -> Word? where Word.RawValue == String {
        guard let text = try text(key) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw wrong(key, "is \(quoted(text))", expected: "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    /// A decimal number in thousandths, exactly: `0.7` is 700. Never through floating point.
    func thousandths(_ key: String) throws(Diagnostic) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .number(let digits) = value else { throw wrong(key, "is \(value.kind)", expected: "a number") }
        guard let exact = Self.exact(digits, places: 3) else {
            throw wrong(key, "is finer than a thousandth, or out of range", expected: "a decimal number with at most three places")
        }
        return exact
    }

    /// A JSON number times 10^places, when that is a whole number of at most twelve digits.
    private static func exact(_ number: String, places: Int) -> Int? {
        let parts = number.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard let mantissa = parts.first, let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) <= 1000 else { return nil }
        let halves = mantissa.split(separator: ".")
        var digits = halves.joined().drop { $0 == "-" || $0 == "0" }
        var shift = exponent + places - (halves.count > 1 ? halves[1].count : 0)
        while digits.last == "0" {
            digits.removeLast()
            shift += 1
        }
        if digits.isEmpty { return 0 }
        guard shift >= 0, digits.count + shift <= 12, let whole = Int(digits + String(repeating: "0", count: shift)) else { return nil }
        return mantissa.hasPrefix("-") ? -whole : whole
    }

    func amount() throws(Diagnostic) -> (Int?, StockUnit?) {
        let volume = try thousandths("volume_ml")
        let key = value("devices") == nil ? "units" : "devices"
        guard let devices = value(key) else { return (volume, volume == nil ? nil : .microlitres) }
        guard volume == nil else { throw wrong(key, "stands beside volume_ml", expected: "one amount") }
        guard case .number(let digits) = devices, let number = Self.exact(digits, places: 0), abs(number) <= 1_000_000 else {
            throw wrong(key, "is \(devices.kind) that counts nothing", expected: "a whole number")
        }
        return (number, .devices)
    }
}
