import Notation

/// Reads the members of one fact, remembering which were used so that none is silently lost.
struct FieldReader {
    let object: JSONObject
    let place: Place
    private var used: [Bool]

    init(_ object: JSONObject, place: Place) {
        self.object = object
        self.place = place
        used = Array(repeating: false, count: object.members.count)
    }

    /// Keys nobody asked for.
    var unused: [String] { zip(object.members, used).filter { !$0.1 }.map(\.0.key) }

    /// The member's value; nil when absent or null.
    mutating func value(_ key: String) -> JSONValue? {
        guard let index = object.members.firstIndex(where: { $0.key == key }) else { return nil }
        used[index] = true
        let value = object.members[index].value
        if case .null = value { return nil }
        return value
    }

    func wrong(_ key: String, _ problem: String, expected: String) -> Diagnostic {
        Diagnostic("fact.\(key)", at: place.at(key), problem, expected: expected)
    }

    private mutating func require<Value>(_ key: String, _ value: Value?, expected: String) throws(Diagnostic) -> Value {
        guard let value else { throw wrong(key, "is missing", expected: expected) }
        return value
    }

    mutating func optionalText(_ key: String, expected: String = "text") throws(Diagnostic) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw wrong(key, "is \(value.kind)", expected: expected) }
        guard Self.says(text) else { throw wrong(key, "is empty", expected: expected) }
        return text
    }

    mutating func text(_ key: String, expected: String = "text") throws(Diagnostic) -> String {
        try require(key, try optionalText(key, expected: expected), expected: expected)
    }

    /// An identifier: no control characters, which a database or a terminal would read as something else, and at most 200 characters.
    mutating func optionalIdentifier(_ key: String) throws(Diagnostic) -> String? {
        guard let text = try optionalText(key) else { return nil }
        guard Self.isIdentifier(text) else {
            throw wrong(key, "holds a control character or is longer than 200 characters", expected: "an identifier in plain characters")
        }
        return text
    }

    /// Whether there is anything but space; a printing character of ASCII, as almost always, tells at once.
    private static func says(_ text: String) -> Bool {
        text.utf8.contains { $0 > 0x20 && $0 < 0x7F } || text.unicodeScalars.contains { !$0.properties.isWhitespace }
    }

    private static func isIdentifier(_ text: String) -> Bool {
        if text.utf8.count <= 200, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return true }
        return isOneInFull(text)
    }

    private static func isOneInFull(_ text: String) -> Bool {
        text.unicodeScalars.count <= 200 && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    mutating func identifier(_ key: String) throws(Diagnostic) -> String {
        try require(key, try optionalIdentifier(key), expected: "an identifier")
    }

    /// At least one identifier, each once.
    mutating func identifiers(_ key: String) throws(Diagnostic) -> [String] {
        let expected = "a list of the ids of facts, each once"
        let list = try require(key, value(key), expected: expected)
        let ids = (list.array ?? []).compactMap(\.string)
        guard let values = list.array, !ids.isEmpty, ids.count == values.count, Set(ids).count == ids.count, ids.allSatisfy(Self.isIdentifier) else {
            throw wrong(key, "is not such a list", expected: expected)
        }
        return ids
    }

    /// The fact must say who states it. Read with the fact, not with its body.
    func requireAuthor(expected: String) throws(Diagnostic) {
        guard object["author"]?.string != nil else { throw wrong("author", "is missing", expected: expected) }
    }

    mutating func optionalNumber(_ key: String, expected: String, in range: ClosedRange<Double>) throws(Diagnostic) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double, number.isFinite else { throw wrong(key, "is \(value.kind)", expected: expected) }
        guard range.contains(number) else {
            let least = range.lowerBound == .leastNonzeroMagnitude ? "above 0" : decimal(range.lowerBound)
            throw wrong(key, "is out of range", expected: "\(expected), \(least) to \(decimal(range.upperBound))")
        }
        return number
    }

    mutating func number(_ key: String, expected: String, in range: ClosedRange<Double>) throws(Diagnostic) -> Double {
        try require(key, try optionalNumber(key, expected: expected, in: range), expected: expected)
    }

    mutating func optionalCount(_ key: String, in range: ClosedRange<Int>) throws(Diagnostic) -> Int? {
        guard let value = value(key) else { return nil }
        guard let count = value.int, range.contains(count) else {
            throw wrong(key, "is \(value.int == nil ? value.kind : "out of range")", expected: "a whole number, \(range.lowerBound) to \(range.upperBound)")
        }
        return count
    }

    mutating func optionalFlag(_ key: String) throws(Diagnostic) -> Bool? {
        guard let value = value(key) else { return nil }
        if let flag = value.bool { return flag }
        switch value.string?.lowercased() {
        case "yes", "true": return true
        case "no", "false": return false
        default: throw wrong(key, "is \(value.kind)", expected: "true or false")
        }
    }

    mutating func optionalWord<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type) throws(Diagnostic) -> Word?
    where Word.RawValue == String {
        guard let value = value(key) else { return nil }
        if let text = value.string, let word = Word(rawValue: text) { return word }
        throw wrong(key, "is \(value.string.map(quoted) ?? value.kind)", expected: Self.words(Word.self))
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ words: Word.Type) throws(Diagnostic) -> Word
    where Word.RawValue == String {
        guard let word = try optionalWord(key, words) else { throw wrong(key, "is missing", expected: Self.words(words)) }
        return word
    }

    private static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> String where Word.RawValue == String {
        "one of " + Word.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// Every further member with a single value: the named answers of an event.
    mutating func details() throws(Diagnostic) -> [Detail] {
        var details: [Detail] = []
        for (index, member) in object.members.enumerated() where (!used[index] || member.key == "escort") && !Self.common.contains(member.key) {
            let value: Measurement.Value? =
                switch member.value {
                case .bool(let flag): .flag(flag)
                case .string(let text): .text(text)
                case .number: member.value.double.map { .number($0) }
                case .null, .array, .object: nil
                }
            guard let value else { continue }
            used[index] = true
            details.append(Detail(name: member.key, value: value))
        }
        return details
    }

    /// Members that any fact may carry; they are read after the body.
    private static let common: Set = ["type", "id", "patient", "recorded", "author", "source", "supersedes", "note", "signed"]

    static let momentForm = "a date YYYY-MM-DD or a time with offset such as 2024-03-04T09:00:00Z"
    static let instantForm = "a time with offset such as 2024-03-04T09:00:00Z"

    mutating func optionalMoment(_ key: String) throws(Diagnostic) -> Moment? {
        guard let text = try optionalText(key, expected: Self.momentForm) else { return nil }
        guard let moment = Moment(text) else { throw wrong(key, "is not a valid time", expected: Self.momentForm) }
        return moment
    }

    mutating func moment(_ key: String) throws(Diagnostic) -> Moment {
        try require(key, try optionalMoment(key), expected: Self.momentForm)
    }

    /// A moment precise to the minute: vital signs and doses are never a whole day.
    mutating func instant(_ key: String) throws(Diagnostic) -> Moment {
        let moment = try require(key, try optionalMoment(key), expected: Self.instantForm)
        guard !moment.isWholeDay else { throw wrong(key, "is a date without a time", expected: Self.instantForm) }
        return moment
    }

    mutating func optionalInstant(_ key: String) throws(Diagnostic) -> Moment? {
        value(key) == nil ? nil : try instant(key)
    }

    mutating func optionalDay(_ key: String) throws(Diagnostic) -> Day? {
        guard let text = try optionalText(key, expected: "a date YYYY-MM-DD") else { return nil }
        guard let day = Day(text) else { throw wrong(key, "is not a calendar date", expected: "a date YYYY-MM-DD") }
        return day
    }

    mutating func optionalCode(_ key: String = "code") throws(Diagnostic) -> Code? {
        guard let value = value(key) else { return nil }
        guard let object = value.object else { throw wrong(key, "is \(value.kind)", expected: "an object with system and code") }
        var inner = FieldReader(object, place: place.at(key))
        return Code(system: try inner.text("system"), code: try inner.text("code"), display: try inner.optionalText("display"))
    }
}
