import Statistics

/// What is written into a row of the results.
extension Engine {
    /// - Parameter index: of the step that ends now; -1 at the very start.
    func record(at index: Int, into row: UnsafeMutablePointer<Lanes>) {
        kernel.record(ManyModes(at: z, length: n), into: row, columns: simulation.columns)
        if !effectColumns.isEmpty { recordEffects(at: index, into: row) }
    }

    /// At the very start modes cancel to rounding where nothing is there yet.
    func clearRounding(_ row: UnsafeMutablePointer<Lanes>) {
        for (column, source) in simulation.columnSources.enumerated() {
            guard case .output(let index) = source else { continue }
            var size = Lanes.zero
            for k in 0..<n {
                let part = readers[index * n + k] * z[k]
                size += pointwiseMax(part, -part)
            }
            row[column].replace(with: 0, where: row[column] .< size * 1e-12)
        }
    }

    @inline(never)
    func recordEffects(at index: Int, into row: UnsafeMutablePointer<Lanes>) {
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
}
