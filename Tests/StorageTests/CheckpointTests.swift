import Foundation
import Notation
import Storage
import Synchronization
import Testing

@Suite struct CheckpointTests {
    private func filled(_ count: Int) throws -> (TemporaryStore, Store, [Checkpoint]) {
        let files = try TemporaryStore()
        let store = try files.open()
        var heads = [try store.head()]
        for number in 1...count {
            try append([entry(number)], to: store)
            heads.append(try store.head())
        }
        return (files, store, heads)
    }

    /// All in one pass, in any order, the empty store's included; the first that does not match is named with its time.
    @Test func manyAreHeldAgainstTheChainAndTheFirstThatFailsIsNamed() throws {
        let (files, store, heads) = try filled(8)
        #expect(Store.verify(at: files.path, against: heads.shuffled()) == .intact(try #require(heads.last)))
        for head in heads { #expect(try store.holds(head)) }
        var forged = heads
        for count in [5, 7] { forged[count] = Checkpoint(count: Int64(count), hash: heads[count - 1].hash, noted: now.adding(minutes: Double(count))) }
        guard case .broken(let found) = Store.verify(at: files.path, against: forged.shuffled()) else { return #expect(Bool(false)) }
        #expect(found.kind == .checkpoint && found.seq == 5)
        #expect(found.description.contains(now.adding(minutes: 5).description))
        #expect(try !store.holds(forged[5]) && !store.holds(Checkpoint(count: 9, hash: heads[8].hash)))
        let other = try TemporaryStore()
        try append([entry(1)], to: try Store.open(at: other.path))
        guard case .broken(let foreign) = other.verify(against: heads[0]) else { return #expect(Bool(false)) }
        #expect(foreign.seq == 0)
    }

    /// A line cut short by a power failure is named by its number, and the next line stands whole.
    @Test func aFileKeepsWholeLines() throws {
        let (files, _, heads) = try filled(3)
        let file = CheckpointFile(files.folder.appendingPathComponent("checkpoints").path)
        try file.append(heads[1], at: now)
        try file.append(heads[2], at: now.adding(minutes: 1))
        let cut = try Data(contentsOf: URL(fileURLWithPath: file.path)).dropLast(20)
        try cut.write(to: URL(fileURLWithPath: file.path))
        try file.append(heads[3], at: now.adding(minutes: 2))
        let contents = try file.read()
        #expect(contents.otherLines == [2])
        #expect(contents.checkpoints == [1, 3].map { Checkpoint(count: heads[$0].count, hash: heads[$0].hash, noted: now.adding(minutes: Double($0 - 1))) })
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    private final class Console: Sendable {
        let lines = Mutex<[String]>([])
        var count: Int { lines.withLock { $0.count } }
    }

    @Test func theHeadIsNotedWhenEnoughWasAddedOrEnoughTimeHasPassed() throws {
        let (files, store, _) = try filled(1)
        let console = Console()
        let file = CheckpointFile(files.folder.appendingPathComponent("checkpoints").path)
        let keeper = CheckpointKeeper(store, file: file, pace: .init(entries: 3, minutes: 10)) { line in console.lines.withLock { $0.append(line) } }
        func noted(after minutes: Double, isDue: Bool = false) throws -> [Int64] {
            keeper.note(at: now.adding(minutes: minutes), isDue: isDue)
            return try file.read().checkpoints.map(\.count)
        }
        #expect(try noted(after: 0, isDue: true) == [1])
        try append([entry(2), entry(3)], to: store)
        #expect(try noted(after: 1) == [1])
        try append([entry(4)], to: store)
        #expect(try noted(after: 2) == [1, 4])
        #expect(try noted(after: 30) == [1, 4], "nothing was added")
        try append([entry(5)], to: store)
        #expect(try noted(after: 31) == [1, 4, 5])
        #expect(try noted(after: 32, isDue: true) == [1, 4, 5, 5])
        #expect(console.count == 0 && keeper.problem(at: now) == nil)
    }

    /// A second place that cannot be written is said, once, and tried again until it can.
    @Test func aSecondPlaceThatFailsIsSaid() throws {
        let (files, store, _) = try filled(1)
        let console = Console()
        let folder = files.folder.appendingPathComponent("share").path
        let file = CheckpointFile(folder + "/checkpoints")
        let keeper = CheckpointKeeper(store, file: file) { line in console.lines.withLock { $0.append(line) } }
        keeper.note(at: now, isDue: true)
        keeper.note(at: now.adding(minutes: 1))
        #expect(console.count == 1)
        #expect(keeper.problem(at: now)?.contains("No such file or directory") == true)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        keeper.note(at: now.adding(minutes: 2))
        #expect(keeper.problem(at: now) == nil && console.count == 2)
        #expect(try file.read().checkpoints.count == 1)
    }

    /// A store that was swapped or cut is noticed when the server starts, and the file goes on saying so.
    @Test func aFileOfAnotherChainIsSaidAndNotAddedTo() throws {
        let (files, store, _) = try filled(4)
        let (_, other, _) = try filled(2)
        let file = CheckpointFile(files.folder.appendingPathComponent("checkpoints").path)
        try file.append(try store.head(), at: now)
        let console = Console()
        let keeper = CheckpointKeeper(other, file: file) { line in console.lines.withLock { $0.append(line) } }
        keeper.compare(at: now)
        keeper.note(at: now, isDue: true)
        #expect(console.count == 1 && keeper.problem(at: now)?.contains("not in this store's chain") == true)
        #expect(try file.read().checkpoints.count == 1)
        let ours = CheckpointKeeper(store, file: file) { _ in }
        ours.compare(at: now)
        #expect(ours.problem(at: now) == nil)
    }
}
