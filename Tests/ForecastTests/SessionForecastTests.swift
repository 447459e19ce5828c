import Guidance
import Notation
import Pharmacology
import Statistics
import Testing

@testable import Forecast

/// A session's own curves follow what was measured, and are as sure as they say.
@Suite struct SessionForecastTests {
    private static let infusion = SessionForecast.Cause(
        drug: .ketamine, route: .intravenous, weight: 70, doses: [.init(minute: 0, milligrams: 35, duration: 40)])

    private static func forecast(_ readings: [SessionForecast.Reading], _ cause: SessionForecast.Cause = infusion, seed: UInt64 = 1) throws -> SessionForecast {
        try #require(SessionForecast(cause, readings, knowledge: try Shipped.library.get().base, seed: seed))
    }

    private func width(_ band: [Quantiles]?, _ index: Int) -> Double { (band?[index].p95 ?? .nan) - (band?[index].p05 ?? .nan) }

    @Test func beforeAnythingIsMeasuredThePopulationIsAllThereIs() throws {
        let none = try Self.forecast([])
        #expect(none.individual.isEmpty && none.population[.systolic] == nil && none.population[.dissociation] != nil)
        let before = try Self.forecast([.init(.systolic, minute: -10, value: 124), .init(.diastolic, minute: -10, value: 78)])
        #expect(before.individual.isEmpty)
        #expect(abs((before.population[.systolic]?.first?.p50 ?? 0) - 124) < 1)
        #expect((before.population[.systolic]?.map(\.p50).max() ?? 0) > 127)
    }

    /// Made-up people whose truth is known: their own band is narrower than the population's and holds what comes as often as it says.
    @Test func individualBandsAreNarrowerAndHonest() throws {
        let knowledge = try Shipped.library.get().base
        let model = try #require(knowledge.models["racemic-composite"]).with(knowledge.effects)
        let minutes = [20.0, 40, 60, 90]
        let simulation = try Simulation(
            model, Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, 35, "mg", .intravenous, overMinutes: 40)]), times: minutes.map { $0 / 60 },
            outputs: ["dissociation", "systolic"])
        let people = simulation.courses(Subjects(model, count: 40, seed: 77, covariates: ["weight": [70]]))
        var (inside, narrower) = (0, 0)
        for (number, person) in people.enumerated() {
            var stream = RandomStream(seed: 5, subject: UInt32(number))
            func pressure(_ rise: Double) -> Double { (125 + rise + 7.69 * stream.normal()).rounded() }
            func cadss(_ level: Double) -> Double { max(0, (level + (4 + 0.09 * level * level).squareRoot() * stream.normal()).rounded()) }
            var readings = [SessionForecast.Reading(.systolic, minute: -10, value: pressure(0))]
            for place in 0..<2 {
                readings.append(.init(.systolic, minute: minutes[place], value: pressure(person[place][1])))
                readings.append(.init(.dissociation, minute: minutes[place], value: cadss(person[place][0])))
            }
            let forecast = try Self.forecast(readings)
            let index = try #require(forecast.minutes.firstIndex(of: 60))
            let band = try #require(forecast.individual[.systolic])[index]
            if band.p05 <= 125 + person[2][1], 125 + person[2][1] <= band.p95 { inside += 1 }
            if width(forecast.individual[.dissociation], index) < width(forecast.population[.dissociation], index) { narrower += 1 }
        }
        #expect((32...40).contains(inside), "\(inside) of 40 true levels in their band of nine tenths")
        #expect(narrower >= 32, "\(narrower) of 40 bands are narrower than the population's")
    }

    /// Whose pressure rises more than most people's is expected to stay higher; in any order of entry.
    @Test func aRiseIsFollowed() throws {
        let calm = [SessionForecast.Reading(.systolic, minute: -10, value: 120)]
        let risen = calm + [.init(.systolic, minute: 20, value: 150), .init(.systolic, minute: 30, value: 158)]
        let forecast = try Self.forecast(risen)
        let index = try #require(forecast.minutes.firstIndex(of: 40))
        #expect((forecast.individual[.systolic]?[index].p50 ?? 0) > (forecast.population[.systolic]?[index].p50 ?? 0) + 5)
        // A new reading scatters more than the level does.
        #expect(width(forecast.predicted[.systolic], index) > width(forecast.individual[.systolic], index))
        #expect(try Self.forecast(risen.reversed()) == forecast)
        #expect(try Self.forecast(risen, seed: 2) != forecast)
    }

    @Test func theImpossibleIsSaid() throws {
        let forecast = try Self.forecast([
            .init(.systolic, minute: -10, value: 120), .init(.systolic, minute: 20, value: 330), .init(.systolic, minute: 25, value: 40),
            .init(.dissociation, minute: 90, value: 92),
        ])
        #expect(!forecast.isReliable && forecast.notes.contains { $0.contains("do not rely") })
        #expect(forecast.individual[.systolic]?.allSatisfy { $0.p05.isFinite && $0.p95.isFinite } == true)
    }

    @Test func aChartsSessionInJSON() throws {
        let chart = try Shipped.chart(
            Charts.dose + [
                #"{"type":"measurement","time":"2024-03-04T08:50:00Z","metric":"sbp","value":124,"unit":"mm[Hg]","session":"s1"}"#,
                #"{"type":"measurement","time":"2024-03-04T09:40:00Z","metric":"sbp","value":141,"unit":"mm[Hg]","session":"s1"}"#,
                #"{"type":"measurement","time":"2024-03-04T09:40:00Z","metric":"dbp","value":88,"unit":"mm[Hg]","session":"s1"}"#,
            ])
        let knowledge = try Shipped.library.get().base
        let times = chart.facts.compactMap { $0.observed?.latest }
        let review = Review(of: chart, asOf: try #require(times.max()), jurisdiction: .us, knowledge: knowledge)
        let record = try #require(review.sessions.first).record
        let inputs = try #require(SessionForecast.inputs(record, review))
        #expect(inputs.readings.count == 3 && inputs.cause.weight == 70)
        let forecast = try #require(SessionForecast(inputs.cause, inputs.readings, knowledge: knowledge))
        let json = forecast.json(patient: "p1", session: "s1", asOf: review.view.asOf, effects: "effects/acute@1", because: inputs.because)
        #expect(json["readings_used"] == JSONValue(2))
        #expect(json["quantities"]?["systolic"]?["individual"]?["p50"]?.array?.count == forecast.minutes.count)
        #expect(json["quantities"]?["dissociation"]?["population"]?["p95"]?.array?.count == forecast.minutes.count)
    }
}
