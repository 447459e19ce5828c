import Access
import Chart
import Foundation
import Guidance
import Notation
import Testing

@testable import ClinicServer

/// A nasal session of p1 on 2 November, of p2 on 20 November, left in order.
private let sessions = ["p1": "02", "p2": "20"].sorted { $0.key < $1.key }.map { patient, day in
    """
    {"type":"patient","id":"\(patient)","birth_date":"1979-04-02","sex":"female"}
    {"type":"session","session":"s1","patient":"\(patient)","event":"check_in","time":"2026-11-\(day)T08:30:00Z","protocol":"esk-us-trd"}
    {"type":"administration","session":"s1","patient":"\(patient)","time":"2026-11-\(day)T09:00:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg","lot":"E1"}
    {"type":"session","session":"s1","patient":"\(patient)","event":"discharge","time":"2026-11-\(day)T11:30:00Z","escort":true}

    """
}.joined()

@Suite struct REMSListTests {
    private let path = "/patients/p1/sessions/s1/rems-sent"
    private let sent = ["id": "f1", "reference": "confirmation 17", "confirm": "true"]

    @Test func openFormsStandByAgeUntilSomebodySentThem() async throws {
        let test = try TestClinic(sessions)
        let page = try await test.get("/rems", as: .compliance)[0].body
        let (first, second) = (try #require(page.range(of: "/patients/p1/sessions/s1/rems\"")), try #require(page.range(of: "/patients/p2/sessions/s1/rems\"")))
        #expect(first.lowerBound < second.lowerBound, "the one due first stands first")
        #expect(page.matches(of: #/>overdue, /#).count == 1)
        #expect(page.contains("9 Nov 2026") && page.contains("<strong>2 forms</strong> open"))
        #expect(!page.contains("href=\"/patients/p1\""), "who may not read the chart is not led there")
        #expect(try await test.get("/patients/p1/sessions/s1/rems", as: .compliance)[0].body.contains("rems-sent"))

        #expect(try await test.post(path, sent, as: .compliance).status == 303)
        test.advance(minutes: 1)
        let after = try await test.get("/rems", "/patients/p1/sessions/s1/rems", as: .compliance)
        #expect(!after[0].body.contains("/patients/p1/") && after[0].body.contains("/patients/p2/"))
        #expect(after[1].body.contains("sent, as recorded on 2026-11-23") && !after[1].body.contains("action=\"/patients/p1"))
        let fact = try #require(try test.clinic.charts.chart(of: "p1")?.facts.first { $0.id == "f1" })
        guard case .session(let body) = fact.body else { return #expect(Bool(false), "no session event") }
        #expect(SessionStep(body.event) == .submitREMS && fact.author == "compliance" && fact.observed?.instant == Instant("2026-11-23T12:00:00Z"))
        #expect(body.details.contains { $0.name == "reference" && $0.value == .text("confirmation 17") })
        #expect(try test.audit { $0.patient = "p1" }.contains { $0.what == .wrote && $0.about == "s1: rems_submit" })
    }

    @Test func aFormIsSentOnceAndNotBeforeItsSession() async throws {
        let test = try TestClinic(sessions)
        func time(_ day: String, _ clock: String) -> [String: String] { ["time": day, "time_clock": clock, "time_offset": "+00:00"] }
        for (change, status) in [
            (["reference": ""], 422), (time("2026-11-24", "10:00"), 422), (time("2026-11-02", "08:00"), 422), (["time": "2026-11-05"], 422), (["id": ""], 422),
        ] {
            #expect(try await test.post(path, sent.merging(change) { $1 }, as: .nurse).status == status, "\(change)")
        }
        #expect(try await test.post(path, sent.merging(time("2026-11-05", "15:00")) { $1 }, as: .nurse).status == 303)
        test.advance(minutes: 5)
        #expect(try await test.post(path, sent.merging(time("2026-11-05", "15:00")) { $1 }, as: .nurse).status == 303, "the same form again is the same")
        #expect(try await test.post(path, sent.merging(["id": "f2"]) { $1 }, as: .nurse).status == 409)
        #expect(try await test.post("/patients/p1/sessions/s9/rems-sent", sent.merging(["id": "f3"]) { $1 }, as: .nurse).status == 404)
        for role in [Role.pharmacy, .frontDesk, .therapist, .researcher, .administrator] {
            #expect(try await test.post(path, sent, as: role).status == 403, "\(role)")
        }
        let facts = try #require(try test.clinic.charts.chart(of: "p1")).facts
        #expect(facts.count { if case .session(let body) = $0.body { SessionStep(body.event) == .submitREMS } else { false } } == 1)
    }

    @Test func nothingOpenSaysWhatWillStandThere() async throws {
        let test = try TestClinic()
        let page = try await test.get("/rems", as: .pharmacy)[0].body
        #expect(page.contains("No form is open") && page.contains("This program never does"))
    }

    /// A session that is not over yet is named; what was sent all the same can be recorded.
    @Test func aSessionThatIsNotOverIsNamed() async throws {
        let open = sessions.split(separator: "\n").filter { !$0.contains("discharge") }.joined(separator: "\n") + "\n"
        let test = try TestClinic(open)
        let early = try await test.post(path, sent.filter { $0.key != "confirm" }, as: .nurse)
        #expect(early.status == 409 && early.body.contains("has no way from where the session stands"))
        #expect(try await test.post(path, sent, as: .nurse).status == 303)
    }
}
