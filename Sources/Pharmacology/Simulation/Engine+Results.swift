import Statistics

/// What is written into a row of the results.
extension Engine {
    func record(into row: UnsafeMutablePointer<Lanes>) { kernel.record(ManyModes(at: z, length: n), into: row, columns: simulation.columns) }

    /// Effects of the rows that are written and have none yet, with the parameters that hold now.
    func workOutEffects(until end: Int) {
        let effects = simulation.effects
        guard !effects.isEmpty, simulation.solution != .numeric, let table else { return }
        effects.prepare(slots, tape)
        let steps = simulation.schedule.steps
        func step(_ row: Int) -> Schedule.Step? { steps.isEmpty ? nil : steps[simulation.rowSteps[row]] }
        while openRow < end {
            let first = openRow
            let here = step(first)
            openRow += 1
            while openRow < end, openRow < first + EffectTape.most, step(openRow)?.session == here?.session,
                step(openRow)?.isIntravenous == here?.isIntravenous
            { openRow += 1 }
            effects.run(openRow - first, of: table + first * simulation.columns, columns: simulation.columns, tape) { row, which in
                switch Lowering.Moment.allCases[which] {
                case .time: max(simulation.times[first + row] - simulation.schedule.firstDose, 0)
                case .session: Double(here?.session ?? 1)
                case .is_intravenous: here?.isIntravenous == true ? 1 : 0
                }
            }
        }
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

    /// - Parameter hours: since time zero.
    func setMoment(_ hours: Double, _ step: Schedule.Step?) {
        let first = simulation.model.firstLive
        slots[first + Lowering.Moment.time.rawValue] = Lanes(repeating: max(hours - simulation.schedule.firstDose, 0))
        slots[first + Lowering.Moment.session.rawValue] = Lanes(repeating: Double(step?.session ?? 1))
        slots[first + Lowering.Moment.is_intravenous.rawValue] = Lanes(repeating: step?.isIntravenous == true ? 1 : 0)
    }
}
