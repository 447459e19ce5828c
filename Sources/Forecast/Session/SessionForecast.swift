import Guidance
import Notation
import Pharmacology
import Statistics

/// One treatment session minute by minute: what a population model expects of its doses, and what to expect of this person after what was measured.
///
/// People are drawn from the population and weighed by how well they agree with the readings: sampling from the prior, with Pareto smoothed weights. The level
/// of pressure before the dose is not known but for readings: it is integrated out under a flat prior, so that a session without a reading before the dose is
/// judged by how pressure changes. What was measured informs exposure too, as far as pressure and dissociation follow it. Same causes, readings and
/// seed: the same bytes.
public struct SessionForecast: Sendable, Equatable {
    public enum Quantity: String, Sendable, CaseIterable {
        /// Of the drug in plasma, ng/mL.
        case concentration
        /// CADSS total.
        case dissociation
        /// mmHg.
        case systolic, diastolic
    }

    /// What was given. Two sessions with the same doses in people of the same weight have the same expectation.
    public struct Cause: Hashable, Sendable {
        public struct Dose: Hashable, Sendable {
            /// From the first dose.
            public var minute: Double
            public var milligrams: Double
            /// Minutes.
            public var duration: Double?

            public init(minute: Double, milligrams: Double, duration: Double? = nil) {
                (self.minute, self.milligrams, self.duration) = (minute, milligrams, duration)
            }
        }

        public var drug: Drug
        public var route: Route
        /// kg; the model's reference when nil.
        public var weight: Double?
        public var doses: [Dose]

        public init(drug: Drug, route: Route, weight: Double?, doses: [Dose]) {
            (self.drug, self.route, self.weight, self.doses) = (drug, route, weight, doses)
        }
    }

    /// A reading; minutes count from the first dose and are negative before it.
    public struct Reading: Hashable, Sendable {
        public var quantity: Quantity
        public var minute: Double
        public var value: Double

        public init(_ quantity: Quantity, minute: Double, value: Double) { (self.quantity, self.minute, self.value) = (quantity, minute, value) }
    }

    /// Of the pharmacokinetic model.
    public let model: String
    public let minutes: [Double]
    /// By minute, of people in general; pressures only where one was read before the dose.
    public let population: [Quantity: [Quantiles]]
    /// By minute, of this person; empty until something was measured after the first dose.
    public let individual: [Quantity: [Quantiles]]
    /// By minute, of a new reading of this person.
    public let predicted: [Quantity: [Quantiles]]
    /// Readings that informed the person's curves.
    public let used: Int
    public let draws: Int
    /// What the draws are worth.
    public let effectiveSize: Double
    public let shape: Double
    public let hasWeight: Bool

    /// Whether the computation can be trusted; the model is another question.
    public var isReliable: Bool { used == 0 || shape < 0.7 && effectiveSize >= 50 }

    private static let draws = [2000, 8000]
    private static let kept = 800

    /// Nil where no model knows the drug by this route.
    public init?(_ cause: Cause, _ readings: [Reading], knowledge: KnowledgeBase, seed: UInt64 = 1) {
        guard let choice = knowledge.monitoring.model(drug: cause.drug, route: cause.route), let plain = knowledge.models[choice.model],
            let compiled = try? plain.with(knowledge.effects), let parent = compiled.quantities.first(where: { !$0.isHidden && $0.unit == "ng/mL" })
        else { return nil }
        let readings = readings.filter { $0.value.isFinite && $0.minute.isFinite }
            .sorted { ($0.minute, $0.quantity.rawValue, $0.value) < ($1.minute, $1.quantity.rawValue, $1.value) }
        let end = max(180, ((readings.last?.minute ?? 0) / 5).rounded(.up) * 5 + 30)
        let grid = Array(stride(from: 0, through: end, by: 5))
        let measured = readings.map(\.minute).filter { $0 > 0 }
        let regimen = Regimen(
            drug: cause.drug,
            doses: cause.doses.map { PlannedDose(at: $0.minute / 60, $0.milligrams, "mg", cause.route, overMinutes: $0.duration) })
        let outputs = Quantity.allCases.map { $0 == .concentration ? parent.id : $0.rawValue }
        guard let simulation = try? Simulation(compiled, regimen, times: (grid + measured).map { $0 / 60 }, outputs: outputs) else { return nil }
        let scatter = Scatter(knowledge)
        let informing = readings.filter { $0.minute > 0 }.count
        var people = Likely(simulation, cause, readings, scatter, count: Self.draws[0], seed: seed)
        if informing > 0, people.smoothed.effectiveSize < 200 { people = Likely(simulation, cause, readings, scatter, count: Self.draws[1], seed: seed) }

        (model, minutes, used, draws, hasWeight) = (choice.model, grid, informing, people.curves.count, cause.weight != nil)
        (effectiveSize, shape) = (people.smoothed.effectiveSize, people.smoothed.shape)
        population = people.quantiles(at: grid, of: Array(0..<Self.kept), after: 0, seed: seed).level
        guard informing > 0 else {
            (individual, predicted) = ([:], [:])
            return
        }
        var stream = RandomStream(seed: seed, subject: 0, purpose: 0x5346_0001)
        let chosen = Forecaster.resampledIndices(people.smoothed.weights, count: Self.kept, shift: stream.uniform())
        let found = people.quantiles(at: grid, of: chosen, after: .infinity, seed: seed)
        (individual, predicted) = (found.level, found.reading)
    }
}

/// How readings scatter about a person's level.
private struct Scatter {
    private let residuals: [String: Residual]

    init(_ knowledge: KnowledgeBase) {
        residuals = Dictionary((knowledge.effects.residual ?? []).map { ($0.output, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Standard deviation of a reading where the level is `value`; nil where the effects do not tell it.
    func deviation(_ quantity: SessionForecast.Quantity, at value: Double) -> Double? {
        guard let residual = residuals[quantity.rawValue] else { return nil }
        let (fixed, relative) = (residual.additive ?? 0, (residual.proportional ?? 0) * value)
        let deviation = (fixed * fixed + relative * relative).squareRoot()
        return deviation > 0 ? deviation : nil
    }
}

/// People of the population, weighed by readings.
private struct Likely {
    typealias Quantity = SessionForecast.Quantity

    /// By person, time, quantity; pressures are changes.
    let curves: [[[Double]]]
    let smoothed: ParetoSmoothing
    private let minutes: [Double]
    private let readings: [SessionForecast.Reading]
    private let scatter: Scatter

    init(
        _ simulation: Simulation, _ cause: SessionForecast.Cause, _ readings: [SessionForecast.Reading], _ scatter: Scatter, count: Int, seed: UInt64
    ) {
        (self.readings, self.scatter) = (readings, scatter)
        minutes = simulation.times.map { $0 * 60 }
        let people = Subjects(simulation.model, count: count, seed: seed, covariates: cause.weight.map { ["weight": [$0]] } ?? [:])
        curves = simulation.courses(people)
        let places = readings.map { reading in Self.place(of: reading.minute, in: simulation.times.map { $0 * 60 }) }
        smoothed = ParetoSmoothing(
            logWeights: curves.map { curve in
                Quantity.allCases.enumerated().reduce(0) { sum, column in
                    let found = zip(readings, places).filter { $0.0.quantity == column.element }
                    return sum + Self.logLikelihood(found.map { ($0.0.value, $0.1.map { curve[$0][column.offset] } ?? 0) }, column.element, scatter)
                }
            })
    }

    /// Nil before the first dose, where nothing has changed yet.
    private static func place(of minute: Double, in minutes: [Double]) -> Int? {
        minute <= 0 ? nil : minutes.indices.min { abs(minutes[$0] - minute) < abs(minutes[$1] - minute) }
    }

    /// Of readings of one quantity beside a person's curve. A pressure's own level is integrated out.
    private static func logLikelihood(_ pairs: [(reading: Double, curve: Double)], _ quantity: Quantity, _ scatter: Scatter) -> Double {
        switch quantity {
        case .systolic, .diastolic:
            guard let deviation = scatter.deviation(quantity, at: 0), !pairs.isEmpty else { return 0 }
            let differences = pairs.map { $0.reading - $0.curve }
            let mean = differences.reduce(0, +) / Double(differences.count)
            return differences.reduce(0) { $0 - 0.5 * ($1 - mean) * ($1 - mean) / (deviation * deviation) }
        case .dissociation, .concentration:
            return pairs.reduce(0) { sum, pair in
                guard let deviation = scatter.deviation(quantity, at: pair.curve) else { return sum }
                let distance = (pair.reading - pair.curve) / deviation
                return sum - 0.5 * distance * distance - Lanes.log(Lanes(repeating: deviation))[0]
            }
        }
    }

    /// Bands over people of the curves themselves, and of a new reading.
    /// - Parameter end: readings up to then tell where pressure stood.
    func quantiles(at grid: [Double], of chosen: [Int], after end: Double, seed: UInt64) -> (
        level: [Quantity: [Quantiles]], reading: [Quantity: [Quantiles]]
    ) {
        let rows = grid.map { minute in minutes.indices.min { abs(minutes[$0] - minute) < abs(minutes[$1] - minute) } ?? 0 }
        var (levels, seen): ([Quantity: [Quantiles]], [Quantity: [Quantiles]]) = ([:], [:])
        for (column, quantity) in Quantity.allCases.enumerated() {
            let own = readings.filter { $0.quantity == quantity && $0.minute <= end }
            let isPressure = quantity == .systolic || quantity == .diastolic
            guard !isPressure || !own.isEmpty else { continue }
            let most = quantity == .dissociation ? 92.0 : .infinity
            var level = [[Double]](repeating: [], count: grid.count)
            var reading = level
            for (number, person) in chosen.enumerated() {
                var stream = RandomStream(seed: seed, subject: UInt32(number), purpose: 0x5346_0100 + UInt32(column))
                var start = 0.0
                if isPressure, let deviation = scatter.deviation(quantity, at: 0) {
                    let differences = own.map { one in one.value - (Self.place(of: one.minute, in: minutes).map { curves[person][$0][column] } ?? 0) }
                    start = differences.reduce(0, +) / Double(own.count) + deviation / Double(own.count).squareRoot() * stream.normal()
                }
                for (place, row) in rows.enumerated() {
                    let value = start + curves[person][row][column]
                    level[place].append(value)
                    let error = (scatter.deviation(quantity, at: value) ?? 0) * stream.normal()
                    reading[place].append(max(0, min(value + error, most)))
                }
            }
            levels[quantity] = level.map(Quantiles.init)
            if scatter.deviation(quantity, at: 1) != nil { seen[quantity] = reading.map(Quantiles.init) }
        }
        return (levels, seen)
    }
}
