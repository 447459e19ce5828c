import Access
import Chart
import Hummingbird
import Notation

/// Registering a patient: an id, a birth date and a sex. No name, no address: who it is stands in the clinic's own register.
struct RegistrationRoutes {
    let clinic: Clinic
    let pages: Pages

    var routes: [Route] {
        [
            .get("/register", .permission(.registerPatient), "A form to register a patient.") { request in
                try pages.render(
                    "register", for: request, title: "Register a patient",
                    [
                        "formID": clinic.newID("f"), "newPatient": newID("p", clinic.randomBytes(4)),
                        "sexes": Sex.allCases.map { ["sexValue": $0.rawValue] },
                    ])
            },
            .post(
                "/patients", .permission(.registerPatient), "Registers a patient.",
                [
                    .required("id", "Id of the form", .id), .optional("patient", "Patient id", .id), .required("birth_date", "Birth date", .day),
                    .required("sex", "Sex", .choice(Sex.allCases.map(\.rawValue))),
                ]
            ) { try await register($0) },
        ]
    }

    private func register(_ request: ClinicRequest) async throws -> Response {
        let id = request.form.text("id")
        // Without an id of their own they get one that the form decides: sent again, it is the same patient.
        let patient = request.form["patient"] ?? "p-\(id.suffix(10))"
        guard patient != ".", patient != ".." else { throw FormProblem("patient", "Patient id: cannot stand in an address; expected another.") }
        if try clinic.store.contains(patient), try !clinic.store.contains(patient, fact: id) {
            throw FormProblem("patient", "Patient id: stands for a patient of this clinic already; expected another.")
        }
        try await Recorder(clinic: clinic).record(
            [
                [
                    "type": "patient", "id": .string(id), "birth_date": .string(request.form.text("birth_date")), "sex": .string(request.form.text("sex")),
                ]
            ], of: patient, request: request, about: "registration")
        return .seeOther(request.person?.may(.readChart) == true ? "/patients/" + percentEncoded(patient) : "/patients?q=" + percentEncoded(patient))
    }
}
