import Evidence
import Guidance
import Knowledge
import Notation
import Testing

/// The REMS form of a session: asked for where the rules ask for it, filled in the form's own words.
@Suite struct MonitoringFormTests {
    /// The form of the session `s1` of a vignette, with answers of its check-in changed and doses left out.
    private func form(_ changes: JSONObject = [:], doses: Int = 2, jurisdiction: Jurisdiction = .us) throws -> FilledForm {
        let knowledge = try Shipped.knowledge.get()
        var vignette = try #require(Vignette.all.first { $0.name == "a protocol of the library is not" })
        var given = 0
        vignette.facts = vignette.facts.compactMap { fact in
            guard var object = fact.object else { return fact }
            if fact["event"] == "check_in" { for (key, value) in changes.members { object[key] = value } }
            if fact["type"] == "administration" { given += 1 }
            return fact["type"] == "administration" && given > doses ? nil : .object(object)
        }
        let review = Review(of: try vignette.chart(knowledge), asOf: vignette.asOf, jurisdiction: jurisdiction, knowledge: knowledge)
        return try review.monitoringForm(of: "s1", knowledge: knowledge)
    }

    private func dose(_ form: FilledForm) -> String? { form.entries.first { $0.field.id == "dose_administered" }?.value }

    @Test func doseIsOneOfTheFormsChoices() throws {
        #expect(dose(try form()) == "56 mg")
        #expect(dose(try form(doses: 1)) == "other: 28 mg")
    }

    @Test func inpatientsHaveNoForm() throws {
        for (changes, jurisdiction, code) in [
            (["setting": "inpatient"], Jurisdiction.us, "rems.setting"), (["setting": "Inpatient"], .us, "rems.setting"), ([:], .eu, "rems.product"),
        ] as [(JSONObject, Jurisdiction, String)] {
            let error = try #require(throws: Diagnostic.self) { try form(changes, jurisdiction: jurisdiction) }
            #expect(error.code == code)
        }
        #expect(try form(["setting": "outpatient"]).submitted == nil)
    }
}
