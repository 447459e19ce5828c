import Chart
import Notation

extension FHIRReading {
    /// Patient → `patient`: birth date, administrative gender and date of death, and nothing else (data minimisation: no name, address,
    /// contact, identifier, photograph or narrative leaves the bundle).
    mutating func patient(_ resource: FHIRResource) throws(Diagnostic) {
        guard let key = bundle.patients[resource.entry] else { return omit(resource, about: "", "no id") }
        let element = resource.element
        let sex = try element.text("gender")
        if let sex, Sex(rawValue: sex) == nil {
            throw element.wrong(
                "gender", "is \(quoted(sex))", expected: "one of " + Sex.allCases.map(\.rawValue).joined(separator: ", "),
                code: "fhir.gender")
        }
        if try element.flag("deceasedBoolean") == true {
            warn(
                "fhir.deceased", at: element.place.at("deceasedBoolean"), "says that the patient died but not when",
                expected: "deceasedDateTime")
        }
        state(
            .patient, from: resource, patient: key,
            [
                ("birth_date", try moment(element, "birthDate").map { .string($0.day.description) }), ("sex", sex.map(JSONValue.string)),
                ("deceased", try moment(element, "deceasedDateTime", .end)?.json),
            ])
    }
}
