import Notation
import Yams

/// A file a user writes, read whole: whatever stands in it is understood or refused.
public enum YAMLContent {
    /// - Parameters:
    ///   - code: of the diagnostics.
    ///   - documentation: where the shape is described.
    /// - Throws: a diagnostic that names the place; a key that nobody reads is refused, for a misspelt one would change nothing.
    public static func read<Content: Codable>(
        _: Content.Type = Content.self, _ text: String, path: String, code: String, documentation: String
    ) throws(Diagnostic) -> Content {
        do {
            let content = try YAMLDecoder().decode(Content.self, from: text)
            let understood = try Yams.compose(yaml: try YAMLEncoder().encode(content))
            if let unread = try Yams.compose(yaml: text)?.keysUnread(by: understood).first {
                throw Diagnostic(
                    code, at: Place(file: path, line: unread.key.mark?.line, path: unread.path), "the key \(quoted(unread.name)) is not known here",
                    expected: "the keys described in \(documentation)")
            }
            return content
        } catch let diagnostic as Diagnostic {
            throw diagnostic
        } catch {
            throw Diagnostic(reading: error, file: path, code: code, expected: "the shape described in \(documentation)")
        }
    }
}
