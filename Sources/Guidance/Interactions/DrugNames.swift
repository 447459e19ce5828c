import Chart
import Evidence

/// Names of drugs that mean one or more generic names: brands, abbreviations, names of the street.
public struct DrugNames: Sendable {
    public struct Entry: Codable, Sendable, Equatable {
        /// The generic name, or several for a combination, as tables name it: `lorazepam`, `olanzapine fluoxetine`.
        public var generic: String
        public var names: [String]
        public var confidence: Confidence
    }

    /// By first word, longest first.
    private let byFirst: [String: [(name: [String], generic: [String])]]

    public init(_ entries: [Entry]) {
        let all = entries.flatMap { entry in entry.names.map { (name: Words($0).words, generic: Words(entry.generic).words) } }
        byFirst = Dictionary(grouping: all.filter { !$0.name.isEmpty }) { $0.name[0] }.mapValues { $0.sorted { $0.name.count > $1.name.count } }
    }

    /// The words of `text` with every known name replaced by what it means.
    public func words(of text: String) -> Words {
        let words = Words(text).words
        var result: [String] = []
        var index = 0
        while index < words.count {
            if let entry = byFirst[words[index]]?.first(where: { words[index...].starts(with: $0.name) }) {
                result += entry.generic
                index += entry.name.count
            } else {
                result.append(words[index])
                index += 1
            }
        }
        return Words(words: result)
    }
}
