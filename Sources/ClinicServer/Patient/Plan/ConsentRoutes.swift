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
            // Nobody has to prove anything for it: taking consent back is easy.
            .post(
                path + "/withdraw", .permission(.recordSession), "Records that the patient takes consent back.",
                [.required("id", "Id of the form", .id), .optional("words", "In the patient’s words", .text(500))]
            ) { request in
                // There is such a patient.
                _ = try desk.review(request)
                let event = desk.event(CourseEvent.consentWithdrawn, request, [("words", request.form["words"].map(JSONValue.string))])
                try await desk.record(event, request, about: CourseEvent.consentWithdrawn)
                return .seeOther(DecisionDesk.home(request, "consent"))
            },
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

    /// When consent was taken back, and in which words.
    private func words(of withdrawal: Stated<CourseEvent>) -> String {
        Self.withdrawn(withdrawal, offset: clinic.offset(withdrawal.body.time.instant)) + (withdrawal.detail("words").map { " “\($0)”" } ?? "")
    }

    static func withdrawn(_ withdrawal: Stated<CourseEvent>, offset: Int) -> String {
        "The patient took consent back on \(Moment(withdrawal.body.time.instant, offset: offset).reading). Nothing more is to be given; watching goes on."
    }

    private func page(_ request: ClinicRequest) throws -> Response {
        let review = try desk.review(request)
        let text = clinic.consent
        let signed = review.view.courseEvents.filter { CourseStep($0.body.event) == .consent || $0.body.event == CourseEvent.consentRenewed }.reversed()
        var model: [String: Any] = [
            "textVersion": text.version, "isProposal": text.isProposal, "meaning": Self.meaning, "maySign": (try? event(review)) != nil,
            "consentHref": DecisionDesk.home(request, "consent"), "mayWithdraw": request.person?.may(.recordSession) ?? false,
            "blocks": text.blocks.map { block -> [String: Any] in
                switch block {
                case .heading(let text): ["heading": text]
                case .list(let items): ["items": items]
                case .paragraph(let text): ["paragraph": text]
                }
            },
            "signatures": signed.map { event -> [String: Any] in
                return [
                    "signedVersion": event.detail("version") ?? "not stated", "signedBy": event.detail("signed_by") ?? "not stated",
                    "witness": event.detail("witness") ?? "", "clinician": desk.author(of: event.fact), "signedAt": event.body.time.reading,
                    "isThisText": event.detail("text_sha256") == text.digest,
                    "isOtherText": event.detail("text_sha256").map { $0 != text.digest } ?? false,
                    "isRenewal": event.body.event == CourseEvent.consentRenewed,
                ]
            },
        ]
        model["withdrawn"] = review.view.withdrawnConsent.map { ["withdrawnText": words(of: $0), "withdrawnBy": desk.author(of: $0.fact)] }
        return try pages.render("consent", for: request, title: "\(request["patient"]), consent", desk.model(request, at: "consent", model))
    }
}
