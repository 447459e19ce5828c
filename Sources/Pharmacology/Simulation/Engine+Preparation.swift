import Statistics

/// What is worked out once for eight subjects: parameters, modes, and what each kind of step multiplies by.
extension Engine {
    /// Everything about these eight subjects that does not change during an era, from slots that are filled.
    func prepareFilled() {
        prepareAmounts()
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

    /// Prepares the workspace for an era, where parameters change.
    func occupy(_ era: Int) {
        guard let (now, fill) = occupancy, now != era else { return }
        fill(era)
        occupancy?.era = era
        prepareFilled()
    }

    func prepareAmounts() {
        let weight = simulation.model.weightSlot.map { slots[$0] * 1e-6 } ?? Lanes(repeating: 1)
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

    func prepare(_ panel: Simulation.Panel, _ part: PanelParts) {
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

    func product(_ row: UnsafePointer<Lanes>, _ matrix: UnsafePointer<Lanes>, into result: UnsafeMutablePointer<Lanes>) {
        for column in 0..<n {
            var sum = Lanes.zero
            for k in 0..<n { sum = sum.addingProduct(row[k], matrix[k * n + column]) }
            result[column] = sum
        }
    }

    /// e^(At) and ∫₀ᵗ e^(As) ds, in the coordinates of the solution: diagonals by mode, or full matrices. `longest` bounds t in all
    /// lanes and is not taken from them.
    func propagators(
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
}
