import Access
import GRDB
import Notation

/// What the audit is searched for. Everything asked for must be so.
public struct AuditQuery: Sendable, Equatable {
    public var who: String?
    public var what: AuditEntry.What?
    public var patient: String?
    public var from: Instant?
    public var to: Instant?
    /// Only entries before this place in the chain: the next page.
    public var before: Int64?
    public var limit: Int

    public init(limit: Int = 100) { self.limit = limit }
}

extension Store {
    /// The `audit` projection as entries say it.
    static let auditFromEntries = """
        SELECT seq, observed AS time, json_extract(payload, '$.who') AS who, kind AS what, json_extract(payload, '$.patient') AS patient
        FROM entries WHERE patient = '\(Stream.audit.rawValue)'
        """

    /// Entries of the audit, newest first, each with its place in the chain.
    public func audit(_ query: AuditQuery) throws(StoreError) -> [(seq: Int64, entry: AuditEntry)] {
        try read { db in
            let (sql, arguments) = Self.auditQuery(query)
            return try Row.fetchAll(db, sql: sql, arguments: arguments).compactMap { row in
                guard let json = try? JSONReader.read(row["payload"] as String), let entry = AuditEntry(json) else { return nil }
                return (row["seq"], entry)
            }
        }
    }

    /// The statement for a search: one index narrows it, the newest come first.
    static func auditQuery(_ query: AuditQuery) -> (sql: String, arguments: StatementArguments) {
        var (conditions, arguments): ([String], StatementArguments) = ([], [])
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("a.patient = ?", query.patient)
        add("a.who = ?", query.who)
        add("a.what = ?", query.what?.rawValue)
        add("a.time >= ?", query.from?.milliseconds)
        add("a.time < ?", query.to?.milliseconds)
        add("a.seq < ?", query.before)
        arguments += [query.limit]
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return (
            "SELECT a.seq, e.payload FROM audit a JOIN entries e ON e.seq = a.seq \(condition) ORDER BY a.seq DESC LIMIT ?", arguments
        )
    }
}
