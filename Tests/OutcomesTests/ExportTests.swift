import Chart
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Storage
import Testing

@testable import Outcomes

@Suite struct ResearchExportTests {
    private let secret = Array("a secret that nobody can guess".utf8)

    @Test func pseudonymsAndShiftsFollowFromTheSecretAlone() throws {
        let (one, same) = try (#require(Pseudonyms(secret: secret)), #require(Pseudonyms(secret: secret)))
        let other = try #require(Pseudonyms(secret: Array(secret.reversed())))
        #expect(one.name(of: "p1") == same.name(of: "p1") && one.shift(of: "p1") == same.shift(of: "p1"))
        #expect(one.name(of: "p1") != other.name(of: "p1") && one.name(of: "p1") != one.name(of: "p2"))
        let shifts = (0..<3000).map { one.shift(of: "p\($0)") }
        #expect(!shifts.contains(0) && shifts.min() == -182 && shifts.max() == 182)
        #expect(abs(shifts.reduce(0, +)) < 3000 * 10)
        #expect(Pseudonyms(secret: Array(secret.prefix(15))) == nil)
    }

    /// No group in the export is smaller than k, and nobody is lost who need not be.
    @Test(arguments: [2, 5, 11]) func everyGroupHoldsKPeople(k: Int) {
        let people = (0..<300).map { number in
            Anonymity.Person(
                patient: "p\(number)", age: number == 7 ? 97 : 20 + number * 13 % 60, sex: number.isMultiple(of: 3) ? .male : .female,
                site: "Site \(number % 3)", product: number % 50 == 1 ? "ketamine oral" : "esketamine intranasal")
        }
        let found = Anonymity(people, k: k)
        let groups = Dictionary(grouping: found.released.values, by: \.self)
        #expect(groups.values.allSatisfy { $0.count >= k } && found.smallestGroup == groups.values.map(\.count).min())
        #expect(found.released.count + found.suppressed.count == 300 && Double(found.suppressed.count) <= 0.05 * 300)
        // Nobody of 90 or more is told by age.
        #expect(found.released.values.allSatisfy { !$0.ageBand.hasPrefix("9") || $0.ageBand == "90+" })
    }

    @Test func whoIsAloneIsLeftOut() {
        let people = (0..<40).map { Anonymity.Person(patient: "p\($0)", age: 40, sex: .female, site: "A", product: "ketamine intravenous") }
        let alone = Anonymity.Person(patient: "x", age: 40, sex: .male, site: "A", product: "ketamine intravenous")
        let found = Anonymity(people + [alone], k: 5)
        #expect(found.suppressed == ["x"] && found.released.count == 40)
        #expect(Anonymity([alone], k: 2).released.isEmpty)
    }

    private func written(_ shape: ResearchExport.Shape, _ body: (String, JSONValue) throws -> Void) throws {
        let base = try library.get().base
        let store = try Store.inMemory(identity: Array(0..<16))
        let lines = (0..<8).map { number in
            (ChartOutcomeTests.course.split(separator: "\n").map { line in
                line.hasPrefix(#"{"type":"patient""#)
                    ? line.replacingOccurrences(of: #""p1""#, with: #""Smith-\#(number)""#)
                    : line.replacingOccurrences(of: #"{"type""#, with: #"{"patient":"Smith-\#(number)","type""#)
            } + [
                #"{"type":"note","patient":"Smith-\#(number)","time":"2026-02-03","author":"dr","text":"his brother John drove him"}"#,
                #"{"type":"adverse_event","patient":"Smith-\#(number)","term":"fell on John number \#(number)","onset":"2026-02-04"}"#,
                #"{"type":"condition","patient":"Smith-\#(number)","name":"a rare disease","time":"2020-01-01"}"#,
                #"{"type":"diagnosis","patient":"Smith-\#(number)","code":{"system":"MRN of this house","code":"9900\#(number)"},"time":"2025-12-01"}"#,
                #"{"type":"diagnosis","patient":"Smith-\#(number)","code":{"system":"ICD-10-CM","code":"Q7\#(number).1"},"time":"2025-12-02"}"#,
            ]).joined(separator: "\n")
        }.joined(separator: "\n")
        let plan = try ChartFile.plan(Array(lines.utf8), name: "facts", format: .ndjson, knowledge: base, now: now)
        try store.append(at: now) { appender in for entry in plan.entries { _ = try appender.append(entry) } }
        let projection = OutcomeProjection(store: store, site: "Here", knowledge: base, jurisdiction: .us)
        try projection.refresh(at: now)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-export-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pseudonyms = try #require(Pseudonyms(secret: secret))
        let export = ResearchExport(projection: projection, knowledge: base, pseudonyms: pseudonyms, k: 5, shape: shape)
        try body(folder, try export.write(to: folder, at: now, program: "test"))
    }

    /// Columns that version 5.4 of the common data model demands (OHDSI/CommonDataModel, OMOP_CDMv5.4_Field_Level.csv, isRequired).
    private static let required: [String: [String]] = [
        "person": ["person_id", "gender_concept_id", "year_of_birth", "race_concept_id", "ethnicity_concept_id"],
        "observation_period": [
            "observation_period_id", "person_id", "observation_period_start_date", "observation_period_end_date", "period_type_concept_id",
        ],
        "visit_occurrence": ["visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date", "visit_end_date", "visit_type_concept_id"],
        "drug_exposure": [
            "drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date", "drug_type_concept_id",
        ],
        "measurement": ["measurement_id", "person_id", "measurement_concept_id", "measurement_date", "measurement_type_concept_id"],
        "condition_occurrence": [
            "condition_occurrence_id", "person_id", "condition_concept_id", "condition_start_date", "condition_type_concept_id",
        ],
        "death": ["person_id", "death_date"],
        "cdm_source": [
            "cdm_source_name", "cdm_source_abbreviation", "cdm_holder", "source_release_date", "cdm_release_date", "cdm_version_concept_id",
        ],
    ]

    @Test func whatTheCommonDataModelDemandsIsThere() throws {
        try written(.omop) { folder, _ in
            for (name, columns) in Self.required {
                for row in try table(folder, name) {
                    for column in columns { #expect(row[column]?.isEmpty == false, "\(column) of \(name)") }
                    // Source values are at most 50 characters there.
                    #expect(row.allSatisfy { !$0.key.hasSuffix("_source_value") || $0.value.count <= 50 })
                }
            }
        }
    }

    /// The common data model has nobody without a year of birth: whoever's age is not known or cannot be told is left out.
    @Test func whoseAgeCannotBeToldIsLeftOutWhereItIsDemanded() {
        let people = (0..<20).map {
            Anonymity.Person(patient: "p\($0)", age: $0 < 12 ? 40 : nil, sex: .female, site: "A", product: "ketamine intravenous")
        }
        let found = Anonymity(people, k: 5, needsAge: true)
        #expect(found.released.count == 12 && Set(found.suppressed) == Set((12..<20).map { "p\($0)" }) && found.bandYears == 5)
        #expect(found.released.values.allSatisfy { !$0.ageBand.isEmpty })
        #expect(Anonymity(people, k: 5).released.count == 20)
        #expect(Anonymity(people, k: 13, needsAge: true).released.isEmpty)
    }

    private func table(_ folder: String, _ name: String) throws -> [[String: String]] {
        let rows = try CSVReader.read([UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/\(name).csv"))))
        let head = try #require(rows.first).fields
        return rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(head, $0.fields)) }
    }

    @Test(arguments: ResearchExport.Shape.allCases) func nothingLeadsBackToAnybody(shape: ResearchExport.Shape) throws {
        try written(shape) { folder, manifest in
            #expect(manifest["people"]?.double == 8 && manifest["left_out"]?.double == 0 && manifest["smallest_group"]?.double == 8)
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
                for word in ["Smith", "John", "brother", "rare", "1979-04-02", "2026-02-02", "dr,", "9900", "MRN", "Q7"] {
                    #expect(!text.contains(word), "\(word) in \(file)")
                }
            }
        }
    }

    /// Dates move together, so that the days between them stay.
    @Test func intervalsStayAndRareWordsDoNot() throws {
        try written(.research) { folder, _ in
            let (people, scores, events) = try (table(folder, "people"), table(folder, "scores"), table(folder, "adverse_events"))
            let person = try #require(people.first)
            let first = try #require(person["first_dose"].flatMap { Day($0) })
            #expect(first != Day("2026-02-02") && person["sex"] == "female")
            let days = scores.filter { $0["id"] == person["id"] }.compactMap { $0["date"].flatMap { Day($0) }.map { $0.number - first.number } }
            #expect(days == [-1, 7, 28, 59, 67])
            #expect(Set(events.compactMap { $0["term"] }) == ["dissociation", "other"])
            #expect(Set(people.compactMap { $0["first_dose"] }).count > 4)
        }
    }

    /// Concepts are never invented: what has no code here is 0 and says what is to be mapped.
    @Test func theCommonDataModelIsWhole() throws {
        try written(.omop) { folder, _ in
            let measurements = try table(folder, "measurement")
            #expect(measurements.allSatisfy { $0["measurement_concept_id"] == "0" && $0.count == 23 })
            #expect(Set(measurements.compactMap { $0["measurement_source_value"] }).isSuperset(of: ["MADRS", "LOINC:8480-6"]))
            #expect(measurements.compactMap { $0["measurement_id"] } == (1...measurements.count).map { "\($0)" })
            let people = Set(try table(folder, "person").compactMap { $0["person_id"] })
            #expect(people.count == 8)
            for name in ["observation_period", "visit_occurrence", "drug_exposure", "measurement", "condition_occurrence"] {
                let rows = try table(folder, name)
                #expect(!rows.isEmpty && rows.allSatisfy { people.contains($0["person_id"] ?? "") }, "\(name)")
            }
            #expect(try table(folder, "source_codes").contains { $0["source_value"] == "ICD-10-CM:F33.2" && $0["rows"] == "8" })
        }
    }
}
