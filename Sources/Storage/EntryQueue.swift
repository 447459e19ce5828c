import GRDB
import Notation
import Synchronization

/// Appends for many at once: whatever waits while a transaction is being made durable goes into the next one together.
///
/// `append` returns only when the disk has the entry. One failing append does not touch the others of its transaction.
public actor EntryQueue {
    private let store: Store
    private var waiting: [Job] = []
    private var isWriting = false
    private let changed = Atomic(0)

    /// Grows whenever facts, ledger lines or rights were stored, before anybody is told that they were; not with the audit.
    public nonisolated var changes: Int { changed.load(ordering: .acquiring) }

    /// An append and what waits for it. The body runs inside the transaction, `settle` when its outcome is durable.
    private struct Job: Sendable {
        var run: @Sendable (inout Store.Appender) throws -> @Sendable () -> Void
        var fail: @Sendable (any Error) -> Void
    }

    public init(_ store: Store) { self.store = store }

    /// Runs `body` in a transaction and returns when it is on the disk.
    /// - Parameter instant: when the store takes the entries in.
    /// - Throws: what `body` throws, else a `StoreError`; nothing of `body` is stored then.
    public func append<Value: Sendable>(at instant: Instant, _ body: @escaping @Sendable (inout Store.Appender) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(
                Job(
                    run: { appender in
                        let result = try appender.separately(at: instant, body)
                        return { continuation.resume(with: result) }
                    },
                    fail: { continuation.resume(throwing: $0) }))
            if !isWriting {
                isWriting = true
                Task { await drain() }
            }
        }
    }

    private func drain() async {
        while !waiting.isEmpty {
            let jobs = waiting
            waiting = []
            do {
                let (settle, hasChanged) = try await store.database.write { db in
                    var appender = try Store.Appender(db, appended: Instant(milliseconds: 0))
                    let settle = try jobs.map { try $0.run(&appender) }
                    try appender.finish()
                    return (settle, appender.hasChanged)
                }
                if hasChanged { changed.add(1, ordering: .releasing) }
                for settle in settle { settle() }
            } catch {
                let error = StoreError(error, path: store.path)
                for job in jobs { job.fail(error) }
            }
        }
        isWriting = false
    }
}
