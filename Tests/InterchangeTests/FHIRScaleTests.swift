import Chart
import Notation
import Testing

@testable import Interchange

@Suite("FHIR rating scales")
struct FHIRScaleTests {
    static func item(_ loinc: String, _ value: Int) -> String { #"{"linkId":"/\#(loinc)","answer":[{"valueInteger":\#(value)}]}"# }

    static func response(
        _ items: [String], id: String = "q", status: String = "completed", questionnaire: String = "http://x/q", more: String = ""
    ) -> String {
        #"{"resourceType":"QuestionnaireResponse","id":"\#(id)","status":"\#(status)","questionnaire":"\#(questionnaire)",SUBJECT,"authored":"2024-03-04T08:40:00Z"\#(more),"item":[\#(items.joined(separator: ","))]}"#
    }

    static func observation(_ loinc: String, _ value: Int?, id: String? = nil, more: String = "", time: String = "2024-03-04T08:40:00Z")
        -> String
    {
        let answer = value.map { #","valueInteger":\#($0)"# } ?? ""
        return
            #"{"resourceType":"Observation","id":"\#(id ?? loinc)","status":"final",SUBJECT,"code":{"coding":[{"system":"http://loinc.org","code":"\#(loinc)"}]},"effectiveDateTime":"\#(time)"\#(answer)\#(more)}"#
    }

    static let published = [2, 2, 2, 2, 1, 1, 2, 0, 0]
    static var phq9: [String] { zip(FHIRSample.phq9, published).map { item($0, $1) } }
    static var loose: [String] { zip(FHIRSample.phq9, published).map { observation($0, $1) } }
    static let answers: JSONValue = [2, 2, 2, 2, 1, 1, 2, 0, 0]

    /// Reads a list, which the variadic helper cannot take.
    static func read(_ resources: [String]) throws -> SourceReading {
        let entries = ([FHIRSample.patient] + resources).map {
            #"{"resource":\#($0.replacing("SUBJECT", with: #""subject":{"reference":"Patient/p1"}"#))}"#
        }
        let json = try JSONReader.read(#"{"resourceType":"Bundle","entry":[\#(entries.joined(separator: ","))]}"#)
        let reading = try FHIRReader.read(json, vocabulary: FHIRSample.vocabulary())
        try FHIRSample.expectSound(reading)
        return reading
    }

    @Test func missingItemsAreNullAndTheBestFitWins() throws {
        let reading = try Self.read([Self.response(Array(Self.phq9.dropLast(2)) + [#"{"linkId":"44253-3"}"#])])
        #expect(reading.statements.first?["answers"] == [2, 2, 2, 2, 1, 1, 2, .null, .null])
    }

    @Test func twoInstrumentsInOneResponse() throws {
        let reading = try Self.read([Self.response(Self.phq9 + FHIRSample.gad7.map { Self.item($0, 1) })])
        #expect(Set(reading.statements.map { $0["instrument"]?.string }) == ["PHQ-9", "GAD-7"])
    }

    @Test func aPHQ2IsNotAPHQ9() throws {
        let reading = try Self.read([Self.response(Array(Self.phq9.prefix(2)))])
        #expect(reading.statements.isEmpty)
        #expect(reading.omitted("QuestionnaireResponse", "questionnaire http://x/q") == "too few answers of a known instrument")
        let named = try Self.read([Self.response(Array(Self.phq9.prefix(2)), questionnaire: "http://loinc.org/q/44249-1")])
        #expect(named.statements.first?["answers"] == [2, 2, .null, .null, .null, .null, .null, .null, .null])
    }

    @Test func otherResponses() throws {
        #expect(
            try Self.read([Self.response(Self.phq9, status: "in-progress")]).omitted("QuestionnaireResponse", "questionnaire http://x/q")
                == "in progress")
        #expect(
            try Self.read([Self.response([#"{"linkId":"1","text":"?"}"#])]).omitted("QuestionnaireResponse", "questionnaire http://x/q")
                == "no item of a known instrument")
    }

    @Test(arguments: [
        #"{"valueCoding":{"code":"LA0-0"}}"#, #"{"valueBoolean":true}"#, #"{"valueString":"often"}"#, #"{"valueReference":{}}"#,
        #"{"valueInteger":"2"}"#,
        #"{"valueInteger":1},{"valueInteger":2}"#,
    ])
    func noAnswers(_ answer: String) {
        let items = Array(Self.phq9.dropFirst()) + [#"{"linkId":"44250-9","answer":[\#(answer)]}"#]
        #expect(FHIRSample.refusal(Self.response(items)) != nil)
    }

    @Test func definitionsAndTotals() throws {
        let defined = zip(FHIRSample.phq9, Self.published).map {
            #"{"linkId":"q","definition":"http://loinc.org/rdf/\#($0)","answer":[{"valueInteger":\#($1)}]}"#
        }
        let reading = try Self.read([Self.response(defined + [Self.item("44261-6", 12)])])
        #expect(reading.statements.first?["answers"] == Self.answers)
        #expect(reading.warnings.isEmpty)
        let wrong = try Self.read([Self.response(Self.phq9 + [Self.item("44261-6", 27)])])
        #expect(wrong.statements.first?["answers"] == Self.answers)
        #expect(wrong.warnings.map(\.code) == ["fhir.total"])
        let alone = try Self.read([Self.response([Self.item("44261-6", 27)])])
        #expect(alone.statements.first?["total"] == 27)
        #expect(FHIRSample.refusal(Self.response(Self.phq9 + [Self.phq9[0]]))?.code == "fhir.answer")
    }

    @Test func totalsAlone() throws {
        let reading = try Self.read([Self.observation("44261-6", 21, time: "2024-03-04")])
        #expect(reading.statements.first?["total"] == 21)
        #expect(reading.statements.first?["answers"] == nil)
        #expect(reading.statements.first?["time"] == "2024-03-04")
        let text = try Self.read([Self.observation("44261-6", nil, more: #","valueString":"12""#)])
        #expect(text.statements.first?["total"] == 12)
        #expect(text.warnings.map(\.code) == ["fhir.total_text"])
        #expect(FHIRSample.refusal(Self.observation("44261-6", nil, more: #","valueString":"high""#))?.code == "fhir.answer")
    }

    /// The ways one PHQ-9 arrives, after the US Core examples; each gives the same answers once.
    @Test func onePHQ9InFourForms() throws {
        let members = (FHIRSample.phq9 + ["44261-6"]).map { #"{"reference":"Observation/\#($0)"}"# }.joined(separator: ",")
        let panel = Self.observation("44249-1", nil, id: "panel", more: #","hasMember":[\#(members)]"#)
        let components = zip(FHIRSample.phq9, Self.published)
            .map { #"{"code":{"coding":[{"system":"http://loinc.org","code":"\#($0)"}]},"valueInteger":\#($1)}"# }.joined(separator: ",")
        let derived = Self.loose.map {
            $0.replacing(#""status""#, with: #""derivedFrom":[{"reference":"QuestionnaireResponse/q"}],"status""#)
        }
        let forms: [(String, [String], id: String)] = [
            ("loose", Self.loose + [Self.observation("44261-6", 12)], "Observation/44250-9#PHQ-9"),
            ("panel", [panel] + Self.loose + [Self.observation("44261-6", 12)], "Observation/panel"),
            ("components", [Self.observation("44249-1", 12, id: "panel", more: #","component":[\#(components)]"#)], "Observation/panel"),
            ("derived", derived + [Self.response(Self.phq9)], "QuestionnaireResponse/q"),
        ]
        for (name, resources, id) in forms {
            let reading = try Self.read(resources)
            #expect(reading.statements.map { $0["id"] } == [.string(id)], "\(name)")
            #expect(reading.statements.first?["answers"] == Self.answers, "\(name)")
            #expect(reading.warnings.isEmpty, "\(name)")
        }
    }

    @Test func answersAtTwoTimesOrTwiceAtOne() throws {
        let later = zip(FHIRSample.phq9, Self.published).map { Self.observation($0, $1, id: "later-\($0)", time: "2024-03-11T08:40:00Z") }
        #expect(try Self.read(Self.loose + later).statements.count == 2)
        let twice = try Self.read(Self.loose + [Self.observation("44260-8", 3, id: "again")])
        #expect(twice.statements.first?["answers"] == [2, 2, 2, 2, 1, 1, 2, 0, .null])
        #expect(twice.warnings.map(\.code) == ["fhir.answers"])
        let contradicted = try Self.read(Self.loose + [Self.observation("44261-6", 20)])
        #expect(contradicted.warnings.map(\.code) == ["fhir.total"])
        #expect(contradicted.statements.count == 1)
    }

    // MARK: Properties

    /// A bundle of every kind of resource, its entries in the order `seed` gives.
    static func shuffled(_ seed: UInt64) throws -> JSONValue {
        var random = SplitMix(state: seed)
        let more =
            loose + [
                response(phq9, id: "q2", more: #","source":{"reference":"Patient/p1"}"#), observation("44261-6", 12),
                observation("70274-6", 9),
            ]
        let extra = try more.map {
            try JSONReader.read(#"{"resource":\#($0.replacing("SUBJECT", with: #""subject":{"reference":"Patient/p1"}"#))}"#)
        }
        let entries = (try FHIRSample.fixture()["entry"]?.array ?? []) + extra
        return ["resourceType": "Bundle", "entry": .array(seed == 0 ? entries : entries.shuffled(using: &random))]
    }

    @Test(arguments: UInt64(1)...40)
    func orderOfEntriesDoesNotMatter(_ seed: UInt64) throws {
        let vocabulary = try FHIRSample.vocabulary()
        let (ordered, shuffled) = (
            try FHIRReader.read(try Self.shuffled(0), vocabulary: vocabulary),
            try FHIRReader.read(try Self.shuffled(seed), vocabulary: vocabulary)
        )
        let texts = { (reading: SourceReading) in reading.drafts.map { JSONValue.object($0.json).canonical }.sorted() }
        #expect(texts(shuffled) == texts(ordered), "seed \(seed)")
        #expect(shuffled.account == ordered.account, "seed \(seed)")
        #expect(Set(shuffled.warnings.map(\.code)) == Set(ordered.warnings.map(\.code)), "seed \(seed)")
    }

    /// Each entry is counted, and of each type as many left a draft or an omission.
    @Test(arguments: UInt64(1)...10)
    func everyEntryIsAccountedFor(_ seed: UInt64) throws {
        let bundle = try Self.shuffled(seed)
        let entries = bundle["entry"]?.array ?? []
        let reading = try FHIRReader.read(bundle, vocabulary: FHIRSample.vocabulary())
        #expect(reading.account.records.values.reduce(0, +) == entries.count)
        var stated: [String: Set<String>] = [:]
        for draft in reading.drafts {
            stated[String(draft.json["source"]?.string?.dropFirst("FHIR ".count) ?? ""), default: []].insert(draft.place.path ?? "")
        }
        for (type, count) in reading.account.records {
            let omitted = reading.account.omissions.filter { $0.key.kind == type && !$0.key.about.hasPrefix("contained in") }.values.reduce(
                0, +)
            #expect(omitted + (stated[type]?.count ?? 0) == count, "\(type), seed \(seed)")
        }
    }
}

/// SplitMix64, so that a failing seed replays.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
