import HTTPTypes
import Hummingbird
import Testing

@testable import ClinicServer

/// Requests no page makes.
@Suite struct MethodTests {
    /// HEAD tells of a page what GET tells, without it; every other method a route does not name changes nothing and breaks nothing.
    @Test func noMethodOnAnyRouteHurts() async throws {
        let lived = try await LivedInClinic()
        let test = lived.test
        let (cookie, _) = try test.signIn(.prescriber)
        let before = try facts(of: test)
        let methods = ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "BREW"].compactMap { HTTPRequest.Method(rawValue: $0) }
        for route in lived.test.table.routes where !route.isStream {
            let path = lived.path(route)
            let head = try await test.ask(.head, path)
            #expect(head.body.isEmpty && head.status < 500, "HEAD \(route.path): \(head.status)")
            if case .permission = route.need { #expect(head.status != 200, "HEAD \(route.path) for anyone") }
            for method in methods {
                let answer = try await test.ask(method, path, headers: [.cookie: "euthymia=\(cookie)"])
                #expect([404, 405].contains(answer.status), "\(method) \(route.path): \(answer.status)")
            }
        }
        #expect(try facts(of: test) == before)
    }

    private func facts(of test: TestClinic) throws -> [Int] {
        try LivedInClinic.everybody.map { try test.clinic.store.factCount(of: $0) } + [test.clinic.store.ledgerPayloads().count]
    }
}
