import Statistics

/// Models whose rates change with time or with what is there: each subject's equations are integrated by themselves, so that the
/// steps it takes depend on no neighbour. A subject whose equations cannot be solved has no values from there on.
extension Engine {
    func integrate(_ subjects: Subjects, from first: Int, into results: UnsafeMutablePointer<Lanes>) {
        for lane in 0..<min(Lanes.scalarCount, subjects.count - first) {
            if lane > 0, let era = eras.first { occupy(era) }
            integrate(lane: lane, subjects, first, into: results)
        }
    }

    private func integrate(lane: Int, _ subjects: Subjects, _ first: Int, into results: UnsafeMutablePointer<Lanes>) {
        let schedule = simulation.schedule
        let width = simulation.columns
        var y = [Double](repeating: 0, count: n + system.turnovers.count)
        setMoment(schedule.steps.first?.start ?? 0, schedule.steps.first)
        read(y, lane)
        for (index, turnover) in system.turnovers.enumerated() { y[n + index] = turnover.baseline.evaluate(slots, stack: stack)[lane] }
        for input in schedule.firstBoluses { give(input, lane, &y) }
        if let row = schedule.firstRow {
            record(y, lane, at: schedule.steps.first?.start ?? 0, schedule.steps.first, into: results + row * width)
        }
        var open: Set<Int> = []
        for (index, step) in schedule.steps.enumerated() {
            occupy(eras[index])
            open.subtract(step.ends)
            open.formUnion(step.begins)
            y = advance(y, lane, step, open.sorted())
            if !step.boluses.isEmpty, index + 1 < eras.count { occupy(eras[index + 1]) }
            for input in step.boluses { give(input, lane, &y) }
            if let row = step.row {
                record(y, lane, at: step.start + schedule.lengths[step.length], step, into: results + row * width)
            }
        }
    }

    private func give(_ input: Int, _ lane: Int, _ y: inout [Double]) {
        let (state, form) = (simulation.schedule.inputs[input].state, simulation.schedule.inputs[input].form)
        y[state] = form == .emptying ? 0 : y[state] + amount(input, lane)
    }

    private func amount(_ input: Int, _ lane: Int) -> Double { amounts[amountOf[input]][lane] }

    /// Drug that enters a state at a constant rate, from one moment of a step to another.
    private struct Inflow {
        var state: Int
        var rate: Double
        var from, to: Double
    }

    /// Through one step, piece by piece between the moments at which an input begins or ends.
    private func advance(_ start: [Double], _ lane: Int, _ step: Schedule.Step, _ infusions: [Int]) -> [Double] {
        let hours = simulation.schedule.lengths[step.length]
        var inflows: [Inflow] = []
        var late: [(at: Double, state: Int, amount: Double)] = []
        for index in infusions {
            guard case .infusion(let duration) = simulation.schedule.inputs[index].form else { continue }
            inflows.append(Inflow(state: simulation.schedule.inputs[index].state, rate: amount(index, lane) / duration, from: 0, to: hours))
        }
        for index in step.windows {
            let input = simulation.schedule.inputs[index]
            let opens = input.hours - step.start + (input.lag?.evaluate(slots, stack: stack)[lane] ?? 0)
            if let over = input.over?.evaluate(slots, stack: stack)[lane], over > 0 {
                let (from, to) = (max(opens, 0), min(opens + over, hours))
                if to > from { inflows.append(Inflow(state: input.state, rate: amount(index, lane) / over, from: from, to: to)) }
            } else if opens == 0 || (opens > 0 && opens <= hours) {
                late.append((opens, input.state, amount(index, lane)))
            }
        }
        let edges = Set([0, hours] + inflows.flatMap { [$0.from, $0.to] } + late.map(\.at)).sorted()
        var y = start
        for dose in late where dose.at == 0 { y[dose.state] += dose.amount }
        for (from, to) in zip(edges, edges.dropFirst()) {
            let active = inflows.filter { $0.from <= from && to <= $0.to }
            // A step far longer than the fastest turnover is stiff.
            let stiffness = fastestRate(y, lane, at: step.start + from, step) * (to - from)
            let solver = Extrapolation(stiffness > 50 ? .implicit : .explicit, relative: 1e-10, absolute: 1e-13)
            do {
                y = try solver.solve(
                    { time, y in self.derivative(y, lane, at: step.start + time, step, active) }, from: from, to: to, y)
            } catch {
                return y.map { _ in .nan }
            }
            for dose in late where dose.at == to { y[dose.state] += dose.amount }
        }
        return y
    }

    /// Brings the slots that formulas read up to date.
    private func read(_ y: [Double], _ lane: Int) {
        for (index, output) in system.outputs.enumerated() {
            var sum = 0.0
            for state in 0..<n { sum += rows[index * n + state][lane] * y[state] }
            slots[output.slot] = Lanes(repeating: sum * output.slotScale)
        }
        for (index, turnover) in system.turnovers.enumerated() { slots[turnover.slot] = Lanes(repeating: y[n + index]) }
        for effect in system.effects { slots[effect.slot] = effect.formula.evaluate(slots, stack: stack) }
    }

    private func derivative(_ y: [Double], _ lane: Int, at time: Double, _ step: Schedule.Step, _ inflows: [Inflow]) -> [Double] {
        setMoment(time, step)
        read(y, lane)
        var result = [Double](repeating: 0, count: y.count)
        for transfer in system.transfers {
            let flux = transfer.rate.evaluate(slots, stack: stack)[lane] * y[transfer.from]
            result[transfer.from] -= flux
            if let to = transfer.to { result[to] += flux }
        }
        for link in system.links {
            let followed = slots[system.outputs[link.output].slot][lane] / system.outputs[link.output].slotScale
            result[link.state] += link.rate.evaluate(slots, stack: stack)[lane] * (followed - y[link.state])
        }
        for (index, output) in layout.areas.enumerated() {
            result[layout.firstArea + index] = slots[system.outputs[output].slot][lane] / system.outputs[output].slotScale
        }
        for (index, turnover) in system.turnovers.enumerated() {
            let signal = turnover.signal(slots, stack: stack, driver: slots[system.outputs[turnover.driver].slot])[lane]
            let baseline = turnover.baseline.evaluate(slots, stack: stack)[lane]
            let loss = turnover.loss.evaluate(slots, stack: stack)[lane]
            let value = y[n + index]
            result[n + index] = turnover.onLoss ? loss * (baseline - value * (1 - signal)) : loss * (baseline * (1 - signal) - value)
        }
        for (index, target) in layout.ramps.enumerated() { result[target] += y[system.states.count + index] }
        for inflow in inflows { result[inflow.state] += inflow.rate }
        return result
    }

    private func fastestRate(_ y: [Double], _ lane: Int, at time: Double, _ step: Schedule.Step) -> Double {
        setMoment(time, step)
        read(y, lane)
        var losses = [Double](repeating: 0, count: n)
        for transfer in system.transfers { losses[transfer.from] += transfer.rate.evaluate(slots, stack: stack)[lane] }
        for link in system.links { losses[link.state] += link.rate.evaluate(slots, stack: stack)[lane] }
        return losses.max() ?? 0
    }

    private func record(_ y: [Double], _ lane: Int, at time: Double, _ step: Schedule.Step?, into row: UnsafeMutablePointer<Lanes>) {
        setMoment(time, step)
        read(y, lane)
        for (column, source) in simulation.columnSources.enumerated() {
            switch source {
            case .output(let index): row[column][lane] = max(slots[system.outputs[index].slot][lane] / system.outputs[index].slotScale, 0)
            case .area(let index): row[column][lane] = y[layout.firstArea + index]
            case .response(let index): row[column][lane] = y[n + index]
            case .effect(let index): row[column][lane] = slots[system.effects[index].slot][lane] * system.effects[index].scale
            }
        }
    }
}

extension CompartmentalSystem.Turnover {
    /// The share of production (or loss) that is inhibited.
    /// - Parameter driver: in the coherent unit.
    func signal(_ slots: UnsafePointer<Lanes>, stack: UnsafeMutablePointer<Lanes>, driver: Lanes) -> Lanes {
        let ratio = pointwiseMax(driver, .zero) / half.evaluate(slots, stack: stack)
        let raised = hill.map { Lanes.power(ratio, $0.evaluate(slots, stack: stack)) } ?? ratio
        return maximum.evaluate(slots, stack: stack) * raised / (1 + raised)
    }
}
