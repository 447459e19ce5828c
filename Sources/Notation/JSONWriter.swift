extension JSONValue {
    /// Compact text with members in their order.
    public var text: String { Self.write(self, sorted: false, indent: nil) }

    /// Canonical text: no spaces, keys sorted by Unicode scalars. Equal facts have equal canonical text.
    public var canonical: String { Self.write(self, sorted: true, indent: nil) }

    /// Two-space indented text for people; short lists of scalars stay on one line.
    public var pretty: String { Self.write(self, sorted: false, indent: 0) }

    private static func write(_ value: JSONValue, sorted: Bool, indent: Int?) -> String {
        var out = ""
        out.reserveCapacity(256)
        append(value, to: &out, sorted: sorted, indent: indent)
        return out
    }

    private static func append(_ value: JSONValue, to out: inout String, sorted: Bool, indent: Int?) {
        switch value {
        case .null: out += "null"
        case .bool(let flag): out += flag ? "true" : "false"
        case .number(let digits): out += digits
        case .string(let text): append(quoting: text, to: &out)
        case .array(let values):
            let inner = values.contains { $0.array != nil || $0.object != nil } ? indent.map { $0 + 1 } : nil
            out += "["
            for (index, element) in values.enumerated() {
                if index > 0 { out += inner == nil && indent != nil ? ", " : "," }
                newline(&out, inner)
                append(element, to: &out, sorted: sorted, indent: inner ?? indent)
            }
            if !values.isEmpty, let indent, inner != nil { newline(&out, indent) }
            out += "]"
        case .object(let object):
            let members = sorted ? object.members.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) } : object.members
            let inner = indent.map { $0 + 1 }
            out += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { out += "," }
                newline(&out, inner)
                append(quoting: member.key, to: &out)
                out += indent == nil ? ":" : ": "
                append(member.value, to: &out, sorted: sorted, indent: inner)
            }
            if !members.isEmpty, let indent { newline(&out, indent) }
            out += "}"
        }
    }

    private static func newline(_ out: inout String, _ depth: Int?) {
        guard let depth else { return }
        out += "\n" + String(repeating: "  ", count: depth)
    }

    private static func append(quoting text: String, to out: inout String) {
        out += "\""
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            out += text
        } else {
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\"": out += "\\\""
                case "\\": out += "\\\\"
                case "\n": out += "\\n"
                case "\r": out += "\\r"
                case "\t": out += "\\t"
                case _ where scalar.value < 0x20:
                    let hex = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                default: out.unicodeScalars.append(scalar)
                }
            }
        }
        out += "\""
    }
}
