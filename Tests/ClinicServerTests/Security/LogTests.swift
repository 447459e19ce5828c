import Access
import Foundation
import HTTPTypes
import Logging
import Notation
import Synchronization
import Testing

@testable import ClinicServer
@testable import Storage

/// Everything this process logs, caught for as long as it runs.
enum CaughtLog {
    private static let lines = Mutex<[String]>([])
    /// Catching begins when this is first asked for.
    static let begin: Void = LoggingSystem.bootstrap { _ in Handler() }

    static var all: [String] { lines.withLock { $0 } }

    private struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.withLock { $0.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:]) \(event.source)") } }
    }
}

/// What is logged says nothing of any patient, whatever goes wrong.
@Suite struct LogTests {
    /// Stands in no code, and in every place a patient can be told from.
    private static let marker = "zq7marker"

    @Test func noPatientIsToldOf() async throws {
        let patient = "p-\(Self.marker)"
        let test = try TestClinic(
            """
            {"type":"patient","id":"\(patient)","birth_date":"1979-04-02","sex":"female"}
            {"type":"condition","patient":"\(patient)","id":"c-\(Self.marker)","name":"condition \(Self.marker)","note":"\(Self.marker)"}
            {"type":"session","patient":"\(patient)","id":"b-\(Self.marker)","session":"s-\(Self.marker)","event":"check_in","time":"2026-11-23T11:00:00Z"}

            """)
        let known = ["patient": patient, "session": "s-\(Self.marker)", "fact": "c-\(Self.marker)"]
        func path(_ route: Route) -> String {
            "/" + route.path.split(separator: "/").map { $0.hasPrefix(":") ? known[String($0.dropFirst())] ?? Self.marker : String($0) }.joined(separator: "/")
        }
        for route in test.table.routes where !route.isStream {
            for role in [nil, Role.prescriber, .nurse, .administrator, .researcher] {
                test.advance(minutes: 0.1)
                let words = Dictionary(route.form.map { ($0.name, Self.marker) }) { first, _ in first }
                _ =
                    route.method == .post
                    ? try await test.post(path(route), words, as: role) : try await test.get(path(route) + "?q=\(Self.marker)", as: role)[0]
            }
        }
        // Where nothing can be written any more.
        let headers: HTTPFields = [.cookie: "euthymia=\(try test.signIn(.prescriber).cookie)"]
        try test.clinic.store.write { try $0.execute(sql: "PRAGMA query_only = ON") }
        for route in test.table.routes where !route.isStream { _ = try await test.ask(.get, path(route), headers: headers) }
        let logged = CaughtLog.all
        #expect(!logged.isEmpty, "what is caught is what would be logged")
        #expect(logged.filter { $0.contains(Self.marker) } == [])
    }
}
