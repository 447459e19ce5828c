import Guidance
import Knowledge
import Notation
import Testing

@testable import Pharmacology

/// What a session's concentrations do.
@Suite struct EffectTests {
    private static func model(_ id: String) throws -> CompiledModel {
        let knowledge = try KnowledgeBase.shipped()
        return try #require(knowledge.models[id]).with(knowledge.effects)
    }

    private static func course(_ id: String, _ doses: [PlannedDose], _ drug: Drug = .esketamine, minutes: [Double], _ outputs: [String], people: Int = 1)
        throws -> [[[Double]]]
    {
        let model = try model(id)
        let simulation = try Simulation(model, Regimen(drug: drug, doses: doses), times: minutes.map { $0 / 60 }, outputs: outputs)
        return simulation.courses(Subjects(model, count: people, seed: people == 1 ? nil : 4))
    }

    /// Peak occupancies of the reference (pd.md, section 3), which were computed independently.
    @Test(arguments: [
        ("perez-ruixo-2020", Drug.esketamine, PlannedDose(at: 0, 28, "mg", .intranasal), 0.27),
        ("perez-ruixo-2020", .esketamine, PlannedDose(at: 0, 56, "mg", .intranasal), 0.40),
        ("perez-ruixo-2020", .esketamine, PlannedDose(at: 0, 84, "mg", .intranasal), 0.48),
        ("racemic-composite", .ketamine, PlannedDose(at: 0, 0.5, "mg/kg", .intravenous, overMinutes: 40), 0.42),
        ("racemic-composite", .ketamine, PlannedDose(at: 0, 0.2, "mg/kg", .intravenous, overMinutes: 40), 0.22),
        ("racemic-composite", .esketamine, PlannedDose(at: 0, 0.4, "mg/kg", .intravenous, overMinutes: 40), 0.49),
    ]) func occupancyPeaks(id: String, drug: Drug, dose: PlannedDose, peak: Double) throws {
        let course = try Self.course(id, [dose], drug, minutes: (0...48).map { Double($0) * 5 }, ["occupancy"])
        let found = (course[0].map { $0[0] }.max() ?? 0) / 100
        #expect(abs(found - peak) < 0.015, "\(found)")
    }

    /// What is not asked for is not solved; times that are the same for everybody are known beforehand; neither changes what is asked for.
    @Test(arguments: [
        ("perez-ruixo-2020", Drug.esketamine, PlannedDose(at: 0, 84, "mg", .intranasal)),
        ("racemic-composite", .ketamine, PlannedDose(at: 0, 0.5, "mg/kg", .intravenous, overMinutes: 40)),
        ("racemic-composite", .ketamine, PlannedDose(at: 0, 120, "mg", .oral)),
    ]) func whatIsNotAskedForChangesNothing(id: String, drug: Drug, dose: PlannedDose) throws {
        let model = try Self.model(id)
        var again = dose
        again.timeHours = 72
        let times = [0, 72].flatMap { start in (0...24).map { start + Double($0) / 6 } }
        func courses(_ outputs: [String]?, settled: Bool = false) throws -> (Simulation, [[[Double]]]) {
            let simulation = try Simulation(model, Regimen(drug: drug, doses: [dose, again]), times: times, outputs: outputs, settlesTimes: settled)
            return (simulation, simulation.courses(Subjects(model, count: 12, seed: 9)))
        }
        let (all, whole) = try courses(nil)
        let asked = ["systolic", "dissociation", "diastolic"]
        for settled in [false, true] {
            let (few, part) = try courses(asked, settled: settled)
            #expect(few.layout.count < all.layout.count, "\(few.layout.count) of \(all.layout.count) states")
            for subject in whole.indices {
                for row in times.indices {
                    for (column, output) in asked.enumerated() {
                        let expected = whole[subject][row][try #require(all.outputs.firstIndex(of: output))]
                        #expect(abs(part[subject][row][column] - expected) < 1e-7 * max(1, abs(expected)), "\(output) at \(times[row]) h")
                    }
                }
            }
        }
    }

    /// Felt at once, greatest after half an hour or so, gone within two hours although the drug is still there; less at every session.
    @Test func dissociationComesGoesAndFades() throws {
        var dose = PlannedDose(at: 0, 84, "mg", .intranasal)
        dose.additional = 20
        dose.intervalHours = 84
        let hours = [0, 0.5, 2, 84.5, 84 * 20 + 0.5]
        let rows = try Self.course("perez-ruixo-2020", [dose], minutes: hours.map { $0 * 60 }, ["dissociation", "esketamine"])[0]
        #expect(rows[0][0] == 0)
        #expect(rows[1][0] > 4 && rows[1][0] < 20)
        #expect(rows[2][0] < 0.2 * rows[1][0] && rows[2][1] > 0.4 * rows[1][1])
        #expect(rows[3][0] < 0.95 * rows[1][0])
        // Four tenths are left at least.
        #expect(rows[4][0] > 0.38 * rows[1][0] && rows[4][0] < 0.45 * rows[1][0])
    }

    @Test func scoresAndProbabilitiesStayInTheirBounds() throws {
        let people = try Self.course(
            "racemic-composite", [PlannedDose(at: 0, 400, "mg", .intravenous)], .ketamine, minutes: [1, 5, 20, 60], ["dissociation", "sedation", "occupancy"],
            people: 300)
        for course in people {
            for row in course {
                #expect((0...92).contains(row[0]))
                #expect((0...100).contains(row[1]) && (0...100).contains(row[2]))
            }
        }
    }

    /// Swallowed slowly, the same drug is hardly felt: the brain adapts as fast as it arrives.
    @Test func slowReleaseIsHardlyFelt() throws {
        let times = (0...48).map { Double($0) * 15 }
        let slow = try Self.course(
            "racemic-composite", [PlannedDose(at: 0, 120, "mg", .oral, formulation: "prolonged-release")], .ketamine, minutes: times, ["dissociation"])[0]
        let infused = try Self.course(
            "racemic-composite", [PlannedDose(at: 0, 35, "mg", .intravenous, overMinutes: 40)], .ketamine, minutes: times, ["dissociation"])[0]
        #expect((slow.map { $0[0] }.max() ?? 0) < 0.15 * (infused.map { $0[0] }.max() ?? 0))
    }

    @Test func effectsAreRefusedWhereTheyWereNotCalibrated() throws {
        func problem(_ id: String) throws -> String {
            let knowledge = try KnowledgeBase.shipped()
            let model = try #require(knowledge.models[id])
            do throws(Diagnostic) {
                _ = try model.with(knowledge.effects)
                return "accepted"
            } catch {
                return error.description
            }
        }
        #expect(try problem("simons-2022").contains("never mixed"))
        #expect(try problem("domino-1982").contains("analyte"))
        #expect(try problem("otto-2021") == "accepted")
    }
}
