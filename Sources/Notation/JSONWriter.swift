extension JSONValue {
    /// Compact text with members in their order.
    public var text: String { Self.write(self, sorted: false, indent: nil) }

    /// Canonical text: no spaces, keys sorted by Unicode scalars. Equal facts have equal canonical text.
    public var canonical: String { Self.write(self, sorted: true, indent: nil) }

    /// Two-space indented text for people; short lists of scalars stay on one line.
    public var pretty: String { Self.write(self, sorted: false, indent: 0) }

    private static func write(_ value: JSONValue, sorted: Bool, indent: Int?) -> String {
        String(decoding: JSONBytes.bytes(of: value, sorted, indent), as: UTF8.self)
    }
}

/// JSON text as UTF-8 bytes: nothing but copying where nothing needs escaping.
private struct JSONBytes {
    var bytes: [UInt8] = []
    let sorted: Bool

    init(sorted: Bool) {
        self.sorted = sorted
        bytes.reserveCapacity(1024)
    }

    private static let longList = 32

    static func bytes(of value: JSONValue, _ sorted: Bool, _ indent: Int?) -> [UInt8] {
        var writer = JSONBytes(sorted: sorted)
        writer.append(value, indent: indent)
        return writer.bytes
    }

    private mutating func append(_ value: JSONValue, indent: Int?) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .number(let digits): append(digits)
        case .string(let text): append(quoting: text)
        case .array(let values):
            let inner = indent.flatMap { depth in values.contains { $0.array != nil || $0.object != nil } ? depth + 1 : nil }
            put("[")
            // A long list of objects, such as the sessions of a chart, is written on all cores.
            let written = values.count > Self.longList && values[0].object != nil ? values.mapOnAllCores { [sorted] in Self.bytes(of: $0, sorted, inner) } : nil
            for (index, element) in values.enumerated() {
                if index > 0 { inner == nil && indent != nil ? append(", ") : put(",") }
                newline(inner)
                if let written { bytes += written[index] } else { append(element, indent: inner ?? indent) }
            }
            if !values.isEmpty, let indent, inner != nil { newline(indent) }
            put("]")
        case .object(let object):
            let members = sorted ? object.members.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) } : object.members
            let inner = indent.map { $0 + 1 }
            put("{")
            for (index, member) in members.enumerated() {
                if index > 0 { put(",") }
                newline(inner)
                append(quoting: member.key)
                indent == nil ? put(":") : append(": ")
                append(member.value, indent: inner)
            }
            if !members.isEmpty, let indent { newline(indent) }
            put("}")
        }
    }

    private mutating func newline(_ depth: Int?) {
        guard let depth else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    private mutating func put(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func append(quoting text: String) {
        var text = text
        put("\"")
        text.withUTF8 { utf8 in
            var written = 0
            for index in utf8.indices where utf8[index] < 0x20 || utf8[index] == 0x22 || utf8[index] == 0x5C {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[written..<index]))
                append(escaping: utf8[index])
                written = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[written...]))
        }
        put("\"")
    }

    /// What must be escaped is ASCII; every other byte of UTF-8 stands for itself.
    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"")
        case 0x5C: append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0..<0x20:
            append(byte < 0x10 ? "\\u000" : "\\u00")
            append(String(byte, radix: 16))
        default: bytes.append(byte)
        }
    }
}
