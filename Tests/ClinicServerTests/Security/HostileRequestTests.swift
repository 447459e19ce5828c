import Access
import Foundation
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

/// Requests nobody's own page would send, tried on every route there is.
@Suite struct HostileRequestTests {
    private static let queries = [
        "' OR '1'='1", "'; DROP TABLE entries; --", "1 UNION SELECT hash FROM entries", "%\u{0}", "99999999999999999999", "2026-13-45",
        String(repeating: "a", count: 4000), "../../etc/passwd{{csrf}}",
    ]

    /// SQL and other nonsense in every parameter of every address: an answer in words, and nothing changed.
    @Test func nothingInAQueryHurts() async throws {
        let clinic = try await LivedInClinic()
        let before = try clinic.stated()
        let all = Set(clinic.pages.flatMap(\.query))
        #expect(all.count > 25 && clinic.pages.filter { !$0.query.isEmpty }.count > 30)
        for route in clinic.pages {
            let role = clinic.role(route)
            // One at a time where a route says it listens; all at once everywhere, in case one listens and does not say so.
            var asked = Self.queries.flatMap { text in route.query.map { "\($0)=\(percentEncoded(text))" } }
            asked += Self.queries.prefix(3).map { text in all.sorted().map { "\($0)=\(percentEncoded(text))" }.joined(separator: "&") }
            for query in asked {
                clinic.test.advance(minutes: 0.02)
                let answer = try await clinic.test.get(clinic.path(route) + "?" + query, as: role)[0]
                #expect(answer.status < 500 && answer.status != 429, "\(route.name) \(query.prefix(80)): \(answer.status)")
                #expect(!answer.body.contains("SQLite") && !answer.body.contains("DROP TABLE entries; --</"), "\(route.name)")
            }
        }
        #expect(try clinic.stated() == before)
        // A condition that is always true finds nobody more.
        #expect(try await clinic.test.get("/patients?q=" + percentEncoded(Self.queries[0]))[0].body.contains("No patient matches"))
        #expect(try await clinic.test.get("/audit?who=" + percentEncoded(Self.queries[0]), as: .compliance)[0].body.contains("class=\"nothing\""))
    }

    /// Ways out of a folder, and bytes that end a text, in every place of every path.
    @Test func noPathLeadsElsewhere() async throws {
        let clinic = try await LivedInClinic()
        let before = try clinic.stated()
        let ways = [
            "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e", "%00", "%c0%ae%c0%ae", "%0d%0aSet-Cookie:a=b", "%27%20OR%201=1--",
        ]
        for route in clinic.test.table.routes where !route.isStream {
            for name in route.parameters {
                for way in ways {
                    clinic.test.advance(minutes: 0.05)
                    let path = clinic.path(route, [name: way])
                    let answer =
                        route.method == .post
                        ? try await clinic.test.post(path, clinic.form(route, id: "t1"), as: clinic.role(route))
                        : try await clinic.test.get(path, as: clinic.role(route))[0]
                    #expect((400..<500).contains(answer.status) || route.path.hasSuffix("/break-glass"), "\(route.name) with \(way): \(answer.status)")
                    #expect(!answer.body.contains("root:") && answer.headers[.setCookie] == nil, "\(route.name)")
                }
            }
        }
        #expect(try clinic.stated() == before)
    }

    /// Something of one patient is not reached by the address of another, on any route that names both.
    @Test func nothingIsReachedThroughAnotherPatient() async throws {
        let clinic = try await LivedInClinic()
        let before = try clinic.stated()
        var tried = 0
        for route in clinic.test.table.routes where route.parameters.count > 1 && route.concernsPatient && !route.isStream {
            for name in route.parameters where name != "patient" && name != "account" {
                tried += 1
                clinic.test.advance(minutes: 1)
                let foreign = clinic.path(route, patient: "p1", [name: percentEncoded(clinic.value(name, of: route, patient: "p2"))])
                let answer =
                    route.method == .post
                    ? try await clinic.test.post(foreign, clinic.form(route, id: "t\(tried)"), as: clinic.role(route))
                    : try await clinic.test.get(foreign, as: clinic.role(route))[0]
                #expect((400..<500).contains(answer.status), "\(foreign): \(answer.status)")
            }
        }
        #expect(tried > 40)
        #expect(try clinic.stated() == before)
        // What belongs to no patient, of a name that is nobody's.
        for route in clinic.forms where !route.concernsPatient && route.need != .link {
            for name in route.parameters {
                let answer = try await clinic.test.post(clinic.path(route, [name: "nobody"]), clinic.form(route, id: "t0"), as: clinic.role(route))
                #expect((400..<500).contains(answer.status), "\(route.name): \(answer.status)")
            }
        }
        #expect(try clinic.stated() == before)
    }

    /// Every form without the token of its sign-in, with somebody else's, and from a page elsewhere.
    @Test func everyFormFromElsewhereIsRefused() async throws {
        let clinic = try await LivedInClinic()
        let test = clinic.test
        let before = try clinic.stated()
        for (number, route) in clinic.forms.enumerated() {
            test.advance(minutes: 1)
            var form = clinic.form(route, id: "c\(number)")
            guard let role = clinic.role(route) else {
                #expect(try await test.post(clinic.path(route), form, as: nil, headers: [.fetchSite: "cross-site"]).status == 403, "\(route.name)")
                #expect(try await test.post(clinic.path(route), form, as: nil, headers: [.origin: "https://evil.example"]).status == 403, "\(route.name)")
                continue
            }
            let (cookie, signIn) = try test.signIn(role)
            let tokens = [nil, "", test.desk.csrfToken(of: try test.signIn(role).signIn), test.desk.csrfToken(of: signIn)]
            for (index, token) in tokens.enumerated() {
                form["csrf"] = token
                var headers: HTTPFields = [.cookie: "euthymia=\(cookie)", .contentType: "application/x-www-form-urlencoded"]
                if index == tokens.count - 1 { headers[.fetchSite] = "cross-site" }
                let answer = try await test.ask(.post, clinic.path(route), headers: headers, body: TestClinic.encoded(form))
                #expect(answer.status == 403, "\(route.name), token \(index): \(answer.status)")
            }
        }
        #expect(try clinic.stated() == before)
    }

    /// Ten megabytes to every form: refused, and nothing of them read.
    @Test func hugeFormsAreRefusedEverywhere() async throws {
        let clinic = try await LivedInClinic()
        let before = try clinic.stated()
        let huge = "id=" + String(repeating: "a", count: 10_000_000)
        for route in clinic.forms {
            clinic.test.advance(minutes: 1)
            var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            if let role = clinic.role(route) {
                let (cookie, signIn) = try clinic.test.signIn(role)
                headers[.cookie] = "euthymia=\(cookie)"
                headers[.csrf] = clinic.test.desk.csrfToken(of: signIn)
            }
            #expect(try await clinic.test.ask(.post, clinic.path(route), headers: headers, body: huge).status == 413, "\(route.name)")
        }
        #expect(try clinic.stated() == before)
    }

    /// A cookie that somebody planted or guessed opens no route; nor does one that was good before.
    @Test func plantedCookiesOpenNothing() async throws {
        let clinic = try await LivedInClinic()
        let (old, signIn) = try clinic.test.signIn(.prescriber)
        try clinic.test.clinic.store.removeSignIn(signIn.token)
        for cookie in [old, String(repeating: "00", count: 32), "", "nurse", hexadecimal(signIn.token)] {
            for route in clinic.pages where clinic.role(route) != nil {
                clinic.test.advance(minutes: 0.05)
                let answer = try await clinic.test.ask(.get, clinic.path(route), headers: [.cookie: "euthymia=\(cookie)"])
                #expect(answer.status == 303 && answer.headers[.location]?.hasPrefix("/sign-in") == true, "\(route.name)")
            }
        }
    }
}
