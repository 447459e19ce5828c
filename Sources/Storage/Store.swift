import Chart
import Foundation
import GRDB
import Notation

/// All charts of a clinic in one SQLite file: an append-only list of entries, chained by hash, and projections derived from them.
///
/// ```swift
/// let store = try Store.open(at: "clinic.sqlite")
/// try store.append(at: now) { appender in try appender.append(entry) }
/// let chart = try store.chart(of: "p1")
/// ```
/// Entries are never changed. The database itself refuses UPDATE and DELETE on them, and any INSERT that is not the next in line.
public final class Store: Sendable {
    /// As given to `open`.
    public let path: String
    let database: any DatabaseWriter

    /// Marks the file as ours in SQLite's header: "Euth".
    static let applicationID: Int32 = 0x4575_7468

    /// What ledger lines are filed under where facts have their patient. No patient id holds a control character.
    static let ledger = "\u{1}ledger"

    private init(path: String, database: any DatabaseWriter) {
        self.path = path
        self.database = database
    }

    /// Opens the store at `path`, making it when there is no file.
    /// - Parameter identity: 16 random bytes for a new store, so that the chains of two stores differ from the first entry on.
    /// - Throws: `notAStore`, `newer`, or `database` when the file cannot be used. The file is untouched then.
    public static func open(at path: String, identity: [UInt8] = randomIdentity()) throws(StoreError) -> Store {
        do {
            if FileManager.default.fileExists(atPath: path) { try inspect(path) }
            let pool = try DatabasePool(path: path, configuration: configuration())
            try prepare(pool, identity: identity)
            return Store(path: path, database: pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// A store that lives as long as the value: for tests and for looking at files.
    public static func inMemory(identity: [UInt8] = randomIdentity()) throws(StoreError) -> Store {
        do {
            let queue = try DatabaseQueue(configuration: configuration())
            try prepare(queue, identity: identity)
            return Store(path: ":memory:", database: queue)
        } catch {
            throw StoreError(error, path: ":memory:")
        }
    }

    /// 16 bytes from the system's random source.
    public static func randomIdentity() -> [UInt8] { (0..<16).map { _ in UInt8.random(in: 0...255) } }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF")
        }
        return configuration
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001_entries", migrate: entries0001)
        return migrator
    }

    /// Looks at an existing file without changing it.
    private static func inspect(_ path: String) throws {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard size > 0 else { return }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        try DatabaseQueue(path: path, configuration: configuration).read { db in
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            let owner = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            guard tables == 0 || owner == applicationID else {
                throw StoreError(.notAStore, path: path, "is another program's database; expected a Euthymia store")
            }
            if try migrator.hasBeenSuperseded(db) {
                throw StoreError(.newer, path: path, "was written by a newer version of Euthymia; expected a store of this version or older")
            }
        }
    }

    private static func prepare(_ writer: any DatabaseWriter, identity: [UInt8]) throws {
        try migrator.migrate(writer)
        try writer.write { db in
            guard try schema(db) == expectedSchema.get() else {
                throw StoreError(.notAStore, path: "", "the tables or triggers were changed; expected a Euthymia store, see `euthymia verify`")
            }
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM store") == 0 else { return }
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "INSERT INTO store (one, id) VALUES (1, ?)", arguments: [Data(identity)])
            try db.execute(sql: "INSERT INTO head (one, count, hash) VALUES (1, 0, ?)", arguments: [Data(EntryHash.genesis(identity))])
        }
    }

    /// Every table, index and trigger, as SQLite keeps them.
    static func schema(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY 1")
    }

    /// The schema of a new store.
    static let expectedSchema = Result {
        let queue = try DatabaseQueue()
        try migrator.migrate(queue)
        return try queue.read(schema)
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try database.read(body) } catch { throw StoreError(error, path: path) }
    }
}
