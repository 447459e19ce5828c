import Foundation
import Notation
import Testing

@testable import Pharmacology

/// Infusions whose rate changes evenly.
@Suite struct RampTests {
    private func course(_ clearance: String, ramp: [Double]?, steps: [PlannedDose.Step]? = nil, times: [Double]) throws -> [Double] {
        var dose = PlannedDose(at: 1, 60, "mg", .intravenous, overMinutes: steps == nil ? 120 : nil)
        (dose.ramp, dose.steps) = (ramp, steps)
        let model = try EquationTests.model(clearance)
        return try Simulation(model, Regimen(drug: .ketamine, doses: [dose]), times: times).run(Subjects(model, count: 1, seed: nil), subject: 0).map { $0[0] }
    }

    private static let times = [0.5, 1.5, 2, 3, 4, 9]

    /// A rate r·t into one compartment: C = r/(V k²) (k t − 1 + e^(−k t)).
    @Test func aRisingRamp() throws {
        let k = 0.5
        let rate = 60.0 * 2 / 4  // reaches 60 mg/h after 2 h
        let found = try course("CL", ramp: [0, 1], times: Self.times)
        #expect(found[0] == 0)
        for (time, value) in zip(Self.times, found).dropFirst() {
            let t = min(time, 3) - 1
            let end = rate / (100 * k * k) * (k * t - 1 + exp(-k * t)) * 1000
            let expected = end * exp(-k * max(time - 3, 0))
            #expect(abs(value / expected - 1) < 1e-10, "at \(time): \(value), expected \(expected)")
        }
    }

    /// Many short steps come close to a ramp; integrated it is the same as in closed form; two equal rates are no ramp.
    @Test func otherWaysToTheSame() throws {
        let ramp = try course("CL", ramp: [3, 1], times: Self.times)
        let fine = (0..<200).map { PlannedDose.Step(amount: 60 * (3 - 2 * (Double($0) + 0.5) / 200) / 400, durationMinutes: 0.6) }
        for (a, b) in zip(ramp, try course("CL", ramp: nil, steps: fine, times: Self.times)) { #expect(abs(a - b) <= 1e-4 * b) }
        for (a, b) in zip(ramp, try course("CL * (1 + 0 * k * time)", ramp: [3, 1], times: Self.times)) { #expect(abs(a - b) <= 1e-8 * b) }
        for (a, b) in zip(try course("CL", ramp: [2, 2], times: Self.times), try course("CL", ramp: nil, times: Self.times)) {
            #expect(abs(a - b) <= 1e-11 * b)
        }
    }

    /// Two ramps at once by two lines are the sum of each alone.
    @Test func rampsThatOverlap() throws {
        func course(_ lines: [String]) throws -> [Double] {
            var regimen = Regimen(drug: .ketamine, doses: [])
            for line in lines {
                var dose = PlannedDose(at: line == "a" ? 0 : 0.5, 30, "mg", .intravenous, overMinutes: 90)
                (dose.ramp, dose.line) = ([0, 1], line)
                regimen.doses.append(dose)
            }
            let model = try EquationTests.model("CL")
            return try Simulation(model, regimen, times: [0.25, 1, 1.75, 3, 8]).run(Subjects(model, count: 1, seed: nil), subject: 0).map { $0[0] }
        }
        let (both, a, b) = (try course(["a", "b"]), try course(["a"]), try course(["b"]))
        for index in both.indices { #expect(abs(both[index] - a[index] - b[index]) < 1e-10 * both[index]) }
    }

    @Test func theAreaIsTheDoseOverTheClearance() throws {
        var dose = PlannedDose(at: 0, 60, "mg", .intravenous, overMinutes: 120)
        dose.ramp = [0, 1]
        let model = try EquationTests.model("CL")
        let exposure = try Exposure(model, Regimen(drug: .ketamine, doses: [dose]), last: 24, above: 200)
        let metrics = exposure.metrics(Subjects(model, count: 1, seed: nil), subject: 0)[0]
        #expect(abs(metrics[2] - 1200) < 1e-8)
        #expect(abs(metrics[4] - log(2) / 0.5) < 1e-9)
        // Above 200 ng/mL from the crossing on the way up to e^(−k t) on the way down.
        let peak = 120 * (0.5 * 2 - 1 + exp(-1.0)) / 0.25 / 100 * 1000 / 4
        let down = 2 + log(peak / 200) / 0.5
        #expect(metrics[6] < down && metrics[6] > down - 2)
    }
}
