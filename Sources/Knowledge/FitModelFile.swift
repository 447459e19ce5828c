import Forecast
import Notation
import Yams

/// Reads the model file of `euthymia fit` (docs/fit.md).
public enum FitModelFile {
    private struct Content: Codable { var model: FitModel }

    /// - Throws: a diagnostic that names the place; a key that nobody reads is refused, for a misspelt `variability` is none.
    public static func read(_ text: String, path: String) throws(Diagnostic) -> FitModel {
        do {
            let content = try YAMLDecoder().decode(Content.self, from: text)
            let understood = try Yams.compose(yaml: try YAMLEncoder().encode(content))
            if let unread = try Yams.compose(yaml: text)?.keysUnread(by: understood).first {
                throw Diagnostic(
                    "fit.model", at: Place(file: path, line: unread.key.mark?.line, path: unread.path), "the key \(quoted(unread.name)) is not known here",
                    expected: "the keys described in docs/fit.md")
            }
            return content.model
        } catch let diagnostic as Diagnostic {
            throw diagnostic
        } catch {
            throw Diagnostic(reading: error, file: path, code: "fit.model", expected: "the shape described in docs/fit.md")
        }
    }
}
