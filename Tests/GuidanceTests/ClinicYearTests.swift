import ClinicYear
import Knowledge
import Notation
import Testing

/// The simulated clinic in short; `swift run -c release Benchmarks clinic-year` runs it for a year.
@Suite struct ClinicYearTests {
    @Test(arguments: [11, 12, 13] as [UInt64])
    func invariantsHold(seed: UInt64) throws {
        let library = try KnowledgeLibrary.shipped()
        // From late February on: the clocks change on the second Sunday of March.
        let start = try #require(Day("2026-02-20"))
        let year = ClinicYear(seed: seed, patients: 5, sessions: 6, start: start, knowledge: library.base, ledgerRules: library.ledgerRules)
        #expect(year.violations.isEmpty, "seed \(seed): \(year.violations.prefix(5))")
        #expect(year.tally.sessions == 30 && year.tally.audited == year.tally.discharged, "seed \(seed)")
        #expect(year.tally.discharged > 15 && year.tally.refused > 5, "seed \(seed): \(year.tally)")
    }
}
