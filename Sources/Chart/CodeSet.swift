import Evidence

/// A clinical concept as facts may name it: codes of several terminologies, and words.
public struct CodeSet: Codable, Sendable, Equatable, Identifiable {
    /// For example `aneurysmal_vascular_disease`.
    public var id: String
    public var title: String
    public var codes: [Entry]
    /// Phrases that name the concept in free text, lower case; matched as whole words.
    public var names: [String]
    /// Phrases that show the text does not state the concept of this patient, for example `family history`.
    public var unless: [String]?
    /// Names count only beside one of these; absent: they stand for themselves.
    public var beside: [String]?
    /// Phrases that name the concept when they are the whole text.
    public var whole: [String]?
    public var confidence: Confidence
    public var sources: [String]
    public var note: String?

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

    public init(id: String, title: String, codes: [Entry], names: [String], unless: [String]? = nil, confidence: Confidence, sources: [String]) {
        self.id = id
        self.title = title
        self.codes = codes
        self.names = names
        self.unless = unless
        self.confidence = confidence
        self.sources = sources
    }

    public func contains(_ code: Code) -> Bool {
        codes.contains { entry in
            guard entry.system == code.system else { return false }
            return entry.code.hasSuffix("*") ? code.code.hasPrefix(entry.code.dropLast()) : entry.code == code.code
        }
    }

    /// Whether the free text `name` states the concept.
    public func isNamed(in name: String) -> Bool { isNamed(in: [Words(name)]) }

    /// Whether any of several texts states the concept.
    public func isNamed(in texts: [Words]) -> Bool {
        guard !texts.isEmpty else { return false }
        func words(_ phrases: [String]?) -> [Words]? { phrases?.map { Words($0) } }
        let (phrases, exceptions, company, complete) = (names.map { Words($0) }, words(unless) ?? [], words(beside), Set(words(whole) ?? []))
        return texts.contains { text in
            let isNamed = phrases.contains(where: text.contains) && company.map { $0.contains(where: text.contains) } ?? true
            return (isNamed || complete.contains(text)) && !exceptions.contains(where: text.contains)
        }
    }

    /// A statement carries the concept when its code does or, failing that, its words do.
    public func contains(code: Code?, name: String?) -> Bool {
        if let code, contains(code) { return true }
        return isNamed(in: [name, code?.display].compactMap { $0.map { Words($0) } })
    }
}

/// A text as lower-case words, so that names compare regardless of case, punctuation and spacing.
public struct Words: Sendable, Hashable {
    public let words: [String]

    public init(_ text: some StringProtocol) {
        // Nearly every text is ASCII, where a byte is a character.
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            words = text.utf8.split { byte in
                !(byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == UInt8(ascii: "."))
            }.map { String(decoding: $0.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self) }
        } else {
            words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == ".") }.map(String.init)
        }
    }

    public func contains(_ phrase: Words) -> Bool {
        let count = phrase.words.count
        guard count > 0, count <= words.count else { return false }
        return (0...(words.count - count)).contains { words[$0..<($0 + count)].elementsEqual(phrase.words) }
    }

    public func starts(with phrase: Words) -> Bool { !phrase.words.isEmpty && words.starts(with: phrase.words) }
}
