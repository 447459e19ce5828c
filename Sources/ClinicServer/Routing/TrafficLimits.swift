import HTTPTypes
import Hummingbird
import Notation
import Synchronization

/// How much one sign-in, or one address without one, may ask in a while. A bucket each, filled evenly (token bucket).
final class TrafficLimits: Sendable {
    struct Rate: Sendable {
        /// Requests at once.
        var burst: Double
        var perSecond: Double
    }

    private struct Bucket {
        var left: Double
        var at: Instant
    }

    /// Somebody signed in works with pages that ask by themselves; without a sign-in there is little to ask.
    static let signedIn = Rate(burst: 400, perSecond: 100)
    static let unknown = Rate(burst: 60, perSecond: 5)
    private static let capacity = 10_000

    /// Off only where the interface itself is tested.
    private let isOn: Bool
    private let buckets = Mutex<[String: Bucket]>([:])

    init(isOn: Bool = true) { self.isOn = isOn }

    func check(who: String?, address: String, at now: Instant) throws {
        guard isOn else { return }
        let rate = who == nil ? Self.unknown : Self.signedIn
        let isWithin = take(who.map { "account \($0)" } ?? "address \(address)", rate, at: now)
        guard isWithin else { throw HTTPError(.tooManyRequests, headers: [.retryAfter: "5"], message: "Too much at once. Wait a few seconds.") }
    }

    private func take(_ key: String, _ rate: Rate, at now: Instant) -> Bool {
        buckets.withLock { buckets in
            if buckets.count > Self.capacity { buckets = buckets.filter { now.minutes(since: $0.value.at) < 1 } }
            var bucket = buckets[key] ?? Bucket(left: rate.burst, at: now)
            bucket.left = min(rate.burst, bucket.left + max(0, now.minutes(since: bucket.at)) * 60 * rate.perSecond)
            bucket.at = now
            let isWithin = bucket.left >= 1
            if isWithin { bucket.left -= 1 }
            buckets[key] = bucket
            return isWithin
        }
    }
}
