import Foundation
import Notation
import Synchronization

/// Notes the head of a store in a second place whenever enough has been added or enough time has passed, and knows when that fails.
///
/// ```swift
/// let keeper = CheckpointKeeper(store, file: CheckpointFile("/mnt/share/clinic.checkpoints")) { print($0) }
/// keeper.compare(at: now)
/// keeper.note(at: now, isDue: true)      // when the server starts and stops
/// keeper.note(at: now)                   // every second in between
/// keeper.problem(at: now)                // what to tell people, nil when all is well
/// ```
public final class CheckpointKeeper: Sendable {
    /// How far the chain may run ahead of what is noted. Clinic defaults.
    public struct Pace: Sendable, Equatable {
        public var entries: Int64
        public var minutes: Double

        public init(entries: Int64 = 100, minutes: Double = 10) {
            self.entries = entries
            self.minutes = minutes
        }
    }

    private struct State {
        var noted: Checkpoint?
        var notedAt: Instant?
        /// Since when the file has not answered.
        var writing: Instant?
        var trouble: String?
        var isContradicted = false
    }

    public let file: CheckpointFile
    private let store: Store
    private let pace: Pace
    private let say: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// Longest the file may take before people are told, in minutes: a share that hangs gives no error.
    private static let patience = 0.5

    /// - Parameter say: tells the console; called once for each change.
    public init(_ store: Store, file: CheckpointFile, pace: Pace = Pace(), say: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.file = file
        self.pace = pace
        self.say = say
    }

    /// Whether the last checkpoint noted before belongs to this store. When it does not, nothing is added to the file, so that it goes on
    /// saying so.
    public func compare(at now: Instant) {
        state.withLock { $0.writing = now }
        defer { state.withLock { $0.writing = nil } }
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        guard let last = try? file.read().checkpoints.last, let holds = try? store.holds(last), !holds else { return }
        state.withLock { $0.isContradicted = true }
        change(
            to: "\(last.words.prefix(1).uppercased() + last.words.dropFirst()) in \(file.path) is not in this store's chain. Entries were lost or rewritten, "
                + "or the store was restored: run `euthymia verify --against`. Nothing is added to the file.")
    }

    /// Notes the head when it is due. Returns when it is on the disk, or failed. Not called twice at once.
    public func note(at now: Instant, isDue: Bool = false) {
        let before = state.withLock { $0 }
        guard !before.isContradicted, let head = try? store.head() else { return }
        let isNew = head.count != before.noted?.count
        let isLate = before.notedAt.map { now.minutes(since: $0) >= pace.minutes } ?? true
        let isFar = head.count - (before.noted?.count ?? 0) >= pace.entries
        guard isDue || before.trouble != nil || isNew && (isLate || isFar) else { return }
        state.withLock { $0.writing = now }
        do {
            try file.append(head, at: now)
            state.withLock { ($0.noted, $0.notedAt, $0.writing) = (head, now, nil) }
            change(to: nil)
        } catch {
            state.withLock { $0.writing = nil }
            change(to: "Checkpoints are not noted in their second place: \(error)")
        }
    }

    private func change(to trouble: String?) {
        let before = state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble
        }
        guard trouble != before else { return }
        say(trouble ?? "Checkpoints are noted in \(file.path) again.")
    }

    /// What is wrong with the second place, in words for people; nil when nothing is.
    public func problem(at now: Instant) -> String? {
        state.withLock { state in
            if let trouble = state.trouble { return trouble }
            guard let writing = state.writing, now.minutes(since: writing) >= Self.patience else { return nil }
            return "Checkpoints are not noted in their second place: \(file.path) has not answered for \(Int(now.minutes(since: writing) * 60)) s"
        }
    }
}
