import Chart
import Notation
import Testing

@testable import Interchange

@Suite("FHIR medication")
struct FHIRMedicationTests {
    @Test(
        arguments: [
            ("sertraline 100 MG Oral Tablet", 100), ("Fluoxetine 25MG", 25), ("24 HR venlafaxine 75 MG Extended Release Oral Capsule", 75),
            ("Lasix 40mg", 40),
            ("Levothyroxine Sodium 0.075 MG Oral Tablet", 0.075), ("levothyroxine 75 MCG", 0.075), ("24hr nicotine transdermal patch", nil),
            ("Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet", nil), ("Nitrofurantoin 5 MG/ML Oral Suspension", nil),
            ("Acetaminophen/Hydrocodone", nil),
            ("olanzapine 6 MG fluoxetine 25 MG", nil), ("estradiol 0.1 MG per 24 HR patch", nil), ("Jolivette 28 Day Pack", nil), ("", nil),
        ] as [(String, Double?)])
    func strength(_ name: String, _ milligrams: Double?) {
        #expect(FHIRDosage.strength(in: name) == milligrams)
    }

    static let daily = #""timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}"#
    static func dose(_ quantity: String) -> String { #""doseAndRate":[{"doseQuantity":\#(quantity)}]"# }

    @Test(
        arguments: [
            (#"[{\#(daily),\#(dose(#"{"value":2,"unit":"tablet"}"#))}]"#, 100), (#"[{\#(daily)}]"#, 50),
            (#"[{\#(daily),\#(dose(#"{"value":0.5}"#))}]"#, 25),
            (#"[{\#(daily),\#(dose(#"{"value":75,"unit":"MG"}"#))}]"#, 75), (#"[{\#(daily),\#(dose(#"{"value":0.1,"code":"g"}"#))}]"#, 100),
            (#"[{\#(daily),\#(dose(#"{"value":5,"unit":"mL"}"#))}]"#, nil),
            (#"[{\#(daily),\#(dose(#"{"value":1,"unit":"mg/kg"}"#))}]"#, nil),
            (#"[{\#(daily),"asNeededBoolean":true}]"#, nil), (#"[{\#(dose(#"{"value":1}"#))}]"#, nil), (#"[]"#, nil),
            (#"[{"timing":{"repeat":{"frequency":1,"period":6,"periodUnit":"h"}}}]"#, 200),
            (#"[{"timing":{"repeat":{"period":1,"periodUnit":"wk"}}}]"#, 7.1429),
            (#"[{"timing":{"repeat":{"frequency":1,"frequencyMax":2,"period":1,"periodUnit":"d"}}}]"#, nil),
            (#"[{"timing":{"repeat":{"when":["MORN","HS"]}}}]"#, 100), (#"[{"timing":{"code":{"coding":[{"code":"BID"}]}}}]"#, 100),
            (#"[{"sequence":1,\#(daily)},{"sequence":2,\#(daily)}]"#, nil), (#"[{"sequence":1,\#(daily)},{"sequence":1,\#(daily)}]"#, 100),
        ] as [(String, Double?)])
    func dailyDose(_ dosage: String, _ milligrams: Double?) throws {
        let reading = try FHIRSample.read(
            #"{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order",SUBJECT,"authoredOn":"2024-01-01","medicationCodeableConcept":{"text":"citalopram 50 MG Oral Tablet"},"dosageInstruction":\#(dosage)}"#
        )
        #expect(reading.draft("MedicationRequest/m")?["dose_mg_per_day"]?.double == milligrams)
    }

    static func request(_ id: String, _ members: String) -> String {
        #"{"resourceType":"MedicationRequest","id":"\#(id)",SUBJECT,"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1","display":"drug \#(id)"}]},\#(members)}"#
    }

    @Test func requestsByStatusIntentAndEnd() throws {
        let reading = try FHIRSample.read(
            Self.request("proposal", #""status":"active","intent":"proposal""#),
            Self.request("plan", #""status":"active","intent":"plan""#),
            Self.request("error", #""status":"entered-in-error","intent":"order""#),
            Self.request("draft", #""status":"draft","intent":"order""#),
            Self.request("cancelled", #""status":"cancelled","intent":"order""#),
            Self.request("not", #""status":"active","intent":"order","doNotPerform":true"#),
            Self.request("odd", #""status":"odd","intent":"order""#),
            Self.request("a", #""status":"stopped","intent":"order","authoredOn":"2024-01-01T00:00:00Z""#),
            Self.request("b", #""status":"completed","intent":"order","authoredOn":"2024-01-01T00:00:00Z""#),
            Self.request(
                "c",
                #""status":"stopped","intent":"order","authoredOn":"2024-01-01","dispenseRequest":{"validityPeriod":{"start":"2024-01-01","end":"2024-03-01"}}"#
            ),
            Self.request(
                "d",
                #""status":"stopped","intent":"order","authoredOn":"2024-01-01","dosageInstruction":[{"text":"50 mg at night","timing":{"repeat":{"boundsPeriod":{"end":"2024-02-01"}}}}]"#
            ))
        #expect(reading.statements.map { $0["drug"] } == ["drug a", "drug b", "drug c", "drug d"])
        #expect(reading.statements.map { $0["end"] } == [nil, nil, "2024-03-01", "2024-02-01"])
        #expect(reading.statements.map { $0["dose"] } == [nil, nil, nil, "50 mg at night"])
        #expect(reading.statements.map { $0["stopped"] } == [true, true, true, true])
        let reasons = [
            "proposal": "a proposal, not an order", "plan": "a plan, not an order", "error": "entered in error", "draft": "a draft",
            "cancelled": "cancelled",
            "not": "an order not to give it", "odd": #"status "odd" is not one of R4"#,
        ]
        for (id, reason) in reasons { #expect(reading.omitted("MedicationRequest", "RxNorm 1 drug \(id)") == reason) }
        #expect(reading.warnings.map(\.code) == ["fhir.status", "fhir.open_medication", "fhir.open_medication"])
        #expect(FHIRSample.refusal(Self.request("x", #""intent":"order""#))?.place.path == "entry[1].resource.status")
    }

    @Test func productsByReference() throws {
        func request(_ id: String, _ reference: String) -> String {
            #"{"resourceType":"MedicationRequest","id":"\#(id)","status":"active","intent":"order",SUBJECT,"contained":[{"resourceType":"Medication","id":"m","code":{"text":"lithium"}}],"medicationReference":\#(reference)}"#
        }
        let reading = try FHIRSample.read(
            request("contained", ##"{"reference":"#m"}"##), request("bundle", #"{"reference":"Medication/x"}"#),
            request("display", #"{"reference":"Medication/away","display":"ramipril"}"#),
            request("lost", #"{"reference":"Medication/away"}"#),
            #"{"resourceType":"Medication","id":"x","code":{"coding":[{"system":"http://www.whocc.no/atc","code":"N06AB06","display":"sertraline"}]}}"#
        )
        #expect(reading.statements.map { $0["drug"] } == ["lithium", "sertraline", "ramipril"])
        #expect(reading.statements[1]["code"]?["system"] == "ATC")
        #expect(reading.omitted("MedicationRequest", "no code") == "no drug named")
        #expect(reading.omitted("Medication", "contained in MedicationRequest") == "used only where it is referred to")
        #expect(reading.warnings.map(\.code) == ["fhir.medication"])
    }

    @Test func statements() throws {
        let reading = try FHIRSample.read(
            #"{"resourceType":"MedicationStatement","id":"a","status":"active",SUBJECT,"medicationCodeableConcept":{"text":"bupropion 150 MG"},"effectivePeriod":{"start":"2024-01-01","end":"2024-02-01"},"dateAsserted":"2024-03-01T10:00:00Z","dosage":[{\#(Self.daily)}]}"#,
            #"{"resourceType":"MedicationStatement","id":"b","status":"not-taken",SUBJECT,"medicationCodeableConcept":{"text":"bupropion 150 MG"}}"#
        )
        #expect(reading.draft("MedicationStatement/a")?["dose_mg_per_day"] == 150)
        #expect(reading.draft("MedicationStatement/a")?["end"] == "2024-02-01")
        #expect(reading.draft("MedicationStatement/a")?["recorded"] == "2024-03-01T10:00:00Z")
        #expect(reading.omitted("MedicationStatement", "no code") == "not taken")
    }

    static func administration(
        _ drug: String, dose: String? = #"{"value":56,"unit":"mg"}"#, route: String? = "intranasal",
        time: String = #""effectiveDateTime":"2024-03-04T09:00:00Z""#,
        status: String = "completed", more: String = ""
    ) -> String {
        let parts = [route.map { #""route":{"text":"\#($0)"}"# }, dose.map { #""dose":\#($0)"# }, more.isEmpty ? nil : more].compactMap {
            $0
        }.joined(separator: ",")
        return
            #"{"resourceType":"MedicationAdministration","id":"a","status":"\#(status)",SUBJECT,"medicationCodeableConcept":{"text":"\#(drug)"},\#(time),"dosage":{\#(parts)}}"#
    }

    @Test(arguments: [
        ("ketamine", "ketamine"), ("Ketamine 50 MG/ML", "ketamine"), ("esketamine", "esketamine"), ("Spravato 28 mg", "esketamine"),
        ("S-Ketamine", "esketamine"),
        ("(R)-ketamine", "arketamine"),
    ])
    func drugs(_ name: String, _ drug: String) throws {
        #expect(try FHIRSample.read(Self.administration(name)).statements.first?["drug"] == .string(drug))
    }

    @Test(arguments: [
        ("intravenous", "intravenous"), ("IV", "intravenous"), ("Nasal route", "intranasal"), ("Intramuscular", "intramuscular"),
        ("sublingual use", "sublingual"),
        ("Subcutaneous", "subcutaneous"), ("oral", "oral"), ("per rectal", "rectal"),
    ])
    func routes(_ text: String, _ route: String) throws {
        #expect(try FHIRSample.read(Self.administration("ketamine", route: text)).statements.first?["route"] == .string(route))
    }

    @Test func whatIsMissingIsNamed() throws {
        let expected = [
            (Self.administration("ketamine", dose: nil), "without a dose in mg or mg/kg"),
            (Self.administration("ketamine", route: nil), "without a known route"),
            (Self.administration("ketamine", route: "epidural"), "without a known route"),
            (Self.administration("ketamine", dose: #"{"value":1,"unit":"mL"}"#), "without a dose in mg or mg/kg"),
            (Self.administration("ketamine", time: #""effectiveDateTime":"2024-03-04""#), "without a time of day"),
            (Self.administration("ketamine", dose: nil, route: nil), "without a dose in mg or mg/kg and a known route"),
        ]
        for (resource, reason) in expected {
            let reading = try FHIRSample.read(resource)
            #expect(reading.statements.isEmpty)
            #expect(reading.omitted("MedicationAdministration", "no code") == reason)
            #expect(reading.warnings.map(\.code) == ["fhir.administration"])
        }
        let stopped = try FHIRSample.read(Self.administration("ketamine", status: "stopped"))
        #expect(stopped.statements.isEmpty)
        #expect(stopped.warnings.map(\.code) == ["fhir.administration"])
        #expect(
            try FHIRSample.read(Self.administration("ketamine", status: "not-done")).omitted("MedicationAdministration", "no code")
                == "not done")
        #expect(FHIRSample.refusal(Self.administration("ketamine", dose: #"{"value":35,"unit":"vials"}"#))?.code == "fhir.unit")
        #expect(
            FHIRSample.refusal(Self.administration("ketamine", dose: #"{"value":"35","unit":"mg"}"#))?.place.path
                == "entry[1].resource.dosage.dose.value")
        #expect(FHIRSample.refusal(Self.administration("ketamine", dose: #"{"value":-35,"unit":"mg"}"#)) != nil)
    }

    @Test func twoDrugsInOneNameAreRefused() {
        let both = Self.administration("x").replacing(
            #"{"text":"x"}"#, with: #"{"text":"ketamine","coding":[{"system":"http://www.whocc.no/atc","code":"N06AX27"}]}"#)
        #expect(FHIRSample.refusal(both)?.code == "fhir.drug")
    }

    @Test(
        arguments: [
            (#""rateQuantity":{"value":52.5,"code":"mg/h"}"#, #"{"value":35,"unit":"mg"}"#, 40),
            (
                #""rateRatio":{"numerator":{"value":70,"unit":"mg"},"denominator":{"value":80,"unit":"min"}}"#,
                #"{"value":35,"unit":"mg"}"#, 40
            ),
            (#""rateQuantity":{"value":0.75,"code":"mg/kg/h"}"#, #"{"value":0.5,"unit":"mg/kg"}"#, 40),
            (#""rateQuantity":{"value":100,"code":"mL/h"}"#, #"{"value":35,"unit":"mg"}"#, nil),
        ] as [(String, String, Double?)])
    func durationByRate(_ rate: String, _ dose: String, _ minutes: Double?) throws {
        let reading = try FHIRSample.read(Self.administration("ketamine", dose: dose, route: "iv", more: rate))
        #expect(reading.statements.first?["duration_min"]?.double == minutes)
    }

    @Test func writtenMassesAndSalts() throws {
        let reading = try FHIRSample.read(Self.administration("ketamine hydrochloride", dose: #"{"value":35,"unit":"MG"}"#))
        #expect(reading.statements.first?["unit"] == "mg")
        #expect(reading.statements.first?["note"]?.string?.contains("not converted") == true)
    }

    @Test func anotherDrugGivenIsMedicationThatEnds() throws {
        let reading = try FHIRSample.read(Self.administration("ondansetron", dose: #"{"value":4,"unit":"mg"}"#))
        #expect(reading.statements.first?["type"] == "medication")
        #expect(reading.statements.first?["dose"] == "4 mg")
        #expect(reading.statements.first?["end"] == "2024-03-04T09:00:00Z")
    }
}
