import Chart
import Notation
import Testing

@testable import Interchange

@Suite("FHIR observations")
struct FHIRObservationTests {
    static func observation(
        _ loinc: String, _ members: String, id: String = "o", status: String = "final", time: String = "2024-03-04T08:55:00Z"
    ) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"\#(status)",SUBJECT,"code":{"coding":[{"system":"http://loinc.org","code":"\#(loinc)"}]},"effectiveDateTime":"\#(time)"\#(members.isEmpty ? "" : ","),\#(members)}"#
            .replacing(",,", with: ",").replacing(",}", with: "}")
    }

    static func quantity(_ value: String, _ members: String) -> String { #""valueQuantity":{"value":\#(value),\#(members)}"# }
    static let mercury = #""system":"http://unitsofmeasure.org","code":"mm[Hg]","unit":"mmHg""#

    @Test func valuesKeepTheirUnitAndDigits() throws {
        let reading = try FHIRSample.read(
            Self.observation("8480-6", Self.quantity("128.50", Self.mercury) + #","issued":"2024-03-04T09:30:00Z""#),
            Self.observation("1742-6", Self.quantity("30", #""unit":"IU/L""#), id: "alt"),
            Self.observation("8462-4", Self.quantity("10", #""unit":"kPa""#), id: "kpa"),
            Self.observation(
                "2106-3",
                #""valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260385009","display":"Negative"}]}"#,
                id: "hcg"))
        #expect(reading.draft("Observation/o")?["value"] == .number("128.50"))
        #expect(reading.draft("Observation/o")?["recorded"] == "2024-03-04T09:30:00Z")
        #expect(reading.draft("Observation/alt")?["unit"] == "U/L")
        #expect(reading.draft("Observation/kpa")?["unit"] == "kPa")
        #expect(reading.draft("Observation/hcg")?["value"] == "Negative")
    }

    @Test(arguments: [
        (quantity("120", #""unit":"mmHg""#), "entry[1].resource.valueQuantity.unit"),
        (quantity("120", #""unit":"kg""#), "entry[1].resource.valueQuantity.unit"),
        (quantity("120", #""system":"http://unitsofmeasure.org","code":"mmHg""#), "entry[1].resource.valueQuantity.code"),
        (quantity(#""120""#, mercury), "entry[1].resource.valueQuantity.value"),
        (#""valueQuantity":120"#, "entry[1].resource.valueQuantity"),
        (#""component":{}"#, "entry[1].resource.component"),
    ])
    func refusals(_ value: String, _ path: String) {
        #expect(FHIRSample.refusal(Self.observation("8480-6", value))?.place.path == path)
    }

    @Test(arguments: [
        ("", "no value"), (quantity("120", #""system":"http://unitsofmeasure.org""#), "no unit"),
        (quantity("120", mercury + #","comparator":">""#), "a limit, not a value"),
        (#""dataAbsentReason":{"coding":[{"code":"unknown"}]}"#, #"no value: "unknown""#),
        (#""valueString":"high""#, "its value is not a quantity"),
    ])
    func omissions(_ value: String, _ reason: String) throws {
        let reading = try FHIRSample.read(Self.observation("8480-6", value))
        #expect(reading.statements.isEmpty)
        #expect(reading.omitted("Observation", "LOINC 8480-6") == reason)
    }

    @Test func statusAndTime() throws {
        let value = Self.quantity("120", Self.mercury)
        for (status, reason) in ["entered-in-error": "entered in error", "cancelled": "cancelled", "registered": "no result yet"] {
            #expect(try FHIRSample.read(Self.observation("8480-6", value, status: status)).omitted("Observation", "LOINC 8480-6") == reason)
        }
        #expect(
            try FHIRSample.read(Self.observation("8480-6", value, time: "2024-03-04")).omitted("Observation", "LOINC 8480-6")
                == "a date without a time of day")
        #expect(
            try FHIRSample.read(Self.observation("8480-6", value, status: "preliminary")).statements.first?["note"] == "status preliminary")
        #expect(FHIRSample.refusal(Self.observation("8480-6", value, time: "2024-03-04T10:00:00"))?.problem == "is a time without offset")
        #expect(
            FHIRSample.refusal(Self.observation("8480-6", value).replacing(#""status":"final","#, with: ""))?.place.path
                == "entry[1].resource.status")
    }

    @Test func componentsOfAnyPanel() throws {
        func component(_ loinc: String, _ value: String) -> String {
            #"{"code":{"coding":[{"system":"http://loinc.org","code":"\#(loinc)"}]},\#(value)}"#
        }
        let panel =
            #""component":[\#(component("8480-6", Self.quantity("128", Self.mercury))),\#(component("8462-4", Self.quantity("82", Self.mercury))),\#(component("3151-8", Self.quantity("2", #""unit":"L/min""#)))]"#
        let reading = try FHIRSample.read(Self.observation("55284-4", panel))
        #expect(reading.statements.map { $0["id"] } == ["Observation/o#sbp", "Observation/o#dbp"])
        #expect(reading.omitted("Observation component", "LOINC 3151-8") == "not used by this version")
        #expect(reading.omitted("Observation", "LOINC 55284-4") == nil)
    }

    @Test func contactsAndEvents() throws {
        let reading = try FHIRSample.read(
            #"{"resourceType":"Encounter","id":"a","status":"planned",SUBJECT,"class":{"code":"AMB"}}"#,
            #"{"resourceType":"Encounter","id":"b","status":"finished",SUBJECT,"class":{"code":"IMP"}}"#,
            #"{"resourceType":"Procedure","id":"a","status":"not-done",SUBJECT,"code":{"text":"ECT"}}"#,
            #"{"resourceType":"Procedure","id":"b","status":"completed",SUBJECT,"code":{"text":"ECT"}}"#,
            #"{"resourceType":"AdverseEvent","id":"a","actuality":"potential",SUBJECT}"#,
            #"{"resourceType":"AdverseEvent","id":"b","actuality":"actual",SUBJECT,"event":{"text":"nausea"}}"#)
        #expect(reading.statements.isEmpty)
        #expect(reading.omitted("Encounter", "AMB") == "planned")
        #expect(reading.omitted("Encounter", "IMP") == "no time")
        #expect(reading.account.omissions[.init(kind: "Procedure", about: "no code", reason: "not done")] == 1)
        #expect(reading.account.omissions[.init(kind: "Procedure", about: "no code", reason: "no time")] == 1)
        #expect(reading.account.omissions[.init(kind: "AdverseEvent", about: "no code", reason: "potential, not actual")] == 1)
        #expect(reading.account.omissions[.init(kind: "AdverseEvent", about: "no code", reason: "no time")] == 1)
    }
}
