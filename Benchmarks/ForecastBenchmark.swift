import Forecast
import Foundation
import Knowledge
import Statistics

struct ReferenceCase: Codable {
    var constants: SymptomConstants
    var patients: [ReferencePatient]
}

struct ReferencePatient: Codable {
    var history: SymptomHistory
    /// Scales with a bias of their own.
    var biased: [Int]
}

/// One patient with eight doses and eight scores: posterior and 84 days ahead, on one thread; the same for many on all; ranks, coverage and the agreement
/// with the No-U-Turn sampler. `Benchmarks forecast`; the proofs are long: `Benchmarks forecast-proofs [PATIENTS]`.
enum ForecastBenchmark {
    private static func forecaster() throws -> Forecaster {
        try Forecaster(try KnowledgeLibrary.shipped().symptomModel, version: "benchmark")
    }

    private static func patient(_ constants: SymptomConstants, _ number: UInt32) -> SymptomHistory {
        var stream = RandomStream(seed: 7, subject: number, purpose: 0x424D_0001)
        let simulator = SymptomSimulator(constants)
        let person = simulator.person(&stream)
        var history = SymptomHistory(doses: [0.0, 3, 7, 10, 14, 17, 21, 28].map { .init(day: $0, occupancyHours: 1.7) })
        let times = [-1.0, 1, 4, 7, 12, 18, 25, 35].enumerated().map { (day: $1, scale: $0 % 2) }
        history.scores = simulator.rate(person, history, at: times, &stream)
        return history
    }

    static func run() throws {
        let forecaster = try forecaster()
        let histories = (0..<40).map { patient(forecaster.constants, $0) }
        var seconds: [Double] = []
        var (learning, evaluations) = (0.0, 0)
        let used = clock()
        for (number, history) in histories.enumerated() {
            let start = ContinuousClock.now
            let known = forecaster.learn(history, seed: 1, subject: UInt32(number))
            learning += (ContinuousClock.now - start) / .seconds(1)
            evaluations += known.sample.evaluations
            _ = forecaster.forecast(known, .init(from: 35, horizon: 84), seed: 1, subject: UInt32(number))
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        let processor = Double(clock() - used) / Double(CLOCKS_PER_SEC) / Double(histories.count)
        let sorted = seconds.sorted()
        print("forecast     8 doses, 8 scores, 84 days ahead, one thread")
        print(
            String(
                format: "  %.1f ms median, %.1f ms slowest of %d; %.1f ms of processor time each", 1000 * sorted[sorted.count / 2], 1000 * (sorted.last ?? 0),
                sorted.count, 1000 * processor))
        print(String(format: "  of it %.1f ms the posterior, with %d evaluations", 1000 * learning / Double(histories.count), evaluations / histories.count))
        let count = 1000
        let threads = ProcessInfo.processInfo.activeProcessorCount
        let start = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: count) { number in
            let history = patient(forecaster.constants, UInt32(number))
            let known = forecaster.learn(history, seed: 1, subject: UInt32(number))
            _ = forecaster.forecast(known, .init(from: 35, horizon: 84), seed: 1, subject: UInt32(number))
        }
        let all = (ContinuousClock.now - start) / .seconds(1)
        print(String(format: "  %d patients in %.1f s on %d threads: 10000 in %.0f s", count, all, threads, all * 10_000 / Double(count)))
    }

    /// Twenty patients for `reference/symptom_posterior.py`.
    static func patients() throws {
        let constants = try forecaster().constants
        let patients = (0..<20).map { number in
            let history = patient(constants, UInt32(number))
            return ReferencePatient(history: history, biased: PersonPosterior(constants, history).biased)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(ReferenceCase(constants: constants, patients: patients)), as: UTF8.self))
    }

    /// With the figures that are furthest apart, and how much of each is the chance of either sampler.
    private static func agreement(_ forecaster: Forecaster) throws {
        let draws = 25_000
        let start = ContinuousClock.now
        let found = (0..<20).map { number in
            Comparison.importanceAgainstNoUTurn(patient(forecaster.constants, UInt32(number)), constants: forecaster.constants, draws: draws)
        }
        print(
            String(
                format: "forecast     against NUTS (4 chains of %d), 20 patients: means within %.3f SD, quantiles within %.3f SD; %.0f s", draws,
                found.map(\.mean).max() ?? .nan, found.map(\.quantile).max() ?? .nan, (ContinuousClock.now - start) / .seconds(1)))
        let figures = found.enumerated().flatMap { number, one in one.figures.map { (number, one.method, $0) } }
        for (number, method, figure) in figures.sorted(by: { $0.2.distance > $1.2.distance }).prefix(8) {
            let kind = if case .quantile(let share) = figure.kind { "\(Int(100 * share)) %" } else { "mean" }
            print(
                String(
                    format: "  patient %d, %@, %@: %.3f SD; Monte Carlo errors %.3f of ours (%@), %.3f of NUTS", number, figure.parameter, kind,
                    figure.distance, figure.own, method.rawValue, figure.reference))
        }
    }

    static func proofs() throws {
        let forecaster = try forecaster()
        let patients = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1000
        try agreement(forecaster)
        let run = SimulationBasedCalibration.run(forecaster, patients: patients, seed: 1)
        print("forecast     simulation-based calibration, \(patients) patients")
        for (name, p) in run.pValues { print(String(format: "  %@: chi-square p %.3f", name, p)) }
        print(
            String(
                format: "  90 %% intervals cover %.1f %% of %d new ratings (%.1f %% where a total on the edge counts whole); %d fallbacks", 100 * run.coverage,
                run.ratings, 100 * run.closedCoverage, run.fallbacks))
    }
}
