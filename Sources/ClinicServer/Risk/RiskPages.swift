import Access
import Chart
import Guidance
import Hummingbird
import Notation

/// Alerts about suicide risk: open ones with the form that answers them, then what became of the others.
struct RiskRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: SignInDesk

    private static let signing = "I have seen this alert and did what I state."
    /// Answered alerts shown at most.
    private static let answeredShown = 100

    var routes: [Route] {
        [
            .get("/risk", .permission(.answerRisk), "Alerts about suicide risk, open ones first.", audit: .looked) { try alerts($0) },
            .stream("/risk/live", .permission(.answerRisk), "How many alerts are open, as a stream of events.") { live($0) },
            .post(
                "/patients/:patient/risk/:fact/acknowledge", .permission(.answerRisk), "Answers an alert with what was done.",
                [.required("action", "What was done", .text(1000))], signature: Self.signing
            ) { try await acknowledge($0) },
        ]
    }

    private func acknowledge(_ request: ClinicRequest) async throws -> Response {
        let (patient, fact) = (request["patient"], request["fact"])
        guard let alert = try clinic.risk.alerts(at: request.now).first(where: { $0.patient == patient && $0.signs.contains { $0.fact == fact } }) else {
            throw HTTPError(.notFound, message: "There is no such alert.")
        }
        guard alert.isOpen else { throw HTTPError(.conflict, message: "This alert was answered already. Load the page again to see by whom.") }
        let answer: JSONObject = [
            "type": "course", "event": .string(RiskEvent.acknowledged.rawValue), "time": .string(request.now.description), "of": .string(alert.id),
            "action": .string(request.form.text("action")),
        ]
        try await Recorder(clinic: clinic).record([answer], of: patient, request: request, about: RiskEvent.acknowledged.rawValue)
        return .seeOther("/risk")
    }

    private func live(_ request: ClinicRequest) -> Response {
        pages.stream(request, of: nil) { [clinic] in RiskBanner(clinic, at: $0).json.text }
    }

    // MARK: - The page

    private func alerts(_ request: ClinicRequest) throws -> Response {
        let alerts = try clinic.risk.alerts(at: request.now)
        func answeredAt(_ alert: RiskAlert) -> Instant { alert.acknowledgement?.at.instant ?? alert.raised.instant }
        let answered = alerts.filter { !$0.isOpen }.sorted { answeredAt($0) > answeredAt($1) }
        var model: [String: Any] = [
            "openAlerts": alerts.filter(\.isOpen).enumerated().map { row($1, number: $0, for: request) },
            "answeredAlerts": answered.prefix(Self.answeredShown).enumerated().map { row($1, number: $0, for: request) },
            "signing": Self.signing,
        ]
        model["onCallName"] = clinic.risk.called
        return try pages.render("risk", for: request, title: "Alerts", model)
    }

    /// Of a chart that is closed to the reader it says only that there is an alert, and how to reach it.
    private func row(_ alert: RiskAlert, number: Int, for request: ClinicRequest) -> [String: Any] {
        let patientHref = "/patients/" + percentEncoded(alert.patient)
        var row: [String: Any] = ["alertID": "alert-\(number)", "patientLabel": alert.patient, "raisedText": Moment(alert.raised.instant).reading]
        let reach = clinic.access.book.reach(of: request.author, to: alert.patient, at: request.now)
        guard reach != .closed else {
            row["closed"] = ["glassHref": patientHref + "/break-glass"]
            return row
        }
        row["reached"] = [
            "patientHref": patientHref, "what": alert.text, "waited": Self.elapsed(request.now.minutes(since: alert.raised.instant)),
            "origin": Self.origin(alert), "acknowledgeHref": "\(patientHref)/risk/\(percentEncoded(alert.id))/acknowledge",
        ]
        if let answer = alert.acknowledgement {
            row["answer"] = [
                "answeredBy": answer.by.map { clinic.access.book.accounts[$0]?.name ?? $0 } ?? "somebody", "answeredText": answer.at.reading,
                "action": answer.action,
            ]
        }
        return row
    }

    private static func origin(_ alert: RiskAlert) -> String {
        guard alert.signs.contains(where: { $0.link != nil }) else { return "recorded in the chart" }
        return alert.signs.allSatisfy(\.isReport) ? "answered by link, not sent yet" : "answered by link and sent"
    }

    /// `less than 1 min`, `12 min`, `5 h`, `3 d`.
    static func elapsed(_ minutes: Double) -> String {
        switch minutes {
        case ..<1: "less than 1 min"
        case ..<120: "\(Int(minutes)) min"
        case ..<(48 * 60): "\(Int(minutes / 60)) h"
        default: "\(Int(minutes / 1440)) d"
        }
    }
}
