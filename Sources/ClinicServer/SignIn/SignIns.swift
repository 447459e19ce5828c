import Access
import Notation
import Storage
import Synchronization

/// Who is signed in, as the store says, kept at hand: every request asks.
final class SignIns: Sendable {
    /// Seconds after which the store is asked again: another process may have ended a sign-in.
    private static let kept = 1.0
    private static let capacity = 10_000

    private struct Known {
        var signIn: SignIn
        var read: Instant
    }

    private struct Book {
        var known: [[UInt8]: Known] = [:]
        /// Grows with every end of a sign-in: what was read before is not kept after.
        var ends = 0
    }

    private let store: Store
    private let book = Mutex(Book())

    init(_ store: Store) { self.store = store }

    /// The sign-in of a token, with the time somebody was last seen there; nil where there is none, or no longer.
    func find(_ token: [UInt8], at now: Instant) throws(StoreError) -> SignIn? {
        let (known, ends) = book.withLock { ($0.known[token], $0.ends) }
        if let known, known.read <= now, now < known.read.adding(minutes: Self.kept / 60) { return known.signIn }
        guard var signIn = try store.signIn(token) else {
            book.withLock { $0.known[token] = nil }
            return nil
        }
        // A full disk keeps no time, and signs nobody out.
        if let known { signIn.seen = max(signIn.seen, known.signIn.seen) }
        keep(signIn, at: now, ends)
        return signIn
    }

    /// Somebody is there now. That the disk refuses to keep it is no reason to send them away, and nobody waits for it: another program may be
    /// writing to the store for a while.
    func touch(_ signIn: SignIn, at now: Instant) -> SignIn {
        var signIn = signIn
        signIn.seen = now
        // One that has ended meanwhile is not kept again.
        book.withLock { $0.known[signIn.token]?.signIn.seen = now }
        Task(executorPreference: OwnThread.notes) { [store, token = signIn.token] in try? store.touchSignIn(token, seen: now) }
        return signIn
    }

    func open(_ signIn: SignIn) throws(StoreError) { try store.put(signIn) }

    func end(_ token: [UInt8]) throws(StoreError) {
        defer { forget { $0.token == token } }
        try store.removeSignIn(token)
    }

    /// Ends every sign-in of an account, but for one.
    func endAll(of account: AccountID, keeping token: [UInt8] = []) throws(StoreError) {
        defer { forget { $0.account == account && $0.token != token } }
        try store.removeSignIns(of: account, keeping: token)
    }

    private func keep(_ signIn: SignIn, at now: Instant, _ ends: Int) {
        book.withLock { book in
            guard book.ends == ends else { return }
            if book.known.count >= Self.capacity { book.known = book.known.filter { now.minutes(since: $0.value.signIn.seen) < 60 } }
            book.known[signIn.token] = Known(signIn: signIn, read: now)
        }
    }

    private func forget(_ isEnded: (SignIn) -> Bool) {
        book.withLock { book in
            book.known = book.known.filter { !isEnded($0.value.signIn) }
            book.ends += 1
        }
    }
}
