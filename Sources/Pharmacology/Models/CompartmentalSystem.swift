import Notation

/// What every block comes down to: states, first-order transfers between them, states that follow an output, and responses with
/// turnover. Rates are formulas per hour, amounts milligrams, volumes litres.
struct CompartmentalSystem: Sendable {
    struct Transfer: Sendable {
        var from: Int
        /// Out of the body when nil.
        var to: Int?
        var rate: Expression
    }

    struct Link: Sendable {
        var state: Int
        /// Index of the output it follows, or nil and `followsState`.
        var output: Int
        var rate: Expression
    }

    struct Output: Sendable {
        var id: String
        var title: String
        var unit: String
        /// From the coherent unit to the output's.
        var scale: Double
        /// The same in the slot that formulas read, which is in the coherent unit.
        var slot: Int
        var slotScale: Double
        /// An intermediate quantity, shown only when asked for.
        var isHidden = false
        var analyte: Analyte?
        var terms: [(state: Int, volume: Expression)]
    }

    struct Effect: Sendable {
        var id: String
        var title: String
        var unit: String
        /// From the coherent unit to the effect's.
        var scale: Double
        var slot: Int
        var formula: Expression
    }

    struct Turnover: Sendable {
        var id: String
        /// The output that drives it; in its unit.
        var driver: Int
        var slot: Int
        var baseline, loss, maximum, half: Expression
        var hill: Expression?
        var onLoss: Bool
    }

    struct Entry: Sendable {
        var state: Int
        var fraction: Expression?
        var over: Expression?
        var lag: Expression?
        var share: [Drug: Double]
    }

    struct RouteEntry: Sendable {
        var route: Route
        var formulation: String?
        var deviceMilligrams: Double?
        var first: [Entry]
        var later: [Entry]
    }

    var states: [String] = []
    var transfers: [Transfer] = []
    var links: [Link] = []
    /// Concentrations first, then one for each link and sum, then the amounts in the states.
    var outputs: [Output] = []
    var turnovers: [Turnover] = []
    var effects: [Effect] = []
    var routes: [RouteEntry] = []
    /// Whether every rate is constant in time, so that the state is a matrix exponential.
    var isLinear = true

    var formulas: [Expression] {
        transfers.map(\.rate) + links.map(\.rate) + outputs.flatMap { $0.terms.map(\.volume) }
            + turnovers.flatMap { [$0.baseline, $0.loss, $0.maximum, $0.half] + ($0.hill.map { [$0] } ?? []) }
            + routes.flatMap { ($0.first + $0.later).flatMap { [$0.fraction, $0.over, $0.lag].compactMap { $0 } } } + effects.map(\.formula)
    }
}

/// Lowers the blocks of one model, checking names and dimensions on the way.
struct Lowering {
    let model: PopulationModel
    var slots: [String: Int]
    var dimensions: [[Int]]
    /// The first slot whose value changes during a run.
    let firstLive: Int
    var system = CompartmentalSystem()

    init(model: PopulationModel, slots: [String: Int], dimensions: [[Int]]) {
        self.model = model
        self.slots = slots
        self.dimensions = dimensions
        firstLive = dimensions.count
    }

    /// What a formula may use besides the model's own quantities, in the order of their slots.
    enum Moment: Int, CaseIterable {
        /// Hours since the first dose; 0 before it.
        case time
        /// Number of the session: doses that follow each other by no more than `Schedule.sessionGap` belong to one.
        case session
        /// 1 while the last dose was intravenous.
        case is_intravenous

        var dimension: [Int] { self == .time ? Dimension.time : Dimension.none }
    }

    private mutating func claim(_ id: String, _ dimension: [Int], at path: String) throws(Diagnostic) -> Int {
        guard id.first?.isLetter == true, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            throw problem(path, "is named \(quoted(id))", expected: "letters, digits and _")
        }
        guard slots.updateValue(dimensions.count, forKey: id) == nil else {
            throw problem(path, "is named \(quoted(id)) like another", expected: "each name once")
        }
        dimensions.append(dimension)
        return dimensions.count - 1
    }

    mutating func run() throws(Diagnostic) -> CompartmentalSystem {
        for moment in Moment.allCases { _ = try claim("\(moment)", moment.dimension, at: "parameters") }
        for (index, block) in model.structure.enumerated() {
            for id in names(block) {
                guard !system.states.contains(id) else {
                    throw problem("structure[\(index)]", "names the state \(quoted(id)) twice", expected: "each state once")
                }
                system.states.append(id)
            }
        }
        for (index, output) in model.outputs.enumerated() { try lower(output, at: "outputs[\(index)]") }
        for (index, block) in model.structure.enumerated() { try lower(block, at: "structure[\(index)]") }
        for (index, entry) in model.routes.enumerated() { try lower(entry, at: "routes[\(index)]") }
        for (index, id) in system.states.enumerated() where slots[id] == nil {
            system.outputs.append(
                .init(
                    id: id, title: "Amount in \(id)", unit: "mg", scale: 1, slot: try claim(id, Dimension.mass, at: "structure"), slotScale: 1, isHidden: true,
                    terms: [(index, Expression(constant: 1))]))
        }
        let rates = system.transfers.map(\.rate) + system.links.map(\.rate) + system.turnovers.flatMap { [$0.baseline, $0.loss, $0.maximum, $0.half] }
        system.isLinear = rates.allSatisfy(isFixed) && system.turnovers.allSatisfy { $0.hill == nil && !$0.onLoss }
        return system
    }

    private func names(_ block: Block) -> [String] {
        switch block {
        case .disposition(let block): [block.id] + (block.peripherals ?? []).map(\.id)
        case .absorption(let block): [block.id]
        case .transit(let block): (1...max(block.count, 1)).map { "\(block.id)_\($0)" }
        case .liver(let block): [block.id]
        case .link(let block): [block.id]
        case .turnover, .transfer, .sum, .effect: []
        }
    }

    private func problem(_ path: String, _ text: String, expected: String) -> Diagnostic {
        Diagnostic("model.structure", at: Place(file: "model \(model.id)", path: path), text, expected: expected)
    }

    private func isFixed(_ expression: Expression) -> Bool { expression.slots.allSatisfy { $0 < firstLive } }

    /// A formula over quantities that do not change during a run.
    private func fixed(_ text: String, _ dimension: [Int]?, at path: String) throws(Diagnostic) -> Expression {
        let expression = try formula(text, dimension, at: path)
        guard isFixed(expression) else { throw problem(path, "changes during a run", expected: "a formula over parameters and covariates only") }
        return expression
    }

    private func formula(_ text: String, _ dimension: [Int]?, at path: String) throws(Diagnostic) -> Expression {
        let expression = try Expression(text, at: Place(file: "model \(model.id)", path: path)) { slots[$0] }
        guard let found = expression.dimension(dimensions) else { throw problem(path, "adds quantities of different dimension", expected: "like to like") }
        if let dimension, found != dimension { throw problem(path, "has another dimension", expected: Self.describe(dimension)) }
        return expression
    }

    private static func describe(_ dimension: [Int]) -> String {
        switch dimension {
        case Dimension.rate: "a rate (1/time)"
        case Dimension.time: "a time"
        case Dimension.none: "a number without dimension"
        case Dimension.volume: "a volume"
        case Dimension.concentration: "a concentration"
        default: "the dimension the place calls for"
        }
    }

    /// The index of a state; a transit chain is entered at its first compartment.
    private func state(_ id: String, at path: String) throws(Diagnostic) -> Int {
        guard let index = system.states.firstIndex(of: id) ?? system.states.firstIndex(of: id + "_1") else {
            throw problem(path, "names the state \(quoted(id))", expected: "one of \(system.states.joined(separator: ", "))")
        }
        return index
    }

    private mutating func transfer(_ from: String, _ to: String?, _ rate: String, at path: String) throws(Diagnostic) {
        var target: Int?
        if let to { target = try state(to, at: path) }
        system.transfers.append(.init(from: try state(from, at: path), to: target, rate: try formula(rate, Dimension.rate, at: path)))
    }

    private mutating func lower(_ block: Block, at path: String) throws(Diagnostic) {
        switch block {
        case .disposition(let block):
            if let clearance = block.clearance {
                let rate = "(\(clearance))/(\(block.volume))"
                if block.to == nil || block.fraction == nil {
                    try transfer(block.id, block.to, rate, at: path)
                } else {
                    try split(block.id, rate, [(block.to, block.fraction ?? "1")], at: path)
                }
            }
            for peripheral in block.peripherals ?? [] {
                try transfer(block.id, peripheral.id, "(\(peripheral.flow))/(\(block.volume))", at: path)
                try transfer(peripheral.id, block.id, "(\(peripheral.flow))/(\(peripheral.volume))", at: path)
            }
        case .absorption(let block):
            if block.fraction == nil && block.presystemic == nil {
                try transfer(block.id, block.into, block.rate, at: path)
            } else {
                try split(block.id, block.rate, [(block.into, block.fraction ?? "1")] + (block.presystemic ?? []).map { ($0.into, $0.fraction) }, at: path)
            }
        case .transit(let block):
            guard block.count > 0, block.count <= 20 else { throw problem(path, "has \(block.count) compartments", expected: "1 to 20") }
            let rate = "\(block.count)/(\(block.meanTime))"
            for index in 1..<max(block.count, 1) { try transfer("\(block.id)_\(index)", "\(block.id)_\(index + 1)", rate, at: path) }
            let last = "\(block.id)_\(block.count)"
            if let fraction = block.fraction {
                try split(last, rate, [(block.into, fraction)], at: path)
            } else {
                try transfer(last, block.into, rate, at: path)
            }
        case .liver(let block):
            try transfer(block.of, block.id, "(\(block.flow))/(\(block.centralVolume))", at: path)
            try transfer(block.id, block.of, "(\(block.flow))/(\(block.volume))", at: path)
            try transfer(block.id, nil, block.elimination, at: path)
            try transfer(block.id, block.to, block.metabolism, at: path)
        case .link(let block):
            let followed = try output(block.follows, at: path)
            let state = try state(block.id, at: path)
            system.links.append(.init(state: state, output: followed, rate: try formula(block.rate, Dimension.rate, at: path)))
            let source = system.outputs[followed]
            system.outputs.append(
                .init(
                    id: block.id, title: block.title ?? "\(source.title), delayed", unit: source.unit, scale: 1,
                    slot: try claim(block.id, dimensions[source.slot], at: path), slotScale: source.slotScale, isHidden: source.isHidden,
                    terms: [(state, Expression(constant: 1))]))
        case .turnover(let block):
            let driver = try output(block.driver, at: path)
            let baseline = try formula(block.baseline, nil, at: path)
            let half = try formula(block.half, dimensions[system.outputs[driver].slot], at: path)
            var hill: Expression?
            if let text = block.hill { hill = try formula(text, Dimension.none, at: path) }
            guard let dimension = baseline.dimension(dimensions) else { throw problem(path, "adds unlike quantities", expected: "like to like") }
            system.turnovers.append(
                .init(
                    id: block.id, driver: driver, slot: try claim(block.id, dimension, at: path), baseline: baseline,
                    loss: try formula(block.loss, Dimension.rate, at: path), maximum: try formula(block.maximum, Dimension.none, at: path),
                    half: half, hill: hill, onLoss: block.onLoss ?? false))
        case .sum(let block): try lower(block, at: path)
        case .effect(let block):
            let unit = try unit(block.unit, at: path)
            let formula = try formula(block.formula, unit.dimension, at: path)
            system.effects.append(
                .init(
                    id: block.id, title: block.title, unit: block.unit, scale: 1 / unit.pharmacokinetic(1),
                    slot: try claim(block.id, unit.dimension, at: path), formula: formula))
        case .transfer(let block): try transfer(block.from, block.to, block.rate, at: path)
        }
    }

    private func unit(_ symbol: String, at path: String) throws(Diagnostic) -> Unit {
        guard let unit = Unit(symbol) else { throw problem(path, "has the unit \(quoted(symbol))", expected: "a UCUM unit") }
        return unit
    }

    private mutating func lower(_ block: Block.Sum, at path: String) throws(Diagnostic) {
        let unit = try unit(block.unit, at: path)
        var terms: [(state: Int, volume: Expression)] = []
        for term in block.of {
            if let analyte = Analyte(rawValue: term.output), !system.outputs.contains(where: { $0.analyte == analyte }) { continue }
            let source = system.outputs[try output(term.output, at: path)]
            let weight = try fixed(term.weight, nil, at: path)
            guard let dimension = weight.dimension(dimensions), zip(dimensions[source.slot], dimension).map(+) == unit.dimension else {
                throw problem(path, "gives \(quoted(term.output)) a weight of another dimension", expected: "output × weight in \(block.unit)")
            }
            // A link's state is in its own unit, not in the coherent one.
            let inside = Expression(constant: source.slotScale * source.scale)
            for part in source.terms { terms.append((part.state, part.volume.combined(.divide, weight.combined(.multiply, inside)))) }
        }
        guard !terms.isEmpty else {
            throw problem(path, "adds analytes that the model does not have", expected: block.of.map(\.output).joined(separator: ", "))
        }
        let scale = 1 / unit.pharmacokinetic(1)
        system.outputs.append(
            .init(
                id: block.id, title: block.title, unit: block.unit, scale: scale, slot: try claim(block.id, unit.dimension, at: path), slotScale: 1 / scale,
                isHidden: true, terms: terms))
    }

    /// A flux shared between targets; what is left of 1 leaves the body.
    private mutating func split(_ from: String, _ rate: String, _ shares: [(to: String?, fraction: String)], at path: String) throws(Diagnostic) {
        for share in shares { try transfer(from, share.to, "(\(rate))*(\(share.fraction))", at: path) }
        try transfer(from, nil, "(\(rate))*(1" + shares.map { "-(\($0.fraction))" }.joined() + ")", at: path)
    }

    private func output(_ id: String, at path: String) throws(Diagnostic) -> Int {
        guard let index = system.outputs.firstIndex(where: { $0.id == id || $0.analyte?.rawValue == id }) else {
            throw problem(path, "follows \(quoted(id))", expected: "an output or an earlier link: \(system.outputs.map(\.id).joined(separator: ", "))")
        }
        return index
    }

    private mutating func lower(_ output: Output, at path: String) throws(Diagnostic) {
        guard let unit = Unit(output.unit), unit.dimension == Dimension.concentration else {
            throw problem(path, "has the unit \(quoted(output.unit))", expected: "a UCUM concentration such as ng/mL")
        }
        var terms: [(state: Int, volume: Expression)] = []
        for term in output.terms { terms.append((try state(term.state, at: path), try fixed(term.volume, Dimension.volume, at: path))) }
        let scale = 1 / unit.pharmacokinetic(1)
        system.outputs.append(
            .init(
                id: output.id, title: output.title, unit: output.unit, scale: scale, slot: try claim(output.id, unit.dimension, at: path),
                slotScale: 1 / scale, analyte: output.analyte, terms: terms))
    }

    private mutating func lower(_ route: RouteEntry, at path: String) throws(Diagnostic) {
        func lowered(_ entries: [RouteEntry.Entry]) throws(Diagnostic) -> [CompartmentalSystem.Entry] {
            var result: [CompartmentalSystem.Entry] = []
            for entry in entries {
                var share: [Drug: Double] = [:]
                for drug in model.drugs { share[drug] = entry.share == nil ? 1 : 0 }
                for (name, value) in entry.share ?? [:] {
                    guard let drug = Drug(rawValue: name), model.drugs.contains(drug), (0...1).contains(value) else {
                        throw problem(path, "shares \(quoted(name))", expected: "drugs of this model with shares from 0 to 1")
                    }
                    share[drug] = value
                }
                var fraction, over, lag: Expression?
                if let text = entry.fraction { fraction = try fixed(text, Dimension.none, at: path) }
                if let text = entry.over { over = try fixed(text, Dimension.time, at: path) }
                if let text = entry.lag { lag = try fixed(text, Dimension.time, at: path) }
                result.append(.init(state: try state(entry.into, at: path), fraction: fraction, over: over, lag: lag, share: share))
            }
            return result
        }
        if let device = route.deviceMilligrams, !(device > 0) { throw problem(path, "has a device of \(decimal(device)) mg", expected: "more than 0 mg") }
        let first = try lowered(route.entries)
        system.routes.append(
            .init(
                route: route.route, formulation: route.formulation, deviceMilligrams: route.deviceMilligrams, first: first,
                later: try route.laterDevices.map(lowered) ?? first))
    }
}
