import Statistics

/// The workspace of one thread: eight subjects at a time through a planned simulation, without further allocation.
final class Engine {
    let simulation: Simulation
    let system: CompartmentalSystem
    let layout: SystemLayout
    let n: Int
    let haste: Double
    let isModal: Bool
    let turnoverCount: Int
    /// By panel: where its parts start in `panelMemory`.
    let parts: [PanelParts]
    /// By output: the reader's index, or -1 - the response's.
    let outputRows: UnsafeMutablePointer<Int>
    let strides: UnsafeMutablePointer<StepKernel.Stride>
    /// Distinct (dose, share, fraction) of the inputs, and the one of each input.
    let amountKeys: [Schedule.Input]
    let amountOf: [Int]
    /// Where the results go, and the first of their rows whose effects are still to be worked out.
    var table: UnsafeMutablePointer<Lanes>?
    var openRow = 0
    /// By step: rows of the results before its end.
    let rowsBefore: [Int]
    /// By step: between eras a person's parameters may change. The sessions, unless said otherwise.
    let eras: [Int]
    /// Where parameters change within a course: the era that the workspace is prepared for, and what fills the slots for another.
    var occupancy: (era: Int, fill: (Int) -> Void)?
    /// The weights of the nodes are those of the subjects before, whose responses have the same parameters.
    var hasKnownWeights = false
    /// Infusions that begin and end at the beginnings of steps, in order, and by step where its events start.
    let events: UnsafeMutablePointer<Event>
    let firstEvents: UnsafeMutablePointer<Int>

    let memory: UnsafeMutablePointer<Lanes>
    let slots, stack, rows, amounts: UnsafeMutablePointer<Lanes>
    let matrix, right, left, rates, scratch, readers: UnsafeMutablePointer<Lanes>
    let z, force, next, spare, response, halves, ceilings, losses, baselines, panelMemory, tape: UnsafeMutablePointer<Lanes>

    struct Event {
        /// Index into `amounts`.
        var amount: Int
        var state: Int
        /// Changes the inflow per hour by this share of the amount.
        var share: Double
    }

    struct PanelParts {
        var points: (nodes: [Double], weights: [Double])
        var decay: Int
        var integral: Int
        /// By turnover: node rows, forced node rows, weights, then Σ weights and the decay of the response.
        var drivers: [Int]
    }

    /// - Parameters:
    ///   - haste: multiplies all rates; 1 except while planning.
    ///   - eras: by step.
    init(_ simulation: Simulation, haste: Double = 1, eras: [Int]? = nil) {
        self.simulation = simulation
        let eras = eras ?? simulation.schedule.steps.map(\.session)
        self.eras = eras
        self.haste = haste
        system = simulation.model.system
        layout = simulation.layout
        n = layout.count
        let n = n
        isModal = if case .modal = simulation.solution { true } else { false }
        let size = isModal ? n : n * n
        let turnovers = system.turnovers.count
        turnoverCount = turnovers
        var parts: [PanelParts] = []
        var offset = 0
        for panel in simulation.panels {
            let points = panel.rule?.points ?? (nodes: [], weights: [])
            var part = PanelParts(points: points, decay: offset, integral: offset + size, drivers: [])
            offset += 2 * size
            for _ in 0..<(panel.rule == nil ? 0 : turnovers) {
                part.drivers.append(offset)
                offset += points.nodes.count * (2 * n + 1) + 2
            }
            parts.append(part)
        }
        self.parts = parts
        outputRows = .allocate(capacity: max(simulation.columns, 1))
        for (column, source) in simulation.columnSources.enumerated() {
            switch source {
            case .output(let index): outputRows[column] = index
            case .area(let index): outputRows[column] = simulation.model.system.outputs.count + index
            case .response(let index): outputRows[column] = -1 - index
            // Written afterwards.
            case .effect: outputRows[column] = 0
            }
        }
        var rowsBefore: [Int] = []
        var written = simulation.schedule.firstRow == nil ? 0 : 1
        for step in simulation.schedule.steps {
            rowsBefore.append(written)
            if step.row != nil { written += 1 }
        }
        self.rowsBefore = rowsBefore
        strides = .allocate(capacity: max(simulation.schedule.steps.count, 1))
        for (index, step) in simulation.schedule.steps.enumerated() {
            let panel = simulation.stepPanels[index]
            let part = parts[panel]
            strides[index] = StepKernel.Stride(
                decay: part.decay, integral: part.integral, drivers: part.drivers.first ?? 0, nodes: part.points.nodes.count, row: step.row ?? -1,
                isForced: simulation.stepIsForced[index],
                hasEvents: !(step.begins.isEmpty && step.ends.isEmpty)
                    || eras[index] != eras[max(index - 1, 0)],
                hasWindows: !step.windows.isEmpty,
                isSimple: isModal && step.windows.isEmpty && step.boluses.isEmpty)
        }
        for index in simulation.schedule.steps.indices.dropLast().reversed() {
            let (here, next) = (strides[index], strides[index + 1])
            let isSame =
                simulation.stepPanels[index] == simulation.stepPanels[index + 1] && here.isForced == next.isForced && here.isSimple && next.isSimple
                && !next.hasEvents
            if isSame, next.row == (here.row < 0 ? -1 : here.row + 1) { strides[index].steps = next.steps + 1 }
        }
        var keys: [Schedule.Input] = []
        amountOf = simulation.schedule.inputs.map { input in
            if let index = keys.firstIndex(where: { $0.dose == input.dose && $0.factor == input.factor && $0.fraction == input.fraction }) { return index }
            keys.append(input)
            return keys.count - 1
        }
        amountKeys = keys
        let inputs = simulation.schedule.inputs
        var listed: [Event] = []
        var starts: [Int] = []
        for step in simulation.schedule.steps {
            starts.append(listed.count)
            for (inputNumbers, sign) in [(step.ends, -1.0), (step.begins, 1.0)] {
                for input in inputNumbers {
                    guard case .infusion(let hours) = inputs[input].form else { continue }
                    listed.append(Event(amount: amountOf[input], state: inputs[input].state, share: sign / hours))
                }
            }
        }
        starts.append(listed.count)
        events = .allocate(capacity: max(listed.count, 1))
        for (index, event) in listed.enumerated() { events[index] = event }
        firstEvents = .allocate(capacity: starts.count)
        for (index, start) in starts.enumerated() { firstEvents[index] = start }

        let sizes = [
            simulation.model.slotCount, simulation.model.stackDepth + 1, n * n, n * n, n * n, n, 8 * n * n + 2 * n,
            (system.outputs.count + layout.areas.count) * n,
            (system.outputs.count + layout.areas.count) * n, n, n, n, n, keys.count, turnovers, turnovers, turnovers, turnovers, turnovers, offset,
            simulation.effects.room,
        ]
        let total = sizes.reduce(0, +) + 1
        memory = Lanes.allocate(total)
        var free = memory
        func take(_ index: Int) -> UnsafeMutablePointer<Lanes> {
            defer { free += sizes[index] }
            return free
        }
        slots = take(0)
        stack = take(1)
        matrix = take(2)
        right = take(3)
        left = take(4)
        rates = take(5)
        scratch = take(6)
        rows = take(7)
        readers = take(8)
        z = take(9)
        force = take(10)
        next = take(11)
        spare = take(12)
        amounts = take(13)
        response = take(14)
        halves = take(15)
        ceilings = take(16)
        losses = take(17)
        baselines = take(18)
        panelMemory = take(19)
        tape = take(20)
    }

    deinit {
        memory.deallocate()
        outputRows.deallocate()
        strides.deallocate()
        events.deallocate()
        firstEvents.deallocate()
    }

    // MARK: - A batch

    func run(_ subjects: Subjects, from first: Int, into results: UnsafeMutablePointer<Lanes>) {
        start(subjects, from: first)
        course(subjects, from: first, into: results)
    }

    /// From the start, with what is prepared.
    func course(_ subjects: Subjects, from first: Int, into results: UnsafeMutablePointer<Lanes>) {
        if simulation.solution == .numeric { return integrate(subjects, from: first, into: results) }
        (table, openRow) = (results, 0)
        if let row = simulation.schedule.firstRow {
            let target = results + row * simulation.columns
            record(into: target)
            clearRounding(target)
        }
        defer { workOutEffects(until: simulation.times.count) }
        switch n {
        case 1: loop(OneMode.self, into: results)
        case 2: loop(TwoModes.self, into: results)
        case 3: loop(Modes<TwoModes, OneMode>.self, into: results)
        case 4: loop(FourModes.self, into: results)
        case 5: loop(Modes<FourModes, OneMode>.self, into: results)
        case 6: loop(Modes<FourModes, TwoModes>.self, into: results)
        case 7: loop(Modes<FourModes, Modes<TwoModes, OneMode>>.self, into: results)
        case 8: loop(Modes<FourModes, FourModes>.self, into: results)
        case 9: loop(Modes<FourModes, Modes<FourModes, OneMode>>.self, into: results)
        default: loop(ManyModes.self, into: results)
        }
    }

    /// Nothing in the body, responses at rest.
    func start(_ subjects: Subjects, from first: Int) {
        let era = eras.first ?? 1
        if subjects.varyBetweenOccasions {
            occupancy = (era, { [slots, stack] in subjects.fill(from: first, occasion: $0, slots: slots, stack: stack) })
        }
        subjects.fill(from: first, occasion: era, slots: slots, stack: stack)
        prepareFilled()
        reset()
    }

    func reset() {
        for index in 0..<n {
            z[index] = .zero
            force[index] = .zero
        }
        for index in system.turnovers.indices { response[index] = baselines[index] }
        for input in simulation.schedule.firstBoluses { inject(input) }
    }

    var kernel: StepKernel {
        StepKernel(
            z: z, force: force, response: response, halves: halves, readers: readers, panels: panelMemory, outputs: outputRows, responses: turnoverCount,
            count: n)
    }

    func loop<Vector: ModeVector>(_: Vector.Type, into results: UnsafeMutablePointer<Lanes>) {
        let width = simulation.columns
        let last = simulation.schedule.steps.count - 1
        let kernel = kernel
        var index = 0
        while index <= last {
            let stride = strides[index]
            if stride.hasEvents { begin(index) }
            if stride.isSimple {
                kernel.run(Vector.self, stride, into: results + max(stride.row, 0) &* width, columns: width)
                index &+= stride.steps
                continue
            }
            advance(index, stride)
            giveBoluses(after: index)
            if stride.row >= 0 { record(into: results + stride.row &* width) }
            index &+= 1
        }
    }
}
