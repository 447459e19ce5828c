import Access
import Crypto
import Foundation
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

/// A page that is kept for a moment is still everybody's own, and never older than what was stored.
@Suite struct KeptPageTests {
    private let facts = """
        {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
        {"type":"diagnosis","patient":"p1","time":"2023-12-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-01-01"}
        """

    private func page(_ test: TestClinic, _ path: String, as cookie: String) async throws -> String {
        let answer = try await test.ask(.get, path, headers: [.cookie: "euthymia=\(cookie)"])
        #expect(answer.status == 200)
        if let length = answer.headers[.contentLength] { #expect(Int(length) == answer.body.utf8.count) }
        return answer.body
    }

    @Test(arguments: ["/board", "/patients", "/patients/p1"])
    func theSamePageIsEachPersonsOwn(path: String) async throws {
        let test = try TestClinic(facts)
        try test.clinic.store.append(at: test.now) {
            _ = try $0.append(
                AccessEvent(id: "second", time: test.now, by: "system", .opened("second", name: "O'Hara <b>& Sons</b>", roles: [.prescriber])))
        }
        let other = try TestClinic(store: test.clinic.store)
        let (first, one) = try other.signIn(.prescriber)
        let bytes = systemRandomBytes(32)
        let two = SignIn(of: bytes, account: "second", at: other.now)
        try other.clinic.store.put(two)
        for _ in 0..<2 {
            let own = try await page(other, path, as: first)
            let theirs = try await page(other, path, as: hexadecimal(bytes))
            let names = ["Person Prescriber", "O&#39;Hara &lt;b&gt;&amp; Sons&lt;/b&gt;"].map { #"<a href="/account">\#($0)</a>"# }
            #expect(own.contains(names[0]) && own.contains(other.desk.csrfToken(of: one)))
            #expect(!own.contains(names[1]) && !own.contains(other.desk.csrfToken(of: two)))
            #expect(theirs.contains(names[1]) && theirs.contains(other.desk.csrfToken(of: two)))
            #expect(!theirs.contains(names[0]) && !theirs.contains(other.desk.csrfToken(of: one)))
        }
    }

    @Test func whatWasStoredIsThereAtOnce() async throws {
        let test = try TestClinic(facts)
        let nurse = try test.signIn(.nurse).cookie
        let before = try await page(test, "/patients/p1", as: nurse)
        #expect(!before.contains("lithium"))
        let stored = try await test.post("/patients/p1/history/medication", ["id": "m1", "drug": "lithium", "start": "2026-11-01"])
        #expect(stored.status < 400)
        #expect(try await page(test, "/patients/p1", as: nurse).contains("lithium"))
    }

    @Test func rightsAndTimeMakeAnotherPage() async throws {
        let test = try TestClinic(facts)
        let prescriber = try test.signIn(.prescriber).cookie
        let researcher = try test.signIn(.nurse).cookie
        let theirs = try await page(test, "/patients/p1", as: prescriber)
        #expect(try await page(test, "/patients/p1", as: researcher) != theirs)
        test.advance(minutes: 24 * 60)
        let again = try test.signIn(.prescriber).cookie
        #expect(try await page(test, "/patients/p1", as: again).contains("24 Nov 2026"))
    }
}

extension SignIn {
    fileprivate init(of cookie: [UInt8], account: AccountID, at now: Instant) {
        self.init(token: Array(SHA256.hash(data: cookie)), account: account, created: now, seen: now, confirmed: now)
    }
}
