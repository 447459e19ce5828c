import ClinicYear
import Foundation
import Knowledge
import Notation

/// A year of a simulated clinic: 100 patients, 30 sessions each, every step proposed to the real domain code. Exits 1 when an invariant fails.
/// `Benchmarks clinic-year SEED` runs another year.
func clinicYear() async throws {
    let library = try KnowledgeLibrary.shipped()
    let seed = CommandLine.arguments.dropFirst(2).first.flatMap { UInt64($0) } ?? 1
    guard let start = Day("2025-01-02") else { return }
    let begin = ContinuousClock.now
    let year = ClinicYear(seed: seed, patients: 100, sessions: 30, start: start, knowledge: library.base, ledgerRules: library.ledgerRules) { number in
        if isatty(2) == 1, number % 10 == 9 { FileHandle.standardError.write(Data("\r\(number + 1) patients".utf8)) }
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let tally = year.tally
    print(
        "clinic year, seed \(seed): \(tally.sessions) sessions, \(tally.facts) facts, \(tally.doses) doses, \(tally.discharged) discharged, "
            + "\(tally.cancelled) cancelled, \(tally.transferred) transferred, \(tally.refused) steps refused, \(tally.overrides) overrides, "
            + "\(tally.lateEntries) late entries, \(tally.corrections) corrections; \(year.violations.count) violations in \(rounded(seconds, places: 1)) s")
    for violation in year.violations.prefix(20) { print("  \(violation)") }
    if !year.violations.isEmpty { exit(1) }
}
