import Access
import Chart
import Evidence
import Guidance
import Hummingbird
import Notation

/// Whether treatment may start: every finding with its answer, then a signature.
struct EligibilityRoutes {
    let clinic: Clinic
    let pages: Pages

    private static let signing = "I have looked at every finding. This patient may start treatment."
    private static let declining = "I have looked at every finding. This patient does not start treatment here, for the reason stated."

    private var desk: DecisionDesk { DecisionDesk(clinic: clinic, pages: pages) }

    var routes: [Route] {
        let path = "/patients/:patient/eligibility"
        return [
            .get(path, .permission(.readChart), "Eligibility with its findings, answers and decision.", audit: .readChart) { try page($0) }
                .asking(PatientQuery.names),
            .post(
                path + "/answer", .permission(.writePlan), "Answers a finding in words.",
                [.required("id", "Id of the form", .id), .required("rule", "Rule", .id), .required("reason", "Answer", .text(2000))]
            ) { try await answer($0) },
            .post(
                path + "/sign", .permission(.writePlan), "Signs that treatment may start.", [.required("id", "Id of the form", .id)], signature: Self.signing
            ) { try await sign($0) },
            .post(
                path + "/decline", .permission(.writePlan), "Signs that treatment does not start.",
                [.required("id", "Id of the form", .id), .required("reason", "Reason", .text(2000))], signature: Self.declining
            ) { try await decline($0) },
        ]
    }

    /// Findings that keep eligibility from being signed: none of them answered, gravest first.
    private func open(_ review: Review) -> [Finding] { review.eligibility.findings.filter { $0.override == nil && $0.action >= .review } }

    private func answer(_ request: ClinicRequest) async throws -> Response {
        let rule = request.form.text("rule")
        if try !desk.isRepeated(request) {
            guard let finding = open(try desk.review(request)).first(where: { $0.rule.id == rule }) else {
                throw FormProblem("rule", "No finding of that rule waits for an answer. Load the page again.")
            }
            guard finding.mayBeOverridden else {
                throw FormProblem("reason", "Rule \(rule) is not answered in words: by label or law it binds. Record what would decide it.")
            }
        }
        try await desk.record(
            [
                "type": "override", "id": .string(request.form.text("id")), "rule": .string(rule), "time": .string(request.now.description),
                "reason": .string(request.form.text("reason")),
            ], request, about: "override \(rule)")
        return .seeOther(DecisionDesk.home(request, "eligibility"))
    }

    private func sign(_ request: ClinicRequest) async throws -> Response {
        if try !desk.isRepeated(request) {
            let review = try desk.review(request)
            let open = open(review)
            guard open.isEmpty else { throw FormProblem("id", "Not answered yet: \(open.map(\.rule.id).joined(separator: ", ")).") }
            try desk.require(.signEligibility, in: review)
        }
        try await desk.sign(desk.event("eligibility.signed", request), meaning: Self.signing, request)
        return .seeOther(DecisionDesk.home(request, "eligibility"))
    }

    private func decline(_ request: ClinicRequest) async throws -> Response {
        if try !desk.isRepeated(request) { try desk.require(.decline, in: try desk.review(request)) }
        let event = desk.event("eligibility.declined", request, [("reason", .string(request.form.text("reason")))])
        try await desk.sign(event, meaning: Self.declining, request)
        return .seeOther(DecisionDesk.home(request, "eligibility"))
    }

    // MARK: - The page

    private func page(_ request: ClinicRequest) throws -> Response {
        let review = try desk.review(request)
        let chart = try pages.review(request["patient"], try PatientQuery(request.uri, clinic: clinic)).chart
        let summaries = Timeline(chart, asOf: request.now).summaries
        let open = open(review)
        let history = review.course.history
        let href = DecisionDesk.home(request, "eligibility")
        let decision = [CourseStep.signEligibility, .decline].compactMap { step in
            desk.last(step.rawValue, in: review).map { (step: step, found: $0) }
        }.max { $0.found.event.body.time.instant < $1.found.event.body.time.instant }
        let mayWrite = request.person?.may(.writePlan) ?? false
        let verdict = ReviewFindings(review, knowledge: clinic.knowledge).verdicts.first { $0.group == "eligibility" }
        return try pages.render(
            "eligibility", for: request, title: "\(request["patient"]), eligibility",
            desk.model(
                request, at: "eligibility",
                [
                    "verdict": verdict.map { ["answer": $0.answer, "tone": $0.tone, "detail": $0.detail] as [String: Any] } ?? [:],
                    "stateText": desk.stateText(review),
                    "decisionText": decision.map { ($0.step == .decline ? "Declined, " : "Eligible, ") + $0.found.text } ?? "",
                    "decisionReason": decision.flatMap { $0.found.event.detail("reason") } ?? "",
                    "items": review.eligibility.findings.enumerated().map { number, finding -> [String: Any] in
                        let isAnswerable = finding.override == nil && finding.action >= .review && finding.mayBeOverridden
                        return [
                            "finding": FindingModel(finding).values(
                                sources: clinic.knowledge.sources, summaries: summaries, page: "/patients/" + percentEncoded(request["patient"])),
                            "isAnswerable": isAnswerable && mayWrite, "rule": finding.rule.id, "answerID": "answer-\(number)",
                            "answerFormID": clinic.newID("f"),
                            "mustBeSettled": finding.override == nil && finding.action >= .review && !finding.mayBeOverridden,
                            "settleText": finding.missing.isEmpty
                                ? "By label or law it binds: nobody answers it away." : "Not answered in words: record what would decide it.",
                            "answerHref": href + "/answer",
                        ]
                    },
                    "openText": history.allows(.signEligibility) ? open.map(\.rule.id).joined(separator: ", ") : "",
                    "maySign": mayWrite && open.isEmpty && history.allows(.signEligibility),
                    "mayDecline": mayWrite && history.allows(.decline), "signMeaning": Self.signing, "declineMeaning": Self.declining,
                    "declineFormID": clinic.newID("f"), "eligibilityHref": href, "planHref": DecisionDesk.home(request, "plan"),
                    "isOutOfOrder": mayWrite && open.isEmpty && !history.allows(.signEligibility) && decision == nil,
                ]))
    }
}
