import Statistics

/// The formulas of effects, worked out over many rows of the results at once: each operation runs down the rows before the next begins,
/// what is the same for a stretch of rows is worked out once for it, and what two formulas share once for both.
struct EffectTape: Sendable {
    /// How often a value changes.
    enum Pace: Int, Sendable, Comparable {
        /// With the subjects.
        case subjects
        /// With the session and how its drug is given.
        case session
        case row

        static func < (a: Pace, b: Pace) -> Bool { a.rawValue < b.rawValue }
    }

    enum Source: Sendable, Hashable {
        case constant(UInt64)
        case slot(Int)
        case moment(Int)
        /// A column of the results, times what brings it into the coherent unit.
        case column(Int, scale: UInt64)
    }

    enum Operation: Sendable, Hashable {
        case read(Source)
        case apply(Expression.Instruction, Int, Int)
    }

    struct Step: Sendable {
        var operation: Operation
        var pace: Pace
    }

    private(set) var steps: [Step] = []
    /// By effect that is written: its column, the step that gives it, and what brings it to its unit.
    private(set) var results: [(column: Int, step: Int, scale: Double)] = []

    /// Rows that are worked out together.
    static let most = 32

    /// - Parameter column: of an output, by its place; of a response likewise.
    init(_ system: CompartmentalSystem, firstLive: Int, columns: [(effect: Int, column: Int)], output: (Int) -> Int?, response: (Int) -> Int?) {
        var known: [Operation: Int] = [:]
        var bySlot: [Int: Operation] = [:]
        for (index, quantity) in system.outputs.enumerated() {
            if let column = output(index) { bySlot[quantity.slot] = .read(.column(column, scale: quantity.slotScale.bitPattern)) }
        }
        for (index, turnover) in system.turnovers.enumerated() {
            if let column = response(index) { bySlot[turnover.slot] = .read(.column(column, scale: 1.0.bitPattern)) }
        }
        for moment in Lowering.Moment.allCases { bySlot[firstLive + moment.rawValue] = .read(.moment(moment.rawValue)) }

        func add(_ operation: Operation) -> Int {
            if let index = known[operation] { return index }
            let pace: Pace
            switch operation {
            case .read(.constant), .read(.slot): pace = .subjects
            case .read(.moment(let moment)): pace = moment == Lowering.Moment.time.rawValue ? .row : .session
            case .read(.column): pace = .row
            case .apply(_, let a, let b): pace = max(steps[a].pace, steps[b].pace)
            }
            steps.append(Step(operation: operation, pace: pace))
            known[operation] = steps.count - 1
            return steps.count - 1
        }
        var byEffect: [Int: Int] = [:]
        for effect in system.effects {
            var stack: [Int] = []
            for instruction in effect.formula.code {
                switch instruction {
                case .constant(let value): stack.append(add(.read(.constant(value.bitPattern))))
                case .load(let slot): stack.append(byEffect[slot] ?? add(bySlot[slot] ?? .read(.slot(slot))))
                case .negate, .exponential:
                    let a = stack.removeLast()
                    stack.append(add(.apply(instruction, a, a)))
                default:
                    let b = stack.removeLast()
                    let a = stack.removeLast()
                    stack.append(add(.apply(instruction, a, b)))
                }
            }
            byEffect[effect.slot] = stack.last
        }
        results = columns.compactMap { effect, column in
            byEffect[system.effects[effect].slot].map { (column, $0, system.effects[effect].scale) }
        }
    }

    var isEmpty: Bool { results.isEmpty }

    /// Room that `run` needs, in lanes.
    var room: Int { steps.count * Self.most }

    /// What is the same for a batch: once whenever the slots have changed.
    func prepare(_ slots: UnsafePointer<Lanes>, _ memory: UnsafeMutablePointer<Lanes>) {
        for (index, step) in steps.enumerated() where step.pace == .subjects {
            run(step, index, memory, rows: 1) { source, _ in
                switch source {
                case .constant(let bits): Lanes(repeating: Double(bitPattern: bits))
                case .slot(let slot): slots[slot]
                default: .zero
                }
            }
        }
    }

    /// Rows of one session, at most `most`.
    /// - Parameters:
    ///   - table: its first row.
    ///   - moment: hours since the first dose, session, whether intravenous, by row.
    func run(
        _ rows: Int, of table: UnsafeMutablePointer<Lanes>, columns: Int, _ memory: UnsafeMutablePointer<Lanes>, moment: (_ row: Int, _ which: Int) -> Double
    ) {
        for (index, step) in steps.enumerated() where step.pace != .subjects {
            run(step, index, memory, rows: step.pace == .row ? rows : 1) { source, row in
                switch source {
                case .moment(let which): Lanes(repeating: moment(row, which))
                case .column(let column, let scale): table[row &* columns &+ column] * Double(bitPattern: scale)
                default: .zero
                }
            }
        }
        for result in results {
            let values = memory + result.step * Self.most
            let stride = steps[result.step].pace == .row ? 1 : 0
            for row in 0..<rows { table[row &* columns &+ result.column] = values[row &* stride] * result.scale }
        }
    }

    @inline(__always)
    private func run(_ step: Step, _ index: Int, _ memory: UnsafeMutablePointer<Lanes>, rows: Int, read: (Source, Int) -> Lanes) {
        let target = memory + index * Self.most
        switch step.operation {
        case .read(let source): for row in 0..<rows { target[row] = read(source, row) }
        case .apply(let instruction, let first, let second):
            let (a, b) = (UnsafePointer(memory + first * Self.most), UnsafePointer(memory + second * Self.most))
            let (da, db) = (steps[first].pace == .row ? 1 : 0, steps[second].pace == .row ? 1 : 0)
            @inline(__always) func each(_ value: (Lanes, Lanes) -> Lanes) { for row in 0..<rows { target[row] = value(a[row &* da], b[row &* db]) } }
            switch instruction {
            case .add: each { $0 + $1 }
            case .subtract: each { $0 - $1 }
            case .multiply: each { $0 * $1 }
            case .divide: each { $0 / $1 }
            case .minimum: each { Lanes.smaller($0, $1) }
            case .maximum: each { Lanes.larger($0, $1) }
            case .power: each { Lanes.power($0, $1) }
            case .negate: each { a, _ in -a }
            case .exponential: each { a, _ in Lanes.exp(a) }
            case .constant, .load: break
            }
        }
    }
}
