import Chart
import Foundation
import GRDB
import Notation
import Statistics
import Storage
import Testing

/// A store in a folder of its own, gone after the test.
final class TemporaryStore {
    let folder: URL
    var path: String { folder.appendingPathComponent("store.sqlite").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func open() throws -> Store { try Store.open(at: path, identity: Array(0..<16)) }

    /// Opens the file as an intruder would, and closes it again with everything in the main file.
    func tamper(_ sql: String...) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            for statement in sql { try db.execute(sql: statement) }
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try queue.close()
    }

    static let dropTriggers = """
        DROP TRIGGER entries_are_not_updated; DROP TRIGGER entries_are_not_deleted; DROP TRIGGER entries_stand_in_line;
        DROP TRIGGER entries_move_the_head; DROP TRIGGER head_only_advances
        """

    /// Changes rows behind the triggers' back and puts the triggers back, so that only the chain can tell.
    func tamperUnseen(_ sql: String...) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            let triggers = try String.fetchAll(db, sql: "SELECT sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
            try db.execute(sql: Self.dropTriggers)
            for statement in sql { try db.execute(sql: statement) }
            for trigger in triggers where try Bool.fetchOne(db, sql: "SELECT count(*) = 0 FROM sqlite_schema WHERE sql = ?", arguments: [trigger]) ?? false {
                try db.execute(sql: trigger)
            }
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try queue.close()
    }

    func verify(against checkpoints: Checkpoint...) -> Verification { Store.verify(at: path, against: checkpoints) }

    var broken: Verification.Break? { if case .broken(let found) = verify() { found } else { nil } }
}

func entry(_ number: Int, patient: String = "p1", kind: FactKind = .therapy, words: String = "CBT") -> FiledFact {
    let json: JSONValue = [
        "type": .string(kind.rawValue), "id": .string("f\(number)"), "patient": .string(patient), "time": "2024-03-05", "modality": .string(words),
    ]
    return FiledFact(
        patient: patient, fact: "f\(number)", kind: kind, observed: Instant(milliseconds: Int64(number)),
        recorded: number % 2 == 0 ? nil : Instant(milliseconds: 5),
        payload: json.canonical)
}

let now = Instant(milliseconds: 1_700_000_000_000)

@discardableResult
func append(_ entries: [FiledFact], to store: Store) throws -> Int {
    try store.append(at: now) { appender in try entries.count { try appender.append($0) } }
}

@Suite struct AppendTests {
    @Test func whatIsAppendedComesBack() throws {
        let files = try TemporaryStore()
        let store = try files.open()
        let entries = (1...5).map { entry($0) } + [entry(6, patient: "p2", kind: .administration)]
        // The last is no valid administration; it is stored as it came and refused only when read as a chart.
        #expect(try append(entries, to: store) == 6)
        #expect(try store.payloads(of: "p1") == entries.prefix(5).map(\.payload))
        #expect(try store.chart(of: "p1")?.facts.count == 5)
        #expect(try store.chart(of: "p3") == nil)
        #expect(try store.patients().map { [$0.patient, "\($0.facts)", "\($0.administrations)"] } == [["p1", "5", "0"], ["p2", "1", "1"]])
        let error = try #require(throws: StoreError.self) { try store.chart(of: "p2") }
        #expect(error.code == .unreadableFact)
    }

    @Test func theSameAgainAddsNothingAndOtherContentIsRefused() throws {
        let files = try TemporaryStore()
        let store = try files.open()
        try append([entry(1), entry(2)], to: store)
        #expect(try append([entry(2), entry(3), entry(1)], to: store) == 1)
        let error = try #require(throws: StoreError.self) { try append([entry(4), entry(1, words: "IPT")], to: store) }
        #expect(error.code == .conflict)
        #expect(!error.description.contains("f1"))
        #expect(try store.payloads(of: "p1").count == 3, "nothing of the refused append is stored")
    }

    @Test func aThrowInTheMiddleLeavesTheStoreAsItWas() throws {
        struct Stop: Error {}
        let files = try TemporaryStore()
        let store = try files.open()
        try append([entry(1)], to: store)
        let before = files.verify()
        #expect(throws: Stop.self) {
            try store.append(at: now) { appender in
                for number in 2...500 { _ = try appender.append(entry(number)) }
                throw Stop()
            }
        }
        #expect(files.verify() == before)
        #expect(try store.payloads(of: "p1").count == 1)
    }

    /// The file as it is on disk while an append is under way: what a crash at that moment leaves behind.
    @Test func aCrashInTheMiddleLeavesTheStoreAsItWas() throws {
        let files = try TemporaryStore()
        let copy = try TemporaryStore()
        let store = try files.open()
        try append([entry(1)], to: store)
        let before = files.verify()
        try store.append(at: now) { appender in
            for number in 2...20_000 { _ = try appender.append(entry(number)) }
            for name in try FileManager.default.contentsOfDirectory(atPath: files.folder.path) where !name.hasSuffix("-shm") {
                try FileManager.default.copyItem(at: files.folder.appendingPathComponent(name), to: copy.folder.appendingPathComponent(name))
            }
        }
        let reopened = try copy.open()
        #expect(copy.verify() == before)
        #expect(try append([entry(2)], to: reopened) == 1)
        if case .broken(let found) = files.verify() { Issue.record("\(found)") }
    }

    @Test func storesDifferFromTheFirstEntryOn() throws {
        let (a, b) = (try TemporaryStore(), try TemporaryStore())
        try append([entry(1)], to: try Store.open(at: a.path, identity: Array(0..<16)))
        try append([entry(1)], to: try Store.open(at: b.path, identity: Array(1...16)))
        #expect(a.verify() != b.verify())
    }

    @Test func projectionsAreWhatTheEntriesSay() throws {
        let files = try TemporaryStore()
        let store = try files.open()
        for number in 1...40 { try append([entry(number, patient: "p\(number % 3)", kind: number % 5 == 0 ? .administration : .therapy)], to: store) }
        let projected = try store.patients()
        try store.rebuildProjections()
        #expect(try store.patients() == projected)
        try files.tamper("UPDATE patients SET facts = 99 WHERE patient = 'p1'")
        #expect(files.broken?.kind == .projection)
        try store.rebuildProjections()
        #expect(files.broken == nil)
    }
}

@Suite struct OpeningTests {
    @Test func refusesOtherFiles() throws {
        let files = try TemporaryStore()
        try "not a database, only long enough to look at".write(toFile: files.path, atomically: true, encoding: .utf8)
        let text = try #require(throws: StoreError.self) { try files.open() }
        #expect(text.code == .notAStore)
        #expect(!text.description.contains("\n"))

        let other = try TemporaryStore()
        try other.tamper("CREATE TABLE music (title TEXT)")
        let error = try #require(throws: StoreError.self) { try other.open() }
        #expect(error.code == .notAStore)
        #expect(try DatabaseQueue(path: other.path).read { try $0.tableExists("entries") } == false)
    }

    @Test func refusesAStoreOfANewerVersion() throws {
        let files = try TemporaryStore()
        try append([entry(1)], to: try files.open())
        try files.tamper("INSERT INTO grdb_migrations (identifier) VALUES ('9999_future')")
        let error = try #require(throws: StoreError.self) { try files.open() }
        #expect(error.code == .newer)
    }

    @Test func refusesAFolderThatIsNotThere() throws {
        #expect(throws: StoreError.self) { try Store.open(at: "/nonexistent/folder/store.sqlite") }
    }
}

@Suite struct GuardTests {
    /// The database itself refuses, whoever asks.
    @Test(arguments: [
        "UPDATE entries SET payload = '{}' WHERE seq = 1", "UPDATE entries SET hash = x'00'", "DELETE FROM entries", "DELETE FROM entries WHERE seq = 3",
        "INSERT OR REPLACE INTO entries SELECT 3, patient, fact, kind, observed, recorded, appended, '{}', hash FROM entries WHERE seq = 3",
        "INSERT OR REPLACE INTO entries SELECT 4, patient, fact, kind, observed, recorded, appended, '{}', hash FROM entries WHERE seq = 1",
        "INSERT INTO entries SELECT 9, patient, 'new', kind, observed, recorded, appended, payload, hash FROM entries WHERE seq = 1",
        "REPLACE INTO head (one, count, hash) SELECT 1, 1, hash FROM entries WHERE seq = 1", "UPDATE head SET count = 2", "DELETE FROM head",
        "UPDATE store SET id = x'00'", "DELETE FROM store",
    ])
    func refuses(sql: String) throws {
        let files = try TemporaryStore()
        try append((1...3).map { entry($0) }, to: try files.open())
        let before = files.verify()
        #expect(throws: DatabaseError.self) { try files.tamper("PRAGMA recursive_triggers = ON", sql) }
        #expect(files.verify() == before)
    }
}
