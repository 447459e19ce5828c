import Notation
import Testing

@Suite struct JSONReaderTests {
    @Test func keepsOrderAndDigits() throws {
        let value = try JSONReader.read(#"{"b":4.10,"a":[1e3,-0.0,12345678901234567890],"s":"ä\u00e4\ud83d\ude00\n"}"#)
        #expect(value.object?.keys == ["b", "a", "s"])
        #expect(value.text == #"{"b":4.10,"a":[1e3,-0.0,12345678901234567890],"s":"ää😀\n"}"#)
        #expect(value.canonical.hasPrefix(#"{"a":"#))
    }

    /// Each with the code, line and column at which it is refused.
    @Test(arguments: [
        (#"{"a":1"#, "json.truncated", 1, 7), (#"{"a":1,"a":2}"#, "json.duplicate_key", 1, 8), ("[01]", "json.number", 1, 2), ("[1.]", "json.number", 1, 2),
        ("[1,]", "json.syntax", 1, 4), ("{\n \"a\" 1}", "json.syntax", 2, 6), ("nul", "json.truncated", 1, 1), ("[nulL]", "json.syntax", 1, 2),
        ("1 2", "json.trailing", 1, 3), (#""\ud800""#, "json.surrogate", 1, 2), (#""\x""#, "json.escape", 1, 2), ("\"a\nb\"", "json.control", 1, 3),
        ("", "json.truncated", 1, 1), ("'a'", "json.syntax", 1, 1), (#"{"a":tru}"#, "json.syntax", 1, 6),
    ])
    func refusesWithPlace(text: String, code: String, line: Int, column: Int) throws {
        let error = try #require(throws: Diagnostic.self) { try JSONReader.read(text) }
        #expect(error.code == code)
        #expect(error.place.line == line)
        if code != "json.escape" { #expect(error.place.column == column) }
    }

    @Test func refusesInvalidUTF8AndDeepNesting() throws {
        let invalid = try #require(throws: Diagnostic.self) { try JSONReader.read([0x22, 0xC3, 0x28, 0x22]) }
        #expect(invalid.code == "json.utf8")
        let deep = try #require(throws: Diagnostic.self) { try JSONReader.read(String(repeating: "[", count: 100_000)) }
        #expect(deep.code == "json.depth")
    }

    @Test func manyKeysAreStillUnique() throws {
        let members = (0..<200).map { "\"k\($0)\":\($0)" }
        #expect(try JSONReader.read("{" + members.joined(separator: ",") + "}").object?.members.count == 200)
        #expect(throws: Diagnostic.self) { try JSONReader.read("{" + (members + ["\"k150\":0"]).joined(separator: ",") + "}") }
    }

    /// Any prefix of a document is refused, never read as something shorter.
    @Test func everyTruncationIsRefused() throws {
        let text = Array(#"{"type":"x","v":[1,{"a":null},"q\"uote",true],"n":-1.5e2}"#.utf8)
        for length in 0..<text.count {
            let error = try #require(throws: Diagnostic.self) { try JSONReader.read(Array(text[..<length])) }
            #expect(error.code == "json.truncated" || error.code == "json.number", "\(length)")
        }
    }

    @Test func writingAndReadingIsTheIdentity() throws {
        let value: JSONValue = ["text": "tab\t \"quoted\" \u{1} \\ é", "list": [1, .null, true, ["x": []]], "empty": .object(JSONObject())]
        #expect(try JSONReader.read(value.text) == value)
        #expect(try JSONReader.read(value.pretty) == value)
    }
}

@Suite struct NumberTests {
    @Test(arguments: [(1.0, "1"), (-0.5, "-0.5"), (0.1, "0.1"), (1e20, "1e+20"), (37.5, "37.5"), (-64.7, "-64.7")])
    func shortestDigits(value: Double, text: String) { #expect(decimal(value) == text) }

    @Test func roundsHalvesAwayFromZero() {
        #expect(rounded(-64.705_88, places: 1) == -64.7)
        #expect(rounded(0.25, places: 1) == 0.3)
        #expect(rounded(-0.25, places: 1) == -0.3)
    }
}
