import Chart
import Demonstration
import Guidance
import Interchange
import Knowledge
import Notation
import Psychometrics
import Testing

private let now = Instant(milliseconds: 1_795_435_200_000)  // 2026-11-23T12:00:00Z
private let knowledge = Result { try KnowledgeBase.shipped() }

private func plan(
    _ text: String, _ format: ChartFormat = .ndjson, existing: ImportPlanner.Existing = .none
) throws -> ImportPlan {
    try ChartFile.plan(Array(text.utf8), name: "file", format: format, knowledge: try knowledge.get(), now: now, existing: existing)
}

private let person = #"{"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}"# + "\n"

@Suite struct NDJSONImportTests {
    @Test func factsWithoutPatientBelongToTheOnlyOne() throws {
        let plan = try plan(#"{"type":"therapy","time":"2024-03-05T15:00:00Z","modality":"CBT"}"# + "\n\n" + person)
        #expect(plan.patients == ["p1"])
        #expect(plan.entries.map(\.patient) == ["p1", "p1"])
        #expect(Set(plan.entries.map(\.kind)) == [.patient, .therapy])
    }

    @Test func contentGivesTheIdentityOfAFactWithoutOne() throws {
        let line = #"{"type":"therapy","time":"2024-03-05T15:00:00Z","modality":"CBT"}"# + "\n"
        let once = try plan(person + line)
        let twice = try plan(person + line + #"{"modality":"CBT","time":"2024-03-05T15:00:00Z","type":"therapy"}"#)
        #expect(twice.repeated == 1)
        #expect(twice.entries.map(\.fact) == once.entries.map(\.fact))
        #expect(twice.entries.map(\.payload) == once.entries.map(\.payload))
    }

    /// Two devices may be opened in one minute; a repeated score, diagnosis or blood pressure is one.
    @Test func aDoseStatedAgainIsAnotherDose() throws {
        let dose =
            #"{"type":"administration","time":"2024-03-04T09:00:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg","session":"s1"}"# + "\n"
        let pressure = #"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"mm[Hg]"}"# + "\n"
        let once = try plan(person + dose)
        let twice = try plan(person + dose + pressure + pressure + dose)
        #expect(twice.entries.count { $0.kind == .administration } == 2 && twice.entries.count { $0.kind == .measurement } == 1)
        #expect(twice.repeated == 1 && twice.repeatedEvents == 1)
        #expect(Set(once.entries.map(\.fact)).isSubset(of: twice.entries.map(\.fact)))
        #expect(try plan(person + dose + pressure + dose).entries.map(\.fact).sorted() == twice.entries.map(\.fact).sorted())
        #expect(ImportReport(plan: twice, added: 4, unchanged: 0).text.contains("1 line repeats another word for word; kept as separate"))
        #expect(try twice.charts().first?.facts.count { $0.kind == .administration } == 2)
    }

    /// A file read twice, or a fact that stands in two files, is one; the same id for something else is refused.
    @Test func severalFilesMakeOneChart() throws {
        let dose = #"{"type":"administration","id":"d","patient":"p1","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"oral","dose":35,"unit":"mg"}"#
        let file = try plan(person + dose)
        #expect(try [file, file].charts() == file.charts())
        let correction = try plan(dose.replacing(#""d""#, with: #""e","supersedes":"d""#))
        let charts = try [file, correction].charts()
        #expect(charts.count == 1 && charts.first?.view(asOf: now).administrations.map(\.id) == ["e"])
        #expect(throws: Diagnostic.self) { try [file, plan(dose.replacing("35", with: "36"))].charts() }
    }

    @Test func unknownKeysAreKeptAndCounted() throws {
        let plan = try plan(person + #"{"type":"therapy","time":"2024-03-05","modality":"CBT","room":4.10}"#)
        #expect(plan.unknownKeys == ["therapy.room": 1])
        #expect(plan.entries.last?.payload.contains(#""room":4.10"#) == true)
    }

    /// One clear refusal each: the code and the line.
    @Test(arguments: [
        (#"{"type":"therapy","time":"2024-03-05","modality":"CBT""#, "json.truncated", 2),
        (#"["therapy"]"#, "fact.shape", 2),
        (#"{"type":"therapy","id":"p1","time":"2024-03-05","modality":"CBT"}"#, "import.duplicate", 2),
        (#"{"type":"therapy","time":"1979-03-30","modality":"CBT"}"#, "fact.before_birth", 2),
        (#"{"type":"diagnosis","time":"2024-01-01","name":"MDD","episode_start":"1970-01-01"}"#, "fact.before_birth", 2),
        (#"{"type":"therapy","time":"2026-11-23T12:11:00Z","modality":"CBT"}"#, "fact.future", 2),
        (#"{"type":"therapy","time":"2026-11-25","modality":"CBT"}"#, "fact.future", 2),
        (#"{"type":"patient","id":"p1b","patient":"p1","birth_date":"2027-01-01"}"#, "fact.future", 2),
        (#"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"kg"}"#, "metric.unit", 2),
        (#"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":1280,"unit":"mm[Hg]"}"#, "metric.range", 2),
        (#"{"type":"assessment","time":"2024-03-04","instrument":"PHQ-99","total":3}"#, "fact.instrument", 2),
        (#"{"type":"assessment","time":"2024-03-04","instrument":"PHQ-9","total":28}"#, "score.range", 2),
        (#"{"type":"assessment","time":"2024-03-04","instrument":"PHQ-9","answers":[0,0,0,0,0,0,0,0,4]}"#, "score.range", 2),
        (#"{"type":"assessment","time":"2024-03-04","instrument":"PHQ-9","answers":[1,1,1,1,1,1,1,1,1],"total":10}"#, "score.mismatch", 2),
        (#"{"type":"therapy","time":"2024-03-05","modality":"CBT","recorded":"2024-03-01T00:00:00Z","id":"x"}"#, "", 0),
        (#"{"type":"therapy","time":"2024-03-05T15:00:00Z","modality":"CBT","recorded":"2024-03-05T14:00:00Z"}"#, "fact.recorded", 2),
    ])
    func refuses(line: String, code: String, number: Int) throws {
        guard !code.isEmpty else {
            #expect(try plan(person + line).entries.count == 2)
            return
        }
        let error = try #require(throws: Diagnostic.self) { try plan(person + line) }
        #expect(error.code == code)
        #expect(error.place.line == number)
        #expect(!"\(error)".contains("\n"))
    }

    @Test func severalPatientsMustBeNamed() throws {
        let other = #"{"type":"patient","id":"p2"}"# + "\n"
        let fact = #"{"type":"therapy","time":"2024-03-05","modality":"CBT"}"#
        let error = try #require(throws: Diagnostic.self) { try plan(person + other + fact) }
        #expect(error.code == "fact.patient")
        let named = try plan(person + other + fact.replacing("}", with: #","patient":"p2"}"#))
        #expect(named.entries.last?.patient == "p2")
    }

    @Test func birthDateOfTheStoreCounts() throws {
        let existing = ImportPlanner.Existing(hasPatient: { _ in true }, hasFact: { _, _ in false }, birthDate: { _ in Day("1990-01-01") })
        let early = #"{"type":"therapy","patient":"p1","time":"1989-12-01","modality":"CBT"}"#
        let error = try #require(throws: Diagnostic.self) { try plan(early, existing: existing) }
        #expect(error.code == "fact.before_birth")
    }

    @Test func correctedBirthDateCounts() throws {
        let correction = #"{"type":"patient","id":"p1b","patient":"p1","birth_date":"1969-04-02","supersedes":"p1","recorded":"2024-01-01T00:00:00Z"}"#
        let plan = try plan(person + correction + "\n" + #"{"type":"therapy","time":"1975-03-30","modality":"play","patient":"p1"}"#)
        #expect(plan.entries.count == 3)
    }

    @Test func circlesOfSupersessionAreRefused() throws {
        let a = #"{"type":"therapy","id":"a","time":"2024-03-05","modality":"CBT","supersedes":"b"}"# + "\n"
        let b = #"{"type":"therapy","id":"b","time":"2024-03-05","modality":"IPT","supersedes":"a"}"#
        let error = try #require(throws: Diagnostic.self) { try plan(person + a + b) }
        #expect(error.code == "fact.supersedes")
        let dangling = try plan(person + a)
        #expect(dangling.warnings.map(\.code) == ["fact.supersedes"])
    }

    @Test func emptyFilesHoldNothing() throws {
        for text in ["", "\n \n"] {
            let error = try #require(throws: Diagnostic.self) { try plan(text) }
            #expect(error.code == "import.empty")
        }
    }
}

@Suite struct CSVImportTests {
    @Test func totalsAndItems() throws {
        let totals = try plan("patient,time,instrument,total\np1,2024-03-04,PHQ-9,20\np2,2024-03-04T09:00:00Z,madrs,34\n", .csv)
        #expect(totals.patients == ["p1", "p2"])
        #expect(totals.warnings.map(\.code) == ["import.no_patient"])
        let items = try plan("patient,time,instrument,item1,item2,item3,item4,item5,item6,item7,item8,item9\np1,2024-03-04,PHQ-9,3,3,2,3,2,3,2,NA,1\n", .csv)
        let chart = try #require(try items.charts().first)
        let assessment = try #require(chart.view(asOf: now).assessments.first?.body)
        let instrument = try #require(try knowledge.get().instruments.named("PHQ-9"))
        // 19 over eight answers, prorated to nine.
        #expect(try assessment.score(with: instrument, at: Place()).total == 21)
    }

    @Test(arguments: [
        ("patient,instrument,total\np1,PHQ-9,3", "csv.column", 1), ("patient,time,instrument,total\np1,2024-03-04,PHQ-9", "csv.row", 2),
        ("patient,time,instrument,total\np1,2024-03-04,PHQ-9,three", "csv.number", 2),
        ("patient,time,instrument,total\np1,2024-03-04,Mood,3", "csv.instrument", 2),
        ("patient,time,instrument,total\np1,04/03/2024,PHQ-9,3", "fact.time", 2), ("patient,time,instrument,total\np1,2024-03-04,PHQ-9,99", "score.range", 2),
        ("patient,time,instrument,total,total\np1,2024-03-04,PHQ-9,3,3", "csv.column", 1),
        ("patient,time,instrument,total\n,2024-03-04,PHQ-9,3", "fact.patient", 2),
        ("patient,time,instrument,total\np1,2024-03-04,PHQ-9,", "fact.answers", 2),
    ])
    func refuses(text: String, code: String, line: Int) throws {
        let error = try #require(throws: Diagnostic.self) { try plan(text, .csv) }
        #expect(error.code == code)
        #expect(error.place.line == line)
    }
}

@Suite struct BundleImportTests {
    /// The real bundles that ship with the demonstration: every resource is in the report, and each chart can be judged.
    @Test func everyResourceIsAccountedFor() throws {
        for (name, bytes) in try DemonstrationBundles.all() {
            let bundle = try JSONReader.read(bytes)
            let entries = try #require(bundle["entry"]?.array)
            let plan = try ChartFile.plan(bytes, name: name, format: .fhir, knowledge: try knowledge.get(), now: now)
            #expect(plan.account.records.values.reduce(0, +) == entries.count)
            #expect(plan.patients.count == 1)
            let chart = try #require(try plan.charts().first)
            let review = Review(of: chart, asOf: now, jurisdiction: .us, knowledge: try knowledge.get()).json
            #expect(review["patient"]?.string == plan.patients.first)
            #expect(review["trd"]?["trials"]?.array?.isEmpty == false)
        }
    }
}
