import Notation

/// Answers to a scale: in item order, or by item.
public struct Answers: Sendable, Equatable {
    /// One answer. A yes or no said as such fits only items that are asked so; a number fits any item whose range it lies in.
    public enum Answer: Sendable, Equatable {
        case number(Double)
        case yes, no
        case missing

        init(_ value: Double?) { self = value.map(Answer.number) ?? .missing }
    }

    /// An answer with the item it is to; without a name it is to the item at its place.
    struct Entry: Sendable, Equatable {
        var item: String?
        var answer: Answer
    }

    let entries: [Entry]
    let isNamed: Bool

    private init(_ entries: [Entry], isNamed: Bool) {
        self.entries = entries
        self.isNamed = isNamed
    }

    /// In item order; nil is a missing answer.
    public static func ordered(_ values: [Double?]) -> Answers {
        Answers(values.map { Entry(item: nil, answer: Answer($0)) }, isNamed: false)
    }

    /// By item id or number, in any order; nil is a missing answer.
    public static func named(_ values: [(item: String, value: Double?)]) -> Answers {
        Answers(values.map { Entry(item: $0.item, answer: Answer($0.value)) }, isNamed: true)
    }

    /// Reads `3,3,NA,2` or `q1=yes,q2=no`.
    /// - Throws: `score.answers`, naming the place of the first word that is no answer.
    public init(parsing text: String) throws(Diagnostic) {
        let cells = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { !$0.isWhitespace } }
        isNamed = cells.contains { $0.contains("=") }
        var entries: [Entry] = []
        for cell in cells {
            let parts = cell.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == (isNamed ? 2 : 1), let word = parts.last, !isNamed || parts[0] != "" else {
                throw Self.wrong(entries.count + 1)
            }
            entries.append(Entry(item: isNamed ? parts[0] : nil, answer: try Self.answer(word, entries.count + 1)))
        }
        self.entries = entries
    }

    /// Reads the `answers` of an assessment fact: a list, or an object by item.
    /// - Throws: `score.answers`, naming the place of the first value that is no answer.
    public init(json: JSONValue) throws(Diagnostic) {
        let values: [(key: String?, value: JSONValue)]
        switch json {
        case .array(let list): values = list.map { (nil, $0) }
        case .object(let object): values = object.members.map { ($0.key, $0.value) }
        default: throw Diagnostic("score.answers", "the answers are \(json.kind)", expected: "a list in item order, or an object by item")
        }
        isNamed = json.object != nil
        var entries: [Entry] = []
        for (key, value) in values { entries.append(Entry(item: key, answer: try Self.answer(value, entries.count + 1))) }
        self.entries = entries
    }

    private static func answer(_ json: JSONValue, _ place: Int) throws(Diagnostic) -> Answer {
        switch json {
        case .null: return .missing
        case .bool(let flag): return flag ? .yes : .no
        case .number(let digits): return try answer(digits, place)
        case .string(let word): return try answer(word, place)
        case .array, .object: throw wrong(place)
        }
    }

    private static func answer(_ word: String, _ place: Int) throws(Diagnostic) -> Answer {
        switch word.lowercased() {
        case "na", "": return .missing
        case "yes", "y", "true": return .yes
        case "no", "n", "false": return .no
        default:
            guard let value = Double(word), value.isFinite else { throw wrong(place) }
            return .number(value)
        }
    }

    private static func wrong(_ place: Int) -> Diagnostic {
        Diagnostic("score.answers", "answer \(place) is not an answer", expected: "a number, yes, no or NA, as 3,3,NA or item=3")
    }
}
