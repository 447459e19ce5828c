import Chart
import Notation
import Testing

/// A fact from JSON, with patient `p` and the given id.
func fact(_ id: String, _ json: String) throws -> Fact {
    var object = try #require(try JSONReader.read(json).object)
    object["id"] = .string(id)
    object["patient"] = "p"
    return try Fact.read(.object(object)).fact
}

func instant(_ text: String) throws -> Instant { try #require(Moment(text)).instant }

@Suite struct FactReadingTests {
    /// One line per kind, each with one member wrong: the diagnostic names it.
    @Test(arguments: [
        (#"{"type":"patient","birth_date":"1979-02-30"}"#, "fact.birth_date"), (#"{"type":"patient","birth_date":1979}"#, "fact.birth_date"),
        (#"{"type":"patient","sex":"F"}"#, "fact.sex"), (#"{"type":"diagnosis","time":"2024-03-01"}"#, "fact.code"),
        (#"{"type":"diagnosis","time":"2024-03-01","code":{"system":"ICD-10-CM"}}"#, "fact.code"),
        (#"{"type":"treatment_trial"}"#, "fact.treatment"), (#"{"type":"treatment_trial","treatment":"x","dose_mg_per_day":"150"}"#, "fact.dose_mg_per_day"),
        (#"{"type":"treatment_trial","treatment":"x","start":"2024-02-01","end":"2024-01-01"}"#, "fact.end"),
        (#"{"type":"treatment_trial","treatment":"x","adherence":1.2}"#, "fact.adherence"),
        (#"{"type":"measurement","time":"2024-03-04","metric":"sbp","value":1,"unit":"mm[Hg]"}"#, "fact.time"),
        (#"{"type":"measurement","time":"2024-03-04T08:55:00","metric":"sbp","value":1,"unit":"mm[Hg]"}"#, "fact.time"),
        (#"{"type":"override","time":"2024-03-04T08:55:00Z","rule":"PR-03","reason":"x"}"#, "fact.author"),
        (#"{"type":"override","time":"2024-03-04T08:55:00Z","rule":"PR-03","author":"dr"}"#, "fact.reason"),
        (#"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"Torr"}"#, "fact.unit"),
        (#"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":[1],"unit":"mm[Hg]"}"#, "fact.value"),
        (#"{"type":"assessment","time":"2024-03-04","instrument":"PHQ-9"}"#, "fact.answers"),
        (#"{"type":"administration","time":"2024-03-04T09:00:00Z","drug":"propofol","route":"oral","dose":1,"unit":"mg"}"#, "fact.drug"),
        (#"{"type":"administration","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"iv","dose":1,"unit":"mg"}"#, "fact.route"),
        (#"{"type":"administration","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"oral","dose":0,"unit":"mg"}"#, "fact.dose"),
        (#"{"type":"administration","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"oral","dose":1,"unit":"mL"}"#, "fact.unit"),
        (#"{"type":"adverse_event","onset":"2024-03-04T09:00:00Z","term":"  "}"#, "fact.term"),
        (#"{"type":"note","time":"2024-03-04","text":"slept well"}"#, "fact.author"), (#"{"type":"note","time":"2024-03-04","author":"dr"}"#, "fact.text"),
        (#"{"type":"signature","time":"2024-03-04T09:00:00Z","of":["a"],"meaning":"mine"}"#, "fact.author"),
        (#"{"type":"signature","time":"2024-03-04T09:00:00Z","of":[],"meaning":"mine","author":"dr"}"#, "fact.of"),
        (#"{"type":"signature","time":"2024-03-04T09:00:00Z","of":["a",7],"meaning":"mine","author":"dr"}"#, "fact.of"),
        (#"{"type":"signature","time":"2024-03-04T09:00:00Z","of":["a","a"],"meaning":"mine","author":"dr"}"#, "fact.of"),
        (#"{"type":"signature","time":"2024-03-04T09:00:00Z","of":"a","meaning":"mine","author":"dr"}"#, "fact.of"),
        (#"{"type":"signature","time":"2024-03-04","of":["a"],"meaning":"mine","author":"dr"}"#, "fact.time"),
        (#"{"type":"retraction","recorded":"2024-03-04T09:00:00Z"}"#, "fact.supersedes"),
        (#"{"type":"wish"}"#, "fact.type"), (#"{"type":7}"#, "fact.type"),
        (#"{"type":"therapy","time":"2024-03-04","modality":"CBT","supersedes":"f"}"#, "fact.supersedes"),
    ])
    func names(json: String, code: String) throws {
        let error = try #require(throws: Diagnostic.self) { try fact("f", json) }
        #expect(error.code == code)
    }

    /// A database ends a text at NUL, a terminal obeys an escape: neither may stand in what identifies a fact.
    @Test(arguments: ["a\u{0}b", "a\u{1B}[31m", "a\nb", String(repeating: "x", count: 201)])
    func identifiersArePlain(id: String) throws {
        for key in ["id", "patient", "supersedes"] {
            var object: JSONObject = ["type": "therapy", "id": "t", "patient": "p", "time": "2024-03-05", "modality": "CBT"]
            object[key] = .string(id)
            let error = try #require(throws: Diagnostic.self) { try Fact.read(.object(object)) }
            #expect(error.code == "fact.\(key)")
        }
    }

    @Test func unknownKeysAreReported() throws {
        let json = try JSONReader.read(#"{"type":"therapy","id":"t","patient":"p","time":"2024-03-05","modality":"CBT","room":"4","mood":{"x":1}}"#)
        #expect(try Fact.read(json).unknownKeys == ["room", "mood"])
    }
}

@Suite struct ViewTests {
    let original = #"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"mm[Hg]"}"#

    @Test func orderOfArrivalDoesNotMatter() throws {
        var facts = [try fact("a", original), try fact("b", original)]
        facts.append(try fact("c", #"{"type":"therapy","time":"2024-03-03","modality":"CBT"}"#))
        facts.append(try fact("d", #"{"type":"patient","birth_date":"1979-04-02"}"#))
        let straight = try Chart(patient: "p", facts: facts)
        var appended = Chart(patient: "p")
        for fact in facts.reversed() { try appended.append(fact) }
        #expect(straight == appended)
        #expect(straight.facts.map(\.id) == ["d", "c", "a", "b"])
    }

    @Test func sameFactTwiceIsOneAndOtherContentIsRefused() throws {
        var chart = try Chart(patient: "p", facts: [try fact("a", original)])
        try chart.append(try fact("a", original))
        #expect(chart.facts.count == 1)
        let changed = try fact("a", original.replacing("128", with: "129"))
        let error = try #require(throws: Diagnostic.self) { try chart.append(changed) }
        #expect(error.code == "chart.duplicate")
    }

    @Test func correctionCountsFromWhenItWasRecorded() throws {
        let correction = original.replacing("128", with: "182").replacing("}", with: #","supersedes":"a","recorded":"2024-03-05T10:00:00Z"}"#)
        let chart = try Chart(patient: "p", facts: [try fact("a", original), try fact("b", correction)])
        #expect(chart.view(asOf: try instant("2024-03-04T08:54:59Z")).measurements.isEmpty)
        #expect(chart.view(asOf: try instant("2024-03-04T12:00:00Z")).measurements.map(\.id) == ["a"])
        #expect(chart.view(asOf: try instant("2024-03-05T10:00:00Z")).measurements.map(\.id) == ["b"])
    }

    @Test func lateRecordIsUnknownBeforeItIsRecorded() throws {
        let late = original.replacing("}", with: #","recorded":"2024-03-09T10:00:00Z"}"#)
        let chart = try Chart(patient: "p", facts: [try fact("a", late)])
        #expect(chart.view(asOf: try instant("2024-03-05T00:00:00Z")).measurements.isEmpty)
        #expect(chart.view(asOf: try instant("2024-03-10T00:00:00Z")).measurements.count == 1)
    }

    @Test func retractionWithdraws() throws {
        let chart = try Chart(
            patient: "p", facts: [try fact("a", original), try fact("r", #"{"type":"retraction","supersedes":"a","recorded":"2024-03-05T00:00:00Z"}"#)])
        #expect(chart.view(asOf: try instant("2024-03-04T23:00:00Z")).measurements.count == 1)
        #expect(chart.view(asOf: try instant("2024-03-06T00:00:00Z")).measurements.isEmpty)
    }

    @Test func endsAndOutcomesThatLieAheadAreNotKnown() throws {
        let trial = #"{"type":"treatment_trial","treatment":"sertraline","start":"2023-12-01","end":"2024-02-20","outcome":"none","stopped_for":"inefficacy"}"#
        let chart = try Chart(patient: "p", facts: [try fact("t", trial)])
        let duringView = chart.view(asOf: try instant("2024-01-15"))
        let during = try #require(duringView.treatmentTrials.first?.body)
        #expect(during.end == nil && during.outcome == nil && during.stoppedFor == nil)
        let afterView = chart.view(asOf: try instant("2024-02-20"))
        let after = try #require(afterView.treatmentTrials.first?.body)
        #expect(after.outcome == TreatmentTrial.Outcome.none)
    }
}

@Suite struct NoteTests {
    private let note = #"{"type":"note","time":"2024-03-04T09:00:00Z","author":"dr","text":"Slept well.\nMood lighter.","mood":"lighter"}"#

    private func chart(_ more: [(String, String)] = []) throws -> Chart {
        try Chart(patient: "p", facts: try [("n", note)].map { try fact($0.0, $0.1) } + more.map { try fact($0.0, $0.1) })
    }

    private func signature(_ id: String, of note: String, by author: String, at time: String = "2024-03-04T10:00:00Z") -> (String, String) {
        (id, #"{"type":"signature","time":"\#(time)","author":"\#(author)","of":["\#(note)"],"meaning":"I wrote this."}"#)
    }

    @Test func readsWhatWasWritten() throws {
        let reading = try fact("n", note)
        #expect(reading.kind == .note && reading.observed?.description == "2024-03-04T09:00:00Z")
        let chart = try chart().view(asOf: try instant("2024-03-05"))
        #expect(chart.notes.first?.body.text == "Slept well.\nMood lighter." && chart.notes.first?.body.session == nil)
        #expect(reading.summary == "Slept well. Mood lighter.")
        var object = try #require(try JSONReader.read(note).object)
        (object["id"], object["patient"]) = ("n", "p")
        #expect(try Fact.read(.object(object)).unknownKeys == ["mood"])
        let (id, json) = signature("s", of: "n", by: "dr")
        #expect(try fact(id, json).summary == "signs a fact, I wrote this.")
    }

    /// Somebody else's signature is not the author's, a signature counts from when it was given, and a corrected note is a draft again.
    @Test func aNoteIsADraftUntilItsAuthorSigns() throws {
        let later = try instant("2024-03-05")
        #expect(try chart().view(asOf: later).unsignedNotes.map(\.id) == ["n"])
        #expect(try chart([signature("s", of: "n", by: "nurse")]).view(asOf: later).unsignedNotes.map(\.id) == ["n"])
        let signed = try chart([signature("s", of: "n", by: "dr")])
        #expect(signed.view(asOf: later).unsignedNotes.isEmpty)
        #expect(signed.view(asOf: try instant("2024-03-04T09:30:00Z")).unsignedNotes.map(\.id) == ["n"])
        let correction = ("n2", note.replacing("lighter.", with: "darker.").replacing("}", with: #","supersedes":"n","recorded":"2024-03-04T12:00:00Z"}"#))
        let corrected = try chart([signature("s", of: "n", by: "dr"), correction])
        #expect(corrected.view(asOf: later).notes.map(\.id) == ["n2"])
        #expect(corrected.view(asOf: later).unsignedNotes.map(\.id) == ["n2"])
        #expect(corrected.view(asOf: try instant("2024-03-04T11:00:00Z")).unsignedNotes.isEmpty)
    }
}

@Suite struct CodeSetTests {
    let stroke = CodeSet(
        id: "stroke", title: "Stroke", codes: [.init(system: "ICD-10-CM", code: "I63*", confidence: .recalled)], names: ["stroke", "cerebral infarction"],
        unless: ["family history", "heat stroke"], confidence: .recalled, sources: [])

    @Test(arguments: [
        ("Stroke in 2019", true), ("STROKE", true), ("Heatstroke", false), ("heat stroke", false), ("Family history of stroke", false),
        ("acute cerebral-infarction", true), ("strokes", true), ("", false),
    ])
    func names(text: String, expected: Bool) { #expect(stroke.isNamed(in: text) == expected) }

    @Test func codesByPrefix() {
        #expect(stroke.contains(Code(system: "ICD-10-CM", code: "I63.9")))
        #expect(!stroke.contains(Code(system: "ICD-10-CM", code: "I64")))
        #expect(!stroke.contains(Code(system: "SNOMED CT", code: "I63.9")))
    }
}
