import Access
import Chart
import Dispensary
import Foundation
import Guidance
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

/// A clinic in which every route of the table leads somewhere: two patients with one fact of every kind and a session each, a lot of the
/// ledger, links, a broken glass, an alert. What is to be tried on all routes is tried here.
struct LivedInClinic {
    let test: TestClinic
    /// Of patient `p1`, then of `p2`.
    let tokens: [String: String]
    let glass: String
    let lines: [String]

    static let patients = ["p1", "p2"]
    /// Two more for decisions that come before the first dose and after the induction.
    static let everybody = patients + ["p3", "p4"]
    private static let others = """
        {"type":"patient","id":"p3","birth_date":"1979-04-02","sex":"male"}
        {"type":"condition","patient":"p3","id":"condition-p3","time":"2015-01-01","name":"bipolar disorder"}
        {"type":"patient","id":"p4","birth_date":"1979-04-02","sex":"male"}
        {"type":"course","patient":"p3","id":"k0","event":"referral.received","time":"2026-09-01"}
        {"type":"course","patient":"p3","id":"k9","event":"screening.started","time":"2026-09-02"}
        {"type":"course","patient":"p4","id":"k1","event":"eligibility.signed","time":"2026-09-01"}
        {"type":"course","patient":"p4","id":"k2","event":"consent.signed","time":"2026-09-02"}
        {"type":"administration","patient":"p4","id":"k3","session":"s-p4","time":"2026-09-10T09:00:00Z","drug":"esketamine","route":"intranasal","dose":56,"unit":"mg"}
        {"type":"course","patient":"p4","id":"k4","event":"benefit.evaluated","time":"2026-10-12"}

        """

    static func session(_ patient: String) -> String { "s-" + patient }

    /// One fact of every kind. What belongs to a note is its author's.
    private static func facts(_ p: String) -> String {
        """
        {"type":"patient","id":"\(p)","birth_date":"1979-04-02","sex":"female"}
        {"type":"diagnosis","patient":"\(p)","id":"diagnosis-\(p)","time":"2024-03-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-11-01"}
        {"type":"treatment_trial","patient":"\(p)","id":"trial-\(p)","treatment":"sertraline","dose_mg_per_day":150,"start":"2023-12-01","end":"2024-02-20","outcome":"none"}
        {"type":"condition","patient":"\(p)","id":"condition-\(p)","time":"2019-06-01","name":"hypertension"}
        {"type":"medication","patient":"\(p)","id":"medication-\(p)","drug":"lorazepam","dose":"1 mg nightly","start":"2024-02-01"}
        {"type":"assessment","patient":"\(p)","id":"score-\(p)","time":"2026-11-23T12:00:00Z","instrument":"PHQ-9","answers":[0,0,0,0,0,0,0,0,1],"rater":"self"}
        {"type":"measurement","patient":"\(p)","id":"measure-\(p)","time":"2026-11-20T09:00:00Z","metric":"weight","value":71,"unit":"kg"}
        {"type":"therapy","patient":"\(p)","id":"therapy-\(p)","time":"2026-11-20T15:00:00Z","modality":"CBT","duration_min":50}
        {"type":"adverse_event","patient":"\(p)","id":"event-\(p)","term":"headache","onset":"2026-11-20T15:00:00Z"}
        {"type":"note","patient":"\(p)","id":"note-\(p)","time":"2026-11-20T15:00:00Z","text":"Slept well.","author":"prescriber"}
        {"type":"session","patient":"\(p)","id":"in-\(p)","session":"s-\(p)","event":"check_in","time":"2026-11-23T11:00:00Z","protocol":"esk-us-trd","escort":true}
        {"type":"administration","patient":"\(p)","id":"dose-\(p)","session":"s-\(p)","time":"2026-11-23T11:30:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg","lot":"E1"}
        {"type":"adverse_event","patient":"\(p)","id":"felt-\(p)","session":"s-\(p)","term":"dizziness","onset":"2026-11-23T11:45:00Z","severity":"mild"}

        """
    }

    init(store: Store? = nil) async throws {
        let test = try TestClinic(Self.patients.map(Self.facts).joined() + Self.others, store: store)
        self.test = test
        let received = try await test.post(
            "/stock/record/receive",
            ["id": "line-1", "lot": "K1", "drug": "ketamine", "presentation": "solution", "strength": "50", "amount": "100", "expiry": "2027-01-31"],
            as: .pharmacy)
        try #require(received.status == 303, "\(received.body)")
        for (id, patient) in [("line-2", "p1"), ("line-3", "p2")] {
            let issued = try await test.post(
                "/stock/record/issue", ["id": id, "lot": "K1", "amount": "1", "session": Self.session(patient), "patient": patient], as: .nurse)
            try #require(issued.status == 303, "\(issued.body)")
        }
        lines = ["line-1", "line-2", "line-3"]
        var tokens: [String: String] = [:]
        for patient in Self.patients {
            let made = try await test.post("/patients/\(patient)/links", ["instruments": "PHQ-9", "hours": "24"], as: .nurse)
            tokens[patient] = String(try #require(made.body.firstMatch(of: /\/rate\/([a-z0-9.]+)/)?.1))
        }
        self.tokens = tokens
        let broken = try await test.post("/patients/p2/break-glass", ["reason": "emergency", "signature": TestClinic.password], as: .nurse)
        try #require(broken.status == 303, "\(broken.body)")
        glass = try #require(test.clinic.access.book.brokenGlass.first?.event)
        // Therapists reach their own patients only.
        for patient in Self.patients { _ = try await test.post("/patients/\(patient)/care-team", ["account": "therapist"]) }
    }

    // MARK: - Addresses

    /// What stands in a place of a route's path, so that it leads to something of `patient`.
    func value(_ parameter: String, of route: Route, patient: String) -> String {
        switch parameter {
        case "patient": return patient
        case "session": return Self.session(patient)
        case "account": return "nurse"
        case "event": return route.path.contains("glass") ? glass : "felt-\(patient)"
        case "link": return test.clinic.access.book.links.values.first { $0.patient == patient }?.id ?? ""
        case "token": return tokens[patient] ?? ""
        case "lot": return "K1"
        case "kind": return "follow_up"
        case "fact" where route.path.contains("/risk/"): return "score-\(patient)"
        case "fact":
            let names = [
                "person": patient, "diagnosis": "diagnosis", "trials": "trial", "conditions": "condition", "medication": "medication", "scores": "score",
                "measurements": "measure", "therapy": "therapy", "adverse-events": "event", "notes": "note",
            ]
            let editor = route.path.split(separator: "/").drop { $0 != "history" }.dropFirst().first.map(String.init) ?? ""
            let name = names[editor] ?? ""
            return name == patient ? patient : "\(name)-\(patient)"
        default: return "none"
        }
    }

    /// - Parameter others: other values for some places.
    func path(_ route: Route, patient: String = "p1", _ others: [String: String] = [:]) -> String {
        let parts = route.path.split(separator: "/").map { part -> String in
            guard part.hasPrefix(":") else { return String(part) }
            let name = String(part.dropFirst())
            return others[name] ?? percentEncoded(value(name, of: route, patient: patient))
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Somebody who may ask for a route; nil where nobody has to be anybody.
    func role(_ route: Route) -> Role? {
        guard case .permission(let permission) = route.need else { return nil }
        let order: [Role] = [.prescriber, .nurse, .pharmacy, .compliance, .administrator, .frontDesk, .therapist, .psychiatrist, .researcher, .wallBoard]
        return order.first { $0.permissions.contains(permission) }
    }

    var pages: [Route] { test.table.routes.filter { $0.method == .get && !$0.isStream } }
    var forms: [Route] { test.table.routes.filter { $0.method == .post } }

    // MARK: - Forms

    /// A form a route takes, but for its texts: what has to be there, and what the handler asks for beside it.
    func form(_ route: Route, patient: String = "p1", id: String) -> [String: String] {
        var form: [String: String] = [:]
        for field in route.form where field.isRequired || isAsked(field, route) { form[field.name] = plain(field, route, patient: patient, id: id) }
        if route.signature != nil { form["signature"] = TestClinic.password }
        if route.path.hasSuffix("/booking") { form["planned_start_clock"] = "09:30" }
        return form
    }

    private func isAsked(_ field: FormField, _ route: Route) -> Bool {
        Self.asked.contains(field.name) && (field.name != "time" || route.path.contains("/history/"))
    }

    /// Fields no form needs by declaration and handlers ask for all the same.
    private static let asked: Set<String> = ["witness", "witness_password", "witness_code", "confirm", "time", "onset", "code", "sbp", "name", "total"]

    private func review(_ patient: String) -> Review? {
        guard let chart = try? test.clinic.charts.chart(of: patient) else { return nil }
        return Review(of: chart, asOf: test.now, jurisdiction: .us, knowledge: test.clinic.knowledge)
    }

    /// A finding that waits to be answered in words.
    private func open(_ route: Route, _ patient: String) -> String? {
        guard route.path.hasSuffix("/answer") else { return nil }
        return review(patient)?.eligibility.findings.first { $0.override == nil && $0.action >= .review && $0.mayBeOverridden }?.rule.id
    }

    /// A step that the course has a way for.
    private func step(_ route: Route, _ patient: String) -> String? {
        guard route.path.hasSuffix("/plan/step"), let history = review(patient)?.course.history,
            case .choice(let words)? = route.form.first(where: { $0.name == "event" })?.kind
        else { return nil }
        return words.first { CourseStep($0).map { (try? history.proposing($0)) != nil } ?? false }
    }

    /// A value a field takes.
    func plain(_ field: FormField, _ route: Route, patient: String = "p1", id: String) -> String {
        let known = [
            "id": id, "lot": route.path.hasSuffix("/receive") ? "L-\(id)" : "K1", "session": Self.session(patient),
            "patient": route.path == "/patients" ? "p-\(id)" : patient,
            "line": "line-2", "witness": "psychiatrist", "witness_password": TestClinic.password, "witness_code": test.code, "version": "topics-1",
            "unit": route.path.contains("/doses") ? "mg" : "", "value": "negative", "metric": "hcg", "adherence": "adequate",
            "amount": "0.001", "account": route.path == "/people" ? "new-\(id)" : "therapist", "rule": open(route, patient) ?? "DC-01",
            "event": step(route, patient) ?? "", "protocol": "esk-us-trd", "dose": "28", "interval_days": "14", "birth_date": "1979-04-02", "confirm": "true",
            "term": "nausea", "name": "Somebody",
            "roles": "therapist", "hours": "24", "planned_start": "2026-12-01", "expiry": "2027-01-31", "sbp": "120", "start_code": "0", "instruments": "PHQ-9",
        ]
        if let value = known[field.name], !value.isEmpty { return value }
        if let moment = ["_clock", "_offset"].first(where: field.name.hasSuffix) {
            let isDated = route.form.contains { $0.name + moment == field.name && ($0.isRequired || isAsked($0, route)) }
            return isDated ? (moment == "_clock" ? "09:30" : "+00:00") : ""
        }
        switch field.kind {
        case .text: return "words"
        case .secret: return TestClinic.password
        case .number(let range): return decimal(max(range.lowerBound, min(1, range.upperBound)))
        case .choice(let words), .choices(let words): return words.first ?? ""
        case .flag: return "true"
        case .instant: return test.now.description
        case .day: return "2026-11-20"
        case .id: return "x1"
        }
    }

    // MARK: - What is stored

    /// Everything that people have stated, without who looked.
    func stated() throws -> [String] {
        try Self.everybody.flatMap { try test.clinic.store.payloads(of: $0) } + test.clinic.store.ledgerPayloads() + test.clinic.store.accessPayloads()
            + test.clinic.store.patients().map(\.patient)
    }
}

extension Route {
    /// Ends what other routes are tried on.
    var endsThings: Bool {
        ["/close", "/sign-out", "/invite", "/withdraw", "/remove", "/roles", "/send", "/restriction", "/end", "/decline", "/password", "/reopen"]
            .contains { path.hasSuffix($0) }
    }

    var name: String { "\(method) \(path)" }
}
