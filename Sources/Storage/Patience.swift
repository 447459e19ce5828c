import Dispatch
import Synchronization

/// Lets those go who have waited long enough, all by one clock: thousands wait in a second, and hardly anybody in vain.
final class Patience: Sendable {
    /// Somebody who waits, and is let go once.
    final class Waiter: Sendable {
        private let continuation: Mutex<CheckedContinuation<Void, Never>?>
        fileprivate let since = ContinuousClock.now

        fileprivate init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = Mutex(continuation) }

        func letGo() {
            let continuation = continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            continuation?.resume()
        }

        fileprivate var isGone: Bool { continuation.withLock { $0 == nil } }
    }

    private static let interval = 0.1
    private let limit: Duration
    private let waiting = Mutex<[Waiter]>([])

    init(_ limit: Duration) { self.limit = limit }

    /// Returns when `begin`'s waiter was let go, or when the limit is over.
    func wait(_ begin: (Waiter) -> Void) async {
        await withCheckedContinuation { continuation in
            let waiter = Waiter(continuation)
            begin(waiter)
            let isFirst = waiting.withLock { waiting in
                waiting.append(waiter)
                return waiting.count == 1
            }
            if isFirst { look() }
        }
    }

    private func look() {
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.interval) { [self] in
            let latest = ContinuousClock.now - limit
            let (late, isAnybodyLeft) = waiting.withLock { waiting in
                let late = waiting.filter { $0.since <= latest }
                waiting.removeAll { $0.since <= latest || $0.isGone }
                return (late, !waiting.isEmpty)
            }
            for waiter in late { waiter.letGo() }
            if isAnybodyLeft { look() }
        }
    }
}
