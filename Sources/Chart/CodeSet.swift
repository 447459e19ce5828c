import Evidence

/// A clinical concept as facts may name it: codes of several terminologies, and words.
public struct CodeSet: Codable, Sendable, Equatable, Identifiable {
    /// For example `aneurysmal_vascular_disease`.
    public var id: String
    public var title: String
    public var codes: Codes
    /// Phrases that name the concept in free text; matched as whole words.
    public var names: Phrases
    /// Qualifiers with which the text states something else, for example `controlled`.
    public var unless: Phrases?
    /// Names count only beside one of these; absent: they stand for themselves.
    public var beside: Phrases?
    /// Phrases that name the concept when they are the whole text.
    public var whole: Phrases?
    public var confidence: Confidence
    public var sources: [String]
    public var note: String?
    /// How texts deny and suspect; the same for all sets of the knowledge.
    public var wording: Wording?

    enum CodingKeys: String, CodingKey { case id, title, codes, names, unless, beside, whole, confidence, sources, note }

    public struct Entry: Codable, Sendable, Equatable {
        public var system: String
        /// A code, or its beginning when it ends in `*` (`I71*` is every code under I71).
        public var code: String
        public var display: String?
        public var confidence: Confidence

        public init(system: String, code: String, display: String? = nil, confidence: Confidence) {
            self.system = system
            self.code = code
            self.display = display
            self.confidence = confidence
        }
    }

    /// The codes of a concept, read once for comparing.
    public struct Codes: Codable, Sendable, Equatable, ExpressibleByArrayLiteral {
        public let entries: [Entry]
        private let exact: Set<Code.Key>
        private let beginnings: [Code.Key]

        public init(_ entries: [Entry]) {
            self.entries = entries
            let keys = entries.map { (Code.Key(system: $0.system, code: $0.code.replacing("*", with: "")), $0.code.hasSuffix("*")) }
            exact = Set(keys.filter { !$0.1 }.map(\.0))
            beginnings = keys.filter(\.1).map(\.0)
        }

        public init(arrayLiteral elements: Entry...) { self.init(elements) }
        public init(from decoder: any Decoder) throws { self.init(try [Entry](from: decoder)) }
        public func encode(to encoder: any Encoder) throws { try entries.encode(to: encoder) }

        func contains(_ key: Code.Key) -> Bool {
            exact.contains(key) || beginnings.contains { $0.system == key.system && key.code.hasPrefix($0.code) }
        }
    }

    public init(id: String, title: String, codes: Codes, names: Phrases, unless: Phrases? = nil, confidence: Confidence, sources: [String]) {
        self.id = id
        self.title = title
        self.codes = codes
        self.names = names
        self.unless = unless
        self.confidence = confidence
        self.sources = sources
    }

    public func contains(_ code: Code) -> Bool { codes.contains(code.key) }

    /// What the free text says of the concept; the most certain of several mentions.
    public func mention(in text: ClinicalText) -> Mention {
        let found = mentions(in: text)
        guard !found.isEmpty else { return .none }
        let qualifiers = unless?.ranges(in: text.words) ?? []
        if qualifiers.contains(where: { wording?.holds($0, in: text) ?? true }) { return .none }
        return found.map { certainty(at: $0, in: text) }.max() ?? .none
    }

    /// Where the text names the concept: by a name in the company it needs, or by the whole of it.
    private func mentions(in text: ClinicalText) -> [Range<Int>] {
        if let all = whole?.range(of: text) { return [all] }
        let found = names.ranges(in: text.words)
        guard let beside, !found.isEmpty else { return found }
        return beside.ranges(in: text.words).contains { certainty(at: $0, in: text) > .none } ? found : []
    }

    private func certainty(at name: Range<Int>, in text: ClinicalText) -> Mention { wording?.mention(at: name, in: text) ?? .stated }

    /// Whether the free text `name` states the concept, or suspects it.
    public func isNamed(in name: String) -> Bool { mention(in: ClinicalText(name)) > .none }

    /// A statement carries the concept when its code does or, failing that, its words do.
    public func contains(code: Code?, name: String?) -> Bool {
        if let code, contains(code) { return true }
        return [name, code?.display].compactMap { $0 }.contains(where: isNamed)
    }
}
