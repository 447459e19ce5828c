import Foundation
import HTTPTypes
import Hummingbird
import Notation

/// One field of a form: what may stand in it. Declared with the route, so that reading, checking and describing are one thing.
struct FormField: Sendable {
    enum Kind: Sendable, Equatable {
        /// At most so many characters, no control characters but line breaks.
        case text(Int)
        /// Kept as typed and never shown again.
        case secret
        case number(ClosedRange<Double>)
        case choice([String])
        /// Several of these; repeated in the form.
        case choices([String])
        /// Absent or empty is no.
        case flag
        /// ISO 8601 with offset.
        case instant
        /// `YYYY-MM-DD`.
        case day
        /// An identifier: letters, digits, `.`, `-`, `_`, `:`.
        case id
    }

    var name: String
    /// As people read it: in errors, and in the description of the interface.
    var title: String
    var kind: Kind
    var isRequired: Bool

    static func required(_ name: String, _ title: String, _ kind: Kind) -> FormField { FormField(name: name, title: title, kind: kind, isRequired: true) }
    static func optional(_ name: String, _ title: String, _ kind: Kind) -> FormField { FormField(name: name, title: title, kind: kind, isRequired: false) }
}

/// The fields of a form that were filled in, checked against their declaration.
struct FormValues: Sendable {
    private let values: [String: [String]]

    /// Nothing was sent.
    init() { values = [:] }

    init(_ fields: [FormField], _ sent: [(name: String, value: String)]) throws {
        let byName = Dictionary(grouping: sent, by: \.name).mapValues { $0.map(\.value) }
        var values: [String: [String]] = [:]
        for field in fields {
            let given = (byName[field.name] ?? []).map { field.kind == .secret ? $0 : trimmed($0) }.filter {
                !$0.isEmpty
            }
            if given.isEmpty {
                guard !field.isRequired else { throw FormProblem(field, "is missing") }
                continue
            }
            for value in given { try field.check(value) }
            if case .choices = field.kind {} else if given.count > 1 { throw FormProblem(field, "stands there twice") }
            values[field.name] = given
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name]?.first }
    func all(_ name: String) -> [String] { values[name] ?? [] }
    /// A required text.
    func text(_ name: String) -> String { values[name]?.first ?? "" }
    func number(_ name: String) -> Double? { values[name]?.first.flatMap(Double.init) }
    func flag(_ name: String) -> Bool { ["true", "on", "1", "yes"].contains(values[name]?.first?.lowercased() ?? "") }
    func instant(_ name: String) -> Moment? { values[name]?.first.flatMap { Moment($0) } }
}

/// `text` without white space around it.
private func trimmed(_ text: String) -> String {
    func isPlain(_ byte: UInt8?) -> Bool { byte.map { 0x21...0x7E ~= $0 } ?? true }
    return isPlain(text.utf8.first) && isPlain(text.utf8.last) ? text : text.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// A form that cannot be taken: which field, what is wrong, what was expected. Never the value itself.
struct FormProblem: Error {
    var field: String
    var text: String

    init(_ field: FormField, _ problem: String) {
        self.field = field.name
        text = "\(field.title): \(problem); expected \(field.expected)."
    }

    init(_ field: String, _ text: String) {
        self.field = field
        self.text = text
    }
}

extension FormField {
    var expected: String {
        switch kind {
        case .text(let length): "text of at most \(length) characters"
        case .secret: "a password or code"
        case .number(let range): "a number from \(decimal(range.lowerBound)) to \(decimal(range.upperBound))"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .choices(let words): "any of \(words.joined(separator: ", "))"
        case .flag: "yes or no"
        case .instant: "a time with offset such as 2024-03-04T09:00:00Z"
        case .day: "a date such as 2024-03-04"
        case .id: "letters, digits, dots, dashes, colons and underscores"
        }
    }

    fileprivate func check(_ value: String) throws {
        func require(_ condition: Bool, _ problem: String) throws { if !condition { throw FormProblem(self, problem) } }
        switch kind {
        case .text(let length):
            try require(value.unicodeScalars.count <= length, "is too long")
            // They turn what follows around: 50 mg would be read as 05 mg.
            let plainMarks: Set<UInt32> = [0x200E, 0x200F, 0x061C]
            try require(
                !value.unicodeScalars.contains { $0.properties.isBidiControl && !plainMarks.contains($0.value) }, "holds hidden marks of direction")
            try require(
                !value.unicodeScalars.contains { $0.properties.generalCategory == .control && !["\n", "\r", "\t"].contains($0) }, "holds control characters")
        case .secret: try require(value.utf8.count <= 1024, "is too long")
        case .number(let range):
            // No hexadecimal digits, no words.
            let isDecimal = value.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            guard isDecimal, let number = Double(value), number.isFinite else { throw FormProblem(self, "is not a number") }
            try require(range.contains(number), "is out of range")
        case .choice(let words), .choices(let words): try require(words.contains(value), "is another word")
        case .flag: try require(["true", "false", "on", "off", "1", "0", "yes", "no"].contains(value.lowercased()), "is neither yes nor no")
        case .instant: try require(Moment(value).map { !$0.isWholeDay } ?? false, "is not a valid time")
        case .day: try require(Day(value) != nil, "is not a date")
        case .id:
            let isPlain =
                value.utf8.count <= 200
                && value.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [0x2D, 0x2E, 0x3A, 0x5F].contains(byte)
                }
            try require(isPlain, "holds other characters")
        }
    }
}

/// The pairs of an `application/x-www-form-urlencoded` body (WHATWG URL, section 5.1).
func urlEncodedPairs(_ bytes: some Collection<UInt8>) -> [(name: String, value: String)] {
    func decoded(_ part: some Collection<UInt8>) -> String {
        var (text, digits): ([UInt8], [UInt8]) = ([], Array(part))
        digits.append(contentsOf: [0, 0])
        var index = 0
        while index < digits.count - 2 {
            let byte = digits[index]
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: digits[index + 1...index + 2], as: UTF8.self), radix: 16) {
                text.append(value)
                index += 3
            } else {
                text.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
    return bytes.split(separator: UInt8(ascii: "&")).map { pair in
        let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
    }
}
