import Notation
import Pharmacology
import Statistics

/// What people have in common, in natural terms.
struct PopulationValues: Sendable {
    /// By parameter, in its unit.
    var typical: [Double]
    /// By covariate effect, in the order of the file.
    var coefficients: [Double]
    /// Lower triangular factor of the covariance of the random effects, row by row; zero between blocks.
    var factor: [[Double]]
    /// By residual error.
    var errors: [ErrorModel]

    /// Ω = L Lᵀ.
    var omega: [[Double]] {
        factor.indices.map { i in factor.indices.map { j in (0...min(i, j)).reduce(0) { $0 + factor[i][$1] * factor[j][$1] } } }
    }

    func deviation(_ eta: Int) -> Double { factor[eta].reduce(0) { $0 + $1 * $1 }.squareRoot() }

    func correlation(_ a: Int, _ b: Int) -> Double { omega[a][b] / (deviation(a) * deviation(b)) }
}

/// The numbers that an estimation varies, as one vector without bounds: logarithms of what is positive, logits of shares, the
/// log-Cholesky elements of each covariance block (J. C. Pinheiro, D. M. Bates, Stat. Comput. 6 (1996) 289, DOI 10.1007/BF00140873).
struct Unknowns: Sendable {
    enum Element: Sendable, Equatable {
        case typical(Int)
        case coefficient(Int)
        /// Element of the Cholesky factor.
        case factor(Int, Int)
        case error(Int, ErrorModel.Part)
    }

    /// One direction in which people differ, or a person from one occasion to another.
    struct RandomEffect: Sendable, Equatable {
        var parameter: Int
        /// Number of the occasion within the person; nil: on all of them.
        var occasion: Int?
    }

    let model: FitModel
    let etas: [RandomEffect]
    /// Those between occasions, parameter by parameter: one variance, whose element is that of the first. Somebody with fewer occasions has nothing that
    /// depends on the rest, over which the likelihood then integrates to 1 (NONMEM's BLOCK SAME).
    let repeated: [[Int]]
    /// Random effects that vary together.
    private let groups: [[Int]]
    let elements: [Element]
    let start: PopulationValues
    /// By element: a change of 1 in the vector stands for about this much where no logarithm is taken.
    private let scales: [Double]
    private let effects: [FitModel.Effect]

    /// - Parameter occasions: the most that a person has.
    init(_ model: FitModel, occasions: Int = 1) throws(Diagnostic) {
        func problem(_ path: String, _ text: String, expected: String) -> Diagnostic {
            Diagnostic("fit.model", at: Place(path: path), text, expected: expected)
        }
        self.model = model
        let blocks = model.covariances ?? []
        let grouped = Set(blocks.flatMap(\.parameters))
        guard grouped.count == blocks.reduce(0, { $0 + $1.parameters.count }) else {
            throw problem("covariances", "name a parameter twice", expected: "each parameter in one block")
        }
        var etas: [RandomEffect] = []
        var factor: [[Double]] = []
        var members: [[Int]] = []
        var elements: [Element] = []
        func append(_ parameters: [Int], _ rows: [[Double]], isFixed: Bool) {
            let first = etas.count
            etas += parameters.map { RandomEffect(parameter: $0) }
            members.append(Array(first..<etas.count))
            for index in factor.indices { factor[index] += [Double](repeating: 0, count: parameters.count) }
            for (i, row) in rows.enumerated() {
                factor.append([Double](repeating: 0, count: first) + row + [Double](repeating: 0, count: parameters.count - row.count))
                if !isFixed { for j in row.indices { elements.append(.factor(first + i, first + j)) } }
            }
        }
        for (index, parameter) in model.parameters.enumerated() {
            if parameter.fixed != true { elements.append(.typical(index)) }
            if parameter.scale == .log, !(parameter.value > 0) {
                throw problem(
                    "parameters.\(parameter.id)", "begins at \(decimal(parameter.value)) on the log scale", expected: "a value above 0, or scale: normal")
            }
            if parameter.scale == .logit, !(parameter.value > 0 && parameter.value < 1) {
                throw problem("parameters.\(parameter.id)", "begins at \(decimal(parameter.value)) on the logit scale", expected: "a value between 0 and 1")
            }
        }
        effects = model.parameters.flatMap { $0.effects ?? [] }
        for (index, effect) in effects.enumerated() where effect.estimate == true { elements.append(.coefficient(index)) }
        for (index, parameter) in model.parameters.enumerated() where parameter.varies && !grouped.contains(parameter.id) {
            append([index], [[(parameter.variability?.variance ?? 0).squareRoot()]], isFixed: parameter.variability?.fixed == true)
        }
        for (index, block) in blocks.enumerated() {
            let inBlock = block.parameters.compactMap { id in model.parameters.firstIndex { $0.id == id } }
            guard inBlock.count == block.parameters.count, block.matrix.count == inBlock.count, let cholesky = Cholesky(block.matrix) else {
                throw problem(
                    "covariances[\(index)]", "is not a covariance of parameters of the model",
                    expected: "its parameters and a symmetric positive definite matrix")
            }
            append(inBlock, cholesky.rows, isFixed: inBlock.allSatisfy { model.parameters[$0].variability?.fixed == true })
        }
        var repeated: [[Int]] = []
        for (index, parameter) in model.parameters.enumerated() where parameter.variesByOccasion {
            let deviation = (parameter.variability?.occasionVariance ?? 0).squareRoot()
            for occasion in 0..<occasions {
                append([index], [[deviation]], isFixed: parameter.variability?.fixed == true || occasion > 0)
                etas[etas.count - 1].occasion = occasion
                if occasion > 0 { members.removeLast() }
            }
            repeated.append(Array(etas.count - occasions..<etas.count))
        }
        guard !etas.isEmpty else {
            throw problem("parameters", "vary in nobody", expected: "variability: {variance: …} for at least one of them")
        }
        guard !model.residual.isEmpty else { throw problem("residual", "is empty", expected: "the error of at least one output") }
        var errors: [ErrorModel] = []
        for (index, residual) in model.residual.enumerated() {
            let error = try ErrorModel(residual, at: "residual[\(index)]")
            if residual.fixed != true { elements += error.parts.map { .error(index, $0) } }
            errors.append(error)
        }
        guard !elements.isEmpty else { throw problem("parameters", "are all fixed", expected: "at least one to estimate") }
        self.etas = etas
        self.repeated = repeated
        groups = members
        self.elements = elements
        let startingFactor = factor
        start = PopulationValues(
            typical: model.parameters.map(\.value), coefficients: effects.map(\.value), factor: factor, errors: errors)
        scales = elements.map { [effects] element in
            switch element {
            case .typical(let index): max(abs(model.parameters[index].value), 0.1)
            case .coefficient(let index): max(abs(effects[index].value), 0.5)
            case .factor(let i, _): max(startingFactor[i].reduce(0) { $0 + $1 * $1 }.squareRoot(), 0.05)
            case .error: 1
            }
        }
    }

    private enum Form { case identity, logarithm, logit }

    private func form(_ element: Element) -> Form {
        switch element {
        case .typical(let index):
            switch model.parameters[index].scale {
            case .log: .logarithm
            case .logit: .logit
            case .normal: .identity
            }
        case .coefficient(let index): effects[index].factor.map { $0 > 0 } == true ? .logarithm : .identity
        case .factor(let i, let j): i == j ? .logarithm : .identity
        case .error: .logarithm
        }
    }

    /// Where to begin.
    var vector: [Double] { vector(of: start) }

    func vector(of values: PopulationValues) -> [Double] {
        zip(elements, scales).map { element, scale in
            let value =
                switch element {
                case .typical(let index): values.typical[index]
                case .coefficient(let index): values.coefficients[index]
                case .factor(let i, let j): values.factor[i][j]
                case .error(let index, let part): values.errors[index][part]
                }
            return switch form(element) {
            case .identity: value / scale
            case .logarithm: value > 0 ? Scalar.log(value) : -30
            case .logit: Scalar.log(value / (1 - value))
            }
        }
    }

    func values(_ vector: [Double]) -> PopulationValues {
        var values = start
        for (index, element) in elements.enumerated() {
            let x = vector[index]
            let value =
                switch form(element) {
                case .identity: x * scales[index]
                case .logarithm: Scalar.exp(x)
                case .logit: 1 / (1 + Scalar.exp(-x))
                }
            switch element {
            case .typical(let index): values.typical[index] = value
            case .coefficient(let index): values.coefficients[index] = value
            case .factor(let i, let j):
                values.factor[i][j] = value
                for other in same(as: i) { values.factor[other][other] = value }
            case .error(let index, let part): values.errors[index][part] = value
            }
        }
        return values
    }

    /// The random effects that have the variance of this one.
    private func same(as eta: Int) -> ArraySlice<Int> { repeated.first { $0.first == eta }?.dropFirst() ?? [] }

    /// The Cholesky factor of a covariance, block by block; blocks that are fixed, or that it is not positive definite in, stay.
    func factor(from covariance: [[Double]], keeping old: [[Double]]) -> [[Double]] {
        var factor = old
        for block in groups {
            let others = same(as: block[0])
            // What is the same on every occasion is what it is on average.
            let matrix =
                others.isEmpty
                ? block.map { i in block.map { covariance[i][$0] } }
                : [[(covariance[block[0]][block[0]] + others.reduce(0) { $0 + covariance[$1][$1] }) / Double(1 + others.count)]]
            guard elements.contains(.factor(block[0], block[0])), let rows = Cholesky(matrix)?.rows else { continue }
            for (i, row) in zip(block, rows) { for (j, value) in zip(block, row) { factor[i][j] = value } }
            for other in others { factor[other][other] = rows[0][0] }
        }
        return factor
    }

    /// Where an element only shifts a random effect: which, and by how much for a change of 1.
    func shift(_ element: Int) -> (eta: Int, factor: Double)? {
        guard case .typical(let index) = elements[element], let eta = etas.firstIndex(of: RandomEffect(parameter: index)) else { return nil }
        let parameter = model.parameters[index]
        let effects = parameter.effects ?? []
        switch parameter.scale {
        case .log: return effects.allSatisfy { $0.slope == nil } ? (eta, 1) : nil
        case .logit: return effects.isEmpty ? (eta, 1) : nil
        case .normal: return effects.isEmpty ? (eta, scales[element]) : nil
        }
    }

    /// Whether an element changes what the model says, not only how people and measurements scatter.
    func changesPredictions(_ element: Int) -> Bool {
        switch elements[element] {
        case .typical, .coefficient: true
        case .factor, .error: false
        }
    }

    // MARK: Names

    /// The estimates by name, as the result shows them.
    struct Named: Sendable {
        var theta: [(String, Double)] = []
        var omegaSD: [(String, Double)] = []
        var omegaCorrelation: [(String, Double)] = []
        var sigma: [(String, Double)] = []
        var all: [(String, Double)] {
            theta + omegaSD.map { ("omega_sd." + $0.0, $0.1) } + omegaCorrelation.map { ("omega_corr." + $0.0, $0.1) } + sigma.map { ("sigma." + $0.0, $0.1) }
        }
    }

    /// What an element stands for, in words of the model file.
    func name(of index: Int) -> String {
        switch elements[index] {
        case .typical(let parameter): return model.parameters[parameter].id
        case .coefficient(let effect): return "the effect of \(effects[effect].covariate)"
        case .factor(let i, let j): return i == j ? "omega_sd.\(name(etas[i]))" : "omega_corr.\(name(etas[j]))~\(name(etas[i]))"
        case .error(let residual, let part): return "sigma.\(model.residual[residual].output).\(part.rawValue)"
        }
    }

    func name(_ effect: RandomEffect) -> String { model.parameters[effect.parameter].id + (effect.occasion == nil ? "" : ".occasion") }

    func named(_ values: PopulationValues) -> Named {
        var named = Named()
        var effect = 0
        for (index, parameter) in model.parameters.enumerated() {
            named.theta.append((parameter.id, values.typical[index]))
            for item in parameter.effects ?? [] {
                named.theta.append(("\(parameter.id).\(item.covariate)", values.coefficients[effect]))
                effect += 1
            }
        }
        let ids = etas.map { name($0) }
        for (index, id) in ids.enumerated() where etas[index].occasion ?? 0 == 0 { named.omegaSD.append((id, values.deviation(index))) }
        for block in model.covariances ?? [] {
            for (i, a) in block.parameters.enumerated() {
                for b in block.parameters[..<i] {
                    guard let x = ids.firstIndex(of: a), let y = ids.firstIndex(of: b) else { continue }
                    named.omegaCorrelation.append(("\(b)~\(a)", values.correlation(x, y)))
                }
            }
        }
        for (residual, error) in zip(model.residual, values.errors) {
            for part in error.parts { named.sigma.append(("\(residual.output).\(part.rawValue)", error[part])) }
        }
        return named
    }
}

/// Functions of one number with the same bytes on every platform.
enum Scalar {
    static func exp(_ x: Double) -> Double { Lanes.exp(Lanes(repeating: x))[0] }
    static func log(_ x: Double) -> Double { Lanes.log(Lanes(repeating: x))[0] }
}
