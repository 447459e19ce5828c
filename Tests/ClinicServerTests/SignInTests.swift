import Access
import Foundation
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

@Suite struct SignInTests {
    private func signIn(_ test: TestClinic, password: String = TestClinic.password, code: String? = nil, back: String = "/", cookie: String? = nil) async throws
        -> TestClinic.Answer
    {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        headers[.cookie] = cookie.map { "euthymia=\($0)" }
        return try await test.ask(
            .post, "/sign-in", headers: headers,
            body: TestClinic.encoded(["account": "nurse", "password": password, "code": code ?? test.code, "back": back]))
    }

    @Test func passwordAndCodeTogetherOpenTheDoor() async throws {
        let test = try TestClinic()
        let answer = try await signIn(test, back: "/patients")
        #expect(answer.status == 303 && answer.headers[.location] == "/patients")
        let cookie = try #require(TestClinic.cookie(answer))
        let setCookie = try #require(answer.headers[.setCookie])
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(setCookie.contains(part)) }
        #expect(try await test.ask(.get, "/patients", headers: [.cookie: "euthymia=\(cookie)"]).status == 200)
        // The store does not hold what the browser holds.
        #expect(try test.clinic.store.signIn([UInt8](hexadecimal: cookie) ?? []) == nil)
    }

    /// Who signs in is kept at hand; who is out is out at once, also when another request was just on its way.
    @Test func whatIsKeptOfASignInEndsWithIt() throws {
        let test = try TestClinic()
        let (signIns, signIn) = (test.desk.signIns, try test.signIn(.nurse).signIn)
        let found = try #require(try signIns.find(signIn.token, at: test.now))
        try signIns.end(signIn.token)
        #expect(try signIns.find(signIn.token, at: test.now) == nil)
        _ = signIns.touch(found, at: test.now.adding(minutes: 2))
        #expect(try signIns.find(signIn.token, at: test.now.adding(minutes: 2)) == nil)
        #expect(try test.clinic.store.signIn(signIn.token) == nil)
        // Another process ends a sign-in: within a second everybody knows.
        let other = try test.signIn(.prescriber).signIn
        #expect(try signIns.find(other.token, at: test.now) == other)
        try test.clinic.store.removeSignIn(other.token)
        #expect(try signIns.find(other.token, at: test.now.adding(minutes: 0.02)) == nil)
    }

    @Test func aCodeIsGoodOnce() async throws {
        let test = try TestClinic()
        let code = test.code
        #expect(try await signIn(test, code: code).status == 303)
        #expect(try await signIn(test, code: code).status == 422)
        // Nor the one before it.
        let earlier = TimeBasedCode(secret: TestClinic.secret).code(TimeBasedCode.step(at: test.now) - 1)
        #expect(try await signIn(test, code: earlier).status == 422)
        test.advance(minutes: 1)
        #expect(try await signIn(test).status == 303)
    }

    @Test func wrongTriesLockTheAccountForAWhile() async throws {
        let test = try TestClinic()
        for _ in 0..<5 { #expect(try await signIn(test, password: "wrong wrong wrong").status == 422) }
        let locked = try await signIn(test)
        #expect(locked.status == 422 && locked.body.contains("Too many wrong tries"))
        test.advance(minutes: 1.1)
        #expect(try await signIn(test, password: "wrong again, later").status == 422)
        // The lock has doubled.
        test.advance(minutes: 1.1)
        #expect(try await signIn(test).body.contains("Too many wrong tries"))
        test.advance(minutes: 2)
        #expect(try await signIn(test).status == 303)
        #expect(try test.audit { $0.what = .lockedOut }.count == 2)
        #expect(try test.audit { $0.what = .signInRefused }.count == 6)
    }

    /// A wrong name, a wrong password and a wrong code are answered alike.
    @Test func nothingTellsWhichPartWasWrong() async throws {
        let test = try TestClinic()
        var bodies: [String] = []
        for form in [
            ["account": "nobody", "password": TestClinic.password, "code": test.code],
            ["account": "nurse", "password": "wrong wrong wrong", "code": test.code],
            ["account": "nurse", "password": TestClinic.password, "code": "000000"],
        ] {
            let answer = try await test.ask(
                .post, "/sign-in", headers: [.contentType: "application/x-www-form-urlencoded", .accept: "application/json"], body: TestClinic.encoded(form))
            #expect(answer.status == 422)
            bodies.append(answer.body)
        }
        #expect(Set(bodies).count == 1)
    }

    /// Session fixation: a cookie known before is worth nothing after.
    @Test func signingInMakesANewCookie() async throws {
        let test = try TestClinic()
        let planted = String(repeating: "ab", count: 32)
        let first = try #require(TestClinic.cookie(try await signIn(test, cookie: planted)))
        #expect(first != planted)
        #expect(try await test.ask(.get, "/patients", headers: [.cookie: "euthymia=\(planted)"]).status == 303)
        test.advance(minutes: 1)
        let second = try #require(TestClinic.cookie(try await signIn(test, cookie: first)))
        #expect(second != first)
        #expect(try await test.ask(.get, "/patients", headers: [.cookie: "euthymia=\(first)"]).status == 303)
        #expect(try await test.ask(.get, "/patients", headers: [.cookie: "euthymia=\(second)"]).status == 200)
    }

    @Test func signInsEnd() async throws {
        let test = try TestClinic()
        let (cookie, _) = try test.signIn(.nurse)
        let headers: HTTPFields = [.cookie: "euthymia=\(cookie)"]
        // Every 20 minutes something happens: the idle time-out does not come, the absolute one does.
        for _ in 0..<35 {
            test.advance(minutes: 20)
            #expect(try await test.ask(.get, "/patients", headers: headers).status == 200)
        }
        test.advance(minutes: 21)
        #expect(try await test.ask(.get, "/patients", headers: headers).status == 303)

        let idle: HTTPFields = [.cookie: "euthymia=\(try test.signIn(.nurse).cookie)"]
        test.advance(minutes: 29)
        #expect(try await test.ask(.get, "/patients", headers: idle).status == 200)
        test.advance(minutes: 30)
        #expect(try await test.ask(.get, "/patients", headers: idle).status == 303)
    }

    @Test func signingOutAndClosingAnAccountEndSignIns() async throws {
        let test = try TestClinic()
        let (cookie, signIn) = try test.signIn(.nurse)
        let headers: HTTPFields = [.cookie: "euthymia=\(cookie)", .contentType: "application/x-www-form-urlencoded"]
        let out = try await test.ask(.post, "/sign-out", headers: headers, body: "csrf=\(test.desk.csrfToken(of: signIn))")
        #expect(out.status == 303 && out.headers[.setCookie]?.contains("Max-Age=0") == true)
        #expect(try await test.ask(.get, "/patients", headers: headers).status == 303)

        let other: HTTPFields = [.cookie: "euthymia=\(try test.signIn(.nurse).cookie)"]
        #expect(try await test.post("/people/nurse/close", as: .administrator).status == 303)
        #expect(try await test.ask(.get, "/patients", headers: other).status == 303)
        #expect(try await self.signIn(test).status == 422)
    }

    @Test func theFirstStartMakesOneAdministratorOnce() async throws {
        let test = try TestClinic(people: [])
        #expect(try await test.get("/sign-in", as: nil)[0].headers[.location] == "/first-start")
        let firstStart = FirstStart(test.clinic)
        let code = try #require(firstStart.code)
        #expect(!firstStart.take("0000 0000 0000"))
        #expect(firstStart.take(code.uppercased().replacingOccurrences(of: " ", with: "")))
        #expect(try await test.post("/first-start", ["start_code": "0000", "account": "anna", "name": "Anna"], as: nil).status == 422)
        #expect(!test.clinic.access.book.hasAdministrator)
    }

    @Test func anInvitationIsGoodOnceAndForThreeDays() async throws {
        let test = try TestClinic()
        let opened = try await test.post("/people", ["account": "Zoe.1", "name": "Zoe Quist", "roles": "nurse"], as: .administrator)
        #expect(opened.status == 200)
        let word = try #require(opened.body.firstMatch(of: /word=([0-9a-f]+)/)?.1)
        let secret = Array("abcdefghijklmnopqrst".utf8)
        let form = [
            "account": "zoe.1", "invitation": String(word), "password": "a long enough secret", "secret": hexadecimal(secret),
            "code": TimeBasedCode(secret: secret).code(TimeBasedCode.step(at: test.now)),
        ]
        // The name is for who holds the invitation: nobody learns who works here by asking.
        #expect(try await test.get("/invitation?account=zoe.1&word=\(word)", as: nil)[0].body.contains("Zoe Quist"))
        #expect(try await !test.get("/invitation?account=zoe.1&word=abcd", as: nil)[0].body.contains("Zoe Quist"))
        #expect(try await test.post("/invitation", form.merging(["password": "short"]) { $1 }, as: nil).status == 422)
        #expect(try await test.post("/invitation", form.merging(["password": "zoe.1 zoe.1 zoe"]) { $1 }, as: nil).status == 422)
        #expect(try await test.post("/invitation", form.merging(["invitation": "abcd"]) { $1 }, as: nil).status == 422)
        #expect(try await test.post("/invitation", form, as: nil).status == 303)
        #expect(try await test.post("/invitation", form, as: nil).status == 422)

        let again = try await test.post("/people/zoe.1/invite", as: .administrator)
        let later = try #require(again.body.firstMatch(of: /word=([0-9a-f]+)/)?.1)
        test.advance(minutes: 3 * 1440 + 1)
        let code = TimeBasedCode(secret: secret).code(TimeBasedCode.step(at: test.now))
        #expect(try await test.post("/invitation", form.merging(["invitation": String(later), "code": code]) { $1 }, as: nil).status == 422)
    }

    @Test func somebodyAlwaysManagesPeople() async throws {
        let test = try TestClinic()
        #expect(try await test.post("/people/administrator/close", as: .administrator).status == 422)
        #expect(try await test.post("/people/administrator/roles", ["roles": "nurse"], as: .administrator).status == 422)
        #expect(try await test.post("/people/nurse/roles", ["roles": "administrator"], as: .administrator).status == 303)
        #expect(try await test.post("/people/administrator/close", as: .administrator).status == 303)
    }

    // MARK: - Forms from elsewhere

    @Test func formsFromElsewhereAreRefused() async throws {
        let test = try TestClinic()
        let (cookie, signIn) = try test.signIn(.administrator)
        let token = test.desk.csrfToken(of: signIn)
        let other = test.desk.csrfToken(of: try test.signIn(.administrator).signIn)
        func post(_ csrf: String?, _ more: HTTPFields = [:]) async throws -> Int {
            var headers: HTTPFields = [.cookie: "euthymia=\(cookie)", .contentType: "application/x-www-form-urlencoded"]
            for field in more { headers[field.name] = field.value }
            return try await test.ask(.post, "/people/on-call", headers: headers, body: "account=prescriber" + (csrf.map { "&csrf=\($0)" } ?? "")).status
        }
        #expect(try await post(nil) == 403)
        #expect(try await post("") == 403)
        #expect(try await post(other) == 403)
        #expect(try await post(token, [.origin: "https://evil.example"]) == 403)
        #expect(try await post(token, [.origin: "null"]) == 403)
        #expect(try await post(token, [.fetchSite: "cross-site"]) == 403)
        #expect(try await post(token, [.contentType: "text/plain"]) == 415)
        #expect(test.clinic.access.book.onCall.isEmpty)
        #expect(try await post(token, [.origin: "http://127.0.0.1:8080"]) == 303)
        #expect(test.clinic.access.book.onCall[.suicideRisk] == "prescriber")
        let large = try await test.ask(
            .post, "/people/on-call", headers: [.cookie: "euthymia=\(cookie)", .contentType: "application/x-www-form-urlencoded"],
            body: "csrf=\(token)&account=" + String(repeating: "a", count: 10_000_000))
        #expect(large.status == 413)
    }

    @Test func nobodyIsSentElsewhere() async throws {
        let test = try TestClinic()
        for back in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"] {
            test.advance(minutes: 1)
            #expect(try await signIn(test, back: back).headers[.location] == "/", "\(back)")
        }
    }

    @Test func floodsAreSlowedDown() async throws {
        let test = try TestClinic()
        var statuses: [Int] = []
        for _ in 0..<80 { statuses.append(try await test.get("/sign-in", as: nil)[0].status) }
        #expect(statuses.prefix(60).allSatisfy { $0 == 200 } && statuses.last == 429)
        test.advance(minutes: 1)
        #expect(try await test.get("/sign-in", as: nil)[0].status == 200)
    }
}
