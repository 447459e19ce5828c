import Testing

@testable import Plot

@Suite struct SVGTests {
    @Test func escapesTextAndAttributesOnce() {
        let element = Element("text", ["data-x": "a\"b'<&>"], text: "5 < 6 & \"7\" &amp;")
        #expect(element.rendered == "<text data-x=\"a&quot;b&#39;&lt;&amp;&gt;\">5 &lt; 6 &amp; &quot;7&quot; &amp;amp;</text>")
    }

    @Test func aQuoteWithACombiningMarkIsStillAQuote() {
        let element = Element("g", ["class": "x\"\u{301} onload=\"y"])
        #expect(element.rendered.unicodeScalars.count { $0 == "\"" } == 2)
    }

    @Test func whatXMLCannotCarryIsReplaced() {
        #expect(Element("t", text: "a\u{0}b\u{8}c\u{FFFF}\nd").rendered == "<t>a\u{FFFD}b\u{FFFD}c\u{FFFD}\nd</t>")
    }

    @Test func nilLeavesTheAttributeOutAndOrderIsKept() {
        #expect(Element("rect", ["y": 2, "x": nil, "a": 1.5]).rendered == "<rect y=\"2\" a=\"1.5\"/>")
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (0.004, "0"), (-0.004, "0"), (0.005, "0.01"), (1.10, "1.1"), (1.05, "1.05"), (-2.5, "-2.5"), (100, "100"),
        (12.349, "12.35"), (1e-9, "0"), (1e300, "10000000"), (.nan, "0"), (.infinity, "0"), (-1e12, "-10000000"),
    ])
    func numbersHaveTwoDecimalsAndNoExponent(_ value: Double, _ text: String) {
        #expect(decimal(value) == text)
    }

    @Test func factLinksAreEncoded() {
        #expect(Frame.factLink("a-1_2.~Z") == "#fact-a-1_2.~Z")
        #expect(Frame.factLink("a b\"<é") == "#fact-a%20b%22%3C%C3%A9")
        #expect(Frame.factLink("\n") == "#fact-%0A")
    }

    @Test func pathsFollowTheirPlaces() {
        let places = [Place(x: 0, y: 1), Place(x: 2, y: 3.5)]
        #expect(linePath(places) == "M0 1L2 3.5")
        #expect(stepPath(places) == "M0 1H2V3.5")
        #expect(linePath([]) == "")
    }

    @Test func spreadLabelsDoNotOverlap() {
        var dice = Dice(state: 7)
        for _ in 0..<200 {
            let wishes = (0..<Int.random(in: 0...6, using: &dice)).map { _ in Double.random(in: -20...120, using: &dice) }
            let placed = spread(wishes, height: 13, in: 0...100)
            let sorted = placed.sorted()
            for (a, b) in zip(sorted, sorted.dropFirst()) { #expect(b - a >= 13 - 1e-9) }
            for y in placed { #expect(y >= 6.5 - 1e-9 && y <= 93.5 + 1e-9) }
            for i in wishes.indices { for j in wishes.indices where wishes[i] < wishes[j] { #expect(placed[i] < placed[j]) } }
        }
    }

    @Test func labelsThatFitStayWhereTheyWish() {
        #expect(spread([80, 20, 50], height: 10, in: 0...100) == [80, 20, 50])
    }

    @Test func fittedTextIsNoWiderThanItsRoom() {
        #expect(fitted("short", width: 100, size: 11) == "short")
        let cut = fitted(String(repeating: "very long name ", count: 100_000), width: 90, size: 11)
        #expect(cut.hasSuffix("…") && textWidth(cut, size: 11) <= 90)
    }
}
