import AsyncHTTPClient
import Foundation
import NIOCore
import Notation
import RunningClinic

/// Everybody's browser: asks for pages, sends forms, listens to what changes.
struct Browsers: Sendable {
    struct Person: Sendable {
        var cookie: String
        var token: String
    }

    let client: HTTPClient
    let base: String
    let clinic: FullClinic
    let people: [Person]

    init(_ client: HTTPClient, port: UInt16, clinic: FullClinic) async throws {
        self.client = client
        self.clinic = clinic
        base = "http://127.0.0.1:\(port)"
        people = try clinic.cookies.map { cookie in
            guard let token = Client(port: port, cookie: cookie).csrfToken() else { throw ServerProcess.Problem(description: "a sign-in does not hold") }
            return Person(cookie: cookie, token: token)
        }
    }

    static func client(connections: Int) -> HTTPClient {
        HTTPClient(
            configuration: HTTPClient.Configuration(
                connectionPool: .init(idleTimeout: .seconds(55), concurrentHTTP1ConnectionsPerHostSoftLimit: connections)))
    }

    /// The same people with other connections.
    func with(_ client: HTTPClient) -> Browsers { Browsers(client: client, base: base, clinic: clinic, people: people) }

    private init(client: HTTPClient, base: String, clinic: FullClinic, people: [Person]) {
        (self.client, self.base, self.clinic, self.people) = (client, base, clinic, people)
    }

    func get(_ path: String, as person: Person) async throws -> Int {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "Cookie", value: person.cookie)
        let response = try await client.execute(request, timeout: .seconds(30))
        _ = try await response.body.collect(upTo: 16 << 20)
        return Int(response.status.code)
    }

    /// Sends one entry of a room.
    /// - Returns: whether it was acknowledged.
    func enter(_ values: [String: Int], in room: FullClinic.Room, as person: Person) async throws -> Bool {
        var request = HTTPClientRequest(url: base + room.path + "/entries")
        request.method = .POST
        request.headers.add(name: "Cookie", value: person.cookie)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        let form = values.map { "\($0)=\($1)" } + ["csrf=\(person.token)", "id=e\(UInt64.random(in: 0 ... .max))"]
        request.body = .bytes(ByteBuffer(string: form.joined(separator: "&")))
        let response = try await client.execute(request, timeout: .seconds(30))
        _ = try await response.body.collect(upTo: 1 << 20)
        return (200..<400).contains(Int(response.status.code))
    }

    /// Listens until it is cancelled; `hear` is told every event when it is whole.
    func listen(_ path: String, as person: Person, hear: @Sendable (String) -> Void) async throws {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "Cookie", value: person.cookie)
        let response = try await client.execute(request, timeout: .hours(1))
        guard response.status == .ok else { throw ServerProcess.Problem(description: "\(path): \(response.status)") }
        var event = ""
        for try await buffer in response.body {
            event += String(buffer: buffer)
            guard event.hasSuffix("\n\n") else { continue }
            hear(event)
            event = ""
        }
    }
}
