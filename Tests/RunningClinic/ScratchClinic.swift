import Access
import Chart
import Crypto
import Foundation
import Notation
import Storage

/// A store in a folder of its own, with people who are signed in.
public struct ScratchClinic: Sendable {
    public let folder: URL
    public var path: String { folder.appendingPathComponent("store.sqlite").path }

    public init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-running-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Who is treated here after `openSessions`.
    public static let patients = (0..<20).map { "p\($0)" }

    /// Every patient has a session under way, named `today`.
    public func openSessions() throws {
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
        try Store.open(at: path).append(at: now) { appender in
            for patient in Self.patients {
                let known: JSONObject = ["type": "patient", "id": .string(patient), "patient": .string(patient), "birth_date": "1979-04-02", "sex": "female"]
                let session: JSONObject = [
                    "type": "session", "id": "check-in", "patient": .string(patient), "time": .string(now.description), "session": "today",
                    "event": "check_in", "protocol": "esk-us-trd",
                ]
                for (id, kind, fact) in [(patient, FactKind.patient, known), ("check-in", .session, session)] {
                    _ = try appender.append(
                        FiledFact(
                            patient: patient, fact: id, kind: kind, observed: kind == .session ? now : nil, recorded: nil,
                            payload: JSONValue.object(fact).canonical))
                }
            }
        }
    }

    public func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Opens an account and signs it in.
    /// - Returns: the cookie of its browser.
    public func employ(_ account: AccountID, _ role: Role) throws -> String {
        let store = try Store.open(at: path)
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255) }
        try store.append(at: now) {
            _ = try $0.append(AccessEvent(id: "opened-\(account)", time: now, by: AccessEvent.system, .opened(account, name: account, roles: [role])))
        }
        try store.put(SignIn(token: Array(SHA256.hash(data: bytes)), account: account, created: now, seen: now, confirmed: now))
        return "euthymia=" + hexadecimal(bytes)
    }
}
