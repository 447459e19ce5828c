import Statistics

/// One person's regimen, run again and again with other parameters, eight vectors at a time: what estimation needs. Parameters may change in its course,
/// with covariates and occasions, while what is in the body stays.
///
/// Holds the workspace, so that a run allocates nothing. Not to be used by two threads at once.
public final class CourseRunner {
    /// A time of constant parameters, until the next begins.
    public struct Era: Sendable, Equatable {
        /// Hours; the first begins before everything.
        public var from: Double
        /// In the order and the units of the model.
        public var covariates: [Double]

        public init(from: Double = -.infinity, covariates: [Double]) { (self.from, self.covariates) = (from, covariates) }
    }

    public let simulation: Simulation
    private let engine: Engine
    private var parameters: [CompiledModel.CompiledParameter]
    private let eras: [Era]
    /// By number of lanes in use.
    private let subjects: [Subjects]
    private let results: UnsafeMutablePointer<Lanes>

    /// - Parameter eras: in order of time; those that begin at other times than doses and outputs of the simulation begin with the next of these.
    public init(_ simulation: Simulation, eras: [Era]) {
        self.simulation = simulation
        self.eras = eras
        engine = Engine(
            simulation,
            eras: simulation.schedule.steps.map { step in eras.lastIndex { $0.from <= step.start + Schedule.tolerance(step.start) } ?? 0 })
        parameters = simulation.model.parameters
        subjects = (0...Lanes.scalarCount).map { Subjects(simulation.model, count: $0, seed: nil) }
        results = Lanes.allocate(simulation.times.count * simulation.columns)
    }

    deinit { results.deallocate() }

    /// Sets what people have in common.
    /// - Parameters:
    ///   - typical: by parameter of the model, in its unit.
    ///   - coefficients: by covariate effect (power, factor or slope) in the order of the file.
    public func setPopulation(typical: [Double], coefficients: [Double]) {
        var next = 0
        for index in parameters.indices {
            let unit = parameters[index].unitFactor
            parameters[index].typical = typical[index] * unit
            for effect in parameters[index].effects.indices {
                let value = coefficients[next]
                next += 1
                switch parameters[index].effects[effect].form {
                case .power(_, let reference): parameters[index].effects[effect].form = .power(value, reference: reference)
                case .factor: parameters[index].effects[effect].form = .factor(value)
                case .slope(_, let above): parameters[index].effects[effect].form = .slope(value * unit, above: above)
                }
            }
        }
    }

    /// Simulates up to eight parameter vectors; `value` reads the courses.
    /// - Parameters:
    ///   - deviations: era by era the random effect on each parameter, on the scale of its variability; zero where it has none.
    ///   - lanes: how many are in use, 1 to 8. All are computed, but equations that have to be integrated for these only.
    public func run(_ deviations: UnsafePointer<Lanes>, lanes: Int) {
        let (slots, stack, parameters, eras, model) = (engine.slots, engine.stack, parameters, eras, simulation.model)
        let count = parameters.count
        func fill(_ era: Int) {
            for (index, value) in eras[era].covariates.enumerated() { slots[count + index] = Lanes(repeating: value) }
            let effects = deviations + era * count
            for (index, parameter) in parameters.enumerated() { slots[index] = parameter.individual(eta: effects[index], covariates: slots + count) }
            model.derive(slots, stack: stack)
        }
        let first = engine.eras.first ?? eras.count - 1
        if eras.count > 1 { engine.occupancy = (first, fill) }
        defer { engine.occupancy = nil }
        fill(first)
        engine.prepareFilled()
        engine.reset()
        engine.course(subjects[lanes], from: 0, into: results)
    }

    /// The value of an output at a time of the simulation, by their indices.
    public func value(_ time: Int, _ output: Int) -> Lanes { results[time * simulation.columns + output] }
}

/// Eight people at a time through a simulation, in one workspace: for whoever needs their values at once and no more.
///
/// Not to be used by two threads at once.
public final class BatchRunner {
    public let simulation: Simulation
    private let engine: Engine
    private let results: UnsafeMutablePointer<Lanes>

    public init(_ simulation: Simulation) {
        self.simulation = simulation
        engine = Engine(simulation)
        results = Lanes.allocate(simulation.times.count * simulation.columns)
    }

    deinit { results.deallocate() }

    /// Simulates the subjects from an index on; lanes beyond the last repeat it.
    public func run(_ subjects: Subjects, from first: Int = 0) { engine.run(subjects, from: first, into: results) }

    /// The value of an output at a time of the simulation, by their indices.
    public func value(_ time: Int, _ output: Int) -> Lanes { results[time * simulation.columns + output] }
}
