import Testing

@testable import Plot

@Suite struct TrialsPictureTests {
    private func year(_ year: Int, _ month: Int = 1) -> Double { CivilTime.start(year: year, month: month) }

    private var sample: TrialsPicture {
        var picture = TrialsPicture(today: year(2024, 7))
        picture.episode = .init(start: year(2023, 4))
        picture.trials = [
            .init(
                treatment: "lithium", dose: "900 mg/day", start: year(2023, 8), end: year(2023, 10), augments: "sertraline",
                verdict: .inadequate, fact: "l"),
            .init(
                treatment: "ECT", dose: "8 sessions", start: year(2022), end: year(2022, 3), kind: .neurostimulation,
                verdict: .adequateOutcomeUnknown, fact: "e"),
            .init(
                treatment: "sertraline", dose: "150 mg/day", start: year(2023, 5), end: year(2023, 10), verdict: .adequateFailed,
                fact: "s"),
            .init(treatment: "venlafaxine", start: year(2024, 2), end: nil, isRunning: true, fact: "v"),
            .init(treatment: "bupropion", start: nil, end: nil, fact: "b"),
        ]
        return picture
    }

    @Test func rowsRunByBeginningWithAugmentationsUnderTheirBase() {
        #expect(sample.rows.map(\.trial.treatment) == ["ECT", "sertraline", "lithium", "venlafaxine", "bupropion"])
        #expect(sample.rows.map(\.isAugmentation) == [false, false, true, false, false])
    }

    @Test func anAugmentationJoinsTheTrialItFellInto() {
        var picture = sample
        picture.trials.append(.init(treatment: "sertraline", dose: "50 mg/day", start: year(2019), end: year(2020), fact: "s0"))
        let rows = picture.rows.map { "\($0.trial.treatment) \($0.trial.fact ?? "")" }
        #expect(rows.firstIndex(of: "lithium l") == rows.firstIndex(of: "sertraline s").map { $0 + 1 })
    }

    @Test func anAugmentationWithoutBaseKeepsItsRow() {
        var picture = sample
        picture.trials.removeAll { $0.treatment == "sertraline" }
        #expect(picture.rows.contains { $0.trial.treatment == "lithium" && $0.isAugmentation })
        // Two that name each other must not vanish.
        picture.trials = [
            .init(treatment: "a", start: nil, end: nil, augments: "b"), .init(treatment: "b", start: nil, end: nil, augments: "a"),
        ]
        #expect(picture.rows.count == 2)
    }

    @Test func everyTrialHasItsRowItsWordsAndItsLink() throws {
        let markup = try Markup(sample.svg(id: "t"))
        #expect(markup.named("a").compactMap { $0.attributes["href"] } == ["e", "s", "l", "v", "b"].map { "#fact-" + $0 })
        let texts = markup.named("text").map(\.text)
        for text in ["adequate · failed", "adequate · outcome unknown", "inadequate", "dates not recorded", "current episode"] {
            #expect(texts.contains(text))
        }
        #expect(markup.with(class: "bolt").count == 1)
        #expect(
            markup.tags.contains { $0.attributes["fill"] == "url(#t-hatch)" }
                && markup.named("pattern").first?.attributes["id"] == "t-hatch")
        #expect(
            markup.named("title").map(\.text).contains(
                "sertraline 150 mg/day · from 1 May 2023 to 1 Oct 2023 (22 wk) · adequate · failed"))
    }

    @Test func barsLieBetweenTheirDates() throws {
        let bars = try Markup(sample.svg(id: "t")).with(class: "trial").filter { $0.name == "rect" }
        let edges = bars.map { (left: $0.number("x") ?? 0, right: ($0.number("x") ?? 0) + ($0.number("width") ?? 0)) }
        #expect(bars.count == 4)
        #expect(edges[0].right < edges[1].left, "ECT ended before sertraline began")
        #expect(edges[1].left < edges[2].left && abs(edges[1].right - edges[2].right) < 0.02, "lithium began later and ended with it")
        for edge in edges { #expect(edge.left >= 230 && edge.right <= 738.01) }
    }

    @Test func nothingSaysSo() {
        #expect(TrialsPicture(today: 0).svg(id: "t").contains("No treatment trial recorded yet."))
    }

    @Test func fuzzedInputStaysWellFormedAndComplete() throws {
        for seed in 100..<160 {
            var dice = Dice(state: UInt64(seed))
            var picture = TrialsPicture(today: dice.number())
            if seed % 2 == 0 { picture.episode = .init(start: dice.number(), end: seed % 3 == 0 ? dice.number() : nil, label: dice.text()) }
            let names = (0..<5).map { _ in dice.text() }
            for _ in 0..<Int.random(in: 0...40, using: &dice) {
                picture.trials.append(
                    .init(
                        treatment: names[Int.random(in: 0..<5, using: &dice)], dose: dice.text(),
                        start: Bool.random(using: &dice) ? dice.number() : nil,
                        end: Bool.random(using: &dice) ? dice.number() : nil, isRunning: Bool.random(using: &dice),
                        kind: TrialsPicture.Kind.allCases[Int.random(in: 0..<4, using: &dice)],
                        augments: Bool.random(using: &dice) ? names[Int.random(in: 0..<5, using: &dice)] : nil,
                        verdict: TrialsPicture.Verdict.allCases[Int.random(in: 0..<6, using: &dice)], detail: dice.text(), fact: dice.text()
                    ))
            }
            let svg = picture.svg(id: "t")
            #expect(try Markup(svg).named("a").count == picture.trials.count, "seed \(seed)")
            #expect(svg == picture.svg(id: "t"))
        }
    }
}
