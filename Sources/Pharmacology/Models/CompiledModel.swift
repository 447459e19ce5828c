import Evidence
import Notation
import Statistics

/// A population model ready to run: names resolved, units brought to mg, L and h, dimensions checked, derived quantities in an order
/// in which each follows what it needs.
public struct CompiledModel: Sendable {
    public let model: PopulationModel
    var system: CompartmentalSystem
    /// Slots hold parameters, then covariates, then derived quantities, then those that change during a run: the moments, outputs,
    /// responses and effects.
    let parameters: [CompiledParameter]
    public let covariates: [Covariate]
    /// From each covariate's unit to mg, L, h.
    let covariateFactors: [Double]
    let derived: [(slot: Int, formula: Expression)]
    /// Cholesky factors of the blocks of parameters that vary together.
    let blocks: [(parameters: [Int], factor: Cholesky)]
    /// Variances between occasions by parameter.
    let occasions: [(parameter: Int, deviation: Double)]
    let slotCount: Int
    let firstLive: Int
    let stackDepth: Int

    struct CompiledParameter: Sendable {
        var id: String
        /// Typical value in mg, L, h.
        var typical: Double
        var scale: Variability.Scale?
        /// From the parameter's unit to mg, L, h.
        var unitFactor: Double
        var maximum: Double?
        var effects: [Effect]
    }

    struct Effect: Sendable {
        enum Form: Sendable {
            case power(Double, reference: Double)
            case factor(Double)
            /// Per unit of the covariate, in mg, L, h.
            case slope(Double, above: Double)
        }
        var covariate: Int
        var form: Form
    }

    /// - Parameters:
    ///   - model: as read from its file.
    ///   - library: the models whose parameters it may take over.
    ///   - effects: acute effects that its concentrations drive.
    /// - Throws: a diagnostic that names the model, the place in it and what was expected.
    public init(_ model: PopulationModel, library: [String: PopulationModel] = [:], effects: EffectModel? = nil) throws(Diagnostic) {
        func problem(_ path: String, _ text: String, expected: String) -> Diagnostic {
            Diagnostic("model.parameters", at: Place(file: "model \(model.id)", path: path), text, expected: expected)
        }
        var model = model
        if let origin = model.parametersFrom {
            guard let other = library[origin], other.parametersFrom == nil else {
                throw problem("parameters_from", "names \(quoted(origin))", expected: "a model with parameters of its own")
            }
            guard other.sampling == model.sampling else {
                throw problem("parameters_from", "mixes arterial with venous", expected: "a model of \(model.sampling.rawValue) concentrations")
            }
            model.parameters = other.parameters + model.parameters
            model.covariances = (other.covariances ?? []) + (model.covariances ?? [])
            model.covariates = (other.covariates ?? []) + (model.covariates ?? [])
            model.parametersFrom = nil
        }
        if let effects { try effects.attach(to: &model) }
        self.model = model
        for (path, isEmpty) in [
            ("drugs", model.drugs.isEmpty), ("structure", model.structure.isEmpty), ("routes", model.routes.isEmpty), ("outputs", model.outputs.isEmpty),
        ] where isEmpty {
            throw problem(path, "is empty", expected: "at least one")
        }
        let covariates = model.covariates ?? []
        self.covariates = covariates

        var slots: [String: Int] = [:]
        var dimensions: [[Int]] = []
        func claim(_ id: String, _ dimension: [Int], at path: String) throws(Diagnostic) {
            guard id.first?.isLetter == true, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
                throw problem(path, "is named \(quoted(id))", expected: "letters, digits and _")
            }
            guard slots.updateValue(dimensions.count, forKey: id) == nil else {
                throw problem(path, "is named \(quoted(id)) like another", expected: "each name once")
            }
            dimensions.append(dimension)
        }

        var parameters: [CompiledParameter] = []
        for parameter in model.parameters {
            let path = "parameters.\(parameter.id)"
            guard let unit = Unit(parameter.unit) else { throw problem(path, "has the unit \(quoted(parameter.unit))", expected: "a UCUM unit") }
            guard parameter.value.isFinite else { throw problem(path, "is not a finite number", expected: "a number") }
            try claim(parameter.id, unit.dimension, at: path)
            var effects: [Effect] = []
            for effect in parameter.effects ?? [] {
                guard let index = covariates.firstIndex(where: { $0.id == effect.covariate }) else {
                    throw problem(path, "depends on \(quoted(effect.covariate))", expected: "a covariate of the model")
                }
                switch (effect.power, effect.reference, effect.factor, effect.slope, effect.above) {
                case (let power?, let reference?, nil, nil, nil) where reference > 0:
                    effects.append(.init(covariate: index, form: .power(power, reference: reference)))
                case (nil, nil, let factor?, nil, nil): effects.append(.init(covariate: index, form: .factor(factor)))
                case (nil, nil, nil, let slope?, let above?):
                    effects.append(.init(covariate: index, form: .slope(unit.pharmacokinetic(slope), above: above)))
                default: throw problem(path, "has an effect of no known form", expected: "power with reference, factor, or slope with above")
                }
            }
            let variance = parameter.variability?.variance ?? 0
            guard (0...100).contains(variance) else { throw problem(path, "has a variance of \(decimal(variance))", expected: "0 to 100") }
            guard (0...100).contains(parameter.variability?.occasionVariance ?? 0) else {
                throw problem(path, "has an impossible variance between occasions", expected: "0 to 100")
            }
            if parameter.variability?.scale == .logit, !(0..<1).contains(parameter.value) {
                throw problem(path, "varies on the logit scale around \(decimal(parameter.value))", expected: "a value from 0 to 1")
            }
            parameters.append(
                .init(
                    id: parameter.id, typical: unit.pharmacokinetic(parameter.value), scale: parameter.variability?.scale,
                    unitFactor: unit.pharmacokinetic(1),
                    maximum: parameter.maximum.map(unit.pharmacokinetic), effects: effects))
        }
        var factors: [Double] = []
        for covariate in covariates {
            guard let unit = covariate.unit == nil ? Unit("1") : Unit(covariate.unit ?? "") else {
                throw problem("covariates.\(covariate.id)", "has the unit \(quoted(covariate.unit ?? ""))", expected: "a UCUM unit")
            }
            try claim(covariate.id, unit.dimension, at: "covariates.\(covariate.id)")
            factors.append(unit.pharmacokinetic(1))
        }

        covariateFactors = factors

        // Derived quantities: claimed first, so that their order in the file does not matter; then sorted by what they need.
        let firstDerived = dimensions.count
        for quantity in model.derived ?? [] { try claim(quantity.id, Dimension.none, at: "derived.\(quantity.id)") }
        var waiting: [(id: String, slot: Int, formula: Expression)] = []
        for (offset, quantity) in (model.derived ?? []).enumerated() {
            let place = Place(file: "model \(model.id)", path: "derived.\(quantity.id)")
            waiting.append((quantity.id, firstDerived + offset, try Expression(quantity.formula, at: place) { slots[$0] }))
        }
        var derived: [(Int, Expression)] = []
        var known = Set(0..<firstDerived)
        while !waiting.isEmpty {
            guard let next = waiting.firstIndex(where: { $0.formula.slots.isSubset(of: known) }) else {
                throw problem("derived.\(waiting[0].id)", "is part of a circle of formulas", expected: "each formula over quantities that do not depend on it")
            }
            let quantity = waiting.remove(at: next)
            guard let dimension = quantity.formula.dimension(dimensions) else {
                throw problem("derived.\(quantity.id)", "adds quantities of different dimension", expected: "like to like")
            }
            dimensions[quantity.slot] = dimension
            known.insert(quantity.slot)
            derived.append((quantity.slot, quantity.formula))
        }
        self.derived = derived.map { (slot: $0.0, formula: $0.1) }

        var blocks: [(parameters: [Int], factor: Cholesky)] = []
        var grouped: Set<String> = []
        for (index, block) in (model.covariances ?? []).enumerated() {
            let members = block.parameters.compactMap { id in parameters.firstIndex { $0.id == id } }
            guard members.count == block.parameters.count, grouped.isDisjoint(with: block.parameters) else {
                throw problem("covariances[\(index)]", "names unknown or repeated parameters", expected: "parameters of the model, each in one block")
            }
            guard block.matrix.count == members.count, let factor = Cholesky(block.matrix) else {
                throw problem("covariances[\(index)]", "is not positive definite", expected: "a symmetric positive definite matrix over its parameters")
            }
            grouped.formUnion(block.parameters)
            for member in members where parameters[member].scale == nil { parameters[member].scale = .log }
            blocks.append((members, factor))
        }
        for (index, parameter) in model.parameters.enumerated() where !grouped.contains(parameter.id) {
            if let variance = parameter.variability?.variance, variance > 0, let factor = Cholesky([[variance]]) { blocks.append(([index], factor)) }
        }
        self.blocks = blocks
        self.parameters = parameters
        occasions = model.parameters.enumerated().compactMap { index, parameter in
            parameter.variability?.occasionVariance.flatMap { $0 > 0 ? (index, $0.squareRoot()) : nil }
        }
        firstLive = dimensions.count

        var lowering = Lowering(model: model, slots: slots, dimensions: dimensions)
        system = try lowering.run()
        slotCount = lowering.dimensions.count
        stackDepth = (derived.map(\.1) + system.formulas).map(\.depth).max() ?? 1
        if let fault = typicalFault() { throw problem(fault.path, fault.text, expected: fault.expected) }
    }

    /// What makes no sense in the reference subject: a volume that is not above zero, a rate, share or time that is below.
    private func typicalFault() -> (path: String, text: String, expected: String)? {
        let memory = Lanes.allocate(slotCount + stackDepth)
        defer { memory.deallocate() }
        let stack = memory + slotCount
        Subjects(self, count: 1, seed: nil).fill(from: 0, occasion: 1, slots: memory, stack: stack)
        func isFixed(_ turnover: CompartmentalSystem.Turnover) -> Bool { (turnover.half.slots.union(turnover.loss.slots)).allSatisfy { $0 < firstLive } }
        func value(_ formula: Expression) -> Double { formula.slots.allSatisfy { $0 < firstLive } ? formula.evaluate(memory, stack: stack)[0] : 0 }
        for (index, parameter) in parameters.enumerated() where !memory[index][0].isFinite {
            return ("parameters.\(parameter.id)", "has no value in the reference subject", "a finite one")
        }
        for output in system.outputs {
            for term in output.terms where !(abs(value(term.volume)) > 0 && value(term.volume).isFinite) {
                return ("outputs.\(output.id)", "has a volume of \(decimal(value(term.volume))) in the reference subject", "one above 0")
            }
        }
        for rate in system.transfers.map(\.rate) + system.links.map(\.rate) where !(value(rate) >= -1e-12 && value(rate).isFinite) {
            return ("structure", "has a rate of \(decimal(value(rate))) per hour in the reference subject", "0 or more")
        }
        for turnover in system.turnovers where !(value(turnover.half) > 0 && value(turnover.loss) >= 0) && isFixed(turnover) {
            return ("structure.\(turnover.id)", "has a half of 0 or a negative loss in the reference subject", "half above 0, loss of 0 or more")
        }
        for route in system.routes {
            for entry in route.first + route.later {
                for formula in [entry.fraction, entry.over, entry.lag].compactMap(\.self) where !(value(formula) >= 0 && value(formula).isFinite) {
                    return ("routes.\(route.route.rawValue)", "has a share or time of \(decimal(value(formula))) in the reference subject", "0 or more")
                }
            }
        }
        return nil
    }

    /// Whether rates are constant, so that nothing has to be integrated step by step.
    public var isLinear: Bool { system.isLinear }

    /// The same model with acute effects that its concentrations drive.
    public func with(_ effects: EffectModel) throws(Diagnostic) -> CompiledModel { try CompiledModel(model, effects: effects) }

    /// What can be read off a simulation: concentrations, effect sites, responses, effects.
    public var quantities: [Quantity] {
        let outputs = system.outputs.map { Quantity(id: $0.id, title: $0.title, unit: $0.unit, isHidden: $0.isHidden) }
        let responses = system.turnovers.map { Quantity(id: $0.id, title: $0.id, unit: "", isHidden: false) }
        return outputs + responses + system.effects.map { Quantity(id: $0.id, title: $0.title, unit: $0.unit, isHidden: false) }
    }

    public struct Quantity: Sendable, Equatable, Identifiable {
        public var id: String
        public var title: String
        /// UCUM; empty where the model states none.
        public var unit: String
        /// Intermediate: shown only when asked for.
        public var isHidden: Bool
    }
}
