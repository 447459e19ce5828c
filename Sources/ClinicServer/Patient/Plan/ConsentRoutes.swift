import Access
import Chart
import Guidance
import Hummingbird
import Notation

/// Consent: the clinic's text with its version, the patient's name typed on the clinic's device, the clinician's password under it.
struct ConsentRoutes {
    let clinic: Clinic
    let pages: Pages

    private static let meaning =
        "The patient has read this text or had it read to them, had their questions answered, and typed their own name of their own will."

    private var desk: DecisionDesk { DecisionDesk(clinic: clinic, pages: pages) }

    var routes: [Route] {
        let path = "/patients/:patient/consent"
        return [
            .get(path, .permission(.readChart), "The consent text and who signed which version; to print.", audit: .readChart) { try page($0) },
            .post(
                path, .permission(.writePlan), "Records that the patient consents to this version of the text.",
                [
                    .required("id", "Id of the form", .id), .required("version", "Version of the text", .text(60)),
                    .required("patient_name", "The patient’s name", .text(120)), .optional("witness", "Witness", .text(120)),
                ], signature: Self.meaning
            ) { try await sign($0) },
        ]
    }

    private func sign(_ request: ClinicRequest) async throws -> Response {
        let text = clinic.consent
        let review = try desk.review(request)
        let repeated = review.view.courseEvents.first { $0.id == request.form.text("id") }
        guard repeated != nil || request.form.text("version") == text.version else {
            throw FormProblem("version", "The clinic’s text has another version by now. Load the page again and read it with the patient.")
        }
        let name = try repeated?.body.event ?? event(review)
        let event = desk.event(
            name, request,
            [
                ("version", .string(request.form.text("version"))), ("text_sha256", .string(repeated?.detail("text_sha256") ?? text.digest)),
                ("signed_by", .string(request.form.text("patient_name"))), ("witness", request.form["witness"].map(JSONValue.string)),
            ])
        try await desk.sign(event, meaning: Self.meaning, request)
        return .seeOther(DecisionDesk.home(request, "consent"))
    }

    /// Consent moves the course on once; a new text later is consented to without a step.
    /// - Throws: before eligibility is signed.
    private func event(_ review: Review) throws -> String {
        if (try? review.course.history.proposing(.consent)) != nil { return "consent.signed" }
        let before: Set<CourseState> = [.referred, .screening, .trdAssessed, .optimiseFirst, .declined, .closed]
        guard let state = review.course.history.state, !before.contains(state) else {
            throw FormProblem("patient_name", "Eligibility is not signed yet: consent comes after it.")
        }
        return CourseEvent.consentRenewed
    }

    private func page(_ request: ClinicRequest) throws -> Response {
        let review = try desk.review(request)
        let text = clinic.consent
        let names = clinic.access.book.accounts
        let signed = review.view.courseEvents.filter { CourseStep($0.body.event) == .consent || $0.body.event == CourseEvent.consentRenewed }.reversed()
        return try pages.render(
            "consent", for: request, title: "\(request["patient"]), consent",
            desk.model(
                request, at: "consent",
                [
                    "textVersion": text.version, "isProposal": text.isProposal, "meaning": Self.meaning, "maySign": (try? event(review)) != nil,
                    "consentHref": DecisionDesk.home(request, "consent"),
                    "blocks": text.blocks.map { block -> [String: Any] in
                        switch block {
                        case .heading(let text): ["heading": text]
                        case .list(let items): ["items": items]
                        case .paragraph(let text): ["paragraph": text]
                        }
                    },
                    "signatures": signed.map { event -> [String: Any] in
                        let author = event.fact.author.map { names[$0]?.name ?? $0 } ?? ""
                        return [
                            "signedVersion": event.detail("version") ?? "not stated", "signedBy": event.detail("signed_by") ?? "not stated",
                            "witness": event.detail("witness") ?? "", "clinician": author, "signedAt": event.body.time.reading,
                            "isThisText": event.detail("text_sha256") == text.digest,
                            "isOtherText": event.detail("text_sha256").map { $0 != text.digest } ?? false,
                            "isRenewal": event.body.event == CourseEvent.consentRenewed,
                        ]
                    },
                ]))
    }
}
