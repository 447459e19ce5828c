import Access
import Chart
import Notation
import Storage

/// What is streamed into a running clinic: a form of one of its routes, and how to find again what it recorded.
public struct EntryStream: Sendable {
    public var name: String
    public var role: Role
    /// Address and form of one entry. Its id is letters, digits and hyphens, and is used once.
    public var request: @Sendable (_ id: String) -> (path: String, form: [String: String])
    /// The ids of the entries a store holds, and of those it holds only in part. A part is what a crash must never leave.
    public var stored: @Sendable (Store) throws -> (whole: Set<String>, half: Set<String>)

    public init(
        name: String, role: Role, request: @escaping @Sendable (_ id: String) -> (path: String, form: [String: String]),
        stored: @escaping @Sendable (Store) throws -> (whole: Set<String>, half: Set<String>)
    ) {
        (self.name, self.role, self.request, self.stored) = (name, role, request, stored)
    }

    /// Three vital signs taken in the session under way of one of the clinic's patients: three facts and the audit of them in one act.
    public static let vitals = EntryStream(
        name: "vital signs", role: .prescriber,
        request: { id in
            let patient = ScratchClinic.patients[id.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % ScratchClinic.patients.count]
            return ("/patients/\(patient)/sessions/today/entries", ["id": id, "hr": "72", "spo2": "97", "rr": "14"])
        },
        stored: { store in
            var parts: [String: Int] = [:]
            for patient in ScratchClinic.patients {
                for fact in try store.chart(of: patient)?.facts ?? [] where fact.kind == .measurement {
                    parts[fact.id.split(separator: "-").dropLast().joined(separator: "-"), default: 0] += 1
                }
            }
            let audited = try audit(of: store).count { $0.what == .wrote && $0.about == "today: readings" }
            let half = Set(parts.filter { $0.value != 3 }.keys)
            return (Set(parts.keys).subtracting(half), half.union(audited == parts.count ? [] : ["\(audited) audited of \(parts.count)"]))
        })

    /// The whole audit of a store, oldest first.
    public static func audit(of store: Store) throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        var last: Int64 = 0
        while case let part = try store.auditPayloads(after: last), let end = part.last {
            entries += part.compactMap { (try? JSONReader.read($0.payload)).flatMap(AuditEntry.init) }
            last = end.seq
        }
        return entries
    }
}
