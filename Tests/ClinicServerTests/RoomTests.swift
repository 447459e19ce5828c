import Access
import Chart
import Forecast
import Foundation
import Guidance
import HTTPTypes
import Notation
import Storage
import Synchronization
import Testing

@testable import ClinicServer

private let arrived = SessionFacts.arrived

@Suite struct RoomTests {
    private let room = "/patients/p1/sessions/s1"

    private func review(_ test: TestClinic) throws -> SessionReview {
        let chart = try #require(try test.clinic.charts.chart(of: "p1"))
        let review = Review(of: chart, asOf: test.now, jurisdiction: .us, knowledge: test.clinic.knowledge)
        return try #require(review.sessions.first)
    }

    private func vitals(_ systolic: Int, _ diastolic: Int, _ more: [String: String] = [:]) -> [String: String] {
        ["sbp": "\(systolic)", "dbp": "\(diastolic)", "hr": "72", "spo2": "98", "rr": "14", "moaas": "5", "cadss23": "0"].merging(more) { $1 }
    }

    private func decide(_ step: SessionStep, _ more: [String: String] = [:]) -> [String: String] {
        ["step": step.rawValue, "signature": TestClinic.password].merging(more) { $1 }
    }

    private let device = ["drug": "esketamine", "route": "intranasal", "dose": "28", "unit": "mg", "lot": "E1"]

    /// A whole session through the pages alone, refused where a rule forbids the next step.
    @Test func aSessionFromArrivalToDoor() async throws {
        let test = try TestClinic(arrived)
        #expect(try await test.post("\(room)/decisions", decide(.clear)).status == 409)
        #expect(try await test.post("\(room)/entries", vitals(152, 84), as: .nurse).status == 303)
        #expect(try await test.get("\(room)/room", as: .nurse)[0].body.contains("PR-01"))
        test.advance(minutes: 12)
        #expect(try await test.post("\(room)/entries", vitals(128, 80), as: .nurse).status == 303)

        #expect(try await test.post("\(room)/doses", device, as: .nurse).status == 409)
        let cleared = try await test.post("\(room)/decisions", decide(.clear))
        #expect(cleared.status == 303, "\(cleared.body)")
        #expect(try await test.post("\(room)/steps", ["step": "issue_drug"], as: .nurse).status == 303)
        #expect(try await test.post("\(room)/doses", device, as: .nurse).status == 303)
        test.advance(minutes: 3)
        let early = try await test.post("\(room)/doses", device, as: .nurse)
        #expect(early.status == 409 && early.body.contains("IN-20"))
        test.advance(minutes: 2)
        #expect(try await test.post("\(room)/doses", device, as: .nurse).status == 303)

        test.advance(minutes: 40)
        #expect(try await test.post("\(room)/entries", vitals(182, 112, ["moaas": "4", "cadss23": "14"]), as: .nurse).status == 303)
        let words = Dictionary(try review(test).alerts.map { ($0.finding.rule.id, $0.valueText) }) { $1 }
        #expect(words["IN-03"] == "182 mmHg" && words["IN-04"] == "112 mmHg")
        let alarms = Set(try review(test).alerts.filter(\.isOpen).map(\.finding.rule.id))
        #expect(alarms.isSuperset(of: ["IN-03", "IN-04"]))
        #expect(try await test.get("\(room)/room", "/board", as: .nurse).allSatisfy { $0.body.contains("182") })
        test.advance(minutes: 20)
        #expect(try await test.post("\(room)/entries", vitals(132, 82), as: .nurse).status == 303)
        #expect(!(try review(test).alerts.contains { $0.isOpen && ["IN-03", "IN-04"].contains($0.finding.rule.id) }))

        // 118 minutes from the last device, then 120.
        test.advance(minutes: 57)
        #expect(try await test.post("\(room)/entries", vitals(126, 78), as: .nurse).status == 303)
        test.advance(minutes: 1)
        let ready = ["step": "ready", "gait": "steady", "clinician_attestation": "true"]
        let tooEarly = try await test.post("\(room)/steps", ready, as: .nurse)
        #expect(tooEarly.status == 409 && tooEarly.body.contains("DC-01"))
        test.advance(minutes: 2)
        let allowed = try await test.post("\(room)/steps", ready, as: .nurse)
        #expect(allowed.status == 303, "\(allowed.body)")
        #expect(try await test.post("\(room)/decisions", decide(.discharge)).status == 409)
        #expect(try await test.post("\(room)/decisions", decide(.discharge, ["escort": "true", "ack_no_driving": "true"])).status == 303)
        let left = try review(test)
        #expect(left.state == .discharged && left.unmet.isEmpty)
        let chart = try #require(try test.clinic.charts.chart(of: "p1"))
        #expect(chart.facts.contains { $0.author == "prescriber" && $0.signed?.contains("fit to leave") == true })
    }

    /// After the rest the device that is still due is the next step; once the least dose is in, a further one is offered while the
    /// protocol has it; after the most, none.
    @Test func devicesAreOfferedAsTheProtocolHasThem() async throws {
        let test = try TestClinic(arrived)
        _ = try await test.post("\(room)/entries", vitals(128, 80), as: .nurse)
        _ = try await test.post("\(room)/decisions", decide(.clear))
        _ = try await test.post("\(room)/steps", ["step": "issue_drug"], as: .nurse)
        func page() async throws -> String { try await test.get("\(room)/room", as: .nurse)[0].body }
        for number in 1...3 {
            let shown = try await page()
            #expect(shown.contains("<h3>Device \(number) given</h3>") == (number < 3), "device \(number)")
            #expect(shown.contains("A further device") == (number == 3))
            #expect(try await test.post("\(room)/doses", device, as: .nurse).status == 303)
            test.advance(minutes: 6)
            #expect(try review(test).state == .observation)
        }
        let shown = try await page()
        #expect(!shown.contains("A further device") && !shown.contains("Device 4"))
    }

    @Test func whatTheGateLacksLeadsToItsForm() async throws {
        let test = try TestClinic(arrived.split(separator: "\n").dropLast().joined(separator: "\n"))
        let page = try await test.get("\(room)/room", as: .nurse)[0].body
        #expect(page.contains("/patients/p1/history/scores?instrument=C-SSRS-screener"))
    }

    /// Pages look again at once when the clinic's clock has jumped, and are left alone while it runs evenly.
    @Test func aJumpOfTheClockWakesEveryPage() async throws {
        let hub = LiveHub()
        final class Probe: Sendable {
            let jumped = Atomic(false)
            let count = Atomic(0)
        }
        let probe = Probe()
        let hour: Int64 = 3_600_000
        let watch = ClockWatch(live: hub) {
            Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + (probe.jumped.load(ordering: .relaxed) ? hour : 0))
        }
        let signals = hub.signals(of: "p1")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { probe.count.add(1, ordering: .relaxed) } }
            group.addTask { try await watch.run() }
            try await Task.sleep(for: .milliseconds(700))
            #expect(probe.count.load(ordering: .relaxed) == 1, "the first signal comes with listening")
            probe.jumped.store(true, ordering: .relaxed)
            for _ in 0..<100 where probe.count.load(ordering: .relaxed) < 2 { try await Task.sleep(for: .milliseconds(50)) }
            #expect(probe.count.load(ordering: .relaxed) == 2)
            group.cancelAll()
        }
    }

    @Test func decisionsAreSignedByThoseWhoMay() async throws {
        let test = try TestClinic(arrived)
        _ = try await test.post("\(room)/entries", vitals(128, 80), as: .nurse)
        #expect(try await test.post("\(room)/decisions", decide(.clear), as: .nurse).status == 403)
        #expect(try await test.post("\(room)/decisions", ["step": "clear"]).status == 422)
        #expect(try await test.post("\(room)/decisions", ["step": "clear", "signature": "somebody else's"]).status == 422)
        // A decision cannot be smuggled through the steps that need no signature.
        #expect(try await test.post("\(room)/steps", ["step": "clear"], as: .nurse).status == 422)
        #expect(try review(test).state == .preChecks)
        #expect(try await test.post("\(room)/decisions", decide(.clear)).status == 303)
    }

    /// The same entry sent again, because its answer was lost, is one entry; another under its name is refused.
    @Test func anEntrySentTwiceIsOne() async throws {
        let test = try TestClinic(arrived)
        let entry = ["id": "w1", "time": "2026-11-23T11:58:00Z", "sbp": "128", "dbp": "80"]
        let facts = try test.clinic.store.factCount(of: "p1")
        #expect(try await test.post("\(room)/entries", entry, as: .nurse).status == 303)
        test.advance(minutes: 3)
        #expect(try await test.post("\(room)/entries", entry, as: .nurse).status == 303)
        #expect(try test.clinic.store.factCount(of: "p1") == facts + 2)
        #expect(try await test.post("\(room)/entries", entry.merging(["sbp": "138"]) { $1 }, as: .nurse).status == 409)
        // Late entries keep both times.
        let chart = try #require(try test.clinic.charts.chart(of: "p1"))
        let fact = try #require(chart.facts.first { $0.id == "w1-sbp" })
        #expect(fact.observed?.instant == Instant("2026-11-23T11:58:00Z") && fact.recorded?.instant == Instant("2026-11-23T12:00:00Z"))
    }

    /// Two people at one chair: what the other has recorded meanwhile is shown before it is recorded twice.
    @Test func twoPeopleDoNotRecordTheSameTwice() async throws {
        let test = try TestClinic(arrived)
        let seen = test.now.description
        test.advance(minutes: 1)
        #expect(try await test.post("\(room)/entries", vitals(128, 80, ["seen": seen]), as: .nurse).status == 303)
        test.advance(minutes: 1)
        let second = try await test.post("\(room)/entries", vitals(130, 82, ["seen": seen]), as: .prescriber)
        #expect(second.status == 409 && second.body.contains("Person Nurse"))
        // One's own earlier entry is no surprise, and neither is one that was on the screen.
        #expect(try await test.post("\(room)/entries", vitals(131, 82, ["seen": seen]), as: .nurse).status == 303)
        #expect(try await test.post("\(room)/entries", vitals(130, 82, ["seen": test.now.description]), as: .prescriber).status == 303)
        #expect(try await test.post("\(room)/entries", vitals(130, 82, ["seen": seen, "confirm": "true"]), as: .prescriber).status == 303)
    }

    @Test func whatCannotBeIsRefusedWithItsField() async throws {
        let test = try TestClinic(arrived)
        let facts = try test.clinic.store.factCount(of: "p1")
        for form in [
            ["sbp": "1200"], ["sbp": "abc"], ["sbp": "80", "dbp": "90"], [:], ["sbp": "120", "time": "2026-11-23T13:00:00Z"],
            ["sbp": "120", "time": "yesterday"],
            ["spo2": "101"], ["moaas": "6"], ["sbp": "120", "id": "../x"],
        ] {
            let answer = try await test.post("\(room)/entries", form, as: .nurse)
            #expect(answer.status == 422, "\(form)")
        }
        // A session that was never booked is a wrong address, not a new session.
        for (path, form) in [("entries", vitals(120, 80)), ("doses", device), ("steps", ["step": "hold", "confirm": "true"])] {
            #expect(try await test.post("/patients/p1/sessions/s9/\(path)", form, as: .nurse).status == 404)
        }
        #expect(try await test.post("/patients/nobody/sessions/s1/entries", vitals(120, 80), as: .nurse).status == 404)
        #expect(try test.clinic.store.factCount(of: "p1") == facts)
    }

    /// What has happened is recorded although a rule forbids it, and the rule stays named.
    @Test func whatHasHappenedCanBeRecorded() async throws {
        let test = try TestClinic(arrived)
        #expect(try await test.post("\(room)/doses", device, as: .nurse).status == 409)
        #expect(try await test.post("\(room)/doses", device.merging(["confirm": "true"]) { $1 }, as: .nurse).status == 303)
        let review = try review(test)
        #expect(review.minutesFromFirst == 0 && review.irregularities.contains { $0.finding.rule.id == "SS-03" })
    }

    @Test func adverseEventsOpenAndClose() async throws {
        let test = try TestClinic(arrived)
        _ = try await test.post("\(room)/doses", device.merging(["confirm": "true"]) { $1 }, as: .nurse)
        #expect(try await test.post("\(room)/adverse-events", ["id": "e1", "term": "dissociation", "severity": "moderate"], as: .nurse).status == 303)
        #expect(try review(test).record.adverseEvents.map(\.body.resolved) == [nil])
        test.advance(minutes: 30)
        #expect(try await test.post("\(room)/adverse-events/e1/resolve", as: .nurse).status == 303)
        #expect(try review(test).record.adverseEvents.map(\.body.resolved?.instant) == [test.now])
        #expect(try await test.post("\(room)/adverse-events/nothing/resolve", as: .nurse).status == 404)
    }

    @Test func anOverrideHasAReasonAndANameAndAPassword() async throws {
        let test = try TestClinic(arrived)
        _ = try await test.post("\(room)/entries", vitals(162, 84), as: .nurse)
        #expect(try await test.post("\(room)/decisions", decide(.clear)).status == 409)
        #expect(try await test.post("\(room)/overrides", ["rule": "PR-03", "reason": "usual for this patient"]).status == 422)
        #expect(try await test.post("\(room)/overrides", ["rule": "PR-03", "reason": "usual", "signature": TestClinic.password], as: .nurse).status == 403)
        test.advance(minutes: 1)
        for rule in ["PR-03", "PR-01"] {
            #expect(try await test.post("\(room)/overrides", ["rule": rule, "reason": "usual", "signature": TestClinic.password]).status == 303)
        }
        let cleared = try await test.post("\(room)/decisions", decide(.clear))
        #expect(cleared.status == 303, "\(cleared.body)")
    }

    /// The live picture says what the page says, and changes when something is recorded.
    @Test func theLiveStateFollows() async throws {
        let test = try TestClinic(arrived)
        let pages = try Pages(test.clinic, desk: test.desk)
        let before = try pages.roomState("p1", "s1", at: test.now, for: nil)
        #expect(try pages.roomState("p1", "s1", at: test.now, for: nil) == before)
        _ = try await test.post("\(room)/entries", vitals(162, 84), as: .nurse)
        let after = try JSONReader.read(try pages.roomState("p1", "s1", at: test.now, for: nil))
        #expect(after["state"]?.string == "pre_checks")
        #expect(after["regions"]?["alerts"]?.string?.contains("162") == true)
        #expect(Set(after["regions"]?.object?.keys ?? []) == Set(try pages.room("p1", "s1", at: test.now, for: nil).regions))
    }

    @Test func expectedBandsComeFromTheModels() throws {
        let test = try TestClinic(arrived)
        func forecast(_ milligrams: Double) throws -> SessionForecast {
            let cause = SessionForecast.Cause(
                drug: .esketamine, route: .intranasal, weight: 70,
                doses: [.init(minute: 0, milligrams: milligrams), .init(minute: 5, milligrams: milligrams)])
            let before = [SessionForecast.Reading(.systolic, minute: -10, value: 120)]
            return try #require(test.clinic.sessionForecasts.forecast(cause, before, knowledge: test.clinic.knowledge))
        }
        let (one, two) = (try forecast(28), try forecast(56))
        func highest(_ forecast: SessionForecast, _ quantity: SessionForecast.Quantity) -> Double {
            forecast.population[quantity]?.map(\.p50).max() ?? 0
        }
        let (peak, higher) = (highest(one, .concentration), highest(two, .concentration))
        #expect(peak > 20 && peak < 200 && higher / peak > 1.5 && higher / peak < 2.1)
        #expect(highest(one, .systolic) > 121)
        for band in one.population[.dissociation] ?? [] { #expect(band.p05 <= band.p95 && band.p05 >= 0 && band.p95 <= 92) }
        #expect(try forecast(28) == one)
        #expect(one.bands(.systolic).count == 1 && one.bands(.systolic)[0].isOwn == false)
    }
}

@Suite struct BoardTests {
    /// After a start only charts are judged of which a session may be open: one that nobody has left, also where the leaving was taken back or a
    /// dose came after it, and what is of today.
    @Test func aSessionNobodyLeftStaysOnTheBoardForWeeks() throws {
        func session(_ patient: String, _ event: String, _ time: String, _ more: String = "") -> String {
            #"{"type":"session","patient":"\#(patient)","id":"\#(patient)-\#(event)","session":"s1","event":"\#(event)","time":"\#(time)"\#(more)}"#
        }
        func dose(_ patient: String, _ time: String, _ session: String? = "s1") -> String {
            #"{"type":"administration","patient":"\#(patient)",\#(session.map { #""session":"\#($0)","# } ?? "")"time":"\#(time)","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg"}"#
        }
        let (come, given, gone) = ("2026-11-02T09:00:00Z", "2026-11-02T09:30:00Z", "2026-11-02T12:00:00Z")
        let lines =
            ["left", "stays", "back", "again", "today", "given"].map { #"{"type":"patient","id":"\#($0)","birth_date":"1979-04-02","sex":"female"}"# } + [
                session("left", "check_in", come), dose("left", given), session("left", "discharge", gone),
                session("left", "rems_submitted", "2026-11-03T09:00:00Z"),
                session("stays", "check_in", come), dose("stays", given),
                session("back", "check_in", come), dose("back", given), session("back", "discharge", gone),
                #"{"type":"retraction","patient":"back","id":"r1","supersedes":"back-discharge","reason":"wrong patient","recorded":"2026-11-03T09:00:00Z"}"#,
                session("again", "check_in", come), session("again", "discharge", "2026-11-02T09:10:00Z"), dose("again", given),
                session("today", "check_in", "2026-11-23T08:00:00Z"), dose("today", "2026-11-23T08:30:00Z"),
                session("today", "discharge", "2026-11-23T11:00:00Z"),
                dose("given", "2026-10-02T09:30:00Z", nil),
            ]
        let test = try TestClinic(lines.joined(separator: "\n"))
        let open = OpenSessions(test.clinic)
        #expect(Set(try open.all(at: test.now).map(\.patient)) == ["stays", "back", "again", "today"])
    }

    @Test func theBoardShowsWhoIsHereAndWhoComes() async throws {
        let test = try TestClinic(
            arrived
                + """
                {"type":"patient","id":"p2","birth_date":"1980-04-02","sex":"male"}
                {"type":"session","patient":"p2","session":"s1","event":"book","time":"2026-11-20T11:30:00Z","protocol":"esk-us-trd","planned_start":"2026-11-23T13:15:00Z","chair":"4"}
                {"type":"session","patient":"p2","session":"s2","event":"book","time":"2026-11-20T11:30:00Z","protocol":"esk-us-trd","planned_start":"2026-11-26T13:15:00Z","chair":"4"}

                """)
        let board = try await test.get("/board", as: .nurse)[0].body
        #expect(board.contains("/patients/p1/sessions/s1/room") && board.contains("1 session, 0 alarms"))
        #expect(board.contains("/patients/p2/sessions/s1/room") && board.contains("13:15") && !board.contains("/patients/p2/sessions/s2/room"))
        // Who receives people is led to the bookings, and learns nothing of the charts.
        let desk = try await test.get("/board", as: .frontDesk)[0].body
        #expect(desk.contains("/patients/p2/booking") && !desk.contains("/room") && !desk.contains("Relapse") && board.contains("Relapse"))
        #expect(try await test.get("/patients/p2/booking", as: .frontDesk)[0].body.contains("Has arrived"))
        let arrival = try await test.post("/patients/p2/sessions/s1/arrival", ["step": "check_in", "escort": "true"], as: .frontDesk)
        #expect(arrival.status == 303 && arrival.headers[.location] == "/patients/p2/booking")
        #expect(try await test.post("/patients/p2/sessions/s2/arrival", ["step": "cancel", "reason": "ill"], as: .frontDesk).status == 303)
        #expect(try await test.get("/patients/p2/booking", as: .frontDesk)[0].body.contains("No session is booked."))
        #expect(try await test.get("/board", as: .frontDesk)[0].body.contains("2 sessions"))
        #expect(try await test.post("/patients/p2/sessions/s1/arrival", ["step": "ready"], as: .frontDesk).status == 422)
    }

    /// A board for a wall names nobody, has nothing to press, and stays when nobody touches it; its account opens nothing else.
    @Test func aBoardOnAWallStaysAndNamesNobody() async throws {
        let test = try TestClinic(arrived)
        _ = try await test.post("/patients/p1/sessions/s1/entries", ["sbp": "152", "dbp": "84"], as: .nurse)
        let headers: HTTPFields = [.cookie: "euthymia=\(try test.signIn(.wallBoard).cookie)"]
        let nurse: HTTPFields = [.cookie: "euthymia=\(try test.signIn(.nurse).cookie)"]
        for day in [0.0, 1, 28] {
            test.advance(minutes: day * 1440)
            let wall = try await test.ask(.get, "/wall", headers: headers)
            #expect(wall.status == 200 && wall.body.contains("…p1") && !wall.body.contains("/patients") && !wall.body.contains(">p1<"))
            #expect(try await test.ask(.get, "/", headers: headers).headers[.location] == "/wall")
            for path in ["/board", "/patients", "/patients/p1", "/risk", "/stock"] { #expect(try await test.ask(.get, path, headers: headers).status == 403) }
        }
        #expect(try await test.ask(.get, "/board", headers: nurse).status == 303, "a person's board signs out")
        test.advance(minutes: 1440)
        #expect(try await test.ask(.get, "/wall", headers: headers).status == 303)
        // Whoever is a person as well has a person's limits.
        #expect(SignInPolicy().longestHours(of: [.wallBoard, .nurse]) == SignInPolicy().longestHours)
    }

    /// A note waits on the board from the moment it is written.
    @Test func listsFollowAtOnce() async throws {
        let test = try TestClinic(arrived)
        #expect(try await test.get("/board")[0].body.contains("Every note is signed."))
        _ = try await test.post("/patients/p1/history/notes", ["id": "n1", "text": "Well."])
        #expect(try await test.get("/board")[0].body.contains("Note by Person Prescriber"))
        _ = try await test.post("/patients/p1/history/notes/n1/sign", ["signature": TestClinic.password])
        #expect(try await test.get("/board")[0].body.contains("Every note is signed."))
    }

    /// What was booked long ago for today is on the board, also after a restart.
    @Test func whatWasBookedLongAgoIsNotForgotten() async throws {
        let test = try TestClinic(
            """
            {"type":"patient","id":"p2","birth_date":"1980-04-02","sex":"male"}
            {"type":"session","patient":"p2","session":"far","event":"book","time":"2026-08-01T11:30:00Z","planned_start":"2026-11-23T13:15:00Z"}

            """)
        #expect(try await test.get("/board", as: .nurse)[0].body.contains("/patients/p2/sessions/far/room"))
    }

    /// A clock that was set back: the board says what was so then, not what a later look had found.
    @Test func theBoardFollowsAClockSetBack() async throws {
        let test = try TestClinic(arrived)
        _ = try await test.post(
            "/patients/p1/sessions/s1/doses", ["drug": "esketamine", "route": "intranasal", "dose": "28", "unit": "mg", "confirm": "true"], as: .nurse)
        test.advance(minutes: 60)
        #expect(try await test.get("/board", as: .nurse)[0].body.contains("is-alarming"))
        test.advance(minutes: -58)
        #expect(try await !test.get("/board", as: .nurse)[0].body.contains("is-alarming"))
    }

    /// Standings are made again when a chart grows and when a day is over.
    @Test func listsFollowTheCharts() async throws {
        let test = try TestClinic(arrived)
        let pages = try Pages(test.clinic, desk: test.desk)
        #expect(try !pages.standings.refresh())
        #expect(try test.clinic.store.patientsToJudge(before: test.now.day.start, knowledge: "other", atMost: 10) == ["p1"])
        let row = try #require(try test.clinic.store.standings(StandingQuery()).first).row
        _ = try await test.post("/patients/p1/sessions/s1/entries", ["sbp": "120", "dbp": "70"], as: .nurse)
        _ = try await test.post("/patients/p1/history/notes", ["id": "n1", "text": "Well.", "time": "2026-11-23"])
        try pages.standings.refresh()
        #expect(try test.clinic.store.standings(StandingQuery()).count == 1)
        let board = try await test.get("/board")[0].body
        #expect(board.contains("/patients/p1/history/notes") && board.contains("Note by Person Prescriber"))
        test.advance(minutes: 1440)
        try pages.standings.refresh()
        #expect(try test.clinic.store.standings(StandingQuery()).first?.row != nil)
        #expect(!row.isEmpty)
    }
}
