import Access
import Chart
import Notation
import Storage
import Synchronization

/// Keeps who may do what at hand, and changes it: an event is durable before it counts.
final class AccessDesk: Sendable {
    private let queue: EntryQueue
    private let live: LiveHub
    private let folded: Mutex<AccessBook>
    private let folds = Atomic(0)

    /// Grows whenever the book has changed.
    var changes: Int { folds.load(ordering: .acquiring) }

    init(_ store: Store, queue: EntryQueue, live: LiveHub) throws(StoreError) {
        (self.queue, self.live) = (queue, live)
        folded = Mutex(try store.accessBook())
    }

    /// As it stands now.
    var book: AccessBook { folded.withLock { $0 } }

    /// Stores events together with what the audit says of them.
    func record(_ events: [AccessEvent], audit: AuditEntry, at now: Instant) async throws {
        try await queue.append(at: now) { appender in
            for event in events { try appender.append(event) }
            try appender.append(audit)
        }
        folded.withLock { book in
            for event in events { book.take(event) }
        }
        folds.add(1, ordering: .releasing)
        // Whoever may no longer look at what stands on their screen is told now, and not at the next tick.
        live.wakeAll()
    }
}
