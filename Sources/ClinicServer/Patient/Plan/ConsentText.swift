import Crypto
import Notation

/// The text patients consent to, with its version. A clinic gives its own; what ships names only the topics such a text has to cover.
public struct ConsentText: Sendable, Equatable {
    public var version: String
    public var text: String
    /// Not a clinic's text: nobody should sign it as it is.
    public var isProposal: Bool

    /// Reads a clinic's file: its first line is `version: …`, the rest Markdown or plain text.
    /// - Throws: `consent.version` or `consent.text`, where one of them is missing.
    public init(file: String) throws(Diagnostic) {
        let lines = file.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let version = lines.first.flatMap { line -> String? in
            guard line.lowercased().hasPrefix("version:") else { return nil }
            return Self.trimmed(line.dropFirst("version:".count))
        }
        guard let version, !version.isEmpty, version.unicodeScalars.count <= 60 else {
            throw Diagnostic("consent.version", at: Place(line: 1), "states no version", expected: "a first line such as \"version: 2026-1\"")
        }
        self.version = version
        text = Self.trimmed(lines.dropFirst().joined(separator: "\n"))
        isProposal = false
        guard !text.isEmpty else { throw Diagnostic("consent.text", at: Place(line: 2), "holds no text", expected: "the text patients consent to") }
    }

    private init(version: String, text: String, isProposal: Bool) { (self.version, self.text, self.isProposal) = (version, text, isProposal) }

    /// The topics of the reference (pathway.md, state `consented`), as this project proposes them.
    public static let topics = ConsentText(
        version: "topics-1",
        text: """
            # What a consent text has to cover

            - risk topics
            - off-label statement when racemic
            - alternatives (ECT, TMS)
            - driving
            - abuse risk
            - cost
            - right to stop
            """, isProposal: true)

    /// What was signed can be told from what is shown later.
    var digest: String { hexadecimal(SHA256.hash(data: Array(text.utf8))) }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var part = text[...]
        while part.first?.isWhitespace == true { part = part.dropFirst() }
        while part.last?.isWhitespace == true { part = part.dropLast() }
        return String(part)
    }

    /// Headings, lists and paragraphs: the little Markdown a consent text needs. Everything else is shown as written.
    enum Block: Equatable {
        case heading(String)
        case list([String])
        case paragraph(String)
    }

    var blocks: [Block] {
        var blocks: [Block] = []
        var isOpen = false
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map({ Self.trimmed($0) }) {
            if line.isEmpty {
                isOpen = false
            } else if line.hasPrefix("#") {
                blocks.append(.heading(Self.trimmed(line.drop { $0 == "#" })))
                isOpen = false
            } else if line.hasPrefix("- ") || line.hasPrefix("* ") {
                let item = Self.trimmed(line.dropFirst(2))
                if case .list(let items)? = blocks.last { blocks[blocks.count - 1] = .list(items + [item]) } else { blocks.append(.list([item])) }
                isOpen = false
            } else if isOpen, case .paragraph(let text)? = blocks.last {
                blocks[blocks.count - 1] = .paragraph(text + " " + line)
            } else {
                blocks.append(.paragraph(line))
                isOpen = true
            }
        }
        return blocks
    }
}
