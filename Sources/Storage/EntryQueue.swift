import Dispatch
import GRDB
import Notation
import Synchronization

/// Appends for many at once: whatever waits while a transaction is being made durable goes into the next one together.
///
/// `append` returns only when the disk has the entry. One failing append does not touch the others of its transaction.
public final class EntryQueue: Sendable {
    private let store: Store
    private let waiting = Mutex<(jobs: [Job], isWriting: Bool)>(([], false))
    private let changed = Atomic(0)
    private let patience = Patience(.seconds(1))
    /// Writes one transaction after the other.
    private let writing = DispatchQueue(label: "euthymia.entries")

    /// Grows whenever facts, ledger lines or rights were stored, before anybody is told that they were; not with the audit.
    public var changes: Int { changed.load(ordering: .acquiring) }

    /// - Returns: what to do when the outcome is durable.
    private typealias Run = @Sendable (inout Store.Appender) throws -> @Sendable () -> Void

    /// An append and what waits for it.
    private struct Job: Sendable {
        /// Runs the body inside the transaction; what it throws ends the transaction.
        var run: Run
        /// The same, but what the body throws ends only this job.
        var runSeparately: Run
        var fail: @Sendable (any Error) -> Void

        /// - Parameter outcome: told once what became of it.
        init<Value: Sendable>(
            at instant: Instant, _ body: @escaping @Sendable (inout Store.Appender) throws -> Value,
            outcome: @escaping @Sendable (Result<Value, any Error>) -> Void
        ) {
            run = { appender in
                let value = try appender.run(at: instant, body)
                return { outcome(.success(value)) }
            }
            runSeparately = { appender in
                let result = try appender.separately(at: instant, body)
                return { outcome(result) }
            }
            fail = { outcome(.failure($0)) }
        }
    }

    public init(_ store: Store) { self.store = store }

    /// Runs `body` in a transaction and returns when it is on the disk. It runs again where a transaction was given up.
    /// - Parameter instant: when the store takes the entries in.
    /// - Throws: what `body` throws, else a `StoreError`; nothing of `body` is stored then.
    public func append<Value: Sendable>(at instant: Instant, _ body: @escaping @Sendable (inout Store.Appender) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in add(Job(at: instant, body) { continuation.resume(with: $0) }) }
    }

    /// Runs `body` in a transaction and returns when it is on the disk or cannot be, or after a second: another program may be writing to the
    /// store for a while.
    /// - Parameter outcome: told what became of it, whenever that is.
    public func append(
        at instant: Instant, _ body: @escaping @Sendable (inout Store.Appender) throws -> Void,
        outcome: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) async {
        await patience.wait { waiter in
            add(
                Job(at: instant, body) { result in
                    outcome(result)
                    waiter.letGo()
                })
        }
    }

    private func add(_ job: Job) {
        let isFirst = waiting.withLock { waiting in
            waiting.jobs.append(job)
            defer { waiting.isWriting = true }
            return !waiting.isWriting
        }
        if isFirst { writing.async { self.drain() } }
    }

    /// What waits now; nothing: the writing ends.
    private func next() -> [Job] {
        waiting.withLock { waiting in
            let jobs = waiting.jobs
            waiting = ([], !jobs.isEmpty)
            return jobs
        }
    }

    private func drain() {
        while case let jobs = next(), !jobs.isEmpty {
            do {
                // Each for itself only when it must be, where one of them cannot be stored: it takes twice as long.
                let together = try? write(jobs.map(\.run))
                for settle in try together ?? write(jobs.map(\.runSeparately)) { settle() }
            } catch {
                let error = StoreError(error, path: store.path)
                for job in jobs { job.fail(error) }
            }
        }
    }

    private func write(_ runs: [Run]) throws -> [@Sendable () -> Void] {
        let (settle, hasChanged) = try store.database.write { db in
            var appender = try Store.Appender(db, appended: Instant(milliseconds: 0))
            let settle = try runs.map { try $0(&appender) }
            try appender.finish()
            return (settle, appender.hasChanged)
        }
        if hasChanged { changed.add(1, ordering: .releasing) }
        return settle
    }
}
