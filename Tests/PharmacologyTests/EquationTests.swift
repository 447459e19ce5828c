import Foundation
import Guidance
import Knowledge
import Notation
import Statistics
import Testing

@testable import Pharmacology

/// Models whose rates change, against solutions known otherwise.
@Suite struct EquationTests {
    /// One compartment with the clearance and the further blocks given.
    static func model(_ clearance: String, parameters: String = "", blocks: String = "") throws -> CompiledModel {
        let text = """
            {"id": "x", "title": "X", "drugs": ["ketamine"], "sampling": "venous", "population": "nobody",
             "parameters": [{"id": "CL", "value": 50, "unit": "L/h"}, {"id": "V", "value": 100, "unit": "L"}, {"id": "VM", "value": 40, "unit": "mg/h"},
               {"id": "KM", "value": 200, "unit": "ng/mL"}, {"id": "k", "value": 0.05, "unit": "/h"}\(parameters)],
             "structure": [{"disposition": {"id": "central", "volume": "V", "clearance": "\(clearance)"}}\(blocks)],
             "routes": [{"route": "intravenous", "entries": [{"into": "central"}]}],
             "outputs": [{"id": "c", "title": "C", "unit": "ng/mL", "terms": [{"state": "central", "volume": "V"}]}]}
            """
        return try CompiledModel(JSONDecoder().decode(PopulationModel.self, from: Data(text.utf8)))
    }

    private func course(_ model: CompiledModel, _ times: [Double], _ milligrams: Double = 60, over minutes: Double? = nil, outputs: [String]? = nil) throws
        -> [[Double]]
    {
        let regimen = Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, milligrams, "mg", .intravenous, overMinutes: minutes)])
        return try Simulation(model, regimen, times: times, outputs: outputs).run(Subjects(model, count: 1, seed: nil), subject: 0)
    }

    @Test func saturableEliminationFollowsItsImplicitSolution() throws {
        let model = try Self.model("VM / (KM + c)")
        #expect(model.system.isLinear == false)
        // C + KM ln C falls in a straight line with slope VM/V: Wagner, J. Pharmacokinet. Biopharm. 1 (1973) 103.
        let start = 600.0
        let line = start + 200 * log(start)
        let times = [0.1, 0.5, 1, 2, 4]
        for (time, row) in zip(times, try course(model, times)) {
            #expect(abs(row[0] + 200 * log(row[0]) - (line - 400 * time)) < 1e-6, "at \(time): \(row[0])")
        }
    }

    @Test func aClearanceThatRisesWithTime() throws {
        let model = try Self.model("CL * (1 + k * time)")
        for (time, row) in zip([0.5, 3, 12], try course(model, [0.5, 3, 12])) {
            let expected = 600 * exp(-0.5 * (time + 0.05 * time * time / 2))
            #expect(abs(row[0] / expected - 1) < 1e-8)
        }
    }

    /// The same model solved both ways: a rate that names the time without depending on it is integrated.
    @Test func integratedEqualsClosedForm() throws {
        let blocks = """
            , {"link": {"id": "ce", "follows": "c", "rate": "k * 40"}},
            {"turnover": {"id": "r", "driver": "ce", "baseline": "30", "loss": "k", "maximum": "0.8", "half": "KM"}},
            {"effect": {"id": "e", "title": "E", "unit": "1", "formula": "ce / (KM + ce)"}}
            """
        let closed = try course(try Self.model("CL", blocks: blocks), [0.2, 1, 5, 40], over: 30)
        let integrated = try course(try Self.model("CL * (1 + 0 * k * time)", blocks: blocks), [0.2, 1, 5, 40], over: 30)
        #expect(closed[0].count == 4)
        for (a, b) in zip(closed, integrated) {
            for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-8 * max(abs(y), 1e-3), "\(a) and \(b)") }
        }
    }

    @Test func aSigmoidResponseReachesItsSteadyState() throws {
        for (onLoss, expected) in [(false, 30 * (1 - 0.8 * 0.9)), (true, 30 / (1 - 0.8 * 0.9))] {
            let blocks = """
                , {"turnover": {"id": "r", "driver": "c", "baseline": "30", "loss": "k * 20", "maximum": "0.8", "half": "KM", "hill": "2", "on_loss": \(onLoss)}}
                """
            // Constant 600 ng/mL: three times KM, so (3²)/(1 + 3²) of the maximum.
            let model = try Self.model("CL", blocks: blocks)
            let value = try course(model, [200], 0.6 * 50 * 200, over: 200 * 60, outputs: ["r"])[0][0]
            #expect(abs(value / expected - 1) < 1e-6, "\(value), expected \(expected)")
        }
    }

    /// Flint 2017: the clearance of norketamine rises by 0.87 % each hour; a constant infusion shows it.
    @Test func flintsNorketamineFallsUnderAConstantInfusion() throws {
        let model = try #require(try KnowledgeBase.shipped().models["flint-2017"])
        let regimen = Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, 72 * 20, "mg", .intravenous, overMinutes: 72 * 60)])
        let rows = try Simulation(model, regimen, times: [24, 48, 72]).run(Subjects(model, count: 1, seed: nil), subject: 0)
        for (time, row) in zip([24.0, 48, 72], rows) {
            let formed = row[0] * 112
            #expect(abs(row[1] * 53.2 * (1 + 0.0087 * time) / formed - 1) < 0.02)
        }
        // Batches, threads and neighbours do not matter here either.
        let simulation = try Simulation(model, regimen, times: [24, 72])
        let many = Subjects(model, count: 11, seed: 3)
        #expect(simulation.summarise(many, threads: 1) == simulation.summarise(many, threads: 3))
    }

    @Test func parametersVaryFromSessionToSession() throws {
        let model = try #require(try KnowledgeBase.shipped().models["simons-2022"])
        var dose = PlannedDose(at: 0, 50, "mg", .sublingual)
        dose.additional = 1
        dose.intervalHours = 168
        let regimen = Regimen(drug: .esketamine, doses: [dose])
        let simulation = try Simulation(model, regimen, times: [1, 169], outputs: ["esketamine"])
        var between: [Double] = []
        for subject in 0..<400 {
            let rows = simulation.run(Subjects(model, count: 400, seed: 8), subject: subject)
            between.append(log(rows[1][0] / rows[0][0]))
        }
        let mean = between.reduce(0, +) / 400
        let spread = (between.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 399).squareRoot()
        // F1 alone (variance 0.06 each time) gives √0.12 = 0.35.
        #expect(abs(mean) < 0.1 && spread > 0.25 && spread < 0.7, "\(mean) \(spread)")
        let typical = simulation.run(Subjects(model, count: 1, seed: nil), subject: 0)
        #expect(abs(typical[0][0] - typical[1][0]) < 1e-3 * typical[0][0])
    }
}
