import Access
import Foundation
import Hummingbird
import Notation

/// Reaching a restricted chart with a reason: for a limited time, and somebody looks into it afterwards.
struct GlassRoutes {
    let clinic: Clinic
    let pages: Pages

    var routes: [Route] {
        [
            .get("/patients/:patient/break-glass", .permission(.readChart), "Asks for the reason to reach a restricted chart.", reachesClosedCharts: true) {
                request in
                try pages.render(
                    "break-glass", for: request, title: "Break the glass",
                    [
                        "patientLabel": request["patient"], "patientHref": "/patients/" + percentEncoded(request["patient"]),
                        "minutes": decimal(clinic.policy.glassMinutes),
                    ])
            },
            .post(
                "/patients/:patient/break-glass", .permission(.readChart), "Reaches a restricted chart for a limited time.",
                [.required("reason", "Reason", .text(500))], signature: "I need this chart now, for the reason stated.", reachesClosedCharts: true
            ) { try await breakGlass($0) },
            .get("/glass", .permission(.readAudit), "Every broken glass, those nobody looked into first.", audit: .looked) { try brokenGlass($0) },
            .post(
                "/glass/:event/review", .permission(.readAudit), "Says what came of looking into a broken glass.",
                [.required("note", "What came of it", .text(500))]
            ) {
                request in
                guard clinic.access.book.brokenGlass.contains(where: { $0.event == request["event"] && $0.account != request.author }) else {
                    throw HTTPError(.notFound, message: "There is no such event, or it is your own.")
                }
                return try await record(request, .glassReviewed(event: request["event"], note: request.form.text("note")), next: "/glass")
            },
            .post(
                "/patients/:patient/care-team", .permission(.writePlan), "Puts a person into the care team.", [.required("account", "Person", .id)]
            ) { request in
                let id = request.form.text("account")
                guard clinic.access.book.openAccount(id) != nil else { throw FormProblem("account", "Nobody of this clinic has that name.") }
                return try await record(request, .assigned(id, patient: request["patient"]), next: "/patients/" + percentEncoded(request["patient"]))
            },
            .post(
                "/patients/:patient/care-team/:account/remove", .permission(.writePlan), "Takes a person out of the care team.", []
            ) { request in
                guard clinic.access.book.careTeams[request["patient"]]?.contains(request["account"]) ?? false else {
                    throw HTTPError(.notFound, message: "Nobody of that name is in the care team.")
                }
                return try await record(
                    request, .unassigned(request["account"], patient: request["patient"]), next: "/patients/" + percentEncoded(request["patient"]))
            },
            .post(
                "/patients/:patient/restriction", .permission(.writePlan), "Opens a chart to its care team only, or to everybody again.",
                [.required("restricted", "Restricted", .choice(["true", "false"]))]
            ) { request in
                let patient = request["patient"]
                if request.form.flag("restricted"), !(clinic.access.book.careTeams[patient]?.contains(request.author) ?? false) {
                    // Whoever closes a chart stays inside.
                    _ = try await record(request, .assigned(request.author, patient: patient), next: "/")
                }
                return try await record(
                    request, request.form.flag("restricted") ? .restricted(patient: patient) : .unrestricted(patient: patient),
                    next: "/patients/" + percentEncoded(patient))
            },
        ]
    }

    /// - Throws: 404 for an id that is no patient's: nothing is said of who reaches nobody.
    private func record(_ request: ClinicRequest, _ kind: AccessEvent.Kind, next: String) async throws -> Response {
        if let patient = request.parameters["patient"], try !clinic.store.contains(patient) {
            throw HTTPError(.notFound, message: "No patient of this clinic has that id.")
        }
        let event = AccessEvent(id: clinic.newID("e"), time: request.now, by: request.author, kind)
        try await clinic.access.record([event], audit: request.audit(.changedAccess, about: event.type), at: request.now)
        return .seeOther(next)
    }

    private func breakGlass(_ request: ClinicRequest) async throws -> Response {
        let patient = request["patient"]
        return try await record(
            request,
            .glassBroken(request.author, patient: patient, reason: request.form.text("reason"), until: request.now.adding(minutes: clinic.policy.glassMinutes)),
            next: "/patients/" + percentEncoded(patient))
    }

    private func brokenGlass(_ request: ClinicRequest) throws -> Response {
        let book = clinic.access.book
        let events = book.brokenGlass.sorted { ($0.reviewedBy == nil ? 0 : 1, $1.at) < ($1.reviewedBy == nil ? 0 : 1, $0.at) }
        return try pages.render(
            "glass", for: request, title: "Broken glass",
            withoutEmpty([
                "rows": events.map { event -> [String: Any] in
                    [
                        "time": Moment(event.at).reading, "who": book.accounts[event.account]?.name ?? event.account, "patientLabel": event.patient,
                        "reason": event.reason, "until": Moment(event.until).reading, "isOpen": event.reviewedBy == nil && event.account != request.author,
                        "reviewedBy": event.reviewedBy.map { book.accounts[$0]?.name ?? $0 } ?? "", "path": "/glass/" + percentEncoded(event.event),
                        "review": event.review ?? "",
                    ]
                }
            ]))
    }
}
