import Access
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

    /// Puts a person into the care team of a patient named by the entry's id: two entries of the chain in one act, the change and the audit of it.
    public static func careTeam(of account: AccountID) -> EntryStream {
        EntryStream(
            name: "care team", role: .prescriber, request: { ("/patients/\($0)/care-team", ["account": account]) },
            stored: { store in
                let changes = Set(
                    try store.accessPayloads().compactMap { payload -> String? in
                        guard let json = try? JSONReader.read(payload), json["type"] == "care.assigned" else { return nil }
                        return json["patient"]?.string
                    })
                let audited = try Set(audit(of: store).filter { $0.what == .changedAccess && $0.about == "care.assigned" }.compactMap(\.patient))
                return (changes.intersection(audited), changes.symmetricDifference(audited))
            })
    }

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
