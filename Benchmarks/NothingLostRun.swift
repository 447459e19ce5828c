import Foundation
import Notation
import RunningClinic

/// `Benchmarks nothing-lost ROUNDS SEED`: kills a server in the middle of a stream of entries, again and again. Exits 1 when anything acknowledged
/// is not there.
func nothingLost() async throws {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { UInt64($0) }
    var run = NothingLost(program: try builtProgram())
    run.seed = numbers.dropFirst().first ?? UInt64.random(in: 0..<1_000_000)
    let begin = ContinuousClock.now
    let tally = try run.run(rounds: Int(numbers.first ?? 20)) { tally in
        guard tally.rounds.isMultiple(of: 10) else { return }
        print("  \(tally)")
        fflush(nil)
    }
    print("nothing lost, seed \(run.seed), \(run.writers) writers: \(tally) in \(rounded((ContinuousClock.now - begin) / .seconds(1), places: 0)) s")
    for violation in tally.violations.prefix(20) { print("  \(violation)") }
    if !tally.violations.isEmpty { exit(1) }
}
