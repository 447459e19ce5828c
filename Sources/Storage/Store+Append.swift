import Access
import Chart
import Dispensary
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
        var appended: Int64
        /// Entries in the store, those of this transaction included.
        public private(set) var count: Int64
        /// Whether anything but audit was appended.
        private(set) var hasChanged = false
        private var hash: [UInt8]
        private var hasher = EntryHash()
        private var summaries: [PatientID: PatientSummary] = [:]
        private let find: Statement
        private let insert: Statement

        init(_ db: Database, appended: Instant) throws {
            self.db = db
            self.appended = appended.milliseconds
            let head = try Row.fetchOne(try db.cachedStatement(sql: "SELECT count, hash FROM head"))
            count = head?["count"] ?? 0
            hash = [UInt8](head?["hash"] as Data? ?? Data())
            find = try db.cachedStatement(sql: "SELECT payload FROM entries WHERE patient = ? AND fact = ?")
            insert = try db.cachedStatement(
                sql: """
                    INSERT INTO entries (seq, patient, fact, kind, observed, recorded, appended, payload, hash)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
        }

        /// Appends one fact.
        /// - Returns: false when the store holds the same fact already, word for word; nothing is written then.
        /// - Throws: `conflict` when the store holds another fact under this patient and id.
        public mutating func append(_ entry: FiledFact) throws -> Bool {
            let isNew = try append(
                to: entry.patient, id: entry.fact, kind: entry.kind.rawValue, observed: entry.observed, recorded: entry.recorded, payload: entry.payload)
            if isNew { summaries[entry.patient, default: PatientSummary(patient: entry.patient)].take(entry) }
            return isNew
        }

        /// Appends one line of the ledger, in the same chain as the charts.
        /// - Returns, throws: as for a fact.
        public mutating func append(_ line: LedgerLine, payload: String) throws -> Bool {
            try append(to: Stream.ledger.rawValue, id: line.id, kind: line.kind.rawValue, observed: line.time.instant, recorded: nil, payload: payload)
        }

        /// Appends a change of who may do what.
        /// - Returns, throws: as for a fact.
        @discardableResult
        public mutating func append(_ event: AccessEvent) throws -> Bool {
            try append(
                to: Stream.access.rawValue, id: event.id, kind: event.type, observed: event.time, recorded: nil, payload: event.json.canonical)
        }

        /// Appends what somebody did or saw.
        public mutating func append(_ audit: AuditEntry) throws {
            let id = "a\(count + 1)"
            try add(
                to: Stream.audit.rawValue, id: id, kind: audit.what.rawValue, observed: audit.time, recorded: nil,
                payload: audit.json(id: id).canonical)
            try db.cachedStatement(sql: "INSERT INTO audit (seq, time, who, what, patient) VALUES (?, ?, ?, ?, ?)")
                .execute(arguments: [count, audit.time.milliseconds, audit.who, audit.what.rawValue, audit.patient])
        }

        /// Runs `body`.
        mutating func run<Value>(at instant: Instant, _ body: (inout Appender) throws -> Value) throws -> Value {
            appended = instant.milliseconds
            return try body(&self)
        }

        /// Runs `body`; when it throws, what it appended is gone and the rest of the transaction stays.
        mutating func separately<Value>(at instant: Instant, _ body: (inout Appender) throws -> Value) throws -> Result<Value, any Error> {
            let before = self
            var result: Result<Value, any Error>?
            try db.inSavepoint {
                do {
                    result = .success(try run(at: instant, body))
                    return .commit
                } catch {
                    // A disk that refuses (full, read-only) may have ended the whole transaction: nothing more may be written as if it stood.
                    if let error = error as? DatabaseError, error.resultCode != .SQLITE_CONSTRAINT { throw error }
                    result = .failure(error)
                    self = before
                    return .rollback
                }
            }
            return result ?? .failure(StoreError(.database, path: "", "nothing was written"))
        }

        private mutating func append(
            to stream: String, id: String, kind: String, observed: Instant?, recorded: Instant?, payload: String
        ) throws -> Bool {
            if let stored = try String.fetchOne(find, arguments: [stream, id]) {
                guard Array(stored.utf8) == Array(payload.utf8) else {
                    throw StoreError(.conflict, path: "", "a fact with this id is stored with other content; expected a new id with `supersedes`")
                }
                return false
            }
            try add(to: stream, id: id, kind: kind, observed: observed, recorded: recorded, payload: payload)
            return true
        }

        private mutating func add(to stream: String, id: String, kind: String, observed: Instant?, recorded: Instant?, payload: String) throws {
            count += 1
            hasChanged = hasChanged || stream != Stream.audit.rawValue
            hash = hasher.hash(
                hash, seq: count, patient: stream, fact: id, kind: kind, observed: observed?.milliseconds, recorded: recorded?.milliseconds,
                appended: appended, payload: payload)
            try insert.execute(arguments: [
                count, stream, id, kind, observed?.milliseconds, recorded?.milliseconds, appended, payload, Data(hash),
            ])
        }

        func finish() throws {
            for summary in summaries.values { try summary.merge(into: db) }
        }
    }
}
