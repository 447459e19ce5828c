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

    /// The statement for a search: one index narrows it and gives the order, so that no search reads or sorts the whole audit. Newest first; by
    /// the time itself where only time is asked for.
    static func auditQuery(_ query: AuditQuery) -> (sql: String, arguments: StatementArguments) {
        // The narrowest first. SQLite is kept from the indices of the others by a plus sign.
        let choices = [("a.patient", query.patient), ("a.who", query.who), ("a.what", query.what?.rawValue)].filter { $0.1 != nil }
        let isByTime = choices.isEmpty && (query.from ?? query.to) != nil
        var (conditions, arguments): ([String], StatementArguments) = ([], [])
        for (number, (column, value)) in choices.enumerated() {
            conditions.append((number == 0 ? "" : "+") + "\(column) = ?")
            arguments += [value]
        }
        for (comparison, bound) in [(">=", query.from), ("<", query.to)] {
            guard let bound else { continue }
            conditions.append((isByTime ? "" : "+") + "a.time \(comparison) ?")
            arguments += [bound.milliseconds]
        }
        if isByTime, let before = query.before {
            conditions.append("(a.time, a.seq) < (SELECT time, seq FROM audit WHERE seq = ?)")
            arguments += [before]
        } else if !isByTime {
            conditions.append("a.seq < ?")
            arguments += [query.before ?? .max]
        }
        arguments += [query.limit]
        return (
            """
            SELECT a.seq, e.payload FROM audit a CROSS JOIN entries e ON e.seq = a.seq WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(isByTime ? "a.time DESC, a.seq DESC" : "a.seq DESC") LIMIT ?
            """, arguments
        )
    }

    /// The audit as it was taken in, oldest first, a part at a time.
    /// - Parameters:
    ///   - seq: the place in the chain of the last one read; 0 for the first part.
    ///   - count: only what stands among the first so many entries.
    public func auditPayloads(after seq: Int64, upTo count: Int64 = .max, limit: Int = 5000) throws(StoreError) -> [(seq: Int64, payload: String)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT a.seq, e.payload FROM audit a CROSS JOIN entries e ON e.seq = a.seq WHERE a.seq > ? AND a.seq <= ? ORDER BY a.seq LIMIT ?
                    """, arguments: [seq, count, limit]
            ).map { ($0["seq"], $0["payload"]) }
        }
    }
}
