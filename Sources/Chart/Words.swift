/// A text as lower-case words, so that names compare regardless of case, punctuation, spacing and number (`seizures` is `seizure`).
public struct Words: Sendable, Hashable {
    public let words: [String]

    public init(_ text: some StringProtocol) { words = ClinicalText(text).words.filter { $0 != ClinicalText.doubt } }

    public init(words: [String]) { self.words = words }

    public func contains(_ phrase: Words) -> Bool {
        let count = phrase.words.count
        guard count > 0, count <= words.count else { return false }
        return (0...(words.count - count)).contains { words[$0..<($0 + count)].elementsEqual(phrase.words) }
    }

    public func starts(with phrase: Words) -> Bool { !phrase.words.isEmpty && words.starts(with: phrase.words) }
}

/// A text as words that know which clause and sentence they stand in. A question mark is a word of its own.
public struct ClinicalText: Sendable, Hashable {
    public private(set) var words: [String] = []
    /// For each word the number of its clause; a comma ends one.
    private(set) var clauses: [Int] = []
    /// For each word the number of its sentence; a semicolon, a full stop and a line's end end one.
    private(set) var sentences: [Int] = []

    static let doubt = "?"

    public init(_ text: some StringProtocol) {
        var (word, clause, sentence) = ("", 0, 0)
        // A full stop that may turn out to stand inside a word, as in `0.5`.
        var isStopPending = false
        func isInWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
        func end(_ text: inout ClinicalText) {
            guard !word.isEmpty else { return }
            text.add(Self.folded(word), clause, sentence)
            word = ""
        }
        for character in text.lowercased() {
            if isStopPending {
                isStopPending = false
                if isInWord(character) {
                    word.append(".")
                } else {
                    end(&self)
                    (clause, sentence) = (clause + 1, sentence + 1)
                }
            }
            switch character {
            case _ where isInWord(character): word.append(character)
            case "." where !word.isEmpty: isStopPending = true
            // `John's` is one word.
            case "'", "’": break
            case ",":
                end(&self)
                clause += 1
            case ";", "\n":
                end(&self)
                (clause, sentence) = (clause + 1, sentence + 1)
            case "?":
                end(&self)
                add(Self.doubt, clause, sentence)
            default: end(&self)
            }
        }
        end(&self)
    }

    private mutating func add(_ word: String, _ clause: Int, _ sentence: Int) {
        words.append(word)
        clauses.append(clause)
        sentences.append(sentence)
    }

    /// The singular of an English plural; other words ending in s (`psychosis`, `stress`, `status`) stay.
    private static func folded(_ word: String) -> String {
        guard word.utf8.count > 3, word.hasSuffix("s"), !["ss", "us", "is"].contains(where: word.hasSuffix) else { return word }
        return String(word.dropLast())
    }
}

/// Phrases as a knowledge file writes them, with their words read once.
public struct Phrases: Codable, Sendable, Equatable, ExpressibleByArrayLiteral {
    public let written: [String]
    /// By first word, longest first.
    private let byFirst: [String: [[String]]]

    public init(_ written: [String]) {
        self.written = written
        byFirst = Dictionary(grouping: written.map { ClinicalText($0).words }.filter { !$0.isEmpty }) { $0[0] }
            .mapValues { $0.sorted { $0.count > $1.count } }
    }

    public init(arrayLiteral elements: String...) { self.init(elements) }
    public init(from decoder: any Decoder) throws { self.init(try [String](from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try written.encode(to: encoder) }

    public static func == (a: Phrases, b: Phrases) -> Bool { a.written == b.written }

    /// Whether one of the phrases stands in `text`.
    public func isIn(_ text: String) -> Bool { !ranges(in: ClinicalText(text).words).isEmpty }

    public func isIn(_ text: Words) -> Bool { !ranges(in: text.words).isEmpty }

    /// The longest phrase that begins with the word at `index`.
    func range(at index: Int, in words: [String]) -> Range<Int>? {
        byFirst[words[index]]?.first { words[index...].starts(with: $0) }.map { index..<(index + $0.count) }
    }

    /// Where a phrase that is the whole of `text` stands in it, question marks aside.
    func range(of text: ClinicalText) -> Range<Int>? {
        guard let first = text.words.indices.first(where: { text.words[$0] != ClinicalText.doubt }) else { return nil }
        return range(at: first, in: text.words).flatMap { found in
            text.words[found.upperBound...].allSatisfy { $0 == ClinicalText.doubt } ? found : nil
        }
    }

    /// Where phrases stand in `words`; none that lies within a longer one.
    func ranges(in words: [String]) -> [Range<Int>] {
        let found = words.indices.compactMap { range(at: $0, in: words) }
        return found.filter { inner in !found.contains { $0 != inner && $0.lowerBound <= inner.lowerBound && $0.upperBound >= inner.upperBound } }
    }

    /// Whether one of the phrases ends just before `index` and begins no earlier than `start`.
    func end(before index: Int, from start: Int, in words: [String]) -> Bool {
        (start..<index).contains { begin in byFirst[words[begin]]?.contains { begin + $0.count == index && words[begin..<index].elementsEqual($0) } ?? false }
    }
}
