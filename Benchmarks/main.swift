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
// forecast, forecast-usefulness, trial; trial-error, nothing-lost, pages, load, outcomes, forecast-proofs and forecast-patients only when they are
// named.

let names = CommandLine.arguments.dropFirst()
let benchmarks: [(String, () async throws -> Void)] = [
    ("import", importBenchmark), ("page", pageBenchmark), ("review", reviewBenchmark), ("clinic-year", clinicYear),
    ("simulation", SimulationBenchmark.run),
    ("population", populationBenchmark), ("fit", fitBenchmark), ("forecast", ForecastBenchmark.run),
    ("forecast-usefulness", { try ForecastUsefulness.run() }), ("trial", TrialBenchmark.speed),
]
/// Run only when they are named.
let runs: [(String, () async throws -> Void)] = [
    ("nothing-lost", nothingLost), ("pages", largeClinicBenchmark), ("load", loadBenchmark), ("hello", hello),
    ("forecast-proofs", ForecastBenchmark.proofs), ("forecast-patients", ForecastBenchmark.patients),
    ("outcomes", { try outcomesBenchmark() }),
    ("trial-error", TrialBenchmark.errors),
]
for (name, run) in benchmarks where names.isEmpty || names.contains(name) { try await run() }
for (name, run) in runs where names.first == name { try await run() }
