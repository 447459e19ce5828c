import Forecast
import Foundation
import Knowledge
import Statistics

/// Whether forecasts are of use where the model is wrong: people whose relief adds points instead of multiplying, fades by one exponential of their own,
/// whose exposure varies from dose to dose, whose ratings have heavy tails and who stay away when they are ill. Forecasts two and eight weeks on, by the
/// continuous ranked probability score (T. Gneiting, A. E. Raftery, J. Am. Stat. Assoc. 102 (2007) 359, DOI 10.1198/016214506000001437), beside the
/// last value, a line through the scores and the mean of the clinic, each with a normal band as wide as its errors are in half of the people.
enum ForecastUsefulness {
    private struct Case {
        var history: SymptomHistory
        /// By days ahead.
        var truth: [Int: Double]
    }

    private static func person(_ number: Int, seed: UInt64) -> Case? {
        var stream = RandomStream(seed: seed, subject: UInt32(number), purpose: 0x5553_0001)
        let baseline = min(max(stream.normal(mean: 33, sd: 6), 18), 50)
        let relief = max(stream.normal(mean: 9, sd: 7), -2)
        let fade = exp(stream.normal(mean: log(9), sd: 0.5))
        let trend = stream.normal(mean: -0.05, sd: 0.12)
        let doses = [0.0, 3, 7, 10, 14, 17, 21, 28]
        let potency = doses.map { _ in exp(stream.normal(sd: 0.5)) }
        func state(_ day: Double) -> Double {
            let felt = zip(doses, potency).reduce(0.0) { $0 + ($1.0 < day ? 0.55 * $1.1 * exp(-(day - $1.0) / fade) : 0) }
            return baseline + trend * max(day, 0) - relief * min(felt, 2.2)
        }
        func rated(_ day: Double) -> Double {
            // Student's t with three degrees of freedom.
            let scale = ((0..<3).reduce(0.0) { sum, _ in sum + pow(stream.normal(), 2) } / 3).squareRoot()
            return max(0, min(60, (state(day) + 2.2 * stream.normal() / max(scale, 0.05)).rounded()))
        }
        var scores: [SymptomHistory.Score] = []
        for day in [-1.0, 1, 4, 7, 12, 18, 25, 35] where !stream.chance(min(0.6, max(0, (state(day) - 20) / 60))) {
            scores.append(.init(day: day, scale: 0, total: rated(day)))
        }
        guard scores.count >= 3 else { return nil }
        return Case(history: SymptomHistory(doses: doses.map { .init(day: $0, occupancyHours: 1.7) }, scores: scores), truth: [14: rated(49), 56: rated(91)])
    }

    /// Of equally likely values.
    private static func score(_ draws: [Double], _ truth: Double) -> Double {
        let sorted = draws.sorted()
        let n = Double(sorted.count)
        let distance = sorted.reduce(0) { $0 + abs($1 - truth) } / n
        let spread = sorted.enumerated().reduce(0.0) { $0 + (2 * Double($1.offset) + 1 - n) * $1.element } / (n * n)
        return distance - spread
    }

    private static func normal(_ mean: Double, _ deviation: Double) -> [Double] {
        (0..<200).map { max(0, min(60, mean + deviation * NormalQuantile.of((Double($0) + 0.5) / 200))) }
    }

    /// `Benchmarks forecast-usefulness [SEED] [PEOPLE]`.
    static func run() throws {
        let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
        let (seed, people) = (UInt64(numbers.first ?? 99), numbers.count > 1 ? numbers[1] : 200)
        let model = try KnowledgeLibrary.shipped().symptomModel
        let cases = (0..<people).compactMap { person($0, seed: seed) }
        // The half of the people that teaches the rivals teaches the clinic's prior too.
        let taught = try Forecaster(model, version: "benchmark")
        let clinic = cases.enumerated().filter { $0.offset % 2 == 0 }.map { number, one in
            var history = one.history
            history.scores += one.truth.sorted { $0.key < $1.key }.map { .init(day: 35 + Double($0.key), scale: 0, total: $0.value) }
            return taught.learn(history, seed: 1, subject: UInt32(number))
        }
        let prior = try ClinicPrior(clinic, model: model)
        print(
            String(format: "forecast     the clinic's prior gains %.2f of log evidence by patient not seen: ", prior.heldOutGain)
                + prior.axes.map { String(format: "%@ %.2f (%.2f)", $0.id, $0.centre - $0.shippedCentre, $0.spread / $0.shippedSpread) }.joined(separator: ", ")
        )
        try compare(cases, under: model, "the shipped prior")
        try compare(
            cases, under: model.starting(from: prior.file(model: "\(model.id)@benchmark"), version: "benchmark"), "the clinic's prior")
    }

    private static func compare(_ cases: [Case], under model: SymptomModel, _ name: String) throws {
        var forecaster = try Forecaster(model, version: "benchmark")
        forecaster.keepsDraws = true
        let forecasts = cases.enumerated().map { number, one in
            let known = forecaster.learn(one.history, seed: 1, subject: UInt32(number))
            return forecaster.forecast(known, .init(from: 35, horizon: 56), seed: 1, subject: UInt32(number))
        }
        print("forecast     usefulness of \(name) under another truth, \(cases.count) people: mean continuous ranked probability score (points of MADRS)")
        for ahead in [14, 56] {
            let truths = cases.map { $0.truth[ahead] ?? 0 }
            let clinic = truths.indices.map { $0 % 2 == 0 }
            let mean = zip(truths, clinic).filter(\.1).reduce(0) { $0 + $1.0 } / Double(clinic.filter { $0 }.count)
            let rivals: [(String, [Double])] = [
                ("last value", cases.map { $0.history.scores.last?.total ?? mean }), ("line", cases.map { line($0.history.scores, at: 35 + Double(ahead)) }),
                ("clinic's mean", cases.map { _ in mean }),
            ]
            let tested = truths.indices.filter { !clinic[$0] }
            let own = tested.reduce(0) { $0 + score(forecasts[$1].draws[ahead], truths[$1]) } / Double(tested.count)
            let covered = tested.filter { forecasts[$0].rated[ahead].p05 <= truths[$0] && truths[$0] <= forecasts[$0].rated[ahead].p95 }.count
            let bias = tested.reduce(0) { $0 + forecasts[$1].rated[ahead].mean - truths[$1] } / Double(tested.count)
            var parts = [String(format: "forecast %.2f (mean error %.1f, 90 %% covers %.0f %%)", own, bias, 100 * Double(covered) / Double(tested.count))]
            for (name, values) in rivals {
                let errors = truths.indices.filter { clinic[$0] }.map { pow(values[$0] - truths[$0], 2) }
                let deviation = (errors.reduce(0, +) / Double(max(errors.count, 1))).squareRoot()
                let rival = tested.reduce(0) { $0 + score(normal(values[$1], deviation), truths[$1]) } / Double(tested.count)
                parts.append(String(format: "%@ %.2f (%.0f %% worse)", name, rival, 100 * (rival / own - 1)))
            }
            print("  \(ahead) days on: " + parts.joined(separator: ", "))
        }
    }

    private static func line(_ scores: [SymptomHistory.Score], at day: Double) -> Double {
        let n = Double(scores.count)
        let (x, y) = (scores.reduce(0) { $0 + $1.day } / n, scores.reduce(0) { $0 + $1.total } / n)
        let slope = scores.reduce(0) { $0 + ($1.day - x) * ($1.total - y) } / max(scores.reduce(0) { $0 + ($1.day - x) * ($1.day - x) }, 1e-9)
        return max(0, min(60, y + slope * (day - x)))
    }
}
