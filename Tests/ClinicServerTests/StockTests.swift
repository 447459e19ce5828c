import Access
import Chart
import Demonstration
import Dispensary
import Foundation
import Interchange
import Notation
import Storage
import Synchronization
import Testing

@testable import ClinicServer

/// Two patients with a session each; p1 was given 35 mg of ketamine from K1 at noon less ten.
private let charts = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
    {"type":"patient","id":"p2","birth_date":"1980-04-02","sex":"male"}
    {"type":"session","session":"s1","patient":"p1","event":"check_in","time":"2026-11-23T08:30:00Z","protocol":"ket-iv-standard"}
    {"type":"session","session":"s2","patient":"p2","event":"check_in","time":"2026-11-23T08:30:00Z","protocol":"ket-iv-standard"}

    """
private let dose = """
    {"type":"administration","id":"d1","patient":"p1","session":"s1","time":"2026-11-23T12:05:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40,"lot":"K1"}
    """

/// Lines of the ledger as the pages' forms carry them, each form under an id of its own.
private struct Cabinet {
    let test: TestClinic
    private let numbers = Counter()

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1; return $0
            }
        }
    }

    init(_ facts: String = charts) throws { test = try TestClinic(facts) }

    /// Sends the form of a kind; who stands by is somebody in a role, with a code nobody has used.
    @discardableResult
    func write(
        _ kind: LedgerLine.Kind, _ form: [String: String] = [:], as role: Role = .nurse, with witness: Role? = nil
    ) async throws -> TestClinic.Answer {
        var form = ["id": "l\(numbers.next())", "lot": "K1"].merging(form) { $1 }
        if let witness {
            test.advance(minutes: 1)
            form.merge(["witness": witness.rawValue, "witness_password": TestClinic.password, "witness_code": test.code]) { first, _ in first }
        }
        return try await test.post("/stock/record/\(kind.rawValue)", form, as: role)
    }

    func received(_ lot: String = "K1") async throws {
        let answer = try await write(
            .receive, ["lot": lot, "drug": "ketamine", "presentation": "solution", "strength": "50", "amount": "10", "expiry": "2027-01-31"], as: .pharmacy)
        #expect(answer.status == 303, "\(answer.body)")
    }

    var review: LedgerReview { get throws { try test.clinic.stock.review(at: test.now) } }
    func balance(_ account: Dispensary.Account, _ lot: String = "K1") throws -> Int { try review.ledger.balance(of: account, lot: lot) }
    var stored: [LedgerLine] { get throws { try test.clinic.store.ledgerLines() } }
    func account(_ session: String = "s1", _ patient: String = "p1") -> Dispensary.Account { .session(PatientSession(session: session, patient: patient)) }
}

/// Every kind of line through its page, and what it does to the accounts.
@Suite struct StockLineTests {
    private let session = ["session": "s1", "patient": "p1"]

    @Test func everyKindMovesWhatItSays() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        #expect(try cabinet.balance(.stock) == 10_000 && cabinet.balance(.supplier) == -10_000)
        #expect(try cabinet.stored.first?.received?.expiry == Day("2027-01-31"))

        #expect(try await cabinet.write(.issue, session.merging(["amount": "1"]) { $1 }).status == 303)
        #expect(try cabinet.balance(.stock) == 9000 && cabinet.balance(cabinet.account()) == 1000)
        #expect(try await cabinet.write(.administer, session.merging(["amount": "0.7"]) { $1 }).status == 303)
        #expect(try cabinet.balance(.given) == 700)
        #expect(try await cabinet.write(.waste, session.merging(["amount": "0.1", "reason": "rest"]) { $1 }, with: .prescriber).status == 303)
        #expect(try cabinet.balance(.wasted) == 100)
        #expect(try await cabinet.write(.return, session.merging(["amount": "0.2"]) { $1 }).status == 303)
        #expect(try cabinet.balance(.stock) == 9200 && cabinet.balance(cabinet.account()) == 0)
        #expect(try cabinet.review.broken.isEmpty)

        #expect(try await cabinet.write(.spill, ["amount": "0.2", "recoverable": "false", "reason": "fell"], with: .pharmacy).status == 303)
        #expect(try cabinet.balance(.spilled) == 200)
        #expect(try await cabinet.write(.destroy, ["amount": "1", "reason": "cloudy"], with: .pharmacy).status == 303)
        #expect(try cabinet.balance(.destroyed) == 1000)
        #expect(try await cabinet.write(.reverseDistribute, ["amount": "2", "reason": "form 222"], with: .pharmacy).status == 303)
        #expect(try cabinet.balance(.distributor) == 2000 && cabinet.balance(.stock) == 6000)
        #expect(try await cabinet.write(.count, ["amount": "6"], with: .pharmacy).status == 303)
        #expect(try await cabinet.write(.inventory, ["amount": "6"]).status == 303)
        #expect(try cabinet.review.ledger.frozen.isEmpty)

        let loss = try await cabinet.write(.loss, ["id": "gone", "amount": "1", "reason": "not on the shelf"])
        #expect(loss.status == 303 && loss.headers[.location] == "/stock/lots/K1?line=gone")
        #expect(try cabinet.balance(.lost) == 1000)
        #expect(try cabinet.review.findings.contains { $0.rule.check == .loss && !$0.isBroken })
        #expect(try await cabinet.write(.notify, ["line": "gone", "lot": ""]).headers[.location]?.hasPrefix("/stock/lots/K1?line=") == true)
        #expect(try !cabinet.review.findings.contains { $0.rule.check == .loss })
        #expect(try await cabinet.write(.reverse, ["line": "gone", "lot": "", "amount": "0.4", "reason": "found behind the shelf"]).status == 303)
        #expect(try cabinet.balance(.lost) == 600 && cabinet.balance(.stock) == 5400)
        #expect(try cabinet.stored.count == 13)
        #expect(try cabinet.stored.allSatisfy { ["nurse", "pharmacy"].contains($0.by) && $0.recorded != nil })
        #expect(try cabinet.test.audit { $0.what = .wroteStock }.count == 13)
        #expect(try cabinet.test.audit { $0.patient = "p1" }.count { $0.what == .wroteStock } == 4)
    }

    @Test func devicesAreCountedAndSpentOnesDisposedOf() async throws {
        let cabinet = try Cabinet()
        let lot = ["lot": "E1", "drug": "esketamine", "presentation": "devices", "strength": "28", "amount": "6", "expiry": "2027-01-31"]
        #expect(try await cabinet.write(.receive, lot, as: .pharmacy).status == 303)
        #expect(try cabinet.balance(.stock, "E1") == 6)
        #expect(try await cabinet.write(.issue, session.merging(["lot": "E1", "amount": "2"]) { $1 }).status == 303)
        #expect(try await cabinet.write(.administer, session.merging(["lot": "E1", "amount": "2"]) { $1 }).status == 303)
        #expect(try await cabinet.write(.dispose, ["lot": "E1", "amount": "2"]).status == 303)
        #expect(try cabinet.balance(.disposed, "E1") == 2 && cabinet.balance(.given, "E1") == 0)
        let half = try await cabinet.write(.issue, session.merging(["lot": "E1", "amount": "0.5"]) { $1 })
        #expect(half.status == 422 && half.body.contains("Amount"))
    }

    /// What is typed wrong is refused with its field, and nothing is stored.
    @Test func whatCannotBeIsRefused() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        for (form, part) in [
            (["amount": "0.0004"], "Amount"), (["amount": "1.00005"], "Amount"), (["amount": "0"], "Amount"), (["amount": "-1"], "Amount"),
            (["amount": "1,5"], "Amount"), (["amount": "0x1"], "Amount"), ([:], "Amount"), (["amount": "1", "lot": "K9"], "No such lot"),
            (["amount": "1", "session": ""], "Session"), (["amount": "1", "patient": "nobody"], "No patient"),
            (["amount": "1", "id": "../x"], "Id of the form"),
            (["amount": "1", "time": "2026-11-24", "time_clock": "10:00", "time_offset": "+00:00"], "future"),
            (["amount": "1", "time": "2026-11-23"], "When it was done"),
        ] {
            let answer = try await cabinet.write(.issue, session.merging(form) { $1 })
            #expect(answer.status == 422 && answer.body.contains(part), "\(form): \(answer.status)")
        }
        #expect(try await cabinet.write(.reverse, ["line": "none", "lot": "", "reason": "x"]).status == 422)
        #expect(try await cabinet.write(.waste, ["amount": "1"], with: .prescriber).body.contains("Why"))
        #expect(try cabinet.stored.count == 1)
        let late = ["amount": "1", "time": "2026-11-23", "time_clock": "10:00", "time_offset": "+01:00"]
        #expect(try await cabinet.write(.issue, session.merging(late) { $1 }).status == 409, "before the lot was received")
        #expect(try await cabinet.write(.issue, session.merging(late.merging(["confirm": "true"]) { $1 }) { $1 }).status == 303)
        let line = try #require(try cabinet.stored.last)
        #expect(line.time.instant == Instant("2026-11-23T09:00:00Z") && line.recorded?.instant == cabinet.test.now)
    }

    /// Rules speak before a line is written; what has happened all the same is recorded, and found.
    @Test func whatARuleForbidsIsSaidFirst() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        let tooMuch = session.merging(["amount": "12"]) { $1 }
        let said = try await cabinet.write(.issue, tooMuch)
        #expect(said.status == 409 && said.body.contains("LG-01"))
        #expect(try cabinet.stored.count == 1)
        #expect(try await cabinet.write(.issue, tooMuch.merging(["confirm": "true"]) { $1 }).status == 303)
        #expect(try cabinet.review.broken.contains { $0.rule.check == .negativeStock })
        #expect(
            try await cabinet.write(.issue, ["amount": "1", "session": "s9", "patient": "p1", "confirm": "false"]).body.contains("no session of that name"))
        let adjusted = try await cabinet.write(.adjust, ["amount": "1", "reason": "x"], with: .pharmacy)
        #expect(adjusted.status == 409 && adjusted.body.contains("LG-"))
    }

    /// A count is blind: its page says nothing of the book; after it the page says whether both agree.
    @Test func aCountIsBlindAndFreezes() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        let page = try await cabinet.test.get("/stock/record/count?lot=K1", as: .nurse)[0].body
        #expect(page.contains("<option value=\"K1\" selected>") && !page.contains("10 mL") && !page.contains("10000") && !page.contains("name=\"confirm\""))
        let good = try await cabinet.write(.count, ["amount": "10"], with: .pharmacy)
        #expect(try await cabinet.test.get(try #require(good.headers[.location]), as: .nurse)[0].body.contains("this agrees with the book"))
        cabinet.test.advance(minutes: 1)
        let bad = try await cabinet.write(.count, ["amount": "9.5"], with: .pharmacy)
        #expect(bad.status == 303, "a count that does not match is no error of the form")
        let after = try await cabinet.test.get(try #require(bad.headers[.location]), "/stock", as: .nurse)
        #expect(after[0].body.contains("the book has 10 mL. This does not agree") && after[1].body.contains("frozen"))
        cabinet.test.advance(minutes: 1)
        let frozen = try await cabinet.write(.issue, session.merging(["amount": "1"]) { $1 })
        #expect(frozen.status == 409 && frozen.body.contains("frozen"))
        #expect(try await cabinet.write(.adjust, ["amount": "-0.5", "reason": "looked into"], with: .pharmacy).status == 303)
        cabinet.test.advance(minutes: 1)
        #expect(try await cabinet.write(.count, ["amount": "9.5"], with: .pharmacy).status == 303)
        #expect(try cabinet.review.ledger.frozen.isEmpty)
        cabinet.test.advance(minutes: 1)
        #expect(try await cabinet.write(.issue, session.merging(["amount": "1"]) { $1 }).status == 303)
    }
}

/// The second person: another one, with their own password and a code nobody has used.
@Suite struct WitnessTests {
    private let rest = ["amount": "0.3", "reason": "rest"]

    private func proof(_ test: TestClinic, _ change: [String: String] = [:]) -> [String: String] {
        ["witness": "prescriber", "witness_password": TestClinic.password, "witness_code": test.code].merging(change) { $1 }
    }

    @Test func onlyAnotherPersonWhoProvesItself() async throws {
        let cabinet = try Cabinet()
        let test = cabinet.test
        try await cabinet.received()
        for (change, part) in [
            (["witness": "nurse"], "somebody else"), (["witness": "Nurse"], "somebody else"), (["witness": "frontdesk"], "do not belong together"),
            (["witness": "front_desk"], "may not witness"), (["witness": ""], "missing"), (["witness_password": ""], "missing"),
            (["witness_code": ""], "missing"),
            (["witness_password": "wrong"], "do not belong together"), (["witness_code": "000000"], "do not belong together"),
        ] {
            test.advance(minutes: 1)
            let answer = try await cabinet.write(.waste, rest.merging(proof(test, change)) { $1 })
            #expect(answer.status == 422 && answer.body.contains(part), "\(change): \(answer.body.suffix(900))")
        }
        #expect(try cabinet.stored.count == 1)
        test.advance(minutes: 10)
        let code = test.code
        #expect(try await cabinet.write(.waste, rest.merging(proof(test)) { $1 }).status == 303)
        #expect(try cabinet.stored.last?.witness == "prescriber")
        // The same code does not stand for a second act.
        #expect(try await cabinet.write(.waste, rest.merging(proof(test, ["witness_code": code])) { $1 }).status == 422)
        test.advance(minutes: 3)
        #expect(try await cabinet.write(.waste, rest.merging(proof(test, ["witness_code": code])) { $1 }).status == 422)
        #expect(try cabinet.balance(.wasted) == 300)
        #expect(try test.audit { $0.what = .signInRefused }.contains { $0.who == "prescriber" })
    }

    /// Every kind that the rules want a second person for asks for one.
    @Test func everyKindThatNeedsOneAsks() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        for form in LineForm.all where form.kind.needsWitness {
            let values = ["amount": "1", "reason": "x", "recoverable": "true", "confirm": "true"]
            let answer = try await cabinet.write(form.kind, values)
            #expect(answer.status == 422 && answer.body.contains("Second person"), "\(form.kind)")
        }
        #expect(Set(LineForm.all.filter { $0.witness == .needed }.map(\.kind)) == [.waste, .count, .adjust, .spill, .destroy, .reverseDistribute])
        // What took two to write takes two to take back.
        #expect(try await cabinet.write(.waste, rest.merging(["id": "w"]) { $1 }, with: .pharmacy).status == 303)
        let back = ["line": "w", "lot": "", "reason": "wrong lot"]
        #expect(try await cabinet.write(.reverse, back).body.contains("this line needs one"))
        #expect(try await cabinet.write(.reverse, back, with: .prescriber).status == 303)
        #expect(try cabinet.balance(.wasted) == 0 && cabinet.review.broken.isEmpty)
    }

    /// A witness who is named where none is needed proves who they are all the same.
    @Test func nobodyIsNamedWithoutProof() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        #expect(try await cabinet.write(.inventory, ["amount": "10", "witness": "pharmacy"]).status == 422)
        #expect(try await cabinet.write(.inventory, ["amount": "10", "witness_password": TestClinic.password]).status == 422)
        #expect(try await cabinet.write(.inventory, ["amount": "10"], with: .pharmacy).status == 303)
        #expect(try cabinet.stored.last?.witness == "pharmacy")
    }

    /// The same form again, because its answer was lost, is one line, though its code was used; another under its id is refused.
    @Test func aFormSentTwiceIsOneLine() async throws {
        let cabinet = try Cabinet()
        let test = cabinet.test
        try await cabinet.received()
        let form = rest.merging(proof(test)) { $1 }.merging(["id": "w1"]) { $1 }
        #expect(try await cabinet.write(.waste, form).status == 303)
        test.advance(minutes: 5)
        #expect(try await cabinet.write(.waste, form).status == 303)
        #expect(try cabinet.stored.count == 2 && cabinet.balance(.wasted) == 300)
        #expect(try test.audit { $0.what = .wroteStock }.count == 2)
        #expect(try await cabinet.write(.waste, form.merging(["amount": "0.4"]) { $1 }).status == 409)
        // Somebody else's form is not known by the id alone.
        #expect(try await cabinet.write(.waste, form, as: .pharmacy).status == 409)
        async let first = cabinet.write(.return, ["id": "r1", "amount": "1", "session": "s1", "patient": "p1", "confirm": "true"])
        async let second = cabinet.write(.return, ["id": "r1", "amount": "1", "session": "s1", "patient": "p1", "confirm": "true"])
        #expect(try await [first.status, second.status] == [303, 303])
        #expect(try cabinet.stored.count { $0.id == "r1" } == 1)
    }
}

/// The pages of the stock: what they show, to whom, and how.
@Suite struct StockPageTests {
    @Test func onlyThoseWhoMay() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        for role in Role.allCases {
            let (mayRead, mayWrite) = (role.permissions.contains(.readStock), role.permissions.contains(.writeStock))
            let answers = try await cabinet.test.get("/stock", "/stock/lots/K1", "/stock/record/waste", as: role)
            #expect(answers.map(\.status) == [mayRead ? 200 : 403, mayRead ? 200 : 403, mayWrite ? 200 : 403], "\(role)")
            #expect(answers[0].body.contains("/stock/record/") == mayWrite, "\(role)")
            #expect(answers[0].body.contains("href=\"/stock\"") == mayRead, "\(role): in the bar")
            if !mayWrite { #expect(try await cabinet.write(.issue, ["amount": "1"], as: role).status == 403, "\(role)") }
        }
        #expect(try cabinet.stored.count == 1)
        #expect(try cabinet.test.audit { $0.what = .readStock }.contains { $0.who == "compliance" })
        #expect(try await cabinet.test.get("/stock/lots/K9", as: .nurse)[0].status == 404)
        #expect(try await cabinet.test.get("/stock/witness-hint", as: .nurse)[0].status == 404, "in a real clinic nobody's password is told")
    }

    @Test func anEmptyStockSaysWhatToDo() async throws {
        let test = try TestClinic(charts)
        #expect(try await test.get("/stock", as: .nurse)[0].body.contains("/stock/record/receive"))
        #expect(try await test.get("/stock", as: .compliance)[0].body.contains("There is no stock yet"))
        #expect(try await test.get("/stock/record/waste", as: .nurse)[0].body.contains("There is no lot yet"))
        #expect(try await test.get("/stock/record/receive", as: .nurse)[0].body.contains("name=\"expiry\""))
    }

    /// Issued is not given and wasted: the page says so with rule and lines, before the waste is written and no more after it.
    @Test func reconciliationShowsAMismatch() async throws {
        let cabinet = try Cabinet()
        let test = cabinet.test
        try await cabinet.received()
        #expect(try await cabinet.write(.issue, ["id": "i1", "amount": "1", "session": "s1", "patient": "p1"]).status == 303)
        test.advance(minutes: 6)
        let fact = try #require(try JSONReader.read(dose).object)
        let request = ClinicRequest(
            uri: "/", headers: [:], parameters: [:], person: nil, form: FormValues(), address: "", now: test.now)
        try await Recorder(clinic: test.clinic).record([fact], of: "p1", request: request, about: "dose")
        test.advance(minutes: 1)
        let before = try await test.get("/stock", "/stock/lots/K1", "/patients/p1/sessions/s1/room", as: .nurse).map(\.body)
        #expect(before[0].contains("LG-03") && before[0].contains("issued 1 mL, given 0.7 mL (35 mg by the chart)"))
        #expect(before[0].contains("/stock/lots/K1#fact-i1") && before[1].contains("id=\"fact-i1\"") && before[1].contains("LG-03"))
        #expect(before[2].contains("0.3 mL not accounted for") && before[2].contains("by the chart"))
        let waste = ["amount": "0.3", "reason": "rest", "session": "s1", "patient": "p1", "back": "/patients/p1/sessions/s1/room"]
        let wasted = try await cabinet.write(.waste, waste, with: .prescriber)
        #expect(wasted.headers[.location] == "/patients/p1/sessions/s1/room")
        let after = try await test.get("/stock", "/patients/p1/sessions/s1/room", as: .nurse).map(\.body)
        #expect(!after[0].contains("LG-03") && after[0].contains("No rule is broken") && after[1].contains("accounted for"))
        // A correction of the chart is heard as well.
        let corrected: JSONObject = [
            "type": "administration", "id": "d2", "supersedes": "d1", "session": "s1", "time": "2026-11-23T12:05:00Z", "drug": "ketamine",
            "route": "intravenous", "dose": 30, "unit": "mg", "lot": "K1",
        ]
        try await Recorder(clinic: test.clinic).record([corrected], of: "p1", request: request, about: "dose")
        #expect(try await test.get("/stock", as: .nurse)[0].body.contains("given 0.6 mL (30 mg by the chart)"))
        // Whoever starts anew from the first entry finds the same.
        let anew = StockDesk(test.clinic.store, charts: test.clinic.charts, rules: test.clinic.ledgerRules, jurisdiction: .us)
        #expect(try anew.review(at: test.now).findings == cabinet.review.findings)
    }

    /// The lines of a lot stand newest first, each with what it left in stock.
    @Test func theAccountOfALotRuns() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        for (number, amount) in [(1, "1"), (2, "2.5")] {
            cabinet.test.advance(minutes: 1)
            _ = try await cabinet.write(.issue, ["id": "i\(number)", "amount": amount, "session": "s\(number)", "patient": "p\(number)"])
        }
        cabinet.test.advance(minutes: 1)
        _ = try await cabinet.write(.reverse, ["line": "i1", "lot": "", "reason": "wrong session"])
        let page = try await cabinet.test.get("/stock/lots/K1", as: .compliance)[0].body
        let balances = page.matches(of: /<strong>([0-9.]+ mL)<\/strong>/).map { String($0.output.1) }
        #expect(balances == ["7.5 mL", "6.5 mL", "9 mL", "10 mL"])
        #expect(
            page.contains("stock → session<") && page.contains("s2 of p2") && page.contains("taken back") && page.contains("Person Nurse")
                && page.contains("wrong session"))
        #expect(!page.contains("Take back</a>"), "a reader takes nothing back")
        for number in 3...120 { _ = try await cabinet.write(.issue, ["id": "i\(number)", "amount": "0.01", "session": "s1", "patient": "p1"]) }
        let pages = try await cabinet.test.get("/stock/lots/K1", "/stock/lots/K1?page=2", "/stock/lots/K1?page=-9223372036854775808", as: .nurse)
        #expect(pages.map(\.status) == [200, 200, 200])
        #expect(pages[0].body.contains("?page=2") && !pages[0].body.contains("id=\"fact-l1\"") && pages[1].body.contains("id=\"fact-l1\""))
    }

    @Test func hostileTextStaysText() async throws {
        let cabinet = try Cabinet()
        let hostile = "<script>alert(1)</script>\"'&{{x}}"
        let lot = "<b>/K\"1'"
        let received = try await cabinet.write(
            .receive,
            [
                "lot": lot, "drug": "ketamine", "presentation": "solution", "strength": "50", "amount": "10", "expiry": "2026-12-01", "supplier": hostile,
                "note": hostile,
            ], as: .pharmacy)
        #expect(received.status == 303, "\(received.body)")
        #expect(
            try await cabinet.write(.loss, ["lot": lot, "amount": "1", "reason": hostile, "session": hostile, "patient": "p1", "confirm": "true"]).status == 303
        )
        let path = try #require(received.headers[.location]?.split(separator: "?").first.map(String.init))
        for page in try await cabinet.test.get(
            "/stock", path, "/stock/record/waste?lot=\(percentEncoded(lot))&reason=\(percentEncoded(hostile))&back=\(percentEncoded("//evil.example"))",
            "/board", as: .nurse)
        {
            #expect(page.status == 200 && !page.body.contains("<script>alert") && !page.body.contains("<b>/K"))
            #expect(!page.body.contains("//evil.example"))
        }
        let elsewhere = try await cabinet.write(.loss, ["lot": lot, "amount": "1", "reason": "x", "back": "//evil.example"])
        #expect(elsewhere.headers[.location]?.hasPrefix("/stock/lots/") == true)
    }

    /// The fictional ledger comes out even with the fictional charts, but for the session that is still going on.
    @Test func theDemonstrationComesOutEven() throws {
        let now = try #require(Instant("2026-11-23T12:00:00Z"))
        let charts = DemonstrationClinic.charts(seed: 20_261_123, today: Day(number: now.day.number - 1))
        let facts = charts.joined() + DemonstrationDay.facts(of: charts, at: now)
        let lines = DemonstrationLedger.lines(of: facts, at: now).map { JSONValue.object($0).text }.joined(separator: "\n")
        let plan = try LedgerFile.plan(Array(lines.utf8), name: "ledger", now: now)
        let test = try TestClinic(facts.map { JSONValue.object($0).text }.joined(separator: "\n"), start: now.description)
        try test.clinic.store.append(at: now) { appender in
            for entry in plan.entries { _ = try appender.append(entry.line, payload: entry.payload) }
        }
        let review = try test.clinic.stock.review(at: now)
        #expect(Set(review.ledger.lots.keys) == ["DEMO-E", "DEMO-K", "DEMO-L"])
        #expect(review.ledger.lots["DEMO-L"]?.expiry.map { $0 > now.day && $0 <= now.adding(days: 30).day } == true)
        #expect(
            review.broken.map(\.rule.check) == [.notReconciled] && review.broken.first?.session?.hasSuffix("-today") == true, "\(review.broken.map(\.text))")
        #expect(review.ledger.lines.contains { $0.kind == .waste && $0.isByTwoPeople } && review.ledger.lines.contains { $0.kind == .administer })
    }

    /// A dose that a fact of another kind supersedes is no dose from then on.
    @Test func aDoseSupersededByAnythingIsHeardOfAtOnce() async throws {
        let cabinet = try Cabinet(charts + dose)
        try await cabinet.received()
        cabinet.test.advance(minutes: 10)
        #expect(try cabinet.review.findings.contains { $0.session == "s1" })
        let entry = FiledFact(
            patient: "p1", fact: "n1", kind: .note, observed: cabinet.test.now, recorded: cabinet.test.now,
            payload:
                #"{"author":"nurse","id":"n1","patient":"p1","recorded":"\#(cabinet.test.now)","supersedes":"d1","text":"Not given.","time":"\#(cabinet.test.now)","type":"note"}"#
        )
        try cabinet.test.clinic.store.append(at: cabinet.test.now) { _ = try $0.append(entry) }
        #expect(try !cabinet.review.findings.contains { $0.session == "s1" })
    }

    /// Who may not see the stock does not see it in the room either.
    @Test func theRoomShowsItsDrugToThoseWhoMay() async throws {
        let cabinet = try Cabinet()
        try await cabinet.received()
        _ = try await cabinet.write(.issue, ["amount": "1", "session": "s1", "patient": "p1"])
        _ = try await cabinet.write(.issue, ["amount": "2", "session": "s2", "patient": "p2"])
        let room = "/patients/p1/sessions/s1/room"
        let nurse = try await cabinet.test.get(room, as: .nurse)[0].body
        #expect(nurse.contains("Drug of this session") && nurse.contains("<dd>1 mL</dd>") && !nurse.contains("<dd>2 mL</dd>"))
        #expect(nurse.contains("action=\"/stock/record/waste\"") && nurse.contains("name=\"patient\" value=\"p1\""))
        let prescriber = try await cabinet.test.get(room, as: .prescriber)[0].body
        #expect(prescriber.contains("Drug of this session") && !prescriber.contains("action=\"/stock/record/"))
        _ = try await cabinet.test.post("/patients/p1/care-team", ["account": "therapist"], as: .prescriber)
        #expect(try await !cabinet.test.get(room, as: .therapist)[0].body.contains("Drug of this session"))
    }
}
