import Chart
import Guidance
import Knowledge
import Notation
import Testing

@testable import Interchange

@Suite("FHIR bundles, patients and conditions")
struct FHIRBundleTests {
    @Test func aClinicsBundleIsRead() throws {
        let reading = try FHIRReader.read(try FHIRSample.fixture(), file: "fhir-clinic.json", vocabulary: try FHIRSample.vocabulary())
        try FHIRSample.expectSound(reading)
        let expected: [String: JSONValue] = [
            "Patient/p1": ["birth_date": "1979-04-02", "sex": "female"],
            "Condition/dep": ["type": "diagnosis", "time": "2023-11-01", "severity": "severe", "recorded": "2024-03-01T09:30:00Z"],
            "Condition/htn": ["type": "condition", "time": "2019-01-01", "name": "High blood pressure"],
            "MedicationAdministration/dose1": [
                "type": "administration", "drug": "ketamine", "route": "intravenous", "dose": 35, "unit": "mg", "duration_min": 40,
                "lot": "A123",
                "time": "2024-03-04T09:00:00Z",
            ],
            "MedicationRequest/rx1": ["drug": "sertraline 100 MG Oral Tablet", "dose_mg_per_day": 150, "start": "2023-12-01"],
            "Observation/bp#sbp": ["metric": "sbp", "value": 128, "unit": "mm[Hg]"],
            "QuestionnaireResponse/phq": [
                "instrument": "PHQ-9", "rater": "self", "answers": [3, 3, 2, 3, 2, 3, 2, 1, 1], "time": "2024-03-04T08:40:00+01:00",
            ],
            "Encounter/visit": ["name": "Check up", "end": "2024-03-04T11:45:00Z"],
            "Procedure/ect": ["type": "procedure", "time": "2022-01-10"],
            "AdverseEvent/ae": ["term": "dissociation", "severity": "moderate", "serious": false],
        ]
        #expect(reading.drafts.count == expected.count)
        for (id, members) in expected {
            let draft = try #require(reading.draft(id), "\(id)")
            #expect(draft["patient"] == "p1")
            for (key, value) in members.object?.members ?? [] { #expect(draft[key] == value, "\(id) \(key)") }
        }
        #expect(
            reading.drafts.first { $0.json["id"] == "Observation/bp#sbp" }?.place
                == Place(file: "fhir-clinic.json", path: "entry[7].resource"))
        #expect(reading.omitted("Condition", "SNOMED CT 13746004 Bipolar disorder") == "refuted")
        #expect(reading.omitted("Observation component", "LOINC 8462-4") == #"no value: "not-performed""#)
        #expect(reading.omitted("Observation", "LOINC 2339-0 Glucose") == "not used by this version")
        #expect(reading.omitted("Coverage") == "not used by this version")
        #expect(reading.omitted("entry") == "no resource")
        #expect(reading.warnings.map(\.code) == ["fhir.partial_date", "fhir.total"])
        #expect(!reading.drafts.contains { JSONValue.object($0.json).text.contains("Example") }, "names stay behind")
    }

    @Test(arguments: [
        "[]", #""text""#, #"{"resourceType":"Patient"}"#, #"{"resourceType":7}"#, #"{"entry":[]}"#,
        #"{"resourceType":"Bundle","entry":{}}"#,
        #"{"resourceType":"Bundle","entry":[1]}"#, #"{"resourceType":"Bundle","entry":[{"resource":{"id":"x"}}]}"#,
    ])
    func notABundle(_ text: String) throws {
        let json = try JSONReader.read(text)
        let vocabulary = try FHIRSample.vocabulary()
        #expect(throws: Diagnostic.self) { try FHIRReader.read(json, vocabulary: vocabulary) }
    }

    @Test(arguments: ["transaction", "collection", "searchset", "document", "batch", "history"])
    func anyTypeOfBundle(_ type: String) throws {
        let json = try JSONReader.read(#"{"resourceType":"Bundle","type":"\#(type)","entry":[{"resource":\#(FHIRSample.patient)}]}"#)
        #expect(try FHIRReader.read(json, vocabulary: FHIRSample.vocabulary()).drafts.count == 1)
        #expect(try FHIRReader.read(["resourceType": "Bundle"], vocabulary: FHIRSample.vocabulary()) == SourceReading())
    }

    @Test func tenThousandUnrelatedResources() throws {
        let noise = (0..<10_000).map { #"{"resource":{"resourceType":"Claim","id":"\#($0)"}}"# }.joined(separator: ",")
        let vocabulary = try FHIRSample.vocabulary()
        let with = try JSONReader.read(#"{"resourceType":"Bundle","entry":[\#(noise),{"resource":\#(FHIRSample.patient)}]}"#)
        let reading = try FHIRReader.read(with, vocabulary: vocabulary)
        #expect(reading.drafts.count == 1)
        #expect(reading.account.records == ["Claim": 10_000, "Patient": 1])
        #expect(reading.account.omissions.values.reduce(0, +) == 10_000)
        let without = try JSONReader.read(#"{"resourceType":"Bundle","entry":[\#(noise)]}"#)
        let refusal = #expect(throws: Diagnostic.self) { try FHIRReader.read(without, vocabulary: vocabulary) }
        #expect(refusal?.problem == "no Patient resource")
    }

    @Test(arguments: [
        "Patient/p2", "http://other.example/fhir/Patient/p2", "Patient/p2/_history/1", "urn:uuid:p2", "Patient?identifier=urn:mrn|2",
        "#inner",
    ])
    func eachResourceGoesToItsSubject(_ reference: String) throws {
        let second = #"{"resourceType":"Patient","id":"p2","identifier":[{"system":"urn:mrn","value":"2"}]}"#
        let contained = #""contained":[{"resourceType":"Patient","id":"inner","identifier":[{"system":"urn:mrn","value":"2"}]}],"#
        let reading = try FHIRSample.read(
            #"{"resourceType":"Procedure","id":"a",\#(contained)"status":"completed","code":{"text":"ECG"},"performedDateTime":"2024-01-01","subject":{"reference":"\#(reference)"}}"#,
            patients: [FHIRSample.patient, second])
        #expect(reading.draft("Procedure/a")?["patient"] == "p2")
    }

    @Test func foreignAndMissingSubjects() throws {
        let procedure =
            #"{"resourceType":"Procedure","id":"a","status":"completed","code":{"text":"ECG"},"performedDateTime":"2024-01-01"X}"#
        func with(_ subject: String) -> String { procedure.replacing("X", with: subject) }
        #expect(FHIRSample.refusal(with(#","subject":{"reference":"Patient/other"}"#))?.code == "fhir.subject")
        #expect(
            FHIRSample.refusal(with(#","subject":{"reference":"urn:uuid:nobody"}"#))?.place.path == "entry[1].resource.subject.reference")
        #expect(
            FHIRSample.refusal(with(""), patients: [FHIRSample.patient, #"{"resourceType":"Patient","id":"p2"}"#])?.code == "fhir.subject")
        let alone = try FHIRSample.read(with(""), with("").replacing(#""a""#, with: #""b""#))
        #expect(alone.statements.count == 2)
        #expect(alone.warnings.count == 1)
        #expect(alone.warnings.first?.problem.hasSuffix("(2 times, first here)") == true)
        #expect(
            try FHIRSample.read(with(#","subject":{"reference":"Group/g"}"#)).omitted("Procedure", "no code")
                == "its subject is not a patient")
    }

    @Test func idsComeFromIdThenFullUrl() throws {
        let body =
            #""resourceType":"Procedure","status":"completed","code":{"text":"ECG"},"performedDateTime":"2024-01-01","subject":{"reference":"urn:uuid:1"}"#
        let json = try JSONReader.read(
            #"{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"}},{"fullUrl":"urn:uuid:2","resource":{\#(body)}},{"resource":{\#(body)}}]}"#
        )
        let reading = try FHIRReader.read(json, vocabulary: FHIRSample.vocabulary())
        try FHIRSample.expectSound(reading)
        #expect(reading.drafts.map { $0.json["id"] } == ["Patient/urn:uuid:1", "Procedure/urn:uuid:2", nil])
        #expect(reading.drafts.allSatisfy { $0.json["patient"] == "urn:uuid:1" })
    }

    @Test func repeatedAndNewerVersions() throws {
        func procedure(_ name: String, _ updated: String?) -> String {
            let meta = updated.map { #","meta":{"lastUpdated":"\#($0)"}"# } ?? ""
            return
                #"{"resourceType":"Procedure","id":"a","status":"completed","code":{"text":"\#(name)"},"performedDateTime":"2024-01-01",SUBJECT\#(meta)}"#
        }
        #expect(try FHIRSample.read(procedure("ECG", nil), procedure("ECG", nil)).omitted("Procedure") == "repeated in this bundle")
        #expect(FHIRSample.refusal(procedure("ECG", nil), procedure("MRI", nil))?.code == "fhir.duplicate")
        let versions = try FHIRSample.read(procedure("MRI", "2024-02-02T00:00:00Z"), procedure("ECG", "2024-02-01T00:00:00Z"))
        #expect(versions.draft("Procedure/a")?["name"] == "MRI")
    }

    @Test(arguments: [
        (#"{"resourceType":"Patient","id":"p1","birthDate":1979}"#, "entry[0].resource.birthDate"),
        (#"{"resourceType":"Patient","id":"p1","gender":"F"}"#, "entry[0].resource.gender"),
        (#"{"resourceType":"Patient","id":7}"#, "entry[0].resource.id"),
        (#"{"resourceType":"Patient","id":"p1","birthDate":"1979-02-30"}"#, "entry[0].resource.birthDate"),
        (#"{"resourceType":"Patient","id":"p1","deceasedDateTime":"2024-01-01T10:00:00"}"#, "entry[0].resource.deceasedDateTime"),
        (#"{"resourceType":"Patient","id":"p1","deceasedBoolean":"yes"}"#, "entry[0].resource.deceasedBoolean"),
    ])
    func wrongPatientsAreRefusedWithTheirPlace(_ patient: String, _ path: String) {
        let refusal = FHIRSample.refusal(patients: [patient])
        #expect(refusal?.place == Place(file: "b.json", path: path))
        #expect(refusal.map { !"\($0)".contains("1979-02-30") } == true)
    }

    @Test func partialDatesAndDeath() throws {
        let reading = try FHIRSample.read(patients: [
            #"{"resourceType":"Patient","id":"p1","birthDate":"1979"}"#,
            #"{"resourceType":"Patient","id":"p2","birthDate":"1980-02","deceasedDateTime":"2020-02"}"#,
            #"{"resourceType":"Patient","id":"p3","deceasedBoolean":true}"#,
        ])
        #expect(reading.drafts.map { $0.json["birth_date"] } == ["1979-01-01", "1980-02-01", nil])
        #expect(reading.draft("Patient/p2")?["deceased"] == "2020-02-29")
        #expect(Set(reading.warnings.map(\.code)) == ["fhir.partial_date", "fhir.deceased"])
    }

    @Test func conditions() throws {
        func condition(_ id: String, _ members: String) -> String { #"{"resourceType":"Condition","id":"\#(id)",SUBJECT,\#(members)}"# }
        let coded = { (system: String, code: String) in #""code":{"coding":[{"system":"\#(system)","code":"\#(code)"}]}"# }
        let icd = "http://hl7.org/fhir/sid/icd-10-cm"
        let reading = try FHIRSample.read(
            condition("snomed", #""recordedDate":"2024-01-01",\#(coded("http://snomed.info/sct", "370143000"))"#),
            condition("f32", #""onsetDateTime":"2024","abatementDateTime":"2024",\#(coded(icd, "F32.1"))"#),
            condition("pmdd", coded(icd, "F32.81")), condition("family", #""code":{"text":"Family history of major depression"}"#),
            condition("name", #""recordedDate":"2024-01-01","code":{"text":"Major depression"}"#),
            condition("undated", coded(icd, "F33.1")),
            condition("error", #""verificationStatus":{"coding":[{"code":"entered-in-error"}]},\#(coded(icd, "I10"))"#),
            condition("nothing", #""code":{}"#),
            condition("resolved", #""clinicalStatus":{"coding":[{"code":"resolved"}]},\#(coded(icd, "I10"))"#),
            condition("late", #""recordedDate":"2024-05-01","abatementDateTime":"2023-01-01",\#(coded(icd, "I10"))"#))
        let types = Dictionary(uniqueKeysWithValues: reading.statements.map { ($0["id"]?.string ?? "", $0["type"]?.string ?? "") })
        #expect(
            types == [
                "Condition/snomed": "diagnosis", "Condition/f32": "diagnosis", "Condition/name": "diagnosis", "Condition/pmdd": "condition",
                "Condition/family": "condition", "Condition/resolved": "condition", "Condition/late": "condition",
            ])
        #expect(reading.draft("Condition/f32")?["time"] == "2024-01-01")
        #expect(reading.draft("Condition/f32")?["end"] == "2024-12-31")
        #expect(reading.draft("Condition/late")?["time"] == "2023-01-01")
        #expect(reading.omitted("Condition", "ICD-10-CM F33.1") == "a diagnosis without any date")
        #expect(reading.omitted("Condition", "ICD-10-CM I10") == "entered in error")
        #expect(reading.omitted("Condition", "no code") == "neither a code nor a name")
        #expect(Set(reading.warnings.map(\.code)) == ["fhir.partial_date", "fhir.open_condition", "fhir.no_start"])
        #expect(
            FHIRSample.refusal(condition("x", #""onsetDateTime":"2024-02-01","abatementDateTime":"2024-01-01",\#(coded(icd, "I10"))"#))?
                .code == "fhir.period")
    }

    @Test func anAllergyIsACondition() throws {
        let reading = try FHIRSample.read(
            #"{"resourceType":"AllergyIntolerance","id":"a","recordedDate":"2020-05-01","code":{"text":"Ketamine"},"patient":{"reference":"Patient/p1"}}"#)
        let allergy = try #require(reading.draft("AllergyIntolerance/a"))
        #expect(allergy["type"] == "condition")
        #expect(allergy["name"] == "Allergy to Ketamine")
        #expect(allergy["time"] == "2020-05-01")
        let knowledge = try KnowledgeBase.shipped()
        #expect(knowledge.codeSets["hypersensitivity_ketamine"]?.isNamed(in: "Allergy to Ketamine") == true)
    }
}
