/// An SVG element as a value: built by pure functions, turned into text once, at the rim.
///
/// ```swift
/// Element("text", ["x": 12, "class": "label"], text: "MADRS < 10").rendered   // <text x="12" class="label">MADRS &lt; 10</text>
/// ```
public struct Element: Sendable, Equatable {
    public var tag: String
    /// In the order in which they are written.
    public var attributes: [Attribute]
    public var children: [Node]

    public init(_ tag: String, _ attributes: Attributes = [:], _ children: [Element] = []) {
        self.tag = tag
        self.attributes = attributes.list
        self.children = children.map(Node.element)
    }

    public init(_ tag: String, _ attributes: Attributes = [:], text: String) {
        self.tag = tag
        self.attributes = attributes.list
        children = [.text(text)]
    }

    public struct Attribute: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    public enum Node: Sendable, Equatable {
        case element(Element)
        case text(String)
    }

    public subscript(name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    public mutating func append(_ child: Element) { children.append(.element(child)) }
    public mutating func append(_ elements: [Element]) { children += elements.map(Node.element) }
}

/// Attributes in the order of the literal; a nil value leaves the attribute out.
public struct Attributes: Sendable, ExpressibleByDictionaryLiteral {
    public typealias Key = String
    public typealias Value = Content?

    public enum Content: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByFloatLiteral,
        ExpressibleByIntegerLiteral
    {
        case text(String)
        case number(Double)

        public init(stringLiteral value: String) { self = .text(value) }
        public init(floatLiteral value: Double) { self = .number(value) }
        public init(integerLiteral value: Int) { self = .number(Double(value)) }
    }

    var list: [Element.Attribute] = []

    public init(dictionaryLiteral elements: (String, Content?)...) {
        for (name, value) in elements {
            switch value {
            case .text(let text)?: list.append(.init(name: name, value: text))
            case .number(let number)?: list.append(.init(name: name, value: decimal(number)))
            case nil: break
            }
        }
    }
}

extension Attributes.Content {
    static func n(_ value: Double) -> Self { .number(value) }
    static func s(_ value: String) -> Self { .text(value) }
}

// MARK: - Text

extension Element {
    /// The element as SVG text, valid both as XML and inlined in HTML.
    public var rendered: String {
        var text = ""
        render(into: &text)
        return text
    }

    func render(into output: inout String) {
        output += "<"
        output += tag
        for attribute in attributes {
            output += " "
            output += attribute.name
            output += "=\""
            escape(attribute.value, into: &output)
            output += "\""
        }
        guard !children.isEmpty else {
            output += "/>"
            return
        }
        output += ">"
        for child in children {
            switch child {
            case .element(let element): element.render(into: &output)
            case .text(let text): escape(text, into: &output)
            }
        }
        output += "</\(tag)>"
    }
}

/// Writes `text` so that it stands for itself in an attribute or between tags.
///
/// By unicode scalar, not by `Character`: a quote followed by a combining mark is one `Character` that equals no quote, yet
/// an HTML parser still sees the quote. Scalars that XML 1.0 cannot carry (§2.2, Char) become U+FFFD.
func escape(_ text: String, into output: inout String) {
    // Nearly every text is ASCII without anything to escape.
    let isPlain = text.utf8.allSatisfy { byte in
        byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x26 && byte != 0x27 && byte != 0x3C && byte != 0x3E
    }
    if isPlain {
        output += text
        return
    }
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": output += "&amp;"
        case "<": output += "&lt;"
        case ">": output += "&gt;"
        case "\"": output += "&quot;"
        case "'": output += "&#39;"
        case "\t", "\n", "\r": output.unicodeScalars.append(scalar)
        case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: output += "\u{FFFD}"
        default: output.unicodeScalars.append(scalar)
        }
    }
}

/// `value` with at most two decimals, no exponent and no trailing zeros; the same text on every machine.
/// What is not finite is written as 0, what exceeds ±10 million is cut there: neither can be drawn.
func decimal(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let hundredths = Int((min(max(value, -1e7), 1e7) * 100).rounded())
    let magnitude = hundredths.magnitude
    var text = String(magnitude / 100)
    let fraction = magnitude % 100
    if fraction != 0 {
        text += fraction < 10 ? ".0\(fraction)" : ".\(fraction)"
        if fraction % 10 == 0 { text.removeLast() }
    }
    return hundredths < 0 ? "-" + text : text
}
