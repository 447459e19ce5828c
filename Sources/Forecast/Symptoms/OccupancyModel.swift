import Guidance
import Notation
import Pharmacology

/// What a dose does at the receptor: the area under occupancy in the day after it, for a typical person.
///
/// How people differ in exposure is part of how they differ in sensitivity: symptoms cannot tell the two apart.
public struct OccupancyModel: Sendable {
    /// A dose as far as its exposure depends on it.
    public struct Cause: Hashable, Sendable {
        public var drug: Drug
        public var route: Route
        public var milligrams: Double
        public var durationMinutes: Double?
        /// kg.
        public var weight: Double?

        public init(drug: Drug, route: Route, milligrams: Double, durationMinutes: Double? = nil, weight: Double? = nil) {
            (self.drug, self.route, self.milligrams) = (drug, route, milligrams)
            (self.durationMinutes, self.weight) = (durationMinutes, weight)
        }
    }

    private let models: [String: CompiledModel]
    private let choice: MonitoringSchedule

    public init(_ knowledge: KnowledgeBase) {
        models = knowledge.models.compactMapValues { knowledge.effects.fits($0.model) ? try? $0.with(knowledge.effects) : nil }
        choice = knowledge.monitoring
    }

    /// The models that tell what circulates and what it does, the first to be asked first.
    public func candidates(drug: Drug, route: Route) -> [CompiledModel] {
        [choice.model(drug: drug, route: route)?.model, "racemic-composite"].compactMap { $0 }.compactMap { models[$0] }
    }

    /// Hours: five minutes apart while concentrations change fast, then half an hour.
    private static let hours = (0...48).map { Double($0) / 12 } + (9...48).map { Double($0) / 2 }

    /// Hours of full occupancy; nil where no model knows the drug by this route.
    public func area(_ cause: Cause) -> Double? {
        guard cause.milligrams > 0, cause.milligrams.isFinite else { return 0 }
        for model in candidates(drug: cause.drug, route: cause.route) {
            if let area = area(cause, model) { return area }
            // Devices hold a fixed amount: what is not a multiple of it lies between two multiples.
            if let device = model.model.routes.first(where: { $0.route == cause.route })?.deviceMilligrams {
                let low = max((cause.milligrams / device).rounded(.down), 1) * device
                var lower = cause
                var upper = cause
                (lower.milligrams, upper.milligrams) = (low, low + device)
                if let a = area(lower, model), let b = area(upper, model) { return max(a + (b - a) * (cause.milligrams - low) / device, 0) }
            }
        }
        return nil
    }

    private func area(_ cause: Cause, _ model: CompiledModel) -> Double? {
        let infused = [.intravenous, .subcutaneous].contains(cause.route) ? cause.durationMinutes.flatMap { $0 > 0 ? min($0, 1440) : nil } : nil
        let regimen = Regimen(drug: cause.drug, doses: [PlannedDose(at: 0, cause.milligrams, "mg", cause.route, overMinutes: infused)])
        guard let simulation = try? Simulation(model, regimen, times: Self.hours, outputs: ["occupancy"]) else { return nil }
        let person = Subjects(model, count: 1, seed: nil, covariates: cause.weight.map { ["weight": [$0]] } ?? [:])
        let values = simulation.run(person, subject: 0).map { $0[0] / 100 }
        let area = zip(zip(simulation.times, simulation.times.dropFirst()), zip(values, values.dropFirst())).reduce(0) {
            $0 + 0.5 * ($1.0.1 - $1.0.0) * ($1.1.0 + $1.1.1)
        }
        return area.isFinite ? area : nil
    }
}
