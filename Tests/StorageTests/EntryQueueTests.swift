import Access
import Foundation
import Notation
import Storage
import Testing

@Suite struct EntryQueueTests {
    private let now = Instant(milliseconds: 1_700_000_000_000)

    /// Many at once: all are there, in one unbroken chain, and what one of them could not store takes nothing else with it.
    @Test func manyAtOnceAreAllThere() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let queue = EntryQueue(store)
        let now = now
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await queue.append(at: now) { appender in
                            _ = try appender.append(entry(number))
                            // Every tenth states a fact that contradicts the first.
                            if number % 10 == 9 { _ = try appender.append(entry(number, words: "another")) }
                        }
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 180)
        #expect(try store.factCount(of: "p1") == 180)
        #expect(try store.payloads(of: "p1").count == 180)
        guard case .intact(let head) = temporary.verify() else { return #expect(Bool(false), "\(temporary.verify())") }
        #expect(head.count == 180)
    }

    /// Audit and access stand in the same chain and can be searched; the projection is checked with it.
    @Test func auditIsChainedAndSearched() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let queue = EntryQueue(store)
        let now = now
        for (number, who) in ["a", "b", "a", "c"].enumerated() {
            try await queue.append(at: now) { appender in
                try appender.append(
                    AuditEntry(time: now.adding(minutes: Double(number)), who: who, what: number == 2 ? .refused : .readChart, patient: "p\(number % 2)"))
            }
        }
        try await queue.append(at: now) { _ = try $0.append(AccessEvent(id: "e1", time: now, by: "system", .opened("a", name: "A", roles: [.nurse]))) }
        func found(_ change: (inout AuditQuery) -> Void) throws -> [String] {
            var query = AuditQuery()
            change(&query)
            return try store.audit(query).map { "\($0.entry.who)\($0.seq)" }
        }
        #expect(try found { _ in } == ["c4", "a3", "b2", "a1"])
        #expect(try found { $0.who = "a" } == ["a3", "a1"])
        #expect(
            try found {
                $0.who = "a"; $0.what = .refused
            } == ["a3"])
        #expect(try found { $0.patient = "p1" } == ["c4", "b2"])
        #expect(
            try found {
                $0.from = now.adding(minutes: 1); $0.to = now.adding(minutes: 3)
            } == ["a3", "b2"])
        #expect(
            try found {
                $0.before = 3; $0.limit = 1
            } == ["b2"])
        #expect(try store.accessBook().accounts["a"]?.name == "A")
        #expect(try store.patients().isEmpty)
        guard case .intact = temporary.verify() else { return #expect(Bool(false), "\(temporary.verify())") }
        try temporary.tamper("DELETE FROM audit WHERE seq = 2")
        #expect(temporary.broken?.kind == .projection)
    }
}
