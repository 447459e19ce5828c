import Foundation
import Interchange
import Knowledge
import Notation
import Testing

@testable import Forecast

/// Variability between occasions and covariates that change within a person, against an independent program (Benchmarks/reference/occasions.py).
@Suite struct OccasionFitTests {
    private static func example(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/examples/\(name)"))
    }

    private static func table() throws -> PopulationData {
        try PopulationTable.read([UInt8](example("occasions.csv")), file: "occasions.csv", as: .init())
    }

    private static func model(_ change: (String) -> String = { $0 }) throws -> FitModel {
        try FitModelFile.read(change(String(decoding: try example("occasions.yaml"), as: UTF8.self)), path: "occasions.yaml")
    }

    private struct Reference: Decodable {
        struct Linear: Decodable { var F, CL, power, omega, occasion, sigma, minus2ll: Double }
        var linear: Linear
        var lognormal: [String: Double]
    }

    private static func reference() throws -> Reference {
        try JSONDecoder().decode(Reference.self, from: example("../../Benchmarks/reference/occasions.json"))
    }

    /// A likelihood that is normal in the random effects is exact in both programs.
    @Test func maximumIsThatOfTheExactLikelihood() throws {
        let fit = try PopulationFit(Self.model(), Self.table())
        let wanted = try Self.reference().linear
        #expect(fit.converged)
        #expect(abs(fit.minus2LL - wanted.minus2ll) < 0.01, "\(fit.minus2LL) for \(wanted.minus2ll)")
        for (name, value) in [
            ("F", wanted.F), ("CL", wanted.CL), ("CL.crcl", wanted.power), ("omega_sd.F", wanted.omega), ("omega_sd.F.occasion", wanted.occasion),
            ("sigma.cp.additive", wanted.sigma),
        ] {
            let found = try fit.estimate(name)
            #expect(abs(found / value - 1) < 0.005, "\(name): \(found) for \(value)")
            #expect(try fit.standardError(name) > 0, "\(name)")
        }
        #expect(fit.shrinkage.map(\.0) == ["F", "F.occasion"])
        #expect(fit.notes.contains { $0.contains("crcl changes within people") })
        #expect(try fit.rows().allSatisfy { $0.individual.isFinite && $0.conditionalResidual != nil })
    }

    /// Expectation maximisation finds the same.
    @Test func samplingFindsTheSame() throws {
        var options = PopulationFit.Options()
        (options.method, options.samples) = (.imp, 300)
        let fit = try PopulationFit(Self.model(), Self.table(), options)
        let wanted = try Self.reference().linear
        #expect(abs(fit.minus2LL - wanted.minus2ll) < 0.5, "\(fit.minus2LL) for \(wanted.minus2ll)")
        #expect(abs(try fit.estimate("omega_sd.F.occasion") / wanted.occasion - 1) < 0.03)
        #expect(abs(try fit.estimate("omega_sd.F") / wanted.omega - 1) < 0.03)
    }

    /// Where it is not normal, the sampled likelihood is the integral by quadrature.
    @Test func sampledLikelihoodIsTheIntegral() throws {
        let model = try Self.model { text in
            text.replacing("value: 0.6, unit: \"1\", variability: {scale: normal, variance: 0.02, occasion_variance: 0.01}", with: "value: 0.7, unit: \"1\"")
                .replacing("value: 5, unit: L/h,", with: "value: 4, unit: L/h, variability: {variance: 0.09, occasion_variance: 0.04},")
                .replacing("power: 0.5", with: "power: 0.7")
        }
        let table = try Self.table()
        let plan = try FitPlan(model, occasions: try table.occasions(model))
        let likelihood = LaplaceLikelihood(plan, try table.people.map { try Participant($0, plan) }, threads: 1)
        let sampled = ImportanceSampling(likelihood, seed: 5, samples: 10_000).minus2LL(plan.unknowns.vector)
        let exact = try #require(try Self.reference().lognormal["9"])
        #expect(sampled.error < 0.2 && abs(sampled.value - exact) < 4 * sampled.error + 0.01, "\(sampled) for \(exact)")
        let gradient = likelihood.valueAndGradient(plan.unknowns.vector).gradient
        for index in gradient.indices {
            var (low, high) = (plan.unknowns.vector, plan.unknowns.vector)
            low[index] -= 1e-4
            high[index] += 1e-4
            let slope = (likelihood.value(high) - likelihood.value(low)) / 2e-4
            #expect(abs(slope - gradient[index]) < 5e-3 + 1e-3 * abs(slope), "\(plan.unknowns.name(of: index)): \(gradient[index]) for \(slope)")
        }
    }

    /// What is in the body stays when parameters change: by hand, an infusion over the change of clearance.
    @Test func bodyKeepsItsContent() throws {
        let text = "ID,TIME,AMT,RATE,DV,EVID,CRCL\n1,0,100,25,.,1,90\n1,2,.,.,1,0,90\n1,4,.,.,1,0,45\n1,8,.,.,1,0,45\n2,0,1,0,.,1,90\n2,1,.,.,1,0,90\n"
        let table = try PopulationTable.read(Array(text.utf8), file: "table.csv", as: .init())
        let model = try Self.model { $0.replacing(", occasion_variance: 0.01", with: "").replacing("  data: {occasion: OCC}\n", with: "") }
        let plan = try FitPlan(model)
        let participant = try Participant(table.people[0], plan)
        participant.setPopulation(plan.unknowns.start)
        participant.predict([0], count: 1)
        func after(_ hours: Double, _ k: Double, from start: Double, inflow: Double) -> Double {
            start * exp(-k * hours) + inflow * (1 - exp(-k * hours)) / k
        }
        let (k, slow) = (5.0 / 40, 5 * 0.5.squareRoot() / 40)
        let two = after(2, k, from: 0, inflow: 0.6 * 25 / 40)
        let four = after(2, slow, from: two, inflow: 0.6 * 25 / 40)
        for (found, wanted) in zip(participant.predictions, [two, four, after(4, slow, from: four, inflow: 0)]) {
            #expect(abs(found / wanted - 1) < 1e-9, "\(found) for \(wanted)")
        }
    }

    @Test func occasionsThatCannotBeToldAreRefused() throws {
        func problem(_ text: String) -> String {
            do {
                _ = try PopulationFit(Self.model(), PopulationTable.read(Array(text.utf8), file: "table.csv", as: .init()))
                return "nothing"
            } catch { return "\(error)" }
        }
        #expect(problem("ID,TIME,AMT,DV,EVID,CRCL\n1,0,5,.,1,90\n1,1,.,1,0,90\n2,0,5,.,1,90\n2,1,.,1,0,90\n").contains("does not tell the occasion"))
        #expect(problem("ID,TIME,AMT,DV,EVID,CRCL,OCC\n1,0,5,.,1,90,1\n1,1,.,1,0,90,1\n2,0,5,.,1,90,1\n2,1,.,1,0,90,1\n").contains("one occasion in everyone"))
    }
}
