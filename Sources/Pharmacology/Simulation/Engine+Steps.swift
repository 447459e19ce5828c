import Statistics

/// What happens between and at the beginnings of steps: doses, occasions, and the steps that the kernel does not take.
extension Engine {
    /// Other parameters from here on, while what is in the body stays.
    private func change(toEra era: Int, before step: Int) {
        workOutEffects(until: rowsBefore[step])
        for (vector, kept) in [(z, spare), (force, next)] {
            for state in 0..<n {
                var sum = Lanes.zero
                if isModal { for mode in 0..<n { sum = sum.addingProduct(right[state * n + mode], vector[mode]) } } else { sum = vector[state] }
                kept[state] = sum
            }
        }
        occupy(era)
        for (vector, kept) in [(z, spare), (force, next)] {
            for mode in 0..<n {
                var sum = Lanes.zero
                if isModal { for state in 0..<n { sum = sum.addingProduct(left[mode * n + state], kept[state]) } } else { sum = kept[mode] }
                vector[mode] = sum
            }
        }
    }

    @inline(never)
    func begin(_ index: Int) {
        enterEra(of: index)
        for number in firstEvents[index]..<firstEvents[index + 1] {
            let event = events[number]
            add(amounts[event.amount] * event.share, toState: event.state, of: force)
        }
        if !strides[index].isForced { for k in 0..<n { force[k] = .zero } }
    }

    /// At the end of a step: with the parameters of the era that they begin.
    func giveBoluses(after index: Int) {
        let boluses = simulation.schedule.steps[index].boluses
        guard !boluses.isEmpty else { return }
        if index + 1 < simulation.schedule.steps.count { enterEra(of: index + 1, ending: index) }
        for input in boluses { inject(input) }
    }

    /// - Parameter ending: the step that has not written its row yet.
    private func enterEra(of index: Int, ending: Int? = nil) {
        if let now = occupancy?.era, now != eras[index] { change(toEra: eras[index], before: ending ?? index) }
    }

    func inject(_ input: Int) {
        let state = simulation.schedule.inputs[input].state
        guard simulation.schedule.inputs[input].form == .emptying else { return add(amounts[amountOf[input]], toState: state, of: z) }
        var content = z[state]
        if isModal {
            content = .zero
            for mode in 0..<n { content = content.addingProduct(right[state * n + mode], z[mode]) }
        }
        add(-content, toState: state, of: z)
    }

    func add(_ amount: Lanes, toState state: Int, of vector: UnsafeMutablePointer<Lanes>) {
        if isModal {
            for mode in 0..<n { vector[mode] = vector[mode].addingProduct(left[mode * n + state], amount) }
        } else {
            vector[state] += amount
        }
    }

    /// The general case: matrix exponentials, open windows.
    @inline(never)
    func advance(_ index: Int, _ stride: StepKernel.Stride) {
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
    func windowedSum(
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
    func openWindows(_ step: Schedule.Step, until hours: Double, into result: UnsafeMutablePointer<Lanes>) {
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
    func apply(_ propagator: UnsafePointer<Lanes>, to vector: UnsafeMutablePointer<Lanes>) {
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
