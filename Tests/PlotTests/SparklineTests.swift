import Testing

@testable import Plot

@Suite struct SparklineTests {
    @Test func sparklinesAreSmallHonestAndInside() throws {
        #expect(Sparkline(name: "MADRS", values: [], maximum: 60).svg(id: "s").contains("no score yet"))
        for values in [[5.0], [0, 0], [.nan, 3], (0..<2000).map { Double($0 % 61) }] {
            let markup = try Markup(Sparkline(name: "MADRS", values: values, maximum: 60, remission: 10).svg(id: "s"))
            #expect(markup.named("svg").first?.attributes["viewBox"] == "0 0 120 28")
            let dot = try #require(markup.with(class: "latest").first)
            #expect((0...120).contains(dot.number("cx") ?? -1) && (0...28).contains(dot.number("cy") ?? -1))
        }
    }
}
