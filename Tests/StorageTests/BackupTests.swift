import Access
import Chart
import Dispensary
import Foundation
import GRDB
import Notation
import Storage
import Synchronization
import Testing

@Suite struct BackupTests {
    /// Everything of a clinic: charts, ledger, people, audit, someone signed in.
    private func clinic() throws -> (TemporaryStore, Store) {
        let files = try TemporaryStore()
        let store = try files.open()
        let line: JSONValue = [
            "type": "receive", "id": "r", "time": "2024-03-01T08:00:00Z", "drug": "ketamine", "strength_mg_per_ml": 50, "lot": "A1", "expiry": "2027-01-31",
            "volume_ml": 100, "by": "u1", "witness": "u2",
        ]
        try store.append(at: now) { appender in
            for number in 1...60 { _ = try appender.append(entry(number, patient: "p\(number % 3)")) }
            _ = try appender.append(try LedgerLine.read(line).line, payload: line.canonical)
            try appender.append(AccessEvent(id: "e1", time: now, by: "system", .opened("a", name: "A", roles: [.nurse])))
            try appender.append(AuditEntry(time: now, who: "a", what: .readChart, patient: "p1"))
        }
        try store.put(SignIn(token: [1, 2, 3], account: "a", created: now, seen: now, confirmed: nil))
        return (files, store)
    }

    @Test func aBackupComesBackAsTheSameStore() throws {
        let (files, store) = try clinic()
        let copies = try TemporaryStore()
        let secret = try store.secret("csrf")
        let backup = try store.backup(to: copies.folder.appendingPathComponent("backup.sqlite").path)
        #expect(backup.head == (try store.head()) && backup.bytes > 0)
        let restored = try Store.restore(backup.path, to: copies.path)
        #expect(restored.head == backup.head)
        let opened = try Store.open(at: copies.path)
        for patient in try store.patients() { #expect(try opened.payloads(of: patient.patient) == store.payloads(of: patient.patient)) }
        #expect(try opened.ledgerPayloads() == store.ledgerPayloads() && opened.accessPayloads() == store.accessPayloads())
        #expect(try opened.secret("csrf") == secret)
        #expect(try opened.signIn([1, 2, 3]) == nil && store.signIn([1, 2, 3]) != nil, "nobody is signed in to a restored store")
        // It goes on from there.
        try append([entry(900)], to: opened)
        #expect(try opened.head().count == backup.head.count + 1)
        #expect(files.broken == nil && copies.broken == nil)
        let names = try FileManager.default.contentsOfDirectory(atPath: copies.folder.path)
        #expect(names.allSatisfy { !$0.contains(".new-") } && !names.contains("backup.sqlite-wal"))
        #expect(try FileManager.default.attributesOfItem(atPath: backup.path)[.posixPermissions] as? Int == 0o600)
    }

    private final class End: Sendable {
        let isOver = Atomic(false)
    }

    /// While others write without a pause: every backup is whole, and a moment of the chain.
    @Test func backupsWhileTheStoreIsWritten() throws {
        let (files, store) = try clinic()
        let copies = try TemporaryStore()
        let (end, group) = (End(), DispatchGroup())
        for writer in 0..<3 {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                var number = 1000
                while !end.isOver.load(ordering: .relaxed) {
                    number += 1
                    let fact = entry(number, patient: "w\(writer)")
                    try? store.append(at: now) { appender in
                        _ = try appender.append(fact)
                        try appender.append(AuditEntry(time: now, who: "w", what: .wrote, patient: fact.patient))
                    }
                }
            }
        }
        defer {
            end.isOver.store(true, ordering: .relaxed)
            group.wait()
        }
        var heads: [Checkpoint] = []
        for number in 1...8 {
            // Another program's view of the file, as `euthymia backup` has it.
            let copy = try Store.openToRead(at: files.path).backup(to: copies.folder.appendingPathComponent("\(number).sqlite").path)
            #expect(try store.holds(copy.head))
            heads.append(copy.head)
        }
        #expect(Set(heads.map(\.count)).count > 4 && heads.map(\.count) == heads.map(\.count).sorted())
        if case .broken(let found) = Store.verify(at: files.path, against: heads) { Issue.record("\(found)") }
    }

    @Test func nothingIsReplacedAndNothingHalfIsLeft() throws {
        let (files, store) = try clinic()
        defer { _ = files }
        let copies = try TemporaryStore()
        let there = copies.folder.appendingPathComponent("there").path
        try "mine".write(toFile: there, atomically: true, encoding: .utf8)
        #expect(try #require(throws: StoreError.self) { try store.backup(to: there) }.code == .exists)
        #expect(try String(contentsOfFile: there, encoding: .utf8) == "mine")
        // A log left behind by a store of that name would be played into the new one.
        try "old".write(toFile: copies.path + "-wal", atomically: true, encoding: .utf8)
        let backup = try store.backup(to: copies.folder.appendingPathComponent("b").path)
        #expect(try #require(throws: StoreError.self) { try Store.restore(backup.path, to: copies.path) }.code == .exists)
        #expect(throws: StoreError.self) { try store.backup(to: "/nonexistent/b.sqlite") }
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: copies.folder.path)) == ["there", "b", "store.sqlite-wal"])
    }

    @Test func aDamagedBackupIsNotRestored() throws {
        let (files, store) = try clinic()
        defer { _ = files }
        let copies = try TemporaryStore()
        _ = try store.backup(to: copies.path)
        try copies.tamperUnseen("UPDATE entries SET payload = replace(payload, 'CBT', 'IPT') WHERE seq = 7")
        let restored = copies.folder.appendingPathComponent("new.sqlite").path
        let error = try #require(throws: StoreError.self) { try Store.restore(copies.path, to: restored) }
        #expect(error.code == .damaged && error.description.contains("entry 7"))
        #expect(!FileManager.default.fileExists(atPath: restored))
    }

    @Test func aDrillHoldsAndIsRecorded() throws {
        let (files, store) = try clinic()
        let scratch = try TemporaryStore()
        var told: [String] = []
        let drill = Drill.run(store, in: scratch.folder.path) { told.append($0.name) }
        #expect(drill.holds, "\(drill.steps)")
        #expect(told == drill.steps.map(\.name))
        #expect(told == ["backup", "restore", "open", "integrity and chain", "head", "ledger", "people and rights", "charts"])
        #expect(drill.steps.last?.seen == "3 with 60 facts, each read and the same")
        try store.record(drill, at: now)
        #expect(try store.audit(AuditQuery(limit: 1)).first?.entry.about == "holds: 8 steps")
        #expect(files.broken == nil)
    }

    /// A fact that is stored but cannot be read as a chart: the drill says so and does not hold.
    @Test func aDrillFindsAChartThatCannotBeRead() throws {
        let (files, store) = try clinic()
        defer { _ = files }
        try append([entry(500, kind: .administration)], to: store)
        let scratch = try TemporaryStore()
        let drill = Drill.run(store, in: scratch.folder.path) { _ in }
        #expect(drill.steps.filter { !$0.holds }.map(\.name) == ["charts"])
        try store.record(drill, at: now)
        #expect(try store.audit(AuditQuery(limit: 1)).first?.entry.about == "does not hold: charts")
    }

    @Test func aDrillOfADamagedStoreDoesNotHold() throws {
        let (files, store) = try clinic()
        try store.append(at: now) { try $0.append(AuditEntry(time: now, who: "a", what: .looked)) }
        try files.tamperUnseen("UPDATE entries SET payload = replace(payload, 'CBT', 'IPT') WHERE seq = 7")
        let scratch = try TemporaryStore()
        let drill = Drill.run(try files.open(), in: scratch.folder.path) { _ in }
        #expect(drill.steps.map(\.holds) == [false] && drill.steps.first?.seen.contains("entry 7") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
    }
}
