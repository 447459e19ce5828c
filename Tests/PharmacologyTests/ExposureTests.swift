import Foundation
import Guidance
import Knowledge
import Notation
import Testing

@testable import Pharmacology

/// Exposure metrics against what is known otherwise, at awkward times.
@Suite struct ExposureTests {
    private func metrics(_ doses: [PlannedDose], last: Double = 24, above: Double? = nil, model: CompiledModel? = nil) throws -> [Double] {
        let model = try model ?? EquationTests.model("CL")
        return try Exposure(model, Regimen(drug: .ketamine, doses: doses), last: last, above: above).metrics(
            Subjects(model, count: 1, seed: nil), subject: 0)[0]
    }

    /// CL 50 L/h, V 100 L: k 0.5 per hour.
    @Test(arguments: [0, 0.1, 0.2, 0.3, 0.4, 0.7, 8.1, 24, 333.3]) func aBolusAtAnyTime(start: Double) throws {
        for last in [start + 0.1, start + 0.8, start + 2.2, start + 24] {
            let found = try metrics([PlannedDose(at: start, 60, "mg", .intravenous)], last: last, above: 300)
            #expect(abs(found[0] - 600) < 1e-9 && abs(found[1] - start) < 1e-6, "peak \(found)")
            #expect(abs(found[2] - 1200) < 1e-6)
            #expect(abs(found[3] - 1200 * (1 - exp(-0.5 * (last - start)))) < 1e-6, "to \(last): \(found[3])")
            #expect(abs(found[4] - log(2) / 0.5) < 1e-6)
            #expect(abs(found[6] - min(log(2) / 0.5, last - start)) < 2e-3, "above to \(last): \(found[6])")
        }
    }

    @Test(arguments: [0, 0.1, 0.4, 8.1]) func accumulationDoesNotDependOnTheHour(start: Double) throws {
        var dose = PlannedDose(at: start, 60, "mg", .intravenous, overMinutes: 40)
        (dose.additional, dose.intervalHours) = (3, 2)
        let found = try metrics([dose], last: 96)
        // Areas of the first and the fourth interval: what is left of n doses falls by q = e^(−kτ) from one to the next.
        let q = exp(-1.0)
        let first = try metrics([PlannedDose(at: start, 60, "mg", .intravenous, overMinutes: 40)], last: start + 2)[3]
        let carried = 1200 - first
        let fourth = first + carried * (1 - q) * (1 + q + q * q)
        #expect(abs(found[5] / (fourth / first) - 1) < 1e-9, "\(found[5])")
        #expect(abs(found[2] - 4800) < 1e-6)
    }

    /// What was there before time zero is not in the area.
    @Test func inSteadyStateAnIntervalHoldsOneDose() throws {
        var dose = PlannedDose(at: 0, 60, "mg", .intravenous)
        (dose.steadyState, dose.intervalHours) = (true, 6)
        var regimen = Regimen(drug: .ketamine, doses: [dose])
        regimen.repeat = .init(everyHours: 6, count: 4)
        let model = try EquationTests.model("CL")
        let found = try Exposure(model, regimen, last: 24).metrics(Subjects(model, count: 1, seed: nil), subject: 0)[0]
        #expect(abs(found[3] - 4 * 1200) < 1e-3, "\(found[3])")
    }

    @Test func saturableEliminationHasItsTerminalHalfLife() throws {
        let found = try metrics([PlannedDose(at: 0, 60, "mg", .intravenous)], model: EquationTests.model("VM / (KM + c)"))
        // ln 2 KM V/VM, and the area of the whole course C₀/V′ (KM + C₀/2) with V′ = VM/V.
        #expect(abs(found[4] / (log(2) * 200 / 400) - 1) < 0.01, "\(found[4])")
        #expect(abs(found[2] / (600.0 / 400 * (200 + 300)) - 1) < 1e-6, "\(found[2])")
    }

    /// Times that differ by rounding only are one row, and none is lost.
    @Test func timesThatNearlyMeet() throws {
        let model = try EquationTests.model("CL")
        let regimen = Regimen(drug: .ketamine, doses: [PlannedDose(at: 0.3, 60, "mg", .intravenous)])
        let simulation = try Simulation(model, regimen, times: [0, 0.1 + 0.2, 0.3, 0.2, 0.20000000000000004, 0.5])
        let rows = simulation.run(Subjects(model, count: 1, seed: nil), subject: 0)
        #expect(simulation.times.count == 4 && rows.map { $0[0] > 0 } == [false, false, true, true])
    }
}
