import Notation

/// Answers to a scale: in item order, or by item. Nil is a missing answer.
public enum Answers: Sendable, Equatable {
    case ordered([Double?])
    case named([(item: String, value: Double?)])

    public static func == (a: Answers, b: Answers) -> Bool {
        switch (a, b) {
        case (.ordered(let a), .ordered(let b)): a == b
        case (.named(let a), .named(let b)): a.count == b.count && zip(a, b).allSatisfy { $0 == $1 }
        default: false
        }
    }

    /// Reads `3,3,NA,2` or `q1=yes,q2=no`.
    public init(parsing text: String) throws(Diagnostic) {
        let cells = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { !$0.isWhitespace } }
        guard cells.contains(where: { $0.contains("=") }) else {
            var values: [Double?] = []
            for cell in cells { values.append(try Self.value(of: cell, item: values.count + 1)) }
            self = .ordered(values)
            return
        }
        var named: [(item: String, value: Double?)] = []
        for cell in cells {
            let parts = cell.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw Self.wrong("answer \(named.count + 1)") }
            named.append((String(parts[0]), try Self.value(of: String(parts[1]), item: named.count + 1)))
        }
        self = .named(named)
    }

    /// Reads the `answers` of an assessment fact: a list, or an object by item.
    public init(json: JSONValue) throws(Diagnostic) {
        switch json {
        case .array(let values):
            var answers: [Double?] = []
            for value in values { answers.append(try Self.value(of: value, item: answers.count + 1)) }
            self = .ordered(answers)
        case .object(let object):
            var answers: [(item: String, value: Double?)] = []
            for member in object.members { answers.append((member.key, try Self.value(of: member.value, item: answers.count + 1))) }
            self = .named(answers)
        default: throw Diagnostic("score.answers", "the answers are \(json.kind)", expected: "a list in item order, or an object by item")
        }
    }

    private static func value(of json: JSONValue, item: Int) throws(Diagnostic) -> Double? {
        switch json {
        case .null: return nil
        case .bool(let flag): return flag ? 1 : 0
        case .number: return json.double
        case .string(let word): return try value(of: word, item: item)
        case .array, .object: throw wrong("answer \(item)")
        }
    }

    private static func value(of word: String, item: Int) throws(Diagnostic) -> Double? {
        switch word.lowercased() {
        case "na", "": return nil
        case "yes", "y", "true": return 1
        case "no", "n", "false": return 0
        default:
            guard let value = Double(word), value.isFinite else { throw wrong("answer \(item)") }
            return value
        }
    }

    private static func wrong(_ what: String) -> Diagnostic {
        Diagnostic("score.answers", "\(what) is not an answer", expected: "a number, yes, no or NA, as 3,3,NA or item=3")
    }
}
