import Chart
import ClinicServer
import Foundation
import Guidance
import Hummingbird
import HummingbirdTesting
import Interchange
import Knowledge
import NIOCore
import Notation
import Statistics
import Storage

// Prints measured figures; `swift run -c release Benchmarks` runs all, or name some: import, page, review, clinic-year, simulation, population, fit,
// nothing-lost (only when it is named).

let names = CommandLine.arguments.dropFirst()
let benchmarks: [(String, () async throws -> Void)] = [
    ("import", importBenchmark), ("page", pageBenchmark), ("review", reviewBenchmark), ("clinic-year", clinicYear),
    ("simulation", SimulationBenchmark.run),
    ("population", populationBenchmark), ("fit", fitBenchmark), ("nothing-lost", nothingLost),
]
for (name, run) in benchmarks where names.isEmpty && name != "nothing-lost" || names.contains(name) { try await run() }
