import Statistics

/// The states that are propagated and how their rate matrix is filled: the model's own, the rates of ramps, and the areas under the
/// concentrations.
struct SystemLayout: Sendable {
    enum Solution: Sendable, Equatable {
        /// By eigenvectors.
        case modal(BlockPlan)
        /// By the matrix exponential, scaled for this greatest rate per hour.
        case dense(norm: Double)
        /// By integrating the equations, where a rate changes with time or with what is there.
        case numeric
    }

    let model: CompiledModel
    let count: Int
    /// The states into which ramps flow, each at the rate that one state after the model's own holds.
    let ramps: [Int]
    /// Outputs whose area is carried, each as a state after those.
    let areas: [Int]

    var firstArea: Int { model.system.states.count + ramps.count }

    init(_ model: CompiledModel, areas: Bool, ramps: [Int] = []) {
        self.model = model
        self.ramps = ramps
        self.areas = areas ? Array(model.model.outputs.indices) : []
        count = model.system.states.count + ramps.count + self.areas.count
    }

    /// Fills the rate matrix of eight subjects, x′ = A x, and the rows that read the outputs from the states.
    func assemble(
        _ slots: UnsafePointer<Lanes>, stack: UnsafeMutablePointer<Lanes>, matrix a: UnsafeMutablePointer<Lanes>, outputs rows: UnsafeMutablePointer<Lanes>,
        haste: Double
    ) {
        let system = model.system
        assemble(outputs: rows, slots, stack: stack)
        for index in 0..<count * count { a[index] = .zero }
        for transfer in system.transfers {
            let rate = transfer.rate.evaluate(slots, stack: stack) * haste
            a[transfer.from * count + transfer.from] -= rate
            if let to = transfer.to { a[to * count + transfer.from] += rate }
        }
        for link in system.links {
            let rate = link.rate.evaluate(slots, stack: stack) * haste
            a[link.state * count + link.state] -= rate
            for state in 0..<count { a[link.state * count + state] += rate * rows[link.output * count + state] }
        }
        for (index, target) in ramps.enumerated() { a[target * count + system.states.count + index] += Lanes(repeating: haste) }
        for (index, output) in areas.enumerated() {
            let area = firstArea + index
            for state in 0..<count { a[area * count + state] += rows[output * count + state] }
        }
    }

    /// Fills the rows that read the outputs, then the areas, from the states.
    func assemble(outputs rows: UnsafeMutablePointer<Lanes>, _ slots: UnsafePointer<Lanes>, stack: UnsafeMutablePointer<Lanes>) {
        let outputs = model.system.outputs
        for index in 0..<count * (outputs.count + areas.count) { rows[index] = .zero }
        for (index, output) in outputs.enumerated() {
            for term in output.terms { rows[index * count + term.state] += output.scale / term.volume.evaluate(slots, stack: stack) }
        }
        for index in areas.indices { rows[(outputs.count + index) * count + firstArea + index] = Lanes(repeating: 1) }
    }

    /// Settled on the typical subject, so that it is the same for everyone.
    func solution() -> Solution {
        guard model.system.isLinear else { return .numeric }
        let readers = model.system.outputs.count + areas.count
        let memory = Lanes.allocate(8 * count * count + 4 * count + count * readers + model.slotCount + model.stackDepth + 1)
        defer { memory.deallocate() }
        let a = memory
        let right = a + count * count
        let left = right + count * count
        let scratch = left + count * count
        let rates = scratch + 4 * count * count + 2 * count
        let rows = rates + count
        let slots = rows + count * readers
        let stack = slots + model.slotCount
        Subjects(model, count: 1, seed: nil).fill(from: 0, occasion: 1, slots: slots, stack: stack)
        assemble(slots, stack: stack, matrix: a, outputs: rows, haste: 1)
        var edges: Set<[Int]> = []
        var norm = 0.0
        for row in 0..<count {
            for column in 0..<count where row != column && a[row * count + column][0] != 0 { edges.insert([column, row]) }
            norm = max(norm, -a[row * count + row][0])
        }
        // Structure, not values: a rate that happens to be zero in the typical subject is still an edge.
        for transfer in model.system.transfers { if let to = transfer.to { edges.insert([transfer.from, to]) } }
        guard let plan = BlockPlan(states: count, edges: edges) else { return .dense(norm: norm) }
        let nearest = ModalBasis.compute(count, a, plan: plan, rates: rates, right: right, left: left, scratch: scratch)
        return nearest[0] > 1e-6 ? .modal(plan) : .dense(norm: norm)
    }
}
