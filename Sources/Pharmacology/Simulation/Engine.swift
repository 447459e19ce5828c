import Statistics

/// The workspace of one thread: eight subjects at a time through a planned simulation, without further allocation.
final class Engine {
    let simulation: Simulation
    let system: CompartmentalSystem
    let layout: SystemLayout
    let n: Int
    private let haste: Double
    private let isModal: Bool
    private let turnoverCount: Int
    /// By panel: where its parts start in `panelMemory`.
    private let parts: [PanelParts]
    /// By output: the reader's index, or -1 - the response's.
    let outputRows: UnsafeMutablePointer<Int>
    private let strides: UnsafeMutablePointer<StepKernel.Stride>
    /// Distinct (dose, share, fraction) of the inputs, and the one of each input.
    private let amountKeys: [Schedule.Input]
    let amountOf: [Int]
    /// Columns of the results that are effects, and which.
    private let effectColumns: [(column: Int, effect: Int)]
    /// Whom the workspace is prepared for, where they vary between occasions.
    private(set) var occupants: (subjects: Subjects, first: Int, session: Int)?
    /// The weights of the nodes are those of the subjects before, whose responses have the same parameters.
    private var hasKnownWeights = false
    /// What happens at the beginnings of steps, in order, and by step where its events start.
    private let events: UnsafeMutablePointer<Event>
    private let firstEvents: UnsafeMutablePointer<Int>

    private let memory: UnsafeMutablePointer<Lanes>
    let slots, stack, rows, amounts: UnsafeMutablePointer<Lanes>
    private let matrix, right, left, rates, scratch, readers: UnsafeMutablePointer<Lanes>
    private let z, force, next, spare, response, halves, ceilings, losses, baselines, panelMemory: UnsafeMutablePointer<Lanes>

    private struct Event {
        /// Index into `amounts`.
        var amount: Int
        var state: Int
        /// Adds this share of the amount to the state at once, or to its inflow per hour.
        var share: Double
        var isInflow: Bool
    }

    private struct PanelParts {
        var points: (nodes: [Double], weights: [Double])
        var decay: Int
        var integral: Int
        /// By turnover: node rows, forced node rows, weights, then Σ weights and the decay of the response.
        var drivers: [Int]
    }

    /// - Parameter haste: multiplies all rates; 1 except while planning.
    init(_ simulation: Simulation, haste: Double = 1) {
        self.simulation = simulation
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
        effectColumns = simulation.columnSources.enumerated().compactMap { column, source in
            if case .effect(let index) = source { (column, index) } else { nil }
        }
        strides = .allocate(capacity: max(simulation.schedule.steps.count, 1))
        for (index, step) in simulation.schedule.steps.enumerated() {
            let panel = simulation.stepPanels[index]
            let part = parts[panel]
            strides[index] = StepKernel.Stride(
                decay: part.decay, integral: part.integral, drivers: part.drivers.first ?? 0, nodes: part.points.nodes.count, row: step.row ?? -1,
                isForced: simulation.stepIsForced[index],
                hasEvents: !(step.boluses.isEmpty && step.begins.isEmpty && step.ends.isEmpty)
                    || step.session != simulation.schedule.steps[max(index - 1, 0)].session,
                hasWindows: !step.windows.isEmpty,
                isSimple: isModal && step.windows.isEmpty && effectColumns.isEmpty
                    && (index < simulation.schedule.steps.count - 1 || simulation.schedule.lastBoluses.isEmpty))
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
        for (index, step) in simulation.schedule.steps.enumerated() {
            starts.append(listed.count)
            for (inputNumbers, sign) in [(step.ends, -1.0), (step.begins, 1.0)] {
                for input in inputNumbers {
                    guard case .infusion(let hours) = inputs[input].form else { continue }
                    listed.append(Event(amount: amountOf[input], state: inputs[input].state, share: sign / hours, isInflow: true))
                }
            }
            // What is given at the very start is there already, so that an output at that time shows it.
            guard index > 0 || simulation.schedule.firstRow == nil else { continue }
            for input in step.boluses { listed.append(Event(amount: amountOf[input], state: inputs[input].state, share: 1, isInflow: false)) }
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
        ]
        let total = sizes.reduce(0, +) + 1
        memory = .allocate(capacity: total)
        memory.initialize(repeating: .zero, count: total)
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
        if simulation.solution == .numeric { return integrate(subjects, from: first, into: results) }
        if let row = simulation.schedule.firstRow {
            let target = results + row * simulation.columns
            record(at: -1, into: target)
            clearRounding(target)
        }
        switch n {
        case 1: loop(OneMode.self, into: results)
        case 2: loop(TwoModes.self, into: results)
        case 3: loop(Modes<TwoModes, OneMode>.self, into: results)
        case 4: loop(FourModes.self, into: results)
        case 5: loop(Modes<FourModes, OneMode>.self, into: results)
        case 6: loop(Modes<FourModes, TwoModes>.self, into: results)
        case 8: loop(Modes<FourModes, FourModes>.self, into: results)
        default: loop(ManyModes.self, into: results)
        }
    }

    /// Nothing in the body, responses at rest.
    private func start(_ subjects: Subjects, from first: Int) {
        prepare(subjects, from: first, session: simulation.schedule.steps.first?.session ?? 1)
        for index in 0..<n {
            z[index] = .zero
            force[index] = .zero
        }
        for index in system.turnovers.indices { response[index] = baselines[index] }
        // An output at the very start shows a dose given at that moment.
        if simulation.schedule.firstRow != nil { for input in simulation.schedule.steps.first?.boluses ?? [] { inject(input) } }
    }

    /// Another occasion: other parameters from here on, while what is in the body stays.
    private func change(toSession session: Int) {
        guard let (subjects, first, _) = occupants else { return }
        for (vector, kept) in [(z, spare), (force, next)] {
            for state in 0..<n {
                var sum = Lanes.zero
                if isModal { for mode in 0..<n { sum = sum.addingProduct(right[state * n + mode], vector[mode]) } } else { sum = vector[state] }
                kept[state] = sum
            }
        }
        prepare(subjects, from: first, session: session)
        for (vector, kept) in [(z, spare), (force, next)] {
            for mode in 0..<n {
                var sum = Lanes.zero
                if isModal { for state in 0..<n { sum = sum.addingProduct(left[mode * n + state], kept[state]) } } else { sum = kept[mode] }
                vector[mode] = sum
            }
        }
    }

    /// - Parameter index: of the step that ends now; -1 at the very start.
    private func record(at index: Int, into row: UnsafeMutablePointer<Lanes>) {
        kernel.record(ManyModes(at: z, length: n), into: row, columns: simulation.columns)
        if !effectColumns.isEmpty { recordEffects(at: index, into: row) }
    }

    /// At the very start modes cancel to rounding where nothing is there yet.
    private func clearRounding(_ row: UnsafeMutablePointer<Lanes>) {
        for column in 0..<simulation.columns where outputRows[column] >= 0 {
            var size = Lanes.zero
            for k in 0..<n {
                let part = readers[outputRows[column] * n + k] * z[k]
                size += pointwiseMax(part, -part)
            }
            row[column].replace(with: 0, where: row[column] .< size * 1e-12)
        }
    }

    @inline(never)
    private func recordEffects(at index: Int, into row: UnsafeMutablePointer<Lanes>) {
        let steps = simulation.schedule.steps
        let step = steps.isEmpty ? nil : steps[max(index, 0)]
        let hours = index < 0 ? step?.start : step.map { $0.start + simulation.schedule.lengths[$0.length] }
        setMoment(hours ?? simulation.times[0], step)
        for (index, output) in system.outputs.enumerated() {
            var sum = Lanes.zero
            for k in 0..<n { sum = sum.addingProduct(readers[index * n + k], z[k]) }
            slots[output.slot] = pointwiseMax(sum, .zero) * output.slotScale
        }
        for (index, turnover) in system.turnovers.enumerated() { slots[turnover.slot] = response[index] }
        for effect in system.effects { slots[effect.slot] = effect.formula.evaluate(slots, stack: stack) }
        for (column, effect) in effectColumns { row[column] = slots[system.effects[effect].slot] * system.effects[effect].scale }
    }

    /// - Parameter hours: since time zero.
    func setMoment(_ hours: Double, _ step: Schedule.Step?) {
        let first = simulation.model.firstLive
        slots[first + Lowering.Moment.time.rawValue] = Lanes(repeating: max(hours - simulation.schedule.firstDose, 0))
        slots[first + Lowering.Moment.session.rawValue] = Lanes(repeating: Double(step?.session ?? 1))
        slots[first + Lowering.Moment.is_intravenous.rawValue] = Lanes(repeating: step?.isIntravenous == true ? 1 : 0)
    }

    private var kernel: StepKernel {
        StepKernel(
            z: z, force: force, response: response, halves: halves, readers: readers, panels: panelMemory, outputs: outputRows, responses: turnoverCount,
            count: n)
    }

    private func loop<Vector: ModeVector>(_: Vector.Type, into results: UnsafeMutablePointer<Lanes>) {
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
            if stride.row >= 0 {
                if index == last { for input in simulation.schedule.lastBoluses { inject(input) } }
                record(at: index, into: results + stride.row &* width)
            }
            index &+= 1
        }
    }

    /// Everything about these eight subjects that does not change during a session.
    func prepare(_ subjects: Subjects, from first: Int, session: Int) {
        if subjects.varyBetweenOccasions { occupants = (subjects, first, session) }
        subjects.fill(from: first, occasion: session, slots: slots, stack: stack)
        prepareAmounts(subjects)
        guard simulation.solution != .numeric else { return layout.assemble(outputs: rows, slots, stack: stack) }
        layout.assemble(slots, stack: stack, matrix: matrix, outputs: rows, haste: haste)
        let outputCount = system.outputs.count + layout.areas.count
        if case .modal(let plan) = simulation.solution {
            ModalBasis.compute(n, matrix, plan: plan, rates: rates, right: right, left: left, scratch: scratch)
            for output in 0..<outputCount {
                for mode in 0..<n {
                    var sum = Lanes.zero
                    for state in 0..<n { sum = sum.addingProduct(rows[output * n + state], right[state * n + mode]) }
                    readers[output * n + mode] = sum
                }
            }
        } else {
            for index in 0..<outputCount * n { readers[index] = rows[index] }
        }
        for (index, turnover) in system.turnovers.enumerated() {
            let values = [
                (halves, turnover.half.evaluate(slots, stack: stack) / system.outputs[turnover.driver].slotScale),
                (ceilings, turnover.maximum.evaluate(slots, stack: stack)), (losses, turnover.loss.evaluate(slots, stack: stack) * haste),
                (baselines, turnover.baseline.evaluate(slots, stack: stack)),
            ]
            for (kept, value) in values where kept[index] != value {
                kept[index] = value
                hasKnownWeights = false
            }
        }
        for (index, panel) in simulation.panels.enumerated() { prepare(panel, parts[index]) }
        hasKnownWeights = true
    }

    private func prepareAmounts(_ subjects: Subjects) {
        let weight = subjects.weightSlot.map { slots[$0] * 1e-6 } ?? Lanes(repeating: 1)
        for (index, key) in amountKeys.enumerated() {
            var amount: Lanes
            switch key.dose {
            case .milligrams(let value): amount = Lanes(repeating: value * key.factor)
            case .milligramsPerKilogram(let value): amount = weight * (value * key.factor)
            }
            if let fraction = key.fraction { amount *= fraction.evaluate(slots, stack: stack) }
            amounts[index] = amount
        }
    }

    private func prepare(_ panel: Simulation.Panel, _ part: PanelParts) {
        let hours = simulation.schedule.lengths[panel.length]
        propagators(Lanes(repeating: hours), within: hours, integrals: panel.isForced, decay: panelMemory + part.decay, integral: panelMemory + part.integral)
        guard panel.rule != nil else { return }
        let count = part.points.nodes.count
        let decay = scratch + 4 * n * n
        let integral = decay + n * n
        for index in system.turnovers.indices where !hasKnownWeights {
            let nodeRows = panelMemory + part.drivers[index]
            let weights = nodeRows + 2 * count * n
            var sum = Lanes.zero
            for node in 0..<count {
                let rest = hours * (1 - part.points.nodes[node])
                let weight = Lanes.exp(-losses[index] * rest) * (losses[index] * baselines[index] * (hours * part.points.weights[node]))
                sum += weight
                // The production not inhibited is (1 − I) + I·half/(half + driver): only the second part needs the driver.
                weights[node] = weight * ceilings[index] * halves[index]
            }
            weights[count] = sum * (1 - ceilings[index])
            weights[count + 1] = Lanes.exp(-losses[index] * hours)
        }
        for node in 0..<count {
            propagators(Lanes(repeating: hours * part.points.nodes[node]), within: hours, integrals: panel.isForced, decay: decay, integral: integral)
            for (index, turnover) in system.turnovers.enumerated() {
                let reader = readers + turnover.driver * n
                let row = panelMemory + part.drivers[index] + node * n
                let forced = row + count * n
                if isModal {
                    for mode in 0..<n {
                        row[mode] = reader[mode] * decay[mode]
                        if panel.isForced { forced[mode] = reader[mode] * integral[mode] }
                    }
                } else {
                    product(reader, decay, into: row)
                    product(reader, integral, into: forced)
                }
            }
        }
    }

    private func product(_ row: UnsafePointer<Lanes>, _ matrix: UnsafePointer<Lanes>, into result: UnsafeMutablePointer<Lanes>) {
        for column in 0..<n {
            var sum = Lanes.zero
            for k in 0..<n { sum = sum.addingProduct(row[k], matrix[k * n + column]) }
            result[column] = sum
        }
    }

    /// e^(At) and ∫₀ᵗ e^(As) ds, in the coordinates of the solution: diagonals by mode, or full matrices. `longest` bounds t in all
    /// lanes and is not taken from them.
    private func propagators(
        _ t: Lanes, within longest: Double, integrals: Bool = true, decay: UnsafeMutablePointer<Lanes>, integral: UnsafeMutablePointer<Lanes>
    ) {
        switch simulation.solution {
        case .modal:
            for mode in 0..<n {
                let factor = Lanes.exp(-rates[mode] * t)
                decay[mode] = factor
                if integrals { integral[mode] = Lanes.integratedDecay(rate: rates[mode], over: t, decay: factor) }
            }
        case .numeric: break
        case .dense(let norm):
            // The 1-norm is at most twice the greatest rate; a subject may be far from the typical one, hence the margin of 16.
            let size = max(norm * haste * longest * 16, 1e-300)
            MatrixExponential.propagate(
                n, matrix, over: t, squarings: max(0, Int(size.exponent) + 1), propagator: decay, integral: integral, scratch: scratch)
        }
    }

    // MARK: - A step

    @inline(never)
    private func begin(_ index: Int) {
        if let occupied = occupants?.session {
            let session = simulation.schedule.steps[index].session
            if occupied != session { change(toSession: session) }
        }
        for number in firstEvents[index]..<firstEvents[index + 1] {
            let event = events[number]
            add(amounts[event.amount] * event.share, toState: event.state, of: event.isInflow ? force : z)
        }
        if !strides[index].isForced { for k in 0..<n { force[k] = .zero } }
    }

    private func inject(_ input: Int) {
        add(amounts[amountOf[input]], toState: simulation.schedule.inputs[input].state, of: z)
    }

    private func add(_ amount: Lanes, toState state: Int, of vector: UnsafeMutablePointer<Lanes>) {
        if isModal {
            for mode in 0..<n { vector[mode] = vector[mode].addingProduct(left[mode * n + state], amount) }
        } else {
            vector[state] += amount
        }
    }

    /// The general case: matrix exponentials, open windows.
    @inline(never)
    private func advance(_ index: Int, _ stride: StepKernel.Stride) {
        let step = simulation.schedule.steps[index]
        if stride.hasWindows {
            let count = stride.nodes
            let size = count * (2 * n + 1) + 2
            for turnover in 0..<(count > 0 ? turnoverCount : 0) {
                let rows = panelMemory + (stride.drivers + turnover * size)
                let weights = rows + 2 * count * n
                let sum = windowedSum(index, turnover, rows, stride.isForced ? rows + count * n : nil, weights)
                response[turnover] = (weights[count] + sum).addingProduct(response[turnover], weights[count + 1])
            }
            for k in 0..<n { spare[k] = .zero }
            openWindows(step, until: simulation.schedule.lengths[step.length], into: spare)
        } else {
            kernel.integrateResponses(ManyModes(at: z, length: n), stride, stride.isForced)
        }
        if isModal {
            var modes = ManyModes(at: z, length: n)
            kernel.propagate(&modes, stride, stride.isForced)
        } else {
            let decay = panelMemory + stride.decay
            let integral = panelMemory + stride.integral
            for row in 0..<n {
                var sum = Lanes.zero
                for k in 0..<n { sum = sum.addingProduct(decay[row * n + k], z[k]) }
                if stride.isForced { for k in 0..<n { sum = sum.addingProduct(integral[row * n + k], force[k]) } }
                next[row] = sum
            }
            for row in 0..<n { z[row] = next[row] }
        }
        if stride.hasWindows { for k in 0..<n { z[k] += spare[k] } }
    }

    /// The same while a window is open: its share of the driver is worked out node by node.
    private func windowedSum(
        _ index: Int, _ turnover: Int, _ rows: UnsafePointer<Lanes>, _ forced: UnsafePointer<Lanes>?, _ w: UnsafePointer<Lanes>
    ) -> Lanes {
        let step = simulation.schedule.steps[index]
        let part = parts[simulation.stepPanels[index]]
        let reader = readers + system.turnovers[turnover].driver * n
        let hours = simulation.schedule.lengths[step.length]
        var sum = Lanes.zero
        for node in 0..<part.points.nodes.count {
            var driver = halves[turnover]
            for k in 0..<n { driver = driver.addingProduct(rows[node * n + k], z[k]) }
            if let forced { for k in 0..<n { driver = driver.addingProduct(forced[node * n + k], force[k]) } }
            for k in 0..<n { spare[k] = .zero }
            openWindows(step, until: hours * part.points.nodes[node], into: spare)
            for k in 0..<n { driver = driver.addingProduct(reader[k], spare[k]) }
            sum += w[node] / driver
        }
        return sum
    }

    /// What entered through windows since the beginning of the step and is there after `hours`.
    private func openWindows(_ step: Schedule.Step, until hours: Double, into result: UnsafeMutablePointer<Lanes>) {
        let decay = scratch + 4 * n * n
        let integral = decay + n * n
        let injection = integral + n * n
        for index in step.windows {
            let input = simulation.schedule.inputs[index]
            let lag = input.lag?.evaluate(slots, stack: stack) ?? .zero
            let opens = (input.hours - step.start) + lag
            let amount = amounts[amountOf[index]]
            for k in 0..<n { injection[k] = .zero }
            if let over = input.over?.evaluate(slots, stack: stack) {
                let from = opens.clamped(lowerBound: .zero, upperBound: Lanes(repeating: hours))
                let to = (opens + over).clamped(lowerBound: .zero, upperBound: Lanes(repeating: hours))
                guard any(to .> from) else { continue }
                add((amount / over).replacing(with: 0, where: over .<= 0), toState: input.state, of: injection)
                propagators(to - from, within: hours, decay: decay, integral: integral)
                apply(integral, to: injection)
                propagators(hours - to, within: hours, decay: decay, integral: integral)
            } else {
                // At once, after the lag: in the step in which that moment falls, its end included.
                let inside = opens .> 0 .& opens .<= hours .| (opens .== 0)
                guard any(inside) else { continue }
                add(amount.replacing(with: 0, where: .!inside), toState: input.state, of: injection)
                propagators((hours - opens).replacing(with: 0, where: .!inside), within: hours, decay: decay, integral: integral)
            }
            apply(decay, to: injection)
            for k in 0..<n { result[k] += injection[k] }
        }
    }

    /// `vector` through a propagator.
    private func apply(_ propagator: UnsafePointer<Lanes>, to vector: UnsafeMutablePointer<Lanes>) {
        if isModal {
            for mode in 0..<n { vector[mode] *= propagator[mode] }
        } else {
            for row in 0..<n {
                var sum = Lanes.zero
                for k in 0..<n { sum = sum.addingProduct(propagator[row * n + k], vector[k]) }
                next[row] = sum
            }
            for row in 0..<n { vector[row] = next[row] }
        }
    }
}

extension Engine {
    /// For each step the cheapest rule whose increment of every response is within `tolerance` of the dearest's, on the typical subject.
    func chooseRules(tolerance: Double) -> [QuadratureRule?] {
        let subjects = Subjects(simulation.model, count: 1, seed: nil)
        start(subjects, from: 0)
        let dear = QuadratureRule.ladder.count - 1
        var cheap: [Int: [Trial]] = [:]
        var rules: [QuadratureRule?] = []
        for (index, step) in simulation.schedule.steps.enumerated() {
            begin(index)
            let before = (0..<system.turnovers.count).map { response[$0][0] }
            let state = (0..<n).map { z[$0] }
            let forces = (0..<n).map { force[$0] }
            advance(index, strides[index])
            var chosen = QuadratureRule.ladder[dear]
            if step.windows.isEmpty {
                let hours = simulation.schedule.lengths[step.length]
                let trials = cheap[step.length] ?? QuadratureRule.ladder.dropLast().map { Trial($0, hours: hours, engine: self) }
                cheap[step.length] = trials
                let isForced = simulation.stepIsForced[index]
                for trial in trials {
                    let isGood = system.turnovers.indices.allSatisfy { turnover in
                        let value = trial.response(turnover, from: before[turnover], state: state, force: isForced ? forces : nil, engine: self)
                        return abs(value - response[turnover][0]) <= tolerance * max(abs(response[turnover][0]), 1e-12)
                    }
                    if isGood {
                        chosen = trial.rule
                        break
                    }
                }
            }
            rules.append(chosen)
        }
        return rules
    }

    /// A rule applied to one step length, in the first lane.
    struct Trial {
        let rule: QuadratureRule
        let hours: Double
        private let points: (nodes: [Double], weights: [Double])
        private var decays: [[Lanes]] = []
        private var integrals: [[Lanes]] = []

        init(_ rule: QuadratureRule, hours: Double, engine: Engine) {
            self.rule = rule
            self.hours = hours
            points = rule.points
            for node in points.nodes {
                let (decay, integral) = engine.propagator(hours * node)
                decays.append(decay)
                integrals.append(integral)
            }
        }

        func response(_ turnover: Int, from before: Double, state: [Lanes], force: [Lanes]?, engine: Engine) -> Double {
            let loss = engine.losses[turnover][0]
            let baseline = engine.baselines[turnover][0]
            let ceiling = engine.ceilings[turnover][0]
            let half = engine.halves[turnover][0]
            var value = before * Lanes.exp(Lanes(repeating: -loss * hours))[0]
            for (index, node) in points.nodes.enumerated() {
                var driver = engine.driver(turnover, state, through: decays[index])
                if let force { driver += engine.driver(turnover, force, through: integrals[index]) }
                let production = loss * baseline * (1 - ceiling * driver / (half + driver))
                value += hours * points.weights[index] * production * Lanes.exp(Lanes(repeating: -loss * hours * (1 - node)))[0]
            }
            return value
        }
    }

    private func propagator(_ hours: Double) -> ([Lanes], [Lanes]) {
        let decay = scratch + 4 * n * n
        let integral = decay + n * n
        propagators(Lanes(repeating: hours), within: hours, decay: decay, integral: integral)
        let size = isModal ? n : n * n
        return ((0..<size).map { decay[$0] }, (0..<size).map { integral[$0] })
    }

    /// The driver of a response for a state propagated, in the first lane.
    private func driver(_ turnover: Int, _ vector: [Lanes], through propagator: [Lanes]) -> Double {
        let reader = readers + system.turnovers[turnover].driver * n
        var sum = 0.0
        for k in 0..<n {
            if isModal {
                sum += reader[k][0] * propagator[k][0] * vector[k][0]
            } else {
                for column in 0..<n { sum += reader[k][0] * propagator[k * n + column][0] * vector[column][0] }
            }
        }
        return sum
    }
}
