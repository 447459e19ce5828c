import Notation
import Synchronization
import Testing

@testable import ClinicServer

/// A machine whose clock is set back while people work.
@Suite struct ClockTests {
    private final class Hands: Sendable {
        let machine = Mutex(Instant(milliseconds: 1_800_000_000_000))
        let steady = Mutex(ContinuousClock.now)

        func pass(minutes: Double) {
            machine.withLock { $0 = $0.adding(minutes: minutes) }
            steady.withLock { $0 += .seconds(60 * minutes) }
        }
        func set(minutes: Double) { machine.withLock { $0 = $0.adding(minutes: minutes) } }
        func clock(latest: Instant? = nil) -> ClinicClock {
            ClinicClock(latest: latest, machine: { self.machine.withLock { $0 } }, steady: { self.steady.withLock { $0 } })
        }
    }

    @Test func timeNeverGoesBack() throws {
        let hands = Hands()
        let clock = hands.clock()
        hands.pass(minutes: 10)
        let before = clock.now
        #expect(clock.problem == nil)
        hands.set(minutes: -30)
        #expect(clock.now == before)
        let said = try #require(clock.problem)
        #expect(said.contains("set back by 30 min"))
        hands.pass(minutes: 5)
        #expect(clock.now == before.adding(minutes: 5), "a session's minutes go on")
        // Put right again, it is followed as it was.
        hands.set(minutes: 30)
        #expect(clock.now == before.adding(minutes: 5) && clock.problem == nil)
        hands.set(minutes: 60)
        #expect(clock.now == before.adding(minutes: 65), "a jump forward is followed")
    }

    @Test func smallCorrectionsAreWaitedOut() {
        let hands = Hands()
        let clock = hands.clock()
        hands.pass(minutes: 1)
        let before = clock.now
        hands.set(minutes: -1.0 / 60)
        #expect(clock.now == before && clock.problem == nil)
        hands.pass(minutes: 1)
        #expect(clock.now == before.adding(minutes: 59.0 / 60))
    }

    /// After a start nobody knows how time went: it is said until the last entry lies behind.
    @Test func entriesOfTheFutureAreSaid() {
        let hands = Hands()
        let start = hands.machine.withLock { $0 }
        let clock = hands.clock(latest: start.adding(minutes: 20))
        #expect(clock.now == start && clock.problem?.contains("Check the clock") == true)
        hands.pass(minutes: 21)
        #expect(clock.problem == nil)
    }

    @Test func everyPageSaysIt() async throws {
        let test = try TestClinic(clockProblem: { "The clock of the server was set back by 30 min." })
        for path in ["/account", "/board", "/patients"] {
            #expect(try await test.get(path, as: .nurse)[0].body.contains("set back by 30 min"), "\(path)")
        }
        #expect(try await !test.get("/sign-in", as: nil)[0].body.contains("set back"))
    }
}
