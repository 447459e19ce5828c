import Access
import Chart
import Foundation
import Guidance
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

private let patients = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
    {"type":"assessment","patient":"p1","id":"old","time":"2025-11-20T08:45:00Z","instrument":"PHQ-9","answers":[0,0,0,0,0,0,0,0,3]}

    """

@Suite struct RiskPageTests {
    /// The path of a new link of p1.
    private func link(_ test: TestClinic) async throws -> String {
        let page = try await test.post("/patients/p1/links", ["instruments": "PHQ-9", "hours": "24"], as: .nurse).body
        return "/rate/" + (try #require(page.firstMatch(of: /\/rate\/([a-z0-9.]+)/)).output.1)
    }

    private let all = Dictionary(uniqueKeysWithValues: (1...9).map { ("PHQ-9.phq9_\($0)", $0 == 9 ? "2" : "1") })

    /// The moment the answer is kept, before anything is sent: contacts on the phone, the alert in the clinic.
    @Test func aPositiveAnswerCallsAtOnce() async throws {
        let test = try TestClinic(patients)
        _ = try await test.post("/people/on-call", ["account": "prescriber"], as: .administrator)
        let before = try await test.get("/patients", as: .nurse)[0].body
        #expect(before.contains("id=\"risk-banner\"") && before.contains("data-open=\"0\" hidden"), "the history calls nobody")
        let path = try await link(test)
        #expect(try await test.post(path, ["PHQ-9.phq9_9": "0"], as: nil, headers: [.accept: "application/json"]).body.contains(#""help":false"#))
        #expect(try test.clinic.risk.open(at: test.now).isEmpty)
        let said = try await test.post(path, ["PHQ-9.phq9_9": "2"], as: nil, headers: [.accept: "application/json"])
        #expect(said.body.contains(#""help":true"#))

        let alerts = try test.clinic.risk.open(at: test.now)
        #expect(alerts.map(\.patient) == ["p1"] && alerts.first?.text == "PHQ-9, suicide item: 2")
        for role in [Role.nurse, .prescriber, .therapist] {
            let page = try await test.get("/account", as: role)[0].body
            #expect(page.contains("<span data-count>1</span> open") && page.contains("<span data-called>Person Prescriber</span>"), "\(role)")
        }
        for role in [Role.frontDesk, .pharmacy, .researcher, .administrator] {
            #expect(try await !test.get("/account", as: role)[0].body.contains("risk-banner"), "\(role)")
        }
        #expect(try test.audit { $0.patient = "p1" }.contains { $0.what == .wrote && $0.about == "risk.reported" && $0.who.hasPrefix("link:") })
        let chart = try await test.get("/patients/p1", as: .nurse)[0].body
        #expect(chart.contains("PHQ-9, suicide item: 2") && chart.contains("C-SSRS screener due"))
    }

    /// The same in a browser without script: the whole form, then whom to call, then the rest.
    @Test func withoutScriptTheFormLeadsToHelpFirst() async throws {
        let test = try TestClinic(patients)
        let path = try await link(test)
        let form = try await test.get(path, as: nil)[0].body
        #expect(form.contains("data-sign") && form.contains("call your local emergency number"))
        #expect(try await test.post(path, all, as: nil).headers[.location] == path + "/help")
        let help = try await test.get(path + "/help", as: nil)[0].body
        #expect(help.contains("Please talk to somebody about this now") && help.contains(path + "/review"))
        #expect(try await test.post(path + "/send", as: nil).status == 200)
        let alerts = try test.clinic.risk.alerts(at: test.now)
        #expect(alerts.count == 1 && alerts.first?.signs.count == 2, "the questionnaire joins the alert its answer raised")
    }

    /// Nothing is lost with a good answer afterwards, and the help stays in sight when the disk is full.
    @Test func anAnswerTakenBackStaysAnAlert() async throws {
        let test = try TestClinic(patients)
        let path = try await link(test)
        for value in ["2", "0", "2", "0"] { _ = try await test.post(path, ["PHQ-9.phq9_9": value], as: nil) }
        #expect(try test.clinic.risk.open(at: test.now).count == 1)
        #expect(try test.clinic.store.chart(of: "p1")?.facts.filter { $0.kind == .course }.count == 1, "one answer is one fact")
    }

    @Test func onlyASignedAnswerOfSomebodyWhoMayCloses() async throws {
        let test = try TestClinic(patients)
        _ = try await test.post(try await link(test), all, as: nil)
        let alert = try #require(try test.clinic.risk.open(at: test.now).first)
        let path = "/patients/p1/risk/\(alert.id)/acknowledge"
        let signed = ["action": "spoke by phone", "signature": TestClinic.password]
        for role in [Role.frontDesk, .pharmacy, .compliance, .researcher, .administrator, .therapist] {
            #expect(try await test.post(path, signed, as: role).status == 403, "\(role)")
        }
        #expect(try await test.post(path, signed, as: nil).status == 401)
        #expect(try await test.post(path, ["action": "spoke by phone"], as: .nurse).status == 422)
        #expect(try await test.post(path, ["action": "spoke by phone", "signature": "wrong password"], as: .nurse).status == 422)
        #expect(try await test.post(path, ["signature": TestClinic.password], as: .nurse).status == 422)
        #expect(try await test.post("/patients/p1/risk/nothing/acknowledge", signed, as: .nurse).status == 404)
        #expect(try test.clinic.risk.open(at: test.now).count == 1)

        test.advance(minutes: 30)
        let page = try await test.get("/risk", as: .nurse)[0].body
        #expect(page.contains("waiting 30 min") && page.contains("Nobody is named to be called") && page.contains(path))
        let said = try await test.post(path, signed, as: .nurse, headers: [.accept: "application/json"])
        #expect(said.status == 200 && said.body == #"{"next":"/risk"}"# && said.headers[.contentLength] == "16", "as the page's script asks")
        #expect(try test.clinic.risk.open(at: test.now).isEmpty)
        #expect(try await test.post(path, signed, as: .nurse).status == 409)
        let after = try await test.get("/risk", as: .prescriber)[0].body
        #expect(after.contains("No open alert") && after.contains("spoke by phone") && after.contains("Person Nurse") && after.contains("23 Nov 2026 12:30"))
        let fact = try #require(try test.clinic.store.chart(of: "p1")?.facts.last { $0.kind == .course })
        #expect(fact.author == "nurse" && fact.summary.contains("risk.acknowledged"))
    }

    /// Whatever way a fact comes, and over a restart.
    @Test func alertsFollowTheChainAndSurviveARestart() async throws {
        let test = try TestClinic(patients)
        let entry = FiledFact(
            patient: "p1", fact: "imported", kind: .assessment, observed: test.now, recorded: nil,
            payload:
                #"{"answers":[0,0,0,0,0,0,0,0,1],"id":"imported","instrument":"PHQ-9","patient":"p1","time":"2026-11-23T12:00:00Z","type":"assessment"}"#)
        #expect(try test.clinic.risk.alerts(at: test.now).isEmpty)
        try test.clinic.store.append(at: test.now) { _ = try $0.append(entry) }
        #expect(try test.clinic.risk.open(at: test.now).map(\.id) == ["imported"], "another program wrote it")
        _ = try await test.post(try await link(test), all, as: nil)
        let again = try TestClinic("", people: [], store: test.clinic.store)
        #expect(try again.clinic.risk.alerts(at: test.now) == test.clinic.risk.alerts(at: test.now))
        #expect(try again.clinic.risk.open(at: test.now).count == 2)
    }

    /// Of a chart that is closed to the reader only that there is an alert; everybody is counted.
    @Test func closedChartsAreCountedAndNotTold() async throws {
        let test = try TestClinic(patients)
        _ = try await test.post("/patients/p1/restriction", ["restricted": "true"], as: .psychiatrist)
        let path =
            "/rate/"
            + (try #require(
                try await test.post("/patients/p1/links", ["instruments": "PHQ-9", "hours": "24"], as: .psychiatrist).body.firstMatch(
                    of: /\/rate\/([a-z0-9.]+)/)
            )
            .output.1)
        _ = try await test.post(path, ["PHQ-9.phq9_9": "2"], as: nil)
        let page = try await test.get("/risk", as: .nurse)[0].body
        #expect(page.contains("<span data-count>1</span>") && page.contains("/patients/p1/break-glass") && !page.contains("suicide item"))
        #expect(try await test.get("/risk", as: .psychiatrist)[0].body.contains("PHQ-9, suicide item: 2"))
    }

    /// What the stream says is what the banner says; it ends with the sign-in.
    @Test func theStreamSaysWhatTheBannerSays() async throws {
        let test = try TestClinic(patients)
        #expect(RiskBanner(test.clinic, at: test.now).json.canonical == #"{"called":"nobody yet","open":0}"#)
        _ = try await test.post(try await link(test), all, as: nil)
        _ = try await test.post("/people/on-call", ["account": "nurse"], as: .administrator)
        #expect(RiskBanner(test.clinic, at: test.now).json.canonical == #"{"called":"Person Nurse","open":1}"#)
        let account = try #require(test.clinic.access.book.openAccount("nurse"))
        let person = Person(account: account, signIn: try test.signIn(.nurse).signIn)
        #expect(try test.desk.isStillIn(person, at: test.now))
        test.advance(minutes: 31)
        #expect(try !test.desk.isStillIn(person, at: test.now))
    }

    /// What cannot be written is said to a patient with whom to call beside it.
    @Test func helpIsShownWhenNothingCanBeWritten() throws {
        let test = try TestClinic(patients)
        let pages = try Pages(test.clinic, desk: test.desk)
        var request = ClinicRequest(uri: .init("/rate/x"), headers: [:], parameters: [:], form: FormValues(), address: "local", now: test.now)
        request.isForPatient = true
        let failure = try #require(#expect(throws: StoreError.self) { _ = try Store.openToRead(at: "/nowhere/clinic.sqlite") })
        #expect(try pages.problem(Problem(failure), for: request, isForScript: false).status == .serviceUnavailable)
        let model = try pages.patientPage("rate-said", title: "", ["saidTitle": "", "saidText": [Problem(failure).text]])
        #expect(model.status == .ok)
    }
}
