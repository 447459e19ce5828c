/// A strict RFC 8259 reader that says where it stopped and why.
///
/// Written here because the facts must not lose anything on the way in: a repeated key is an error (Foundation's readers
/// keep one of the two silently), numbers keep their digits, invalid UTF-8 and unpaired surrogates are refused, nesting is
/// bounded, and every refusal has a line and a column.
public struct JSONReader {
    /// Nesting allowed before the input is refused; FHIR bundles stay below 20.
    public static let deepest = 128

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0
    private let file: String?
    private let firstLine: Int

    /// Reads exactly one JSON value from `bytes`.
    /// - Parameter firstLine: the 1-based line of `file` at which `bytes` begin.
    public static func read(_ bytes: UnsafeBufferPointer<UInt8>, file: String? = nil, firstLine: Int = 1) throws(Diagnostic) -> JSONValue {
        var reader = JSONReader(bytes: bytes, file: file, firstLine: firstLine)
        let value = try reader.value()
        reader.skipSpace()
        if reader.position < bytes.count {
            throw reader.diagnostic("json.trailing", "something follows the end of the JSON value", expected: "one value and nothing after it")
        }
        return value
    }

    public static func read(_ bytes: [UInt8], file: String? = nil, firstLine: Int = 1) throws(Diagnostic) -> JSONValue {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(Diagnostic) in try read(buffer, file: file, firstLine: firstLine) }
        }
        return try result.get()
    }

    public static func read(_ text: String, file: String? = nil) throws(Diagnostic) -> JSONValue {
        let result = text.utf8.withContiguousStorageIfAvailable { buffer in
            Result { () throws(Diagnostic) in try read(buffer, file: file) }
        }
        guard let result else { return try read(Array(text.utf8), file: file) }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, file: String?, firstLine: Int) {
        self.bytes = bytes
        self.file = file
        self.firstLine = firstLine
    }

    private func diagnostic(_ code: String, _ problem: String, expected: String, at offset: Int? = nil) -> Diagnostic {
        let end = min(offset ?? position, bytes.count)
        var line = firstLine
        var lineStart = 0
        for index in 0..<end where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        return Diagnostic(code, at: Place(file: file, line: line, column: end - lineStart + 1), problem, expected: expected)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func value() throws(Diagnostic) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw truncated("a JSON value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw diagnostic("json.syntax", "not the start of a JSON value", expected: "an object, a list, text, a number, true, false or null")
        }
    }

    private func truncated(_ expected: String) -> Diagnostic {
        diagnostic("json.truncated", "the input ends in the middle of a JSON value", expected: expected)
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Diagnostic) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw truncated("\(word)") }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] {
            throw diagnostic("json.syntax", "not a JSON word", expected: "\(word)")
        }
        position += count
        return value
    }

    private mutating func enter() throws(Diagnostic) {
        depth += 1
        position += 1
        if depth > Self.deepest {
            throw diagnostic("json.depth", "nested deeper than \(Self.deepest) levels", expected: "a flatter document")
        }
    }

    private mutating func array() throws(Diagnostic) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var values: [JSONValue] = []
        skipSpace()
        if next(is: "]") { return .array(values) }
        while true {
            values.append(try value())
            skipSpace()
            if next(is: ",") { continue }
            if next(is: "]") { return .array(values) }
            throw position < bytes.count ? diagnostic("json.syntax", "a list goes on without a comma", expected: "\",\" or \"]\"") : truncated("\",\" or \"]\"")
        }
    }

    private mutating func object() throws(Diagnostic) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [(key: String, value: JSONValue)] = []
        var seen: Set<String>?
        skipSpace()
        if next(is: "}") { return .object(JSONObject(members)) }
        // As many as most facts have.
        members.reserveCapacity(12)
        while true {
            skipSpace()
            guard position < bytes.count else { throw truncated("a key in quotes") }
            guard bytes[position] == UInt8(ascii: "\"") else {
                throw diagnostic("json.syntax", "an object member does not start with a key", expected: "a key in quotes")
            }
            let start = position
            let key = try string()
            skipSpace()
            guard next(is: ":") else {
                throw position < bytes.count ? diagnostic("json.syntax", "a key without a value", expected: "\":\"") : truncated("\":\"")
            }
            let repeated: Bool
            if members.count < 24 {
                repeated = members.contains { $0.key == key }
            } else {
                if seen == nil { seen = Set(members.map(\.key)) }
                repeated = !(seen?.insert(key).inserted ?? true)
            }
            if repeated {
                throw diagnostic("json.duplicate_key", "the key \(quoted(key)) is written twice in one object", expected: "each key once", at: start)
            }
            members.append((key, try value()))
            skipSpace()
            if next(is: ",") { continue }
            if next(is: "}") { return .object(JSONObject(members)) }
            throw position < bytes.count
                ? diagnostic("json.syntax", "an object goes on without a comma", expected: "\",\" or \"}\"") : truncated("\",\" or \"}\"")
        }
    }

    private mutating func next(is character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func number() throws(Diagnostic) -> String {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let integer = position
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[integer] != UInt8(ascii: "0") else {
            throw diagnostic("json.number", "not a JSON number", expected: "digits without a leading zero", at: start)
        }
        if next(is: ".") {
            guard digits() > 0 else { throw diagnostic("json.number", "no digit after the decimal point", expected: "a digit", at: start) }
        }
        if next(is: "e") || next(is: "E") {
            if !next(is: "+") { _ = next(is: "-") }
            guard digits() > 0 else { throw diagnostic("json.number", "no digit in the exponent", expected: "a digit", at: start) }
        }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    private mutating func string() throws(Diagnostic) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let text = try utf8(start..<position)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                return try escapedString(after: try utf8(start..<position))
            case 0..<0x20:
                throw diagnostic("json.control", "a control character inside text", expected: "an escape such as \\n")
            default: position += 1
            }
        }
        throw truncated("a closing quote")
    }

    private func utf8(_ range: Range<Int>) throws(Diagnostic) -> String {
        let part = UnsafeBufferPointer(rebasing: bytes[range])
        // What is ASCII needs no judging, and the library's judge is slow.
        if part.allSatisfy({ $0 < 0x80 }) { return String(decoding: part, as: UTF8.self) }
        guard let text = String(validating: part, as: UTF8.self) else {
            throw diagnostic("json.utf8", "bytes that are not UTF-8", expected: "UTF-8 text", at: range.lowerBound)
        }
        return text
    }

    private mutating func escapedString(after head: String) throws(Diagnostic) -> String {
        var text = head
        var start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                text += try utf8(start..<position)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                text += try utf8(start..<position)
                text.unicodeScalars.append(try escape())
                start = position
            case 0..<0x20:
                throw diagnostic("json.control", "a control character inside text", expected: "an escape such as \\n")
            default: position += 1
            }
        }
        throw truncated("a closing quote")
    }

    private mutating func escape() throws(Diagnostic) -> Unicode.Scalar {
        let start = position
        position += 1
        guard position < bytes.count else { throw truncated("an escape") }
        position += 1
        switch bytes[position - 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hex4()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            if UTF16.isLeadSurrogate(UInt16(unit)), next(is: "\\"), next(is: "u") {
                let trail = try hex4()
                if UTF16.isTrailSurrogate(UInt16(trail)), let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (trail - 0xDC00)) {
                    return scalar
                }
            }
            throw diagnostic("json.surrogate", "half of a surrogate pair", expected: "both halves", at: start)
        default: throw diagnostic("json.escape", "an unknown escape", expected: "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", at: start)
        }
    }

    private mutating func hex4() throws(Diagnostic) -> UInt32 {
        guard position + 4 <= bytes.count else { throw truncated("four hexadecimal digits") }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw diagnostic("json.escape", "not a hexadecimal digit", expected: "four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
