import Foundation
import Interchange
import Knowledge
import Notation
import Pharmacology
import Statistics
import Testing

@testable import Forecast

@Suite struct PopulationFitTests {
    // MARK: Published results

    /// R's `Theoph` (Boeckmann, Sheiner and Beal 1994, NONMEM Users Guide V), doses per kg.
    static func theophylline() throws -> PopulationData {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/examples/theophylline.csv")
        return try PopulationTable.read([UInt8](Data(contentsOf: path)), file: "theophylline.csv", as: nil)
    }

    static func model(_ text: String) throws -> FitModel { try FitModelFile.read(text, path: "model.yaml") }

    static let oral = """
        model:
          id: theophylline
          parameters:
            - {id: ka, value: 1.2, unit: /h, variability: {variance: 0.4}}
            - {id: CL, value: 0.05, unit: L/h, variability: {variance: 0.1}}
            - {id: V, value: 0.4, unit: L, variability: {variance: 0.1}}
          structure:
            - absorption: {id: depot, rate: ka, into: central}
            - disposition: {id: central, volume: V, clearance: CL}
          doses: [{into: depot}]
          outputs: [{id: cp, unit: mg/L, terms: [{state: central, volume: V}]}]
          residual: [{output: cp, additive: 0.7}]
        """

    /// nlme 3.1-162, R 4.2.2: nlme(conc ~ SSfol(Dose, Time, lKe, lKa, lCl), random = pdDiag(lKa + lCl ~ 1), method = "ML").
    @Test func theophyllineAgreesWithNlme() throws {
        let text = Self.oral.replacing(
            "- {id: V, value: 0.4, unit: L, variability: {variance: 0.1}}", with: "- {id: ke, value: 0.1, unit: /h}\n  derived: [{id: V, formula: CL / ke}]")
        let fit = try PopulationFit(try Self.model(text), try Self.theophylline())
        #expect(fit.converged)
        #expect(abs(fit.minus2LL - 2 * 177.023182) < 0.5)
        for (name, logarithm) in [("ke", -2.454655), ("ka", 0.465541), ("CL", -3.227202)] {
            #expect(abs(try fit.estimate(name) / Foundation.exp(logarithm) - 1) < 0.02, "\(name)")
        }
        for (name, value, within) in [("omega_sd.ka", 0.6438136, 0.1), ("omega_sd.CL", 0.1669223, 0.1), ("sigma.cp.additive", 0.7092302, 0.02)] {
            #expect(abs(try fit.estimate(name) / value - 1) < within, "\(name)")
        }
        #expect(abs(try fit.standardError("ka") / (0.19635 * 1.5929) - 1) < 0.1)
    }

    /// The same bytes on any number of threads, by either method, and again.
    @Test func threadsChangeNothing() throws {
        let (model, data) = (try Self.model(Self.oral), try Self.theophylline())
        func text(_ method: PopulationFit.Method, threads: Int, seed: UInt64 = 7) throws -> String {
            var options = PopulationFit.Options()
            (options.method, options.threads, options.samples, options.seed) = (method, threads, 60, seed)
            return try PopulationFit(model, data, options).json(seconds: 0).text
        }
        #expect(try text(.focei, threads: 1) == text(.focei, threads: 3))
        #expect(try text(.imp, threads: 1) == text(.imp, threads: 3))
        #expect(try text(.imp, threads: 1) != text(.imp, threads: 1, seed: 8))
    }

    // MARK: What cannot be told

    /// Clearance, volume and availability of an oral drug are known only as ratios.
    @Test func whatIsNotToldApartIsNamed() throws {
        let text = Self.oral.replacing("    - {id: V,", with: "    - {id: F, value: 0.8, unit: \"1\"}\n    - {id: V,").replacing(
            "{into: depot}", with: "{into: depot, fraction: F}")
        let fit = try PopulationFit(try Self.model(text), try Self.theophylline())
        let note = try #require(fit.notes.first { $0.contains("do not tell these apart") })
        #expect(note.hasPrefix("CL, F, V:") || note.hasPrefix("CL, V, F:"), "\(note)")
        #expect(try fit.standardError("ka") > 0)
        #expect(fit.standardErrors.filter { ["CL", "F", "V"].contains($0.0) }.allSatisfy { $0.1 == nil })
        let whole = try PopulationFit(try Self.model(Self.oral), try Self.theophylline())
        #expect(!whole.notes.contains { $0.contains("apart") } && abs(whole.minus2LL - fit.minus2LL) < 0.01)
    }

    @Test func onlyCensoredMeasurementsAreRefused() throws {
        var data = try Self.theophylline()
        for person in data.people.indices {
            for index in data.people[person].segments[0].observations.indices {
                data.people[person].segments[0].observations[index].censoring = .below(floor: nil)
            }
        }
        do {
            _ = try PopulationFit(try Self.model(Self.oral), data)
            Issue.record("was fitted")
        } catch { #expect("\(error)".contains("only censored measurements")) }
    }

    // MARK: The likelihood

    @Test func gradientIsThatOfTheValue() throws {
        let text = Self.oral.replacing("  structure:", with: "  covariances: [{parameters: [CL, V], matrix: [[0.1, 0.02], [0.02, 0.1]]}]\n  structure:")
            .replacing("additive: 0.7", with: "additive: 0.4, proportional: 0.1")
        let plan = try FitPlan(try Self.model(text))
        let likelihood = LaplaceLikelihood(plan, try Self.theophylline().people.map { try Participant($0, plan) }, threads: 1)
        let vector = plan.unknowns.vector
        let gradient = likelihood.valueAndGradient(vector).gradient
        for index in vector.indices {
            let step = 1e-4
            var (low, high) = (vector, vector)
            low[index] -= step
            high[index] += step
            let slope = (likelihood.value(high) - likelihood.value(low)) / (2 * step)
            #expect(abs(slope - gradient[index]) < 2e-3 + 1e-4 * abs(slope), "\(plan.unknowns.name(of: index))")
        }
    }

    /// With one random effect the integral can be summed on a grid.
    @Test func sampledLikelihoodIsTheIntegral() throws {
        let text = Self.oral.replacing("unit: L/h, variability: {variance: 0.1}", with: "unit: L/h").replacing(
            "unit: L, variability: {variance: 0.1}", with: "unit: L")
        let plan = try FitPlan(try Self.model(text))
        let people = try Self.theophylline().people.map { try Participant($0, plan) }
        let values = plan.unknowns.start
        let sd = values.deviation(0)
        let precision = SmallMatrix([[1 / (sd * sd)]])
        var exact = 0.0
        for person in people {
            person.setPopulation(values)
            let width = 8 * sd / 800
            let terms = (-800...800).map { step -> Double in
                let eta = [Double(step) * width / 2]
                return -person.density(person.outlook(at: eta), values.errors, precision, at: eta).value
            }
            let highest = terms.max() ?? 0
            let sum = terms.reduce(0) { $0 + Foundation.exp($1 - highest) } * width / 2
            exact -= 2 * (highest + Foundation.log(sum / (sd * (2 * Double.pi).squareRoot())))
        }
        let sampler = ImportanceSampling(LaplaceLikelihood(plan, people, threads: 1), seed: 3, samples: 10_000)
        let sampled = sampler.minus2LL(plan.unknowns.vector)
        #expect(sampled.error < 0.1)
        #expect(abs(sampled.value - exact) < 4 * sampled.error)
    }

    @Test func curvedScoresAreDerivatives() throws {
        for (residual, observed, f) in [
            ("additive: 2, proportional: 0.3", 5.0, 4.0), ("log: 0.4", 5.0, 4.0), ("additive: 1, proportional: 0.2, sum: deviations", 2.0, 3.0),
        ] {
            let error = try #require(Unknowns(try Self.model(Self.oral.replacing("additive: 0.7", with: residual))).start.errors.first)
            for censoring in [PopulationData.Censoring.none, .below(floor: nil), .below(floor: 1), .above] {
                let h = 1e-5
                let slope = (error.term(observed, f + h, censoring).value - error.term(observed, f - h, censoring).value) / (2 * h)
                #expect(abs(error.term(observed, f, censoring).slope - slope) < 1e-7, "\(residual) \(censoring)")
                #expect(error.term(observed, f, censoring).curvature > 0)
            }
        }
    }

    // MARK: What was simulated is found again

    static let infusion = """
        model:
          id: infusion
          covariates: [{id: weight, unit: kg, reference: 70, column: WT}]
          parameters:
            - {id: CL, value: 8, unit: L/h, effects: [{covariate: weight, power: 0.75, estimate: true}], variability: {variance: 0.09}}
            - {id: V, value: 20, unit: L, variability: {variance: 0.06}}
            - {id: Q, value: 10, unit: L/h}
            - {id: V2, value: 60, unit: L}
          covariances: [{parameters: [CL, V], matrix: [[0.09, 0.04], [0.04, 0.06]]}]
          structure:
            - disposition: {id: central, volume: V, clearance: CL, peripherals: [{id: peripheral, volume: V2, flow: Q}]}
          doses: [{into: central}]
          outputs: [{id: cp, unit: mg/L, terms: [{state: central, volume: V}]}]
          residual: [{output: cp, proportional: 0.15}]
        """

    /// So many people who get 100 over an hour, at their own weights.
    static func design(_ count: Int) -> PopulationData {
        PopulationData(
            people: (1...count).map { number in
                var segment = PopulationData.Segment()
                segment.doses = [.init(time: 0, amount: 100, rate: 100)]
                segment.observations = [0.5, 1, 1.5, 3, 6, 10, 16, 24].map { .init(time: $0, value: 1) }
                return .init(id: "\(number)", covariates: ["wt": "\(45 + number * 37 % 60)"], segments: [segment], line: number)
            })
    }

    /// Every estimate within so many standard errors of the truth.
    static func compare(_ fit: PopulationFit, _ truth: [String: Double], within errors: Double) throws {
        #expect(fit.converged)
        for (name, value) in truth {
            let away = abs(try fit.estimate(name) - value)
            #expect(away < errors * (try fit.standardError(name)), "\(name)")
        }
    }

    static let infusionTruth = [
        "CL": 8, "CL.weight": 0.75, "V": 20, "Q": 10, "V2": 60, "omega_sd.CL": 0.3, "omega_sd.V": 0.06.squareRoot(),
        "omega_corr.CL~V": 0.04 / (0.3 * 0.06.squareRoot()),
        "sigma.cp.proportional": 0.15,
    ]

    @Test(arguments: [PopulationFit.Method.focei, .imp]) func twoCompartmentsWithABlockAndACovariate(_ method: PopulationFit.Method) throws {
        let truth = try Self.model(Self.infusion)
        let data = try Self.design(60).simulated(by: truth, seed: 20_261_126)
        var start = truth
        for (index, value) in [5.0, 30, 6, 90].enumerated() { start.parameters[index].value = value }
        start.parameters[0].effects?[0].power = 0.2
        start.covariances?[0].matrix = [[0.2, 0.01], [0.01, 0.2]]
        var options = PopulationFit.Options()
        (options.method, options.samples) = (method, 100)
        try Self.compare(PopulationFit(start, data, options), Self.infusionTruth, within: 3)
    }

    /// M3 finds the truth where leaving the censored out, or taking them at the limit, does not.
    @Test func censoringBelowQuantification() throws {
        let truth = try Self.model(Self.infusion)
        let data = try Self.design(80).simulated(by: truth, seed: 5, below: 0.4)
        let fit = try PopulationFit(truth, data)
        #expect(fit.censored > 120)
        try Self.compare(fit, Self.infusionTruth, within: 3.5)
        var atTheLimit = data
        for person in atTheLimit.people.indices {
            for index in atTheLimit.people[person].segments[0].observations.indices {
                atTheLimit.people[person].segments[0].observations[index].censoring = .none
            }
        }
        let bias = try PopulationFit(truth, atTheLimit).estimate("V2") / 60 - 1
        #expect(abs(bias) > 2 * abs(try fit.estimate("V2") / 60 - 1))
    }

    // MARK: Diagnostics

    @Test func residualsAndPercentilesAreThoseOfTheModel() throws {
        let truth = try Self.model(Self.infusion)
        let data = try Self.design(60).simulated(by: truth, seed: 11)
        let fit = try PopulationFit(truth, data)
        let residuals = try fit.rows().compactMap(\.conditionalResidual).reduce(into: Moments()) { $0.insert($1) }
        #expect(residuals.count == 480)
        #expect(abs(residuals.mean) < 0.15)
        #expect(abs(try #require(residuals.standardDeviation) - 1) < 0.1)
        let check = try #require(try fit.predictiveChecks(repetitions: 200).first)
        #expect(check.bins.count == 8)
        let corrected = try #require(try fit.predictiveChecks(repetitions: 200, isCorrected: true).first)
        for check in [check, corrected] {
            var inside = 0
            for bin in check.bins {
                for (observed, simulated) in zip(bin.observed, bin.simulated) where simulated[0] <= observed && observed <= simulated[2] { inside += 1 }
            }
            #expect(inside >= 19, "nine tenths of 24 expected")
        }
        // What differs by weight alone is taken out: percentiles lie closer together.
        func width(_ check: PredictiveCheck) -> Double { check.bins.reduce(0) { $0 + $1.simulated[2][1] - $1.simulated[0][1] } }
        #expect(width(corrected) < width(check))
    }

    @Test func saysWhatIsWrong() throws {
        let data = try Self.theophylline()
        func problem(_ text: String) -> String {
            do {
                _ = try PopulationFit(try Self.model(text), data)
                return "nothing"
            } catch { return "\(error)" }
        }
        #expect(problem(Self.oral.replacing("additive: 0.7", with: "proportional: 0.2")).contains("with no error there"))
        #expect(problem(Self.oral.replacing("cp, additive", with: "cq, additive")).contains("names the output \"cq\""))
        #expect(problem(Self.oral.replacing("variability", with: "variablity")).contains("\"variablity\" is not known here"))
        #expect(
            problem(Self.oral.replacing("value: 1.2", with: "value: -1.2, variability: {scale: log}").replacing(", variability: {variance: 0.4}", with: ""))
                .contains("log scale"))
        #expect(problem(Self.oral.replacing("into: depot}]", with: "into: depot, cmt: 7}]")).contains("dose into compartment 1"))
        #expect(problem(Self.oral.replacing("output: cp,", with: "output: cp, dvid: pca,")).contains("no `residual` of the model claims"))
    }
}

extension PopulationFit {
    func estimate(_ name: String) throws -> Double {
        let all =
            theta + omegaSD.map { ("omega_sd." + $0.0, $0.1) } + omegaCorrelation.map { ("omega_corr." + $0.0, $0.1) } + sigma.map { ("sigma." + $0.0, $0.1) }
        return try #require(all.first { $0.0 == name }).1
    }

    func standardError(_ name: String) throws -> Double {
        let error: Double? = standardErrors.first { $0.0 == name }?.1
        return try #require(error)
    }
}
