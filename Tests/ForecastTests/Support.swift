import Chart
import Forecast
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Statistics

/// The shipped model, and charts written as facts.
enum Shipped {
    static let library = Result { try KnowledgeLibrary.shipped() }

    static func constants() throws -> SymptomConstants { try SymptomConstants(try library.get().symptomModel) }

    static func forecaster() throws -> Forecaster { try Forecaster(try library.get().symptomModel, version: "test") }

    static func desk() throws -> ForecastDesk { try ForecastDesk(try library.get().base, try library.get().symptomModel) }

    /// A chart of facts in the contract's shape.
    static func chart(_ lines: [String]) throws -> Chart {
        let text = (["{\"type\":\"patient\",\"id\":\"p1\"}"] + lines).joined(separator: "\n")
        let plan = try ChartFile.plan(
            [UInt8](text.utf8), name: "chart.ndjson", format: .ndjson, knowledge: try library.get().base, now: Instant(milliseconds: 1_800_000_000_000))
        return try plan.charts()[0]
    }

    static func forecast(_ lines: [String], horizon: Int = 84, seed: UInt64 = 1) throws -> CourseForecast {
        let chart = try chart(lines)
        let review = Review(of: chart, asOf: ChartHistory.lastKnown(chart) ?? Instant(milliseconds: 0), jurisdiction: .us, knowledge: try library.get().base)
        return try CourseForecast(review, desk: try desk(), horizon: horizon, seed: seed)
    }
}

/// A patient of eight doses and eight scores, drawn from the prior.
struct SyntheticPatient {
    var person: SymptomSimulator.Person
    var history: SymptomHistory

    static let doseDays = [0.0, 3, 7, 10, 14, 17, 21, 28]
    static let scoreDays = [-1.0, 1, 4, 7, 12, 18, 25, 35]

    /// - Parameter scales: the scale of each score, by number.
    init(_ constants: SymptomConstants, seed: UInt64, number: UInt32, scales: (Int) -> Int = { $0 % 2 }, extra: [(Double, Int)] = []) {
        var stream = RandomStream(seed: seed, subject: number, purpose: 0x5450_0001)
        let simulator = SymptomSimulator(constants)
        person = simulator.person(&stream)
        history = SymptomHistory(doses: Self.doseDays.map { .init(day: $0, occupancyHours: 1.7) })
        let times = Self.scoreDays.enumerated().map { (day: $1, scale: scales($0)) } + extra.map { (day: $0.0, scale: $0.1) }
        history.scores = simulator.rate(person, history, at: times, &stream)
    }
}
