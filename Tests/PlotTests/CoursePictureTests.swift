import Testing

@testable import Plot

@Suite struct CoursePictureTests {
    private var sample: CoursePicture {
        var picture = CoursePicture(today: march4 + 40 * day)
        picture.series = [
            .init(
                name: "MADRS", maximum: 60,
                points: [(0.0, 34.0), (7, 25), (14, 16), (30, 9)].map {
                    .init(time: march4 + $0.0 * day, value: $0.1, fact: "m\(Int($0.0))")
                },
                baseline: 34, response: 17, remission: 10, remissionFrom: .clinic)
        ]
        picture.doses = (0..<6).map {
            .init(time: march4 + Double($0) * 4 * day, milligrams: 35, drug: "ketamine", route: "intravenous", fact: "d\($0)")
        }
        picture.adverseEvents = [
            .init(onset: march4 + day, resolved: march4 + 2 * day, term: "nausea", severity: .moderate, serious: true, fact: "ae")
        ]
        picture.therapies = [.init(time: march4 + 3 * day, label: "CBT", fact: "t")]
        picture.medications = [.init(start: march4 - 400 * day, label: "ramipril 5 mg", fact: "r")]
        return picture
    }

    @Test func everyDatumIsDrawnOnceAndOpensItsFact() throws {
        let markup = try Markup(sample.svg(id: "c"))
        let links = markup.named("a").compactMap { $0.attributes["href"] }
        #expect(links.sorted() == ["ae", "d0", "d1", "d2", "d3", "d4", "d5", "m0", "m14", "m30", "m7", "r", "t"].map { "#fact-" + $0 })
        let tips = markup.tags.filter { $0.name == "title" }.map(\.text)
        #expect(tips.contains("MADRS 16 of 60 · 18 Mar 2024"))
        #expect(tips.contains("ketamine 35 mg intravenous · 4 Mar 2024"))
        #expect(tips.contains("nausea, moderate, serious · 5 Mar 2024 · resolved after 24 h"))
        #expect(markup.with(class: "serious").count == 2, "the mark and its legend")
    }

    @Test func theResponseLineStandsAtItsScore() throws {
        let markup = try Markup(sample.svg(id: "c"))
        let line = try #require(markup.with(class: "response").first)
        // The zone of remission ends at 0; the first panel is 150 px high with 4 px of air, so 60 points take 146 px.
        let zone = try #require(markup.with(class: "remission-zone").first)
        #expect(abs((zone.number("height") ?? 0) - 10.0 / 60 * 146) < 0.02)
        let zero = (zone.number("y") ?? 0) + (zone.number("height") ?? 0)
        #expect(abs((line.number("y1") ?? 0) - (zero - 17.0 / 60 * 146)) < 0.02)
        #expect(line.number("y1") == line.number("y2"))
    }

    @Test func theClinicsCutIsMarkedAndTheInstrumentsIsNot() {
        let svg = sample.svg(id: "c")
        #expect(svg.contains("remission ≤ 10 †") && svg.contains("† Remission cut chosen by this clinic"))
        var other = sample
        other.series[0].remissionFrom = .instrument
        #expect(!other.svg(id: "c").contains("†"))
    }

    @Test func marksLieInThePlotArea() throws {
        let markup = try Markup(sample.svg(id: "c", width: 960))
        let marks = markup.with(class: "score") + markup.with(class: "dose").filter { ($0.number("r") ?? 0) == 4 }
        #expect(!marks.isEmpty)
        for mark in marks { #expect((150...836).contains(mark.number("cx") ?? 0)) }
    }

    @Test func doseHeightFollowsTheMilligrams() throws {
        var picture = CoursePicture(today: march4 + 9 * day)
        picture.doses = [(0, 28.0), (1, 56), (2, 84)].map {
            .init(time: march4 + Double($0.0) * day, milligrams: $0.1, drug: "esketamine", route: "intranasal")
        }
        let heights = try Markup(picture.svg(id: "c")).with(class: "stem").map { ($0.number("y1") ?? 0) - ($0.number("y2") ?? 0) }
        #expect(heights.count == 3)
        #expect(abs(heights[1] - 2 * heights[0]) < 0.02 && abs(heights[2] - 3 * heights[0]) < 0.02)
    }

    @Test func aDoseWithoutMilligramsIsHollowAndSaysSo() {
        var picture = CoursePicture(today: march4)
        picture.doses = [.init(time: march4, milligrams: nil, drug: "ketamine", route: "intramuscular")]
        let svg = picture.svg(id: "c")
        #expect(svg.contains("amount in mg not known") && svg.contains("hollow") && !svg.contains("class=\"stem"))
    }

    @Test func routesAndSeveritiesDifferInShapeNotOnlyInColour() {
        let severities = CoursePicture.AdverseEvent.Severity.allCases.map { $0.symbol.element(x: 0, y: 0, radius: 4, class: "same") }
        for (i, a) in severities.enumerated() { for b in severities[(i + 1)...] { #expect(a != b) } }
        let routes = ["intravenous", "intranasal", "intramuscular", "subcutaneous", "oral", "sublingual", "rectal"].map {
            CoursePicture.routeSymbol($0).element(x: 0, y: 0, radius: 4, class: "same")
        }
        for (i, a) in routes.enumerated() { for b in routes[(i + 1)...] { #expect(a != b) } }
    }

    @Test func atMostThreeInstrumentsAndTheRestIsNamed() throws {
        var picture = sample
        for name in ["B", "C", "D", "E"] { picture.series.append(.init(name: name, maximum: 27, points: [.init(time: march4, value: 3)])) }
        let svg = picture.svg(id: "c")
        #expect(try Markup(svg).with(class: "figure").count == 3)
        #expect(svg.contains("Not drawn: D, E."))
    }

    @Test func nothingSaysSo() throws {
        let svg = CoursePicture(today: march4).svg(id: "c")
        #expect(svg.contains("Nothing recorded yet"))
        #expect(try Markup(svg).named("svg").first?.attributes["role"] == "group")
        #expect(try Markup(CoursePicture(today: march4).svg(id: "c", style: .standalone)).named("svg").first?.attributes["role"] == "img")
    }

    @Test func longMedicationDoesNotSqueezeTheCourse() {
        var picture = sample
        picture.medications = [.init(start: march4 - 9000 * day, label: "lithium")]
        #expect(picture.domain == sample.domain)
    }

    @Test func titleAndDescriptionAreNamed() throws {
        let markup = try Markup(sample.svg(id: "c"))
        #expect(markup.named("svg").first?.attributes["aria-labelledby"] == "c-title c-desc")
        #expect(
            markup.named("desc").first?.text.hasPrefix(
                "MADRS: 4 scores, from 34 on 4 Mar 2024 to 9 on 3 Apr 2024; 6 doses; 1 adverse event, 1 serious") == true)
        #expect(markup.tags.allSatisfy { $0.attributes["style"] == nil })
        #expect(markup.named("style").isEmpty && markup.named("script").isEmpty)
    }

    @Test func fuzzedInputStaysWellFormedCompleteAndRepeatable() throws {
        for seed in 0..<60 {
            var dice = Dice(state: UInt64(seed))
            let picture = Self.fuzzed(&dice)
            let svg = picture.svg(id: "f", style: seed % 2 == 0 ? .page : .standalone)
            let markup = try Markup(svg)
            #expect(svg == picture.svg(id: "f", style: seed % 2 == 0 ? .page : .standalone), "seed \(seed)")
            #expect(!svg.contains("nan") || !markup.tags.contains { $0.attributes.values.contains("nan") }, "seed \(seed)")
            let drawn = markup.named("a").count { ($0.attributes["href"] ?? "").hasPrefix("#fact-") }
            let past = picture.medications.count { $0.end.map { $0 < picture.domain.lowerBound } ?? false }
            let early = picture.therapies.count { !($0.time >= picture.domain.lowerBound) }
            let points = picture.shownSeries.reduce(0) { $0 + $1.points.count }
            #expect(
                drawn == points + picture.doses.count + picture.adverseEvents.count + picture.therapies.count + picture.medications.count
                    - past - early,
                "seed \(seed)")
        }
    }

    static func fuzzed(_ dice: inout Dice) -> CoursePicture {
        var picture = CoursePicture(today: dice.number())
        func count(_ dice: inout Dice) -> Int { Int.random(in: 0...12, using: &dice) }
        for _ in 0..<Int.random(in: 0...5, using: &dice) {
            var series = CoursePicture.Series(
                name: dice.text(), maximum: dice.number(), points: [], baseline: dice.number(), response: dice.number(), note: dice.text())
            series.remission = Bool.random(using: &dice) ? dice.number() : nil
            for _ in 0..<count(&dice) {
                series.points.append(
                    .init(
                        time: dice.number(), value: dice.number(), label: dice.text(), isRelapse: Bool.random(using: &dice),
                        fact: dice.text()))
            }
            picture.series.append(series)
        }
        for _ in 0..<count(&dice) {
            picture.doses.append(
                .init(time: dice.number(), milligrams: dice.number(), drug: dice.text(), route: dice.text(), fact: dice.text()))
            picture.adverseEvents.append(
                .init(
                    onset: dice.number(), resolved: Bool.random(using: &dice) ? dice.number() : nil, term: dice.text(), serious: true,
                    fact: dice.text()))
            picture.therapies.append(.init(time: dice.number(), label: dice.text(), fact: dice.text()))
            picture.medications.append(
                .init(start: dice.number(), end: Bool.random(using: &dice) ? dice.number() : nil, label: dice.text(), fact: dice.text()))
        }
        return picture
    }
}
