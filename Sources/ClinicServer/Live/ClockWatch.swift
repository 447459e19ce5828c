import Notation
import ServiceLifecycle

/// Tells every open page at once when the clinic's clock has jumped: it was set, or the machine slept. What is entered on a page gets its
/// time from that clock, so a page must not learn of it at leisure.
struct ClockWatch: Service {
    let live: LiveHub
    let now: @Sendable () -> Instant

    private static let interval = Duration.milliseconds(250)
    /// A difference from even running that is a jump and not a busy machine, in milliseconds.
    private static let tolerance: Int64 = 1000

    func run() async throws {
        let steady = ContinuousClock()
        var last = (clinic: now(), steady: steady.now)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // Ends early, by cancellation, when the server does.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
            let seen = (clinic: now(), steady: steady.now)
            let passed = (seen.steady - last.steady) / .milliseconds(1)
            if abs(Double(seen.clinic.milliseconds - last.clinic.milliseconds) - passed) > Double(Self.tolerance) { live.wakeAll() }
            last = seen
        }
    }
}
