/// Where in the input something was found. Every part is optional: a command-line answer has no file, a database row no line.
public struct Place: Sendable, Equatable {
    public var file: String?
    /// 1-based line.
    public var line: Int?
    /// 1-based column, in UTF-8 bytes.
    public var column: Int?
    /// The member inside the record, for example `entry[3].resource.valueQuantity`.
    public var path: String?

    public init(file: String? = nil, line: Int? = nil, column: Int? = nil, path: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
    }

    public func at(_ path: String) -> Place {
        var place = self
        place.path = self.path.map { path.hasPrefix("[") ? $0 + path : "\($0).\(path)" } ?? path
        return place
    }
}

extension Place: CustomStringConvertible {
    public var description: String {
        var text = file ?? ""
        if let line { text += text.isEmpty ? "line \(line)" : ":\(line)" }
        if let column { text += ":\(column)" }
        if let path { text += text.isEmpty ? path : ": \(path)" }
        return text.isEmpty ? "input" : text
    }
}

/// One thing wrong with an input, said in one line: place, what was found, what was expected.
///
/// `problem` and `expected` may name keys, codes, units and types; they never carry a patient's values.
public struct Diagnostic: Error, Sendable, Equatable {
    /// Stable identifier for scripts and tests, for example `json.truncated` or `fact.unit`.
    public var code: String
    public var place: Place
    public var problem: String
    public var expected: String

    public init(_ code: String, at place: Place = Place(), _ problem: String, expected: String) {
        self.code = code
        self.place = place
        self.problem = problem
        self.expected = expected
    }
}

extension Diagnostic: CustomStringConvertible {
    public var description: String { "\(place): \(problem); expected \(expected)" }
}

/// A word from the input, made safe to repeat in a diagnostic: one line, at most 40 characters, in quotes.
///
/// Only for vocabulary (keys, units, codes, instrument names), never for names, dates or free text.
public func quoted(_ word: some StringProtocol) -> String {
    let clean = word.unicodeScalars.prefix(40).map { $0.properties.isWhitespace || $0.value < 32 ? " " : Character($0) }
    return "\"\(String(clean))\(word.unicodeScalars.count > 40 ? "…" : "")\""
}
