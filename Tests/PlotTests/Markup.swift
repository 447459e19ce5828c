@testable import Plot

/// A minimal reader of the markup the module writes, strict enough to fail on anything that is not well formed.
struct Markup {
    struct Tag: Equatable {
        var name: String
        var attributes: [String: String]
        var depth: Int
        /// Text directly inside.
        var text = ""
    }

    struct Malformed: Error { var at: String }

    var tags: [Tag] = []

    init(_ source: String) throws {
        var rest = Substring(source)
        var open: [Int] = []
        while !rest.isEmpty {
            guard rest.first == "<" else {
                let text = rest.prefix { $0 != "<" }
                guard let parent = open.last, text.unicodeScalars.allSatisfy({ $0 != ">" }) else {
                    throw Malformed(at: String(text.prefix(60)))
                }
                tags[parent].text += try Self.unescaped(text)
                rest = rest[text.endIndex...]
                continue
            }
            guard let end = rest.unicodeScalars.firstIndex(of: ">") else { throw Malformed(at: String(rest.prefix(60))) }
            let body = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            if body.first == "/" {
                guard let last = open.popLast(), tags[last].name == body.dropFirst() else { throw Malformed(at: String(body)) }
                continue
            }
            let isEmpty = body.last == "/"
            tags.append(try Self.tag(isEmpty ? body.dropLast() : body, depth: open.count))
            if !isEmpty { open.append(tags.count - 1) }
        }
        guard open.isEmpty else { throw Malformed(at: "end") }
    }

    private static func tag(_ body: Substring, depth: Int) throws -> Tag {
        let name = body.prefix { $0 != " " }
        var attributes: [String: String] = [:]
        var rest = body[name.endIndex...]
        while rest.first == " " {
            rest = rest.dropFirst()
            guard let equals = rest.firstIndex(of: "=") else { throw Malformed(at: String(body)) }
            let key = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard rest.unicodeScalars.first == "\"" else { throw Malformed(at: String(body)) }
            let inside = Substring(rest.unicodeScalars.dropFirst())
            guard let close = inside.unicodeScalars.firstIndex(of: "\""), attributes[key] == nil else { throw Malformed(at: String(body)) }
            attributes[key] = try unescaped(inside[..<close])
            rest = inside[inside.unicodeScalars.index(after: close)...]
        }
        guard rest.isEmpty else { throw Malformed(at: String(body)) }
        return Tag(name: String(name), attributes: attributes, depth: depth)
    }

    private static func unescaped(_ text: Substring) throws -> String {
        var output = String.UnicodeScalarView()
        var rest = text.unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "&" else {
                output.append(scalar)
                continue
            }
            let known: [(String, Unicode.Scalar)] = [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("#39;", "'")]
            guard let (name, value) = known.first(where: { rest.starts(with: $0.0.unicodeScalars) }) else {
                throw Malformed(at: String(rest.prefix(10)))
            }
            rest = rest.dropFirst(name.unicodeScalars.count)
            output.append(value)
        }
        return String(output)
    }

    func with(class name: String) -> [Tag] {
        tags.filter { $0.attributes["class"].map { $0.split(separator: " ").contains(Substring(name)) } ?? false }
    }

    func named(_ name: String) -> [Tag] { tags.filter { $0.name == name } }

    var classes: Set<String> { Set(tags.flatMap { ($0.attributes["class"] ?? "").split(separator: " ").map(String.init) }) }
}

extension Markup.Tag {
    func number(_ name: String) -> Double? { attributes[name].flatMap(Double.init) }
}

/// Repeatable pseudo-random numbers (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Text of everything that could break markup.
    mutating func text() -> String {
        let scalars: [Unicode.Scalar] = [
            "<", ">", "&", "\"", "'", "a", "Z", " ", "/", "=", "\u{301}", "\u{0}", "\u{8}", "\n", "é", "😀", "語", "]", "-", "\u{200D}",
        ]
        var view = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &self) { view.append(scalars[Int.random(in: 0..<scalars.count, using: &self)]) }
        return String(view)
    }

    /// Numbers of every size, some of them not numbers.
    mutating func number() -> Double {
        switch Int.random(in: 0..<12, using: &self) {
        case 0: .nan
        case 1: .infinity
        case 2: -.infinity
        case 3: .greatestFiniteMagnitude
        case 4: 0
        case 5: -1
        default: Double.random(in: -1e13...2e12, using: &self)
        }
    }
}

let day = 86_400_000.0
/// 4 March 2024, midnight UTC, a Monday.
let march4 = 1_709_510_400_000.0
