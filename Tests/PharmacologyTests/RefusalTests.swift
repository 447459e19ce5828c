import Guidance
import Knowledge
import Notation
import Testing

@testable import Pharmacology

/// Bad input is refused in one line that names the place.
@Suite struct RefusalTests {
    private func problem(_ dose: String, more: String = "", model: String = "perez-ruixo-2020", drug: String = "esketamine") throws -> String {
        let compiled = try #require(try KnowledgeBase.shipped().models[model])
        do throws(Diagnostic) {
            let regimen = try RegimenFile.read("drug: \(drug)\ndoses:\n  - {\(dose)}\n\(more)", path: "r.yaml")
            _ = try Simulation(compiled, regimen, times: [0, 1])
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("time_h: 0, amount: 56, unit: mgg, route: intranasal", "\"mgg\""),
        ("time_h: 0, amount: 56, unit: mL, route: intranasal", "\"mL\""),
        ("time_h: 0, amount: -28, unit: mg, route: intravenous", "negative"),
        ("time_h: 0, amount: 30, unit: mg, route: intranasal", "multiple of 28"),
        ("time_h: 0, amount: 28, unit: mg, route: rectal", "rectal"),
        ("time_h: 0, amount: 28, unit: mg, route: intravenous, durationmin: 40", "durationmin"),
        ("time_h: 0, amount: 28, unit: mg, route: intravenous, duration_min: -4", "duration"),
        ("time_h: 0, amount: 28, unit: mg, route: intravenous, additional: 3", "interval_h"),
        ("time_h: 0, amount: 0.5, unit: mg/kg, route: intravenous", "per kilogram"),
        ("time_h: 0, amount: 28, route: intravenous", "unit"),
        ("time_h: 0, amount: 1e9, unit: mg, route: intravenous", "1000000"),
        ("time_h: 0, amount: 28, unit: mg, route: intravenous, bioavailability: 100", "bioavailability"),
        ("time_h: .nan, amount: 28, unit: mg, route: intravenous", "time_h"),
    ]) func dose(text: String, names: String) throws {
        let problem = try problem(text)
        #expect(problem.contains(names) && !problem.contains("\n"), "\(problem)")
    }

    @Test func infusionsOnOneLineMayNotOverlap() throws {
        let two =
            "time_h: 0, amount: 10, unit: mg, route: intravenous, duration_min: 40}\n  - {time_h: 0.5, amount: 10, unit: mg, route: intravenous, duration_min: 40"
        #expect(try problem(two).contains("allow_overlap"))
        #expect(try problem(two, more: "allow_overlap: true") == "accepted")
        #expect(try problem(two.replacing("40}", with: "40, line: second}")) == "accepted")
    }

    /// Given every week since ever, and four times more from now on: the week before each dose is like any other.
    @Test func steadyStateIsReachedOnceNotAtEveryRepetition() throws {
        let model = try #require(try KnowledgeBase.shipped().models["domino-1982"])
        func course(_ more: String) throws -> [[Double]] {
            let text = "drug: ketamine\ndoses: [{time_h: 0, amount: 35, unit: mg, route: intravenous, steady_state: true, interval_h: 24}]\n\(more)"
            return try Simulation(model, RegimenFile.read(text, path: "r.yaml"), times: [1, 25, 49, 73]).run(Subjects(model, count: 1, seed: nil), subject: 0)
        }
        let rows = try course("repeat: {every_h: 24, count: 4}")
        for row in rows { #expect(abs(row[0] / rows[0][0] - 1) < 1e-6) }
        #expect(try course("repeat: {every_h: 24, count: 4, missed: [2]}")[1][0] < 0.5 * rows[0][0])
    }

    @Test(arguments: [
        ("drug: ketamine\ndrug: esketamine\ndoses: []", "\"drug\" twice"), ("drug: tea\ndoses: []", "arketamine"), ("", "keys and values"),
        ("drug: ketamine\ndoses: {a: 1", "r.yaml:3"),
    ]) func aFileThatIsNoRegimen(text: String, names: String) {
        do throws(Diagnostic) {
            _ = try RegimenFile.read(text, path: "r.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(names) && !error.description.contains("\n"), "\(error)")
        }
    }

    @Test func anInfusionTooShortToTellIsABolus() throws {
        let model = try #require(try KnowledgeBase.shipped().models["domino-1982"])
        func value(_ minutes: Double?) throws -> Double {
            let regimen = Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, 35, "mg", .intravenous, overMinutes: minutes)])
            return try Simulation(model, regimen, times: [1]).run(Subjects(model, count: 1, seed: nil), subject: 0)[0][0]
        }
        #expect(try value(1e-9) == value(nil))
    }

    @Test func anotherDrugThanTheModels() throws {
        #expect(try problem("time_h: 0, amount: 28, unit: mg, route: intravenous", drug: "ketamine").contains("ketamine"))
    }

    @Test func coMedicationScalesTheDosesGivenMeanwhile() throws {
        let knowledge = try KnowledgeBase.shipped()
        let compiled = try #require(knowledge.models["ashraf-2018"])
        func area(_ more: String) throws -> Double {
            let regimen = try RegimenFile.read("drug: esketamine\ndoses: [{time_h: 0, amount: 14, unit: mg, route: oral}]\n\(more)", path: "r.yaml")
            let exposure = try Exposure(compiled, regimen, last: 24, interactions: knowledge.exposureInteractions)
            return exposure.metrics(Subjects(compiled, count: 1, seed: nil), subject: 0)[0][2]
        }
        let alone = try area("")
        #expect(abs(try area("co_medication: [{drug: rifampicin, from_h: -100, to_h: 1}]") / alone - 0.14) < 1e-9)
        #expect(try area("co_medication: [{drug: rifampicin, from_h: 1, to_h: 9}]") == alone)
        #expect(try problem("time_h: 0, amount: 14, unit: mg, route: oral", more: "co_medication: [{drug: tea, from_h: 0, to_h: 1}]").contains("\"tea\""))
    }

    private static func model(parameters: String = "", derived: String = "", covariances: String = "", rate: String = "CL") -> String {
        """
        knowledge: {id: model/x, title: X, version: 1.0.0, date: "2026-11-23", confidence: project, sources: []}
        model:
          id: x
          title: X
          drugs: [ketamine]
          sampling: venous
          population: nobody
          parameters: [{id: CL, value: 1, unit: L/h}, {id: V, value: 1, unit: L}\(parameters)]
          derived: [\(derived)]
          covariances: [\(covariances)]
          structure: [{disposition: {id: central, volume: V, clearance: \(rate)}}]
          routes: [{route: intravenous, entries: [{into: central}]}]
          outputs: [{id: c, title: C, unit: ng/mL, terms: [{state: central, volume: V}]}]
        """
    }

    @Test(arguments: [
        (model(derived: "{id: a, formula: b + 1}, {id: b, formula: a * 2}"), "circle"),
        (model(covariances: "{parameters: [CL, V], matrix: [[1, 2], [2, 1]]}"), "positive definite"),
        (model(parameters: ", {id: Q, value: 1, unit: liters}"), "liters"), (model(rate: "V"), "dimension"), (model(rate: "CL + V"), "dimension"),
        (model(rate: "CLX"), "CLX"), (model(rate: "CL *"), "expected"), (model(rate: "0 - CL"), "rate of -1"),
        (model(parameters: ", {id: Z, value: 0, unit: L}", rate: "CL * V / Z"), "rate of"), (model(parameters: ", {id: CL, value: 2, unit: L/h}"), "\"CL\""),
    ]) func modelFile(text: String, names: String) throws {
        let problem = try Self.problem(of: text)
        #expect(problem.contains(names) && problem.contains("model x"), "\(problem)")
    }

    @Test func aSoundModelFileIsAccepted() throws { #expect(try Self.problem(of: Self.model()) == "accepted") }

    private static func problem(of text: String) throws -> String {
        var files = Dictionary(uniqueKeysWithValues: try KnowledgeLibrary.shipped().documents.map { ($0.path, $0.text) })
        files["models/x.yaml"] = text
        do throws(Diagnostic) {
            return try KnowledgeLibrary(files: files).base.models["x"] == nil ? "lost" : "accepted"
        } catch {
            return error.description
        }
    }
}
