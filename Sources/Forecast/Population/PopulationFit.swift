import Notation
import Pharmacology
import Statistics

/// A population model fitted to a table of many people.
///
/// ```swift
/// let fit = try PopulationFit(model, data)
/// fit.theta   // [("ka", 1.59), …]
/// ```
public struct PopulationFit: Sendable {
    public enum Method: String, Sendable, CaseIterable {
        /// First-order conditional estimation with interaction.
        case focei
        /// Importance-sampling expectation maximisation, from where `focei` ends.
        case imp
    }

    public struct Options: Sendable {
        public var method = Method.focei
        public var seed: UInt64 = 1
        public var threads = 1
        /// Draws for each person, where the likelihood is sampled.
        public var samples = 1000
        public init() {}
    }

    public var theta: [(String, Double)]
    public var omegaSD: [(String, Double)]
    public var omegaCorrelation: [(String, Double)]
    public var sigma: [(String, Double)]
    /// By name as in `theta`, and with `omega_sd.`, `omega_corr.`, `sigma.` before the others; nil where the data do not tell.
    public var standardErrors: [(String, Double?)]
    public var minus2LL: Double
    /// The same without the constant N ln 2π, as NONMEM prints it.
    public var objective: Double
    /// By importance sampling, with its Monte Carlo standard error; nil where it was not asked for.
    public var sampledMinus2LL: (value: Double, error: Double)?
    public var method: Method
    public var converged: Bool
    public var iterations: Int
    public var people: Int
    public var observations: Int
    public var censored: Int
    /// Share by which the spread of the individual estimates falls short of ω, by parameter.
    public var shrinkage: [(String, Double)]
    /// Of the individual weighted residuals, by output.
    public var residualShrinkage: [(String, Double)]
    public var notes: [String]

    let plan: FitPlan
    let values: PopulationValues
    let data: PopulationData
    let modes: [IndividualMode]
}

extension PopulationFit {
    /// - Throws: a diagnostic that names the row of the table or the member of the model file, for the caller to add the file to.
    public init(_ model: FitModel, _ data: PopulationData, _ options: Options = Options()) throws(Diagnostic) {
        var search = try Search(model, data, options)
        try search.likelihood.checkStart()
        search.run()
        // Where estimates went far from where the simulation was planned, or people have better modes elsewhere, the search goes on.
        for _ in 0..<3 {
            let wide = try search.widened(data, options)
            guard let wide else { break }
            search = wide
            search.run()
        }
        let likelihood = search.likelihood
        var (vector, converged) = (search.vector, true)
        var minus2LL = search.value
        var iterations = search.iterations
        var curvature = Curvature(at: vector) { likelihood.valueAndGradient($0).gradient }
        let slope = search.gradient
        if !search.hasConverged { converged = curvature.expectedFall(slope) < 0.01 }
        var sampled: (value: Double, error: Double)?
        if options.method == .imp {
            let sampler = ImportanceSampling(likelihood, seed: options.seed, samples: options.samples)
            let refined = sampler.estimate(from: vector)
            (vector, converged) = (refined.vector, refined.hasConverged)
            iterations += refined.iterations
            sampled = sampler.minus2LL(vector)
            minus2LL = sampled?.value ?? minus2LL
            curvature = Curvature(at: vector) { sampler.gradient($0) }
        }
        self.init(search.plan, data, likelihood, vector, curvature, options.method)
        self.minus2LL = minus2LL
        sampledMinus2LL = sampled
        self.iterations = iterations
        let lost = modes.count { !$0.hasConverged }
        if lost > 0 { notes.append("the individual estimates of \(lost) people were not found to full accuracy") }
        if !converged, let steepest = slope.indices.max(by: { abs(slope[$0]) < abs(slope[$1]) }) {
            notes.append("the search stopped on a slope of \(rounded(slope[steepest], places: 3)) in \(search.plan.unknowns.name(of: steepest))")
        }
        self.converged = converged && lost == 0
        objective = minus2LL - 2 * ErrorModel.halfLogTwoPi * Double(observations - censored)
    }

    private init(_ plan: FitPlan, _ data: PopulationData, _ likelihood: LaplaceLikelihood, _ vector: [Double], _ curvature: Curvature, _ method: Method) {
        let values = plan.unknowns.values(vector)
        let named = plan.unknowns.named(values)
        let people = likelihood.people
        self.plan = plan
        self.values = values
        self.data = data
        self.method = method
        modes = likelihood.modes(values) ?? []
        (theta, omegaSD, omegaCorrelation, sigma) = (named.theta, named.omegaSD, named.omegaCorrelation, named.sigma)
        standardErrors = curvature.standardErrors(at: vector) { plan.unknowns.named(plan.unknowns.values($0)).all }
        (minus2LL, objective, sampledMinus2LL, iterations, converged) = (.nan, .nan, nil, 0, false)
        self.people = people.count
        observations = people.reduce(0) { $0 + $1.measurements.count }
        censored = people.reduce(0) { $0 + $1.measurements.count { $0.censoring != .none } }
        shrinkage = []
        residualShrinkage = []
        notes = data.notes
        notes += (plan.model.covariates ?? []).filter { data.changing.contains(($0.column ?? $0.id).lowercased()) }.map {
            "\($0.id) changes within people: between two rows the value of the later one is used, as in NONMEM"
        }
        notes += curvature.undetermined.map {
            "\(plan.unknowns.name(of: $0)): the data do not tell its standard error (it lies at a boundary, or the table is too small)"
        }
        if !curvature.confounded.isEmpty {
            let names = curvature.confounded.map { plan.unknowns.name(of: $0) }.joined(separator: ", ")
            notes.append("\(names): the data do not tell these apart; the estimates are one choice of many, without standard errors. Fix some of them")
        }
        setShrinkage(people)
    }

    private mutating func setShrinkage(_ people: [Participant]) {
        let etas = plan.unknowns.etas
        shrinkage = etas.indices.filter { etas[$0].occasion ?? 0 == 0 }.map { index in
            // Over everyone, and over all occasions that they have.
            let same = etas[index].occasion == nil ? [index] : plan.unknowns.repeated.first { $0.first == index } ?? [index]
            let spread = zip(people, modes).reduce(into: Moments()) { moments, person in
                for eta in same.prefix(etas[index].occasion == nil ? 1 : person.0.occasions) { moments.insert(person.1.eta[eta]) }
            }
            return (plan.unknowns.name(etas[index]), 1 - (spread.standardDeviation ?? 0) / values.deviation(index))
        }
        residualShrinkage = plan.model.residual.enumerated().map { index, residual in
            var moments = Moments()
            for (person, mode) in zip(people, modes) {
                for (measurement, f) in zip(person.measurements, mode.outlook.predictions) where measurement.error == index && measurement.censoring == .none {
                    moments.insert(values.errors[index].weighted(measurement.value, f))
                }
            }
            return (residual.output, 1 - (moments.standardDeviation ?? .nan))
        }
    }
}

/// One search for the most likely population.
private struct Search {
    let plan: FitPlan
    let likelihood: LaplaceLikelihood
    var vector: [Double]
    var value = Double.infinity
    var gradient: [Double] = []
    var iterations = 0
    var hasConverged = false

    init(_ model: FitModel, _ data: PopulationData, _ options: PopulationFit.Options) throws(Diagnostic) {
        plan = try FitPlan(model, occasions: try data.occasions(model))
        var people: [Participant] = []
        for person in data.people { people.append(try Participant(person, plan)) }
        people = people.filter { !$0.measurements.isEmpty }
        guard people.count > 1 else {
            throw Diagnostic("fit.data", at: Place(), "has measurements of \(people.count) people", expected: "at least 2")
        }
        if people.allSatisfy({ $0.measurements.allSatisfy { $0.censoring != .none } }) {
            throw Diagnostic(
                "fit.data", at: Place(), "has only censored measurements, which tell no level", expected: "measurements with a value beside the censored ones")
        }
        likelihood = LaplaceLikelihood(plan, people, threads: options.threads)
        vector = plan.unknowns.vector
    }

    mutating func run() {
        var minimiser = BFGS()
        minimiser.tolerance = 5e-3
        minimiser.relativeChange = 1e-9
        let found = minimiser.minimise(from: vector) { [likelihood] in likelihood.valueAndGradient($0) }
        (vector, value, gradient, hasConverged) = (found.point, found.value, found.gradient, found.hasConverged)
        iterations += found.iterations
    }

    /// The same from where it ended, when that can change the result; nil otherwise.
    func widened(_ data: PopulationData, _ options: PopulationFit.Options) throws(Diagnostic) -> Search? {
        let values = plan.unknowns.values(vector)
        if plan.isPlannedByValues, zip(values.typical, plan.unknowns.start.typical).contains(where: { abs($0) > 2 * abs($1) }) {
            var model = plan.model
            for index in model.parameters.indices { model.parameters[index].value = values.typical[index] }
            var again = try Search(model, data, options)
            again.vector = again.plan.unknowns.vector(of: values)
            again.iterations = iterations
            return again
        }
        return likelihood.findBetterModes(values) ? self : nil
    }
}

extension LaplaceLikelihood {
    /// Refuses a start from which no search can begin, with the first row that makes it impossible.
    func checkStart() throws(Diagnostic) {
        let values = plan.unknowns.start
        for person in people {
            person.setPopulation(values)
            person.predict([Double](repeating: 0, count: plan.unknowns.etas.count), count: 1)
            for (index, measurement) in person.measurements.enumerated() {
                let f = person.predictions[index]
                if values.errors[measurement.error].log != nil, !(measurement.value > 0) {
                    throw Diagnostic(
                        "fit.data", at: Place(line: measurement.line, path: "DV"), "is not above 0 under an error on the log scale",
                        expected: "values above 0, censored ones marked by CENS, or an additive error")
                }
                guard values.errors[measurement.error].term(measurement.value, f, measurement.censoring).value.isFinite else {
                    throw Diagnostic(
                        "fit.data", at: Place(line: measurement.line),
                        f.isFinite
                            ? "is a measurement where the model says \(decimal(f)), with no error there"
                            : "is a measurement that the model cannot predict from the start values",
                        expected: f.isFinite ? "an additive error beside the proportional one, or rows where something is expected" : "other start values")
                }
            }
        }
    }
}

extension ErrorModel {
    /// (y − f)/sd, of the logarithms for an error on the log scale.
    func weighted(_ observed: Double, _ f: Double) -> Double {
        log == nil ? (observed - f) / deviation(f).value : (Scalar.log(observed) - Scalar.log(f)) / deviation(f).value
    }
}
