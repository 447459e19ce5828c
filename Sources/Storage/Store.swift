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

    /// What entries that belong to no chart are filed under where facts have their patient. No patient id holds a control character, so
    /// that these sort before every one.
    enum Stream: String, CaseIterable {
        case ledger = "\u{1}ledger"
        case access = "\u{1}access"
        case audit = "\u{1}audit"
    }

    private init(path: String, database: any DatabaseWriter) {
        self.path = path
        self.database = database
    }

    /// Opens the store at `path`, making it when there is no file.
    ///
    /// A new store is made beside its place and moved there whole: whoever is killed meanwhile leaves nothing half made.
    /// - Parameter identity: 16 random bytes for a new store, so that the chains of two stores differ from the first entry on.
    /// - Throws: `notAStore`, `newer`, or `database` when the file cannot be used. The file is untouched then.
    public static func open(at path: String, identity: [UInt8] = randomIdentity()) throws(StoreError) -> Store {
        do {
            if try isAbsentOrEmpty(path) { try make(at: path, identity: identity) }
            try inspect(path)
            let pool = try DatabasePool(path: path, configuration: configuration())
            try prepare(pool, identity: identity)
            return Store(path: path, database: pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Opens a store that is there for reading; the file is not changed, and need not be writable.
    /// - Throws: as `open`; appending to it throws `database`.
    public static func openToRead(at path: String) throws(StoreError) -> Store {
        do {
            guard try !isAbsentOrEmpty(path) else { throw StoreError(.notAStore, path: path, "is empty; expected a Euthymia store") }
            return Store(path: path, database: try readOnlyQueue(path))
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Where a folder cannot be written, or its disk is full, SQLite reads a file only as one that nobody changes.
    static func readOnlyQueue(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        func opened(_ path: String) throws -> DatabaseQueue {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read(inspect)
            return queue
        }
        do {
            return try opened(path)
        } catch let error as DatabaseError where (error.hasNoRoom || [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)) && hasNoLog(path) {
            return try opened("file:\(URL(fileURLWithPath: path).absoluteURL.path(percentEncoded: true))?immutable=1")
        }
    }

    /// Whether everything is in the main file.
    private static func hasNoLog(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0) ?? 0 == 0
    }

    private static func isAbsentOrEmpty(_ path: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return true }
        return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 == 0
    }

    private static func make(at path: String, identity: [UInt8]) throws {
        let draft = draftPath(path)
        defer { removeDatabase(draft) }
        // What SQLite keeps beside it gets the same rights.
        guard makeFile(draft) else { throw StoreError(.database, path: path, "cannot be made here; expected a folder that can be written") }
        let queue = try DatabaseQueue(path: draft, configuration: configuration())
        try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = WAL") }
        try prepare(queue, identity: identity)
        try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try queue.close()
        // Whoever is first has made the store; the others open theirs.
        if try FileManager.default.fileExists(atPath: path) && isAbsentOrEmpty(path) { unlink(path) }
        guard moveIntoPlace(draft, path) || FileManager.default.fileExists(atPath: path) else {
            throw StoreError(.database, path: path, "cannot be made here; expected a folder that can be written")
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

    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF")
            // 16 MB of log before it is moved into the file: a busy clinic writes the same pages again and again.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
        }
        return configuration
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001_entries", migrate: entries0001)
        migrator.registerMigration("0002_clinic", migrate: clinic0002)
        migrator.registerMigration("0003_kinds", migrate: kinds0003)
        migrator.registerMigration("0004_outcomes", migrate: outcomes0004)
        migrator.registerMigration("0005_superseding", migrate: superseding0005)
        migrator.registerMigration("0006_booked", migrate: booked0006)
        return migrator
    }

    /// Looks at an existing file without changing it.
    private static func inspect(_ path: String) throws { try readOnlyQueue(path).close() }

    private static func inspect(_ db: Database) throws {
        let owner = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard owner == applicationID else { throw StoreError(.notAStore, path: "", "is another program's database; expected a Euthymia store") }
        if try migrator.hasBeenSuperseded(db) {
            throw StoreError(.newer, path: "", "was written by a newer version of Euthymia; expected a store of this version or older")
        }
    }

    private static func prepare(_ writer: any DatabaseWriter, identity: [UInt8]) throws {
        try migrator.migrate(writer)
        try writer.write { db in
            guard try schema(db) == expectedSchema(of: db) else {
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

    /// The schema of a store to which the same migrations were applied as to `db`.
    static func expectedSchema(of db: Database) throws -> [String] {
        let queue = try DatabaseQueue()
        if let last = try migrator.appliedMigrations(db).last { try migrator.migrate(queue, upTo: last) }
        return try queue.read(schema)
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try database.read(body) } catch { throw StoreError(error, path: path) }
    }

    /// One statement, prepared once and asked at every request: it needs no transaction around it.
    func ask<Value>(_ sql: String, _ arguments: StatementArguments, _ fetch: (Statement, StatementArguments) throws -> Value) throws(StoreError) -> Value {
        do { return try database.unsafeRead { try fetch($0.cachedStatement(sql: sql), arguments) } } catch { throw StoreError(error, path: path) }
    }
}
