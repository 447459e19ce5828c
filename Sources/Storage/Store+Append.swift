import Chart
import Foundation
import GRDB
import Notation

extension Store {
    /// Appends entries in one transaction: when `body` throws, or the process dies, nothing of it is stored.
    /// - Parameter instant: when the store takes them in; part of every entry.
    /// - Throws: what `body` throws, else a `StoreError`.
    public func append<Value>(at instant: Instant, _ body: (inout Appender) throws -> Value) throws -> Value {
        do {
            return try database.write { db in
                var appender = try Appender(db, appended: instant)
                let value = try body(&appender)
                try appender.finish()
                return value
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        } catch let error as StoreError where error.path.isEmpty {
            throw StoreError(error.code, path: path, error.message)
        }
    }

    /// Writes entries inside one transaction of `append`.
    public struct Appender {
        private let db: Database
        private let appended: Int64
        private var count: Int64
        private var hash: [UInt8]
        private var hasher = EntryHash()
        private var summaries: [PatientID: PatientSummary] = [:]
        private let find: Statement
        private let insert: Statement

        init(_ db: Database, appended: Instant) throws {
            self.db = db
            self.appended = appended.milliseconds
            let head = try Row.fetchOne(db, sql: "SELECT count, hash FROM head")
            count = head?["count"] ?? 0
            hash = [UInt8](head?["hash"] as Data? ?? Data())
            find = try db.cachedStatement(sql: "SELECT payload FROM entries WHERE patient = ? AND fact = ?")
            insert = try db.cachedStatement(
                sql: """
                    INSERT INTO entries (seq, patient, fact, kind, observed, recorded, appended, payload, hash)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
        }

        /// Appends one entry.
        /// - Returns: false when the store holds the same fact already, word for word; nothing is written then.
        /// - Throws: `conflict` when the store holds another fact under this patient and id.
        public mutating func append(_ entry: FiledFact) throws -> Bool {
            if let stored = try String.fetchOne(find, arguments: [entry.patient, entry.fact]) {
                guard Array(stored.utf8) == Array(entry.payload.utf8) else {
                    throw StoreError(.conflict, path: "", "a fact with this id is stored with other content; expected a new id with `supersedes`")
                }
                return false
            }
            count += 1
            hash = hasher.hash(
                hash, seq: count, patient: entry.patient, fact: entry.fact, kind: entry.kind.rawValue, observed: entry.observed?.milliseconds,
                recorded: entry.recorded?.milliseconds, appended: appended, payload: entry.payload)
            try insert.execute(arguments: [
                count, entry.patient, entry.fact, entry.kind.rawValue, entry.observed?.milliseconds, entry.recorded?.milliseconds, appended,
                entry.payload, Data(hash),
            ])
            summaries[entry.patient, default: PatientSummary(patient: entry.patient)].take(entry)
            return true
        }

        func finish() throws {
            for summary in summaries.values { try summary.merge(into: db) }
        }
    }
}
