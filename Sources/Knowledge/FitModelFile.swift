import Forecast
import Notation

/// Reads the model file of `euthymia fit` (docs/fit.md).
public enum FitModelFile {
    private struct Content: Codable { var model: FitModel }

    /// - Throws: a diagnostic that names the place; a key that nobody reads is refused, for a misspelt `variability` is none.
    public static func read(_ text: String, path: String) throws(Diagnostic) -> FitModel {
        try YAMLContent.read(Content.self, text, path: path, code: "fit.model", documentation: "docs/fit.md").model
    }
}
