import Chart
import Foundation
import GRDB
import Notation
import Statistics
import Storage
import Testing

@Suite struct VerifyTests {
    private func filled(_ count: Int = 12) throws -> TemporaryStore {
        let files = try TemporaryStore()
        try append((1...count).map { entry($0, patient: "p\($0 % 2)") }, to: try files.open())
        return files
    }

    private var head: Checkpoint {
        get throws {
            let files = try filled()
            guard case .intact(let head) = files.verify() else { throw CancellationError() }
            return head
        }
    }

    @Test func intactStoreSaysSo() throws {
        #expect(try head.count == 12)
        #expect(Checkpoint(try head.description) == (try head))
    }

    /// Every column of every entry, changed behind the triggers' back.
    @Test(arguments: [
        "patient = 'px'", "fact = 'fx' || seq", "kind = 'condition'", "observed = observed + 1", "observed = NULL", "recorded = 6", "appended = appended - 1",
        "payload = replace(payload, 'CBT', 'IPT')", "payload = payload || ' '", "hash = zeroblob(32)",
    ])
    func namesTheAlteredEntry(change: String) throws {
        for seq in [1, 7, 12] {
            let files = try filled()
            try files.tamperUnseen("UPDATE entries SET \(change) WHERE seq = \(seq)")
            let found = try #require(files.broken)
            #expect(found.kind == .altered)
            #expect(found.seq == Int64(seq))
        }
    }

    @Test func namesTheRemovedEntry() throws {
        for seq in 1...11 {
            let files = try filled()
            try files.tamperUnseen("DELETE FROM entries WHERE seq = \(seq)")
            let found = try #require(files.broken)
            #expect(found.kind == .removed)
            #expect(found.seq == Int64(seq))
        }
    }

    @Test func namesTheCut() throws {
        for kept in [0, 1, 6, 11] {
            let files = try filled()
            try files.tamperUnseen("DELETE FROM entries WHERE seq > \(kept)")
            let found = try #require(files.broken)
            #expect(found.kind == .truncated)
            #expect(found.seq == Int64(kept + 1))
        }
    }

    @Test func findsSwappedEntriesAndAForgedIdentity() throws {
        let swapped = try filled()
        try swapped.tamperUnseen(
            "UPDATE entries SET seq = 100 WHERE seq = 3", "UPDATE entries SET seq = 3 WHERE seq = 4", "UPDATE entries SET seq = 4 WHERE seq = 100")
        #expect(swapped.broken?.seq == 3)
        let forged = try filled()
        try forged.tamper("DROP TRIGGER store_is_not_updated", "UPDATE store SET id = zeroblob(16)")
        #expect(forged.broken != nil)
    }

    @Test func findsMissingGuards() throws {
        let files = try filled()
        try files.tamper("DROP TRIGGER entries_are_not_deleted")
        #expect(files.broken?.kind == .schema)
    }

    /// A chain cut short and its head rewritten is consistent in itself; a checkpoint noted elsewhere still shows it.
    @Test func checkpointShowsARewrittenEnd() throws {
        let files = try filled()
        let noted = try head
        try files.tamperUnseen(
            "DELETE FROM entries WHERE seq > 6", "UPDATE head SET count = 6, hash = (SELECT hash FROM entries WHERE seq = 6)", "DELETE FROM patients",
            """
            INSERT INTO patients SELECT patient, count(*), sum(kind = 'administration'), min(observed), max(observed) FROM entries GROUP BY patient
            """)
        #expect(files.broken == nil)
        guard case .broken(let found) = files.verify(against: noted) else {
            Issue.record("not found")
            return
        }
        #expect(found.kind == .checkpoint)
        #expect(found.seq == 7)
        try append([entry(50)], to: try files.open())
        #expect(files.verify(against: noted) != files.verify())
    }

    /// Any byte of the file flipped is found, or changes nothing that is stored.
    @Test func anyFlippedByteIsFoundOrHarmless() throws {
        let files = try filled(6)
        try files.tamper("VACUUM")
        let original = try Data(contentsOf: URL(fileURLWithPath: files.path))
        let dump = try contents(files.path)
        var random = RandomStream(seed: 42, subject: 0)
        let copy = try TemporaryStore()
        for _ in 0..<400 {
            var bytes = original
            let offset = random.integer(in: 0...(bytes.count - 1))
            bytes[offset] ^= UInt8(1 << random.integer(in: 0...7))
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy.path + suffix) }
            try bytes.write(to: URL(fileURLWithPath: copy.path))
            if case .intact = copy.verify() { #expect((try? contents(copy.path)) == dump, "seed 42, byte \(offset)") }
        }
    }

    private func contents(_ path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in
            try ["entries", "head", "store", "patients"].flatMap { try Row.fetchAll(db, sql: "SELECT * FROM \($0)").map(\.description) }
        }
    }

    @Test func aDamagedFileIsNoCrash() throws {
        let files = try filled()
        try files.tamper("VACUUM")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: files.path))
        for length in [0, 50, 100, 4096, bytes.count / 2, bytes.count - 1] {
            let copy = try TemporaryStore()
            try bytes.prefix(length).write(to: URL(fileURLWithPath: copy.path))
            #expect(copy.broken != nil, "\(length)")
        }
    }
}
