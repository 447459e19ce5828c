import Notation
import Synchronization

/// The clinic's time: the machine's clock, but never back. When that clock is set back, what was recorded before would be of the future, a dose
/// given would be unseen, and alarms would go out. The clinic's time goes on evenly instead, by a clock nobody can set, and every page says so.
public final class ClinicClock: Sendable {
    private struct State {
        var shown: Instant
        var steady: ContinuousClock.Instant
        /// How far the machine's clock is behind, in minutes.
        var lag = 0.0
    }

    /// Corrections of the machine's clock up to so many seconds, as time servers make them all day, are waited out.
    private static let tolerance = 2.0

    private let machine: @Sendable () -> Instant
    private let steady: @Sendable () -> ContinuousClock.Instant
    /// When the store took in its last entry, as told at the start.
    private let latest: Instant?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - latest: when the store took in its last entry; nil for an empty one.
    ///   - steady: a clock that runs evenly, also while the machine sleeps.
    public init(
        latest: Instant? = nil, machine: @escaping @Sendable () -> Instant, steady: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        (self.machine, self.steady, self.latest) = (machine, steady, latest)
        state = Mutex(State(shown: machine(), steady: steady()))
    }

    public var now: Instant {
        state.withLock { state in
            let (machine, steady) = (machine(), steady())
            let even = state.shown.adding(minutes: (steady - state.steady) / .seconds(60))
            state.lag = even.minutes(since: machine)
            state.shown = state.lag * 60 > Self.tolerance ? even : max(machine, state.shown)
            state.steady = steady
            return state.shown
        }
    }

    /// What is wrong with the machine's clock, in words for people; nil when nothing is.
    public var problem: String? {
        let now = now
        let lag = state.withLock { $0.lag }
        if lag * 60 > Self.tolerance {
            return "The clock of the server was set back by \(Self.spoken(lag)). The clinic’s time goes on evenly. "
                + "Start the server anew when nobody is in a chair, once its clock is right."
        }
        guard let latest, latest.minutes(since: now) * 60 > Self.tolerance else { return nil }
        return "The last entries were made at times up to \(Moment(latest).reading) UTC, and the server’s clock says \(Moment(now).reading) UTC. "
            + "What was entered then does not count before that time. Check the clock."
    }

    private static func spoken(_ minutes: Double) -> String {
        minutes < 2 ? "\(Int((minutes * 60).rounded())) s" : minutes < 120 ? "\(Int(minutes.rounded())) min" : "\(Int((minutes / 60).rounded())) h"
    }
}
