import Access
import Crypto
import Foundation
import Guidance
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Interchange
import Knowledge
import Notation
import Storage
import Synchronization
import Testing
import Trials

@testable import ClinicServer

/// A clinic in memory with one person for each role, who may be somebody at once or sign in like anybody.
final class TestClinic: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPFields
        var body: String
    }

    let clinic: Clinic
    let desk: SignInDesk
    let table: RouteTable
    private let application: any ApplicationProtocol
    private let clock: Clock

    /// The hands of the clock, shared with the clinic.
    final class Clock: Sendable {
        private let time: Mutex<Instant>
        init(_ start: Instant) { time = Mutex(start) }
        var now: Instant { time.withLock { $0 } }
        func advance(minutes: Double) { time.withLock { $0 = $0.adding(minutes: minutes) } }
    }

    static let password = "correct horse battery"
    static let secret: [UInt8] = Array("12345678901234567890".utf8)

    /// - Parameter facts: of the contract, one to a line.
    init(
        _ facts: String = "", isDemonstration: Bool = false, people: [Role] = Role.allCases, store: Store? = nil, start: String = "2026-11-23T12:00:00Z",
        clockProblem: @escaping @Sendable () -> String? = { nil }
    ) throws {
        CaughtLog.begin
        let start = try #require(Instant(start))
        let clock = Clock(start)
        self.clock = clock
        let library = try KnowledgeLibrary.shipped()
        let knowledge = library.base
        let store = try store ?? Store.inMemory(identity: Array(0..<16))
        let plan = facts.isEmpty ? nil : try ChartFile.plan(Array(facts.utf8), name: "facts", format: .ndjson, knowledge: knowledge, now: start)
        try store.append(at: start) { appender in
            for entry in plan?.entries ?? [] { _ = try appender.append(entry) }
            for role in people {
                let id = role.rawValue
                try appender.append(AccessEvent(id: "opened-\(id)", time: start, by: "system", .opened(id, name: "Person \(role.title)", roles: [role])))
            }
        }
        // A cheap hash: the cost of the usual one has a test of its own.
        let hash = try PasswordHash(Self.password, salt: Array(0..<16), logRounds: 4)
        for role in people {
            try store.changeCredentials(of: role.rawValue) { credentials in
                credentials.password = hash
                credentials.code = TimeBasedCode(secret: Self.secret)
            }
        }
        clinic = try Clinic(
            name: "Test clinic", isDemonstration: isDemonstration, version: "0", jurisdiction: .us, store: store, knowledge: knowledge,
            symptoms: library.symptomModel, ledgerRules: library.ledgerRules,
            trials: try TrialKnowledge(knowledge, library.symptomModel, files: library.documents.map { ($0.path, $0.text) }), now: { clock.now },
            clockProblem: clockProblem)
        desk = try SignInDesk(clinic, site: .loopback)
        let pages = try Pages(clinic, desk: desk)
        let firstStart = FirstStart(clinic)
        table = RouteTable(pages, firstStart: firstStart)
        application = Application(router: buildRouter(pages, firstStart: firstStart))
    }

    var now: Instant { clock.now }
    func advance(minutes: Double) { clock.advance(minutes: minutes) }

    /// The code everybody's app shows now.
    var code: String { TimeBasedCode(secret: Self.secret).code(TimeBasedCode.step(at: now)) }

    // MARK: - Being somebody

    /// A person signed in at this moment, in a browser of their own.
    func signIn(_ role: Role) throws -> (cookie: String, signIn: SignIn) {
        let bytes = systemRandomBytes(32)
        let signIn = SignIn(token: Array(SHA256.hash(data: bytes)), account: role.rawValue, created: now, seen: now, confirmed: now)
        try clinic.store.put(signIn)
        return (hexadecimal(bytes), signIn)
    }

    func get(_ paths: String..., as role: Role? = .prescriber) async throws -> [Answer] {
        let headers: HTTPFields = try role.map { [.cookie: "euthymia=\(try signIn($0).cookie)"] } ?? [:]
        var answers: [Answer] = []
        for path in paths { answers.append(try await ask(.get, path, headers: headers)) }
        return answers
    }

    /// Sends a form as somebody's own page would.
    func post(_ path: String, _ form: [String: String] = [:], as role: Role? = .prescriber, headers more: HTTPFields = [:]) async throws -> Answer {
        var (body, headers) = try self.form(form, as: role)
        for field in more { headers[field.name] = field.value }
        return try await ask(.post, path, headers: headers, body: body)
    }

    /// A form of somebody's own page, as it is sent.
    func form(_ form: [String: String], as role: Role?) throws -> (body: String, headers: HTTPFields) {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        var form = form
        if let role {
            let (cookie, signIn) = try signIn(role)
            headers[.cookie] = "euthymia=\(cookie)"
            form["csrf"] = desk.csrfToken(of: signIn)
        }
        return (Self.encoded(form), headers)
    }

    func ask(_ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String? = nil) async throws -> Answer {
        try await Self.ask(application, method, path, headers, body)
    }

    private static func ask(
        _ application: some ApplicationProtocol, _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields, _ body: String?
    ) async throws -> Answer {
        try await application.test(.router) { client in
            let answer = try await client.execute(uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
            return Answer(status: answer.status.code, headers: answer.headers, body: String(buffer: answer.body))
        }
    }

    static func encoded(_ form: [String: String]) -> String {
        form.sorted { $0.key < $1.key }.map { "\($0.key)=\(percentEncoded($0.value))" }.joined(separator: "&")
    }

    /// The cookie an answer sets.
    static func cookie(_ answer: Answer) -> String? {
        answer.headers[.setCookie]?.split(separator: ";").first?.split(separator: "=").dropFirst().first.map(String.init)
    }

    /// What the audit holds, newest first.
    func audit(_ change: (inout AuditQuery) -> Void = { _ in }) throws -> [AuditEntry] {
        var query = AuditQuery(limit: 1000)
        change(&query)
        return try clinic.store.audit(query).map(\.entry)
    }
}
