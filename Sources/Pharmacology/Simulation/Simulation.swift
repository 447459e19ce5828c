import Dispatch
import Notation
import Statistics
import Synchronization

/// A regimen through a model, planned once and run for any number of subjects.
///
/// Everything that is the same for all subjects (breakpoints, step lengths, how responses are integrated) is settled here, from the
/// model and the regimen alone; what remains for a batch of eight is arithmetic in one workspace allocated once for each thread.
/// Results depend on seed and subject number only, not on threads, batches or neighbours.
public struct Simulation: Sendable {
    public let model: CompiledModel
    /// Output times, hours, ascending.
    public let times: [Double]
    /// Identifiers, in the order of the results.
    public let outputs: [String]
    /// Values in a result row: the outputs, then the areas, then what effects are worked out from.
    public let columns: Int
    let schedule: Schedule
    let layout: SystemLayout
    let solution: SystemLayout.Solution
    /// By column of the results.
    let columnSources: [ColumnSource]
    let effects: EffectTape
    /// By row of the results: the step that ends at it, the first where it is the beginning.
    let rowSteps: [Int]
    /// By step: index into `panels`, and whether there is a constant input.
    var stepPanels: [Int] = []
    var stepIsForced: [Bool] = []
    var panels: [Panel] = []

    /// Where a column of the results comes from, as an index among its kind.
    enum ColumnSource: Sendable, Equatable {
        case output(Int)
        case response(Int)
        case effect(Int)
        case area(Int)
    }

    /// What is prepared once for each batch: propagation over a length, and the drivers at its quadrature nodes.
    struct Panel: Sendable, Hashable {
        var length: Int
        /// Nil where there is no response to integrate.
        var rule: QuadratureRule?
        /// Some step of this kind has a constant input.
        var isForced = false
    }

    /// - Parameters:
    ///   - times: output times in hours; sorted and made unique here.
    ///   - outputs: which; all that are not hidden when nil.
    ///   - interactions: known ratios of exposure, for the regimen's co-medication.
    ///   - accuracy: of responses, relative, where they are integrated by quadrature.
    ///   - areas: adds for each concentration a state that is the area under it since the first dose.
    ///   - settlesTimes: that nobody's parameters are replaced, so that times of absorption in which people do not differ are known now.
    public init(
        _ model: CompiledModel, _ regimen: Regimen, times: [Double], outputs: [String]? = nil, areas: Bool = false, accuracy: Double = 2e-11,
        interactions: [ExposureInteraction] = [], settlesTimes: Bool = false
    )
        throws(Diagnostic)
    {
        // Times that differ by rounding only are one.
        var sorted: [Double] = []
        for time in times.sorted() where time - (sorted.last ?? -.infinity) > Schedule.tolerance(time) { sorted.append(time) }
        guard let first = sorted.first, let last = sorted.last, first.isFinite, last.isFinite else {
            throw Diagnostic("simulation.times", at: Place(path: "times"), "are empty", expected: "at least one time")
        }
        let known = model.quantities
        for id in outputs ?? [] where !known.contains(where: { $0.id == id }) {
            throw Diagnostic(
                "simulation.outputs", at: Place(path: "outputs"), "has \(quoted(id))", expected: known.map(\.id).joined(separator: ", "))
        }
        self.times = sorted
        self.outputs = outputs ?? known.filter { !$0.isHidden }.map(\.id)
        let events = try regimen.events(for: model, interactions)
        if model.covariates.contains(where: { $0.id == "weight" }) == false,
            events.contains(where: { if case .milligramsPerKilogram = $0.dose { true } else { false } })
        {
            throw Diagnostic(
                "simulation.weight", at: Place(path: "doses"), "are per kilogram, but the model \(model.model.id) has no body weight",
                expected: "a dose in mg")
        }
        let model = outputs == nil || areas ? model : try model.reduced(to: self.outputs, for: events)
        self.model = model
        schedule = try Schedule(events, model: model, times: sorted, settlesTimes: settlesTimes)
        layout = SystemLayout(model, areas: areas, ramps: schedule.ramps)
        solution = layout.solution()
        let system = model.system
        var sources: [ColumnSource] =
            self.outputs.compactMap { id in
                system.outputs.firstIndex { $0.id == id }.map { .output($0) } ?? system.turnovers.firstIndex { $0.id == id }.map { .response($0) }
                    ?? system.effects.firstIndex { $0.id == id }.map { .effect($0) }
            } + layout.areas.indices.map { .area($0) }
        let shown = sources.enumerated().compactMap { column, source in
            if case .effect(let index) = source { (effect: index, column: column) } else { nil }
        }
        if !shown.isEmpty {
            let read = Set(system.effects.flatMap { $0.formula.slots })
            let needed =
                system.outputs.indices.filter { read.contains(system.outputs[$0].slot) }.map { ColumnSource.output($0) }
                + system.turnovers.indices.filter { read.contains(system.turnovers[$0].slot) }.map { ColumnSource.response($0) }
            for source in needed where !sources.contains(source) { sources.append(source) }
        }
        columnSources = sources
        columns = sources.count
        effects = EffectTape(
            system, firstLive: model.firstLive, columns: shown, output: { sources.firstIndex(of: .output($0)) },
            response: { sources.firstIndex(of: .response($0)) })
        var rowSteps = [Int](repeating: 0, count: sorted.count)
        for (index, step) in schedule.steps.enumerated() { if let row = step.row { rowSteps[row] = index } }
        self.rowSteps = rowSteps
        plan(accuracy)
    }

    /// Chooses for every step the cheapest quadrature that is accurate enough for a subject whose rates are all three times the
    /// typical ones.
    private mutating func plan(_ accuracy: Double) {
        var rules = [QuadratureRule?](repeating: nil, count: schedule.steps.count)
        if !model.system.turnovers.isEmpty, solution != .numeric {
            rules = [QuadratureRule?](repeating: QuadratureRule.ladder.last, count: schedule.steps.count)
            setPanels(rules)
            rules = Engine(self, haste: 3).chooseRules(tolerance: accuracy)
        }
        setPanels(rules)
    }

    private mutating func setPanels(_ rules: [QuadratureRule?]) {
        panels = []
        stepPanels = []
        stepIsForced = []
        var open = 0
        var index: [Panel: Int] = [:]
        for (number, step) in schedule.steps.enumerated() {
            open += step.begins.count - step.ends.count
            let panel = Panel(length: step.length, rule: rules[number])
            let known = index[panel] ?? panels.count
            if known == panels.count {
                index[panel] = known
                panels.append(panel)
            }
            if open > 0 { panels[known].isForced = true }
            stepPanels.append(known)
            stepIsForced.append(open > 0)
        }
    }

    /// What `extract` takes from the results of each subject, in the order of the subjects.
    /// - Parameters:
    ///   - threads: how many batches run side by side.
    ///   - extract: is called on any thread, with a subject's results (row by time, then column) and its lane in them.
    func each<Value: Sendable>(
        _ subjects: Subjects, threads: Int, progress: (@Sendable (Int) -> Void)? = nil, extract: @Sendable (UnsafePointer<Lanes>, Int) -> Value
    ) -> [Value] {
        let width = Lanes.scalarCount
        let batches = (subjects.count + width - 1) / width
        let workers = max(1, min(threads, batches))
        let size = max(times.count * columns, 1)
        let values = Mutex([[Value]](repeating: [], count: batches))
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let engine = Engine(self)
            let results = Lanes.allocate(size)
            defer { results.deallocate() }
            for batch in stride(from: worker, to: batches, by: workers) {
                engine.run(subjects, from: batch * width, into: results)
                let lanes = min(width, subjects.count - batch * width)
                let found = (0..<lanes).map { extract(results, $0) }
                values.withLock { $0[batch] = found }
                progress?(lanes)
            }
        }
        return values.withLock { $0.flatMap { $0 } }
    }

    /// Every subject's course: by subject, by time, by output.
    public func courses(_ subjects: Subjects, threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil) -> [[[Double]]] {
        each(subjects, threads: threads, progress: progress) { results, lane in
            times.indices.map { row in outputs.indices.map { results[row * columns + $0][lane] } }
        }
    }

    /// Batches that a thread takes at a time.
    private static let share = 4

    /// All results in memory: [batch][time][output], eight lanes each.
    public func run(_ subjects: Subjects, threads: Int = 1, into storage: UnsafeMutablePointer<Lanes>) {
        let width = Lanes.scalarCount
        let batches = (subjects.count + width - 1) / width
        let workers = max(1, min(threads, batches))
        let size = times.count * columns
        nonisolated(unsafe) let storage = storage
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let engine = Engine(self)
            // Whoever is free takes the next few batches: a core that is disturbed holds up no other.
            while true {
                let first = next.add(Self.share, ordering: .relaxed).oldValue
                guard first < batches else { break }
                for batch in first..<min(first + Self.share, batches) { engine.run(subjects, from: batch * width, into: storage + batch * size) }
            }
        }
    }

    /// The results of one subject: by time, by output.
    public func run(_ subjects: Subjects, subject: Int) -> [[Double]] {
        let size = times.count * columns
        let results = Lanes.allocate(size)
        defer { results.deallocate() }
        Engine(self).run(subjects, from: subject, into: results)
        return times.indices.map { row in outputs.indices.map { results[row * columns + $0][0] } }
    }
}
