import Evidence
import Notation
import Psychometrics
import Testing

@Suite struct ScoringTests {
    @Test func sumsWithReversedItemsBandsAndFlags() throws {
        let score = try Scales.sum.score(.ordered([1, 0, 3, 2]))
        #expect(score.total == 9 && score.band == "many" && score.flags == ["d>=2", "any>=3"] && score.itemsAnswered == 4)
        #expect(score.confidence == .secondary)
        #expect(try Scales.sum.score(.ordered([2, 3, 0, 0])).flags == ["only_a"])
        #expect(try Scales.sum.score(.ordered([2, 3, 0, 0])).confidence == .project)
        #expect(
            score.json == [
                "instrument": "SUM", "total": 9, "band": "many", "items_answered": 4, "flags": ["d>=2", "any>=3"], "confidence": "secondary",
            ])
    }

    /// Mean of the answered items times all items, to the nearest whole; the item that signals is missed aloud.
    @Test(arguments: [([3.0, 1, 3, nil], 11.0), ([1, 3, 0, nil], 1), ([nil, 2, 0, 0], 1), ([2, 3, nil, 0], 3)] as [([Double?], Double)])
    func prorates(answers: [Double?], total: Double) throws {
        let score = try Scales.sum.score(.ordered(answers))
        #expect(score.total == total && score.isProrated && score.itemsMissing == 1 && score.confidence >= .recalled)
        #expect(score.notes.contains("d>=2 cannot be told: the item is not answered") == (answers[3] == nil))
    }

    @Test func totalsEnteredAreCheckedAndBanded() throws {
        let score = try Scales.sum.score(total: 6)
        #expect(score.band == "many" && score.flags.isEmpty && score.notes == ["d>=2 cannot be told: only the total was entered"])
        for bad in [-1, 12.5, 13, .nan, .infinity] {
            #expect(try #require(throws: Diagnostic.self) { try Scales.sum.score(total: bad) }.code == "score.range")
        }
        #expect(try Scales.percent.score(total: 12.5).total == 12.5)
        for scale in [Scales.triage, Scales.profile, Scales.listed] {
            #expect(try #require(throws: Diagnostic.self) { try scale.score(total: 1) }.code == "score.unscored")
        }
    }

    @Test func takesTheHighestOfEachDomain() throws {
        let score = try Scales.domains.score(.ordered([1, 3, 2, 0]))
        #expect(score.total == 5 && score.domains.map(\.id) == ["first", "second"] && score.domains.map(\.value) == [3, 2])
        #expect(score.json["domains"] == ["first": 3, "second": 2])
        #expect(try Scales.domains.score(.ordered([nil, 3, 2, 0])).total == 5)
        for answers: [Double?] in [[nil, nil, 2, 0], [1, 3, nil, 3]] {
            #expect(try #require(throws: Diagnostic.self) { try Scales.domains.score(.ordered(answers)) }.code == "score.missing")
        }
    }

    /// wish, gate, inner, ever, recent: the level, or nil where what is missing could raise it.
    @Test(
        arguments: [
            ([0, 0, 0, 0, 0], "none"), ([1, 0, 0, 0, 0], "low"), ([0, 1, 0, 0, 0], "low"), ([0, 0, 0, 1, 0], "moderate"), ([1, 1, 1, 0, 0], "high"),
            ([0, 0, 0, 1, 1], "high"), ([0, 0, nil, 0, nil], "none"), ([1, 0, nil, 0], "low"), ([0, 0, nil, 1], "moderate"), ([nil, nil, 1, nil, nil], "high"),
            ([nil, 0, nil, 1, 0], "moderate"), ([1, 1, nil, 0, 0], nil), ([1, nil, nil, 0, 0], nil), ([nil, 0, nil, 0, 0], nil), ([1, 0, nil, nil, nil], nil),
        ] as [([Double?], String?)])
    func triageIsNeverTooLow(answers: [Double?], level: String?) throws {
        guard let level else {
            #expect(try #require(throws: Diagnostic.self) { try Scales.triage.score(.ordered(answers)) }.code == "score.missing")
            return
        }
        let score = try Scales.triage.score(.ordered(answers))
        #expect(score.level == level && score.band == level && score.suicideRiskLevel == level && score.total == nil)
        #expect(score.json["total"] == .null && score.json["level"] == .string(level))
        #expect(score.notes.contains("a floor") == (answers == [0, 0, nil, 1]))
        #expect(score.notes.contains("act") == (level == "moderate"))
    }

    @Test func profilesPercentsAndEntries() throws {
        #expect(try Scales.profile.score(.ordered([2, 1])).json["profile"] == "21")
        #expect(try Scales.profile.score(.ordered([2, 1, 70])).profile == "21")
        #expect(throws: Diagnostic.self) { try Scales.profile.score(.ordered([nil, 1])) }
        #expect(try Scales.percent.score(.ordered([3, 3])).total == 50)
        #expect(try Scales.percent.score(.ordered([1, 2])).total == 12.5)
        #expect(try Scales.entry.score(total: 25, context: ScoreContext(educationYears: 12)).total == 26)
        #expect(try Scales.entry.score(total: 25, context: ScoreContext(educationYears: 13)).total == 25)
        #expect(try Scales.entry.score(total: 30, context: ScoreContext(educationYears: 8)).total == 30)
        #expect(try #require(throws: Diagnostic.self) { try Scales.entry.score(.ordered([1])) }.expected == "its total")
        #expect(try #require(throws: Diagnostic.self) { try Scales.listed.score(.ordered([1])) }.expected == "another instrument")
    }

    @Test func sexDecidesTheCut() throws {
        #expect(try Scales.sexed.score(.ordered([3]), context: ScoreContext(sex: "male")).flags == [])
        #expect(try Scales.sexed.score(.ordered([3]), context: ScoreContext(sex: "female")).flags == ["total>=3"])
        let unknown = try Scales.sexed.score(.ordered([4]))
        #expect(unknown.flags == ["total>=4", "total>=3"] && unknown.notes == ["sex not given: the lower cut was used"])
    }

    @Test func namesTheFlagsThatAskForAScreener() throws {
        #expect(Scales.sum.suicideSignals(in: try Scales.sum.score(.ordered([3, 0, 3, 2]))) == ["d>=2"])
        #expect(Scales.sum.suicideSignals(in: try Scales.sum.score(.ordered([3, 0, 3, 1]))) == [])
    }
}
