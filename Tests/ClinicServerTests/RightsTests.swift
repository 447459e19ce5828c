import Access
import Foundation
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

private let patients = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
    {"type":"patient","id":"p2","birth_date":"1980-04-02","sex":"male"}
    {"type":"session","session":"s1","patient":"p1","event":"check_in","time":"2026-11-23T08:30:00Z","protocol":"esk-us-trd"}
    {"type":"session","session":"s1","patient":"p2","event":"check_in","time":"2026-11-23T08:30:00Z","protocol":"esk-us-trd"}

    """

/// Every route against every role, from the table the router itself is built from.
@Suite struct RightsTests {
    /// A path of a route with something real in each of its places.
    private func path(_ route: Route, patient: String = "p1") -> String {
        let known = ["patient": patient, "session": "s1", "account": "nurse"]
        return route.path.split(separator: "/").map { part in part.hasPrefix(":") ? known[String(part.dropFirst())] ?? "none" : String(part) }
            .reduce("") { $0 + "/" + $1 }.ifEmpty("/")
    }

    @Test func everyRouteAnswersOnlyThoseWhoMay() async throws {
        let test = try TestClinic(patients)
        #expect(test.table.routes.count > 20)
        for route in test.table.routes where !route.endsSignIns {
            // Without a sign-in only so much may be asked at once.
            test.advance(minutes: 1)
            for role in [nil] + Role.allCases where !(route.isStream && role.map { route.isOpen(to: $0) } ?? false) {
                let answer =
                    route.method == .post ? try await test.post(path(route), as: role) : try await test.get(path(route), as: role)[0]
                let name = "\(route.method) \(route.path) as \(role?.rawValue ?? "nobody"): \(answer.status)"
                guard case .permission(let permission) = route.need else {
                    #expect(answer.status != 401 && answer.status != 403, "\(name)")
                    continue
                }
                let isInTeam = !(role?.isCareTeamOnly ?? false) || !route.concernsPatient || route.reachesClosedCharts
                if let role, role.permissions.contains(permission), isInTeam {
                    #expect(![401, 403].contains(answer.status) && answer.status < 500, "\(name)")
                } else if role == nil, route.method == .get {
                    #expect(answer.status == 303 && answer.headers[.location]?.hasPrefix("/sign-in") == true, "\(name)")
                } else {
                    #expect(answer.status == (role == nil ? 401 : 403), "\(name)")
                }
            }
        }
    }

    /// What is not declared does not exist.
    @Test func nothingElseAnswers() async throws {
        let test = try TestClinic(patients)
        for path in ["/admin", "/patients/p1/sessions", "/patients/p1/..%2f..%2fetc/passwd", "/style.css/..", "/.env", "/templates/layout.mustache"] {
            let status = try await test.get(path, as: .administrator)[0].status
            #expect([404, 403].contains(status), "\(path): \(status)")
        }
        for method in [HTTPRequest.Method.put, .delete, .patch] {
            #expect(try await test.ask(method, "/patients/p1").status == 404)
        }
    }

    /// A restricted chart is closed to everybody outside its care team, on every route that names a patient.
    @Test func restrictedChartsAreClosedOnEveryRoute() async throws {
        let test = try TestClinic(patients)
        let closed = try await test.post("/patients/p1/restriction", ["restricted": "true"], as: .psychiatrist)
        #expect(closed.status == 303)
        for route in test.table.routes where route.concernsPatient && !route.reachesClosedCharts {
            for role in Role.allCases where role != .psychiatrist {
                let answer = route.method == .post ? try await test.post(path(route), as: role) : try await test.get(path(route), as: role)[0]
                #expect(answer.status == 403, "\(route.path) as \(role)")
            }
        }
        #expect(try await test.get("/patients/p1", as: .psychiatrist)[0].status == 200)
        #expect(try await test.get("/patients/p2", as: .nurse)[0].status == 200)
        #expect(try test.audit { $0.what = .refused }.contains { $0.who == "nurse" && $0.patient == "p1" })
    }

    @Test func brokenGlassOpensForAWhileAndIsLookedInto() async throws {
        let test = try TestClinic(patients)
        _ = try await test.post("/patients/p1/restriction", ["restricted": "true"], as: .psychiatrist)
        let refused = try await test.get("/patients/p1", as: .nurse)[0]
        #expect(refused.status == 403 && refused.body.contains("/patients/p1/break-glass"))
        #expect(try await test.post("/patients/p1/break-glass", ["reason": "emergency"], as: .nurse).status == 422)
        #expect(try await test.post("/patients/p1/break-glass", ["reason": "emergency", "signature": "wrong password"], as: .nurse).status == 422)
        #expect(try await test.get("/patients/p1", as: .nurse)[0].status == 403)
        #expect(try await test.post("/patients/p1/break-glass", ["reason": "emergency", "signature": TestClinic.password], as: .nurse).status == 303)
        #expect(try await test.get("/patients/p1", as: .nurse)[0].status == 200)
        #expect(try await test.get("/patients/p1", as: .prescriber)[0].status == 403)
        test.advance(minutes: 61)
        #expect(try await test.get("/patients/p1", as: .nurse)[0].status == 403)

        let page = try await test.get("/glass", as: .compliance)[0].body
        #expect(page.contains("emergency") && page.contains("Person Nurse"))
        let event = try #require(test.clinic.access.book.brokenGlass.first)
        #expect(try await test.post("/glass/\(event.event)/review", ["note": "was right"], as: .compliance).status == 303)
        #expect(test.clinic.access.book.brokenGlass.first?.reviewedBy == "compliance")
    }

    @Test func therapistsReachTheirOwnPatients() async throws {
        let test = try TestClinic(patients)
        #expect(try await test.get("/patients/p1", as: .therapist)[0].status == 403)
        #expect(try await test.post("/patients/p1/care-team", ["account": "therapist"], as: .prescriber).status == 303)
        #expect(try await test.get("/patients/p1", "/patients/p2", as: .therapist).map(\.status) == [200, 403])
        #expect(try await test.post("/patients/p1/care-team/therapist/remove", as: .prescriber).status == 303)
        #expect(try await test.get("/patients/p1", as: .therapist)[0].status == 403)
    }

    /// Reads are audited too, and survive in the chain.
    @Test func whoLookedIsOnRecord() async throws {
        let test = try TestClinic(patients)
        _ = try await test.get("/patients/p1", "/patients", as: .nurse)
        let entries = try test.audit { $0.who = "nurse" }
        #expect(entries.map(\.what) == [.looked, .readChart])
        #expect(entries.last?.patient == "p1")
        #expect(try test.audit { $0.patient = "p1" }.count == 1)
        let page = try await test.get("/audit?who=nurse&what=chart.read", as: .compliance)[0].body
        #expect(page.contains("read chart") && page.contains("Person Nurse"))
        #expect(try await test.get("/audit?from=yesterday", as: .compliance)[0].status == 422)
    }
}

extension Route {
    /// Answers whoever may ask for as long as they listen.
    fileprivate var isStream: Bool { path.hasSuffix("/live") }
    fileprivate func isOpen(to role: Role) -> Bool { if case .permission(let permission) = need { role.permissions.contains(permission) } else { true } }

    /// Closing accounts takes away the very people the matrix is walked with.
    fileprivate var endsSignIns: Bool { path.hasSuffix("/close") || path == "/sign-out" || path.hasSuffix("/invite") }
}

extension String {
    fileprivate func ifEmpty(_ other: String) -> String { isEmpty ? other : self }
}
