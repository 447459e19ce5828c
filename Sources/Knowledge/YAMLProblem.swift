import Notation
import Pharmacology
import Yams

extension Diagnostic {
    /// What a YAML reader found wrong, in the reader's own terms.
    /// - Parameters:
    ///   - code: of the kind of file; `.shape` or `.yaml` is added.
    ///   - expected: what the file should hold.
    init(reading error: any Error, file: String, code: String, expected: String) {
        switch error {
        case DecodingError.dataCorrupted(let context) where context.underlyingError is YamlError:
            self.init(reading: context.underlyingError ?? error, file: file, code: code, expected: expected)
        case let error as DecodingError:
            let path = error.path
            let (problem, wanted) = error.problem
            self.init(code + ".shape", at: Place(file: file, path: path.isEmpty ? nil : path), problem, expected: wanted ?? expected)
        case YamlError.duplicatedKeysInMapping(let keys, _):
            self.init(code + ".yaml", at: Place(file: file), "names \(keys.map(quoted).joined(separator: ", ")) twice", expected: "each key once")
        case YamlError.scanner(_, _, let mark, _), YamlError.parser(_, _, let mark, _), YamlError.composer(_, _, let mark, _):
            self.init(code + ".yaml", at: Place(file: file, line: mark.line), "is not well-formed", expected: "YAML")
        default: self.init(code + ".yaml", at: Place(file: file), "is not well-formed", expected: "YAML")
        }
    }
}

extension DecodingError {
    private var context: Context {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context), .dataCorrupted(let context): context
        @unknown default: Context(codingPath: [], debugDescription: "")
        }
    }

    fileprivate var path: String {
        context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined().drop { $0 == "." }.description
    }

    private static let kinds = [
        "Double": "a number", "Int": "a whole number", "UInt64": "a whole number from 0 to 18446744073709551615", "String": "a text",
        "Bool": "true or false", "Mapping": "a list of keys and values",
        "Sequence": "a list", "Scalar": "a single value",
    ]
    private static let values = ["Drug": Drug.allCases.map(\.rawValue), "Route": Route.allCases.map(\.rawValue)]

    /// What is wrong and, where the error knows it, what was wanted.
    fileprivate var problem: (String, String?) {
        switch self {
        case .keyNotFound(let key, _): return ("the key \(quoted(key.stringValue)) is missing", nil)
        case .typeMismatch(let type, _): return ("is not \(Self.kinds["\(type)"] ?? "\(type)")", nil)
        case .valueNotFound: return ("is empty", nil)
        default:
            // A text that is not a case of an enumeration.
            let words = context.debugDescription.split(separator: " ")
            guard let type = words.dropFirst(2).first, context.debugDescription.hasPrefix("Cannot initialize "), let start = words.firstIndex(of: "value")
            else {
                return (context.debugDescription, nil)
            }
            return ("is \(quoted(words[(start + 1)...].joined(separator: " ")))", Self.values[String(type)]?.joined(separator: ", "))
        }
    }
}
