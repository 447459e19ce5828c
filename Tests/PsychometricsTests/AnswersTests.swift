import Notation
import Psychometrics
import Testing

@Suite struct AnswersTests {
    @Test(arguments: [
        ("3,NA,0", Answers.ordered([3, nil, 0])), ("a=,b=1", .named([("a", nil), ("b", 1)])), (" 3 , na ,, 1 ", .ordered([3, nil, nil, 1])),
        ("a=3,b=NA", .named([("a", 3), ("b", nil)])),
    ])
    func reads(text: String, answers: Answers) throws { #expect(try Answers(parsing: text) == answers) }

    @Test(arguments: ["x", "1,2,x", "a=1,2", "=1", "a=1=2", "inf", "1,nan"])
    func refuses(text: String) throws {
        #expect(try #require(throws: Diagnostic.self) { try Answers(parsing: text) }.code == "score.answers")
    }

    @Test func readsJSON() throws {
        #expect(try Answers(json: [3, .null, "NA", "2"]) == .ordered([3, nil, nil, 2]))
        #expect(try Answers(json: ["a": 3, "b": .null]) == .named([("a", 3), ("b", nil)]))
        #expect(try Answers(json: [true, "no", "Y"]) == Answers(parsing: "yes,n,TRUE"))
        for bad: JSONValue in ["text", 3, [["nested"]], ["a": ["b": 1]], .array([.number("1e999")])] {
            #expect(try #require(throws: Diagnostic.self) { try Answers(json: bad) }.code == "score.answers")
        }
    }

    /// A yes is no score of a four-point item.
    @Test func yesAndNoFitOnlyItemsAskedSo() throws {
        #expect(try Scales.triage.score(Answers(parsing: "yes,no,NA,n,NA")).level == "low")
        #expect(try #require(throws: Diagnostic.self) { try Scales.sum.score(Answers(parsing: "yes,1,1,1")) }.code == "score.range")
    }

    @Test(arguments: ["n3=1,n22=4", "22=4,3=1", "item3=1,Q22=4", "N22=4,q3=1"])
    func itemsGoByIdOrByTheirNumberOnTheForm(text: String) throws {
        #expect(try Scales.numbered.score(Answers(parsing: text)) == Scales.numbered.score(.ordered([1, 4])))
    }

    @Test(arguments: [
        ("1,1,1", "score.count", "4: a, b, c, d"), ("1,1,1,1,1", "score.count", "4: a, b, c, d"), ("1,1,1,4", "score.range", "a whole number, 0 to 3"),
        ("1,1,1,-1", "score.range", "a whole number, 0 to 3"), ("1,1,1,1.5", "score.range", "a whole number, 0 to 3"), ("a=1,e=1", "score.item", "a, b, c, d"),
        ("a=1,item1=1", "score.item", "each item once"), ("1,NA,NA,1", "score.missing", "at most 1 missing"),
    ])
    func saysWhatIsWrong(text: String, code: String, expected: String) throws {
        let error = try #require(throws: Diagnostic.self) { try Scales.sum.score(Answers(parsing: text)) }
        #expect(error.code == code)
        #expect(error.expected == expected)
        #expect(error.place.path == "SUM")
        if code == "score.range" { #expect(error.problem == "the answer to item 4 (item d) is out of range") }
    }
}
