import Notation
import Statistics

/// The people of a simulation. Who a subject is depends on the seed and on their own number only.
public struct Subjects: Sendable {
    public let count: Int
    /// The number of the first, where these are a part of more people.
    let firstNumber: UInt32
    let model: CompiledModel
    private let seed: UInt64?
    /// One column for each covariate of the model, in its order, in the covariate's own unit; rows are reused when there are fewer
    /// than subjects.
    private let table: [[Double]]
    /// Parameter values that replace sampled ones, by parameter slot; row by subject.
    private let given: [(slot: Int, values: [Double])]

    /// - Parameters:
    ///   - seed: nil for typical subjects, without variability between people.
    ///   - covariates: columns by covariate; the model's reference where there is none.
    ///   - firstNumber: by which the first is known; the others follow.
    public init(
        _ model: CompiledModel, count: Int, seed: UInt64?, covariates: [String: [Double]] = [:], parameters: [String: [Double]] = [:], firstNumber: UInt32 = 0
    ) {
        self.model = model
        self.count = count
        self.firstNumber = firstNumber
        self.seed = seed
        table = model.covariates.map { covariate in covariates[covariate.id].flatMap { $0.isEmpty ? nil : $0 } ?? [covariate.reference] }
        given = parameters.compactMap { id, values in model.parameters.firstIndex { $0.id == id }.map { ($0, values) } }.sorted { $0.0 < $1.0 }
            .map { (slot: $0.0, values: $0.1) }
    }

    /// What random numbers are for, so that a new use does not shift an existing one.
    enum Purpose {
        static let betweenSubjects: UInt32 = 1
        static func occasion(_ number: Int) -> UInt32 { 0x1000_0000 + UInt32(truncatingIfNeeded: number) }
    }

    /// Whether a subject differs from one session to the next.
    var varyBetweenOccasions: Bool { seed != nil && !model.occasions.isEmpty }

    /// Writes the slots of eight subjects from number `first` on; lanes beyond the last subject repeat it.
    /// - Parameters:
    ///   - occasion: number of the session.
    ///   - slots: room for the model's slots.
    func fill(from first: Int, occasion: Int, slots: UnsafeMutablePointer<Lanes>, stack: UnsafeMutablePointer<Lanes>) {
        let parameterCount = model.parameters.count
        var numbers = SIMD8<UInt32>()
        for lane in 0..<Lanes.scalarCount {
            let subject = min(first + lane, count - 1)
            numbers[lane] = firstNumber &+ UInt32(truncatingIfNeeded: subject)
            for (index, column) in table.enumerated() { slots[parameterCount + index][lane] = column[subject % column.count] }
        }
        for index in 0..<parameterCount { slots[index] = .zero }
        if let seed { deviate(slots, seed, numbers, occasion: occasion) }
        for (index, parameter) in model.parameters.enumerated() {
            slots[index] = parameter.individual(eta: slots[index], covariates: slots + parameterCount)
        }
        for replacement in given {
            for lane in 0..<Lanes.scalarCount {
                slots[replacement.slot][lane] = replacement.values[min(first + lane, count - 1) % replacement.values.count]
            }
        }
        model.derive(slots, stack: stack)
    }

    /// Adds everybody's deviations to the parameters, which are zero: between people, then between occasions.
    private func deviate(_ slots: UnsafeMutablePointer<Lanes>, _ seed: UInt64, _ numbers: SIMD8<UInt32>, occasion: Int) {
        var next: UInt32 = 0
        for block in model.blocks {
            // Row i of the factor times the values, as these are drawn: the j-th goes into every row from j on.
            for (column, _) in block.parameters.enumerated() {
                let normal = NormalStream.normals(seed: seed, number: next, subjects: numbers, purpose: Purpose.betweenSubjects)
                next += 1
                for row in column..<block.parameters.count { slots[block.parameters[row]] += block.factor.rows[row][column] * normal }
            }
        }
        for (index, entry) in model.occasions.enumerated() {
            let purpose = Purpose.occasion(occasion)
            slots[entry.parameter] += entry.deviation * NormalStream.normals(seed: seed, number: UInt32(index), subjects: numbers, purpose: purpose)
        }
    }
}

extension CompiledModel {
    /// What follows from parameters and covariates: covariates from their own unit to mg, L and h, then the derived quantities.
    func derive(_ slots: UnsafeMutablePointer<Lanes>, stack: UnsafeMutablePointer<Lanes>) {
        for (index, factor) in covariateFactors.enumerated() where factor != 1 { slots[parameters.count + index] *= factor }
        for quantity in derived { slots[quantity.slot] = quantity.formula.evaluate(slots, stack: stack) }
    }

    /// Where body weight stands; nil when the model has none.
    var weightSlot: Int? { covariates.firstIndex { $0.id == "weight" }.map { $0 + parameters.count } }
}

extension CompiledModel.CompiledParameter {
    /// Typical value × covariate effects, then the random effect, then the bound.
    /// - Parameter covariates: in their own units.
    func individual(eta: Lanes, covariates: UnsafePointer<Lanes>) -> Lanes {
        var value = Lanes(repeating: typical)
        for effect in effects {
            let covariate = covariates[effect.covariate]
            switch effect.form {
            case .power(let power, let reference):
                let ratio = covariate / reference
                value *= power == 1 ? ratio : Lanes.exp(power * Lanes.log(ratio))
            case .slope(let slope, let above): value += slope * pointwiseMax(covariate - above, .zero)
            case .factor(let factor): if scale != .logit { value.replace(with: value * factor, where: covariate .== 1) }
            }
        }
        switch scale {
        case .log: value *= Lanes.exp(eta)
        case .logit:
            let odds = value / (1 - value) * Lanes.exp(eta)
            value = odds / (1 + odds)
            // A factor on a fraction acts on the individual's fraction, as published (Perez-Ruixo 2020), and is capped below.
            for effect in effects {
                if case .factor(let factor) = effect.form { value.replace(with: value * factor, where: covariates[effect.covariate] .== 1) }
            }
        case .normal: value += eta * unitFactor
        case nil: break
        }
        return maximum.map { pointwiseMin(value, Lanes(repeating: $0)) } ?? value
    }
}
