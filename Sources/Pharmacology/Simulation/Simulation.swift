import Dispatch
import Notation
import Statistics

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
    /// Values in a result row: the outputs, then the areas.
    var columns: Int { outputs.count + layout.areas.count }
    let schedule: Schedule
    let layout: SystemLayout
    let solution: SystemLayout.Solution
    /// By step: index into `panels`.
    var stepPanels: [Int] = []
    var panels: [Panel] = []

    /// What is prepared once for each batch: propagation over a length, and the drivers at its quadrature nodes.
    struct Panel: Sendable, Hashable {
        var length: Int
        /// Nil where there is no response to integrate.
        var rule: QuadratureRule?
        /// Some step of this kind has a constant input.
        var isForced: Bool
    }

    /// - Parameters:
    ///   - times: output times in hours; sorted and made unique here.
    ///   - outputs: which; all concentrations, links and responses when nil.
    ///   - interactions: known ratios of exposure, for the regimen's co-medication.
    ///   - areas: adds for each concentration a state that is the area under it since the first dose.
    public init(
        _ model: CompiledModel, _ regimen: Regimen, times: [Double], outputs: [String]? = nil, areas: Bool = false,
        interactions: [ExposureInteraction] = []
    )
        throws(Diagnostic)
    {
        let sorted = Array(Set(times)).sorted()
        guard let first = sorted.first, let last = sorted.last, first.isFinite, last.isFinite else {
            throw Diagnostic("simulation.times", at: Place(path: "times"), "are empty", expected: "at least one time")
        }
        let known = model.outputIDs
        for id in outputs ?? [] where !known.contains(id) {
            throw Diagnostic("simulation.outputs", at: Place(path: "outputs"), "has \(quoted(id))", expected: known.joined(separator: ", "))
        }
        self.model = model
        self.times = sorted
        self.outputs = outputs ?? known
        let events = try regimen.events(for: model, interactions)
        if model.covariates.contains(where: { $0.id == "weight" }) == false,
            events.contains(where: { if case .milligramsPerKilogram = $0.dose { true } else { false } })
        {
            throw Diagnostic(
                "simulation.weight", at: Place(path: "doses"), "are per kilogram, but the model \(model.model.id) has no body weight",
                expected: "a dose in mg")
        }
        schedule = try Schedule(events, model: model, times: sorted)
        layout = SystemLayout(model, areas: areas)
        solution = layout.solution()
        plan()
    }

    /// Chooses for every step the cheapest quadrature that is accurate enough for a subject whose rates are all three times the
    /// typical ones.
    private mutating func plan() {
        var rules = [QuadratureRule?](repeating: nil, count: schedule.steps.count)
        if !model.system.turnovers.isEmpty {
            rules = [QuadratureRule?](repeating: QuadratureRule.ladder.last, count: schedule.steps.count)
            setPanels(rules)
            rules = Engine(self, haste: 3).chooseRules(tolerance: 2e-11)
        }
        setPanels(rules)
    }

    private mutating func setPanels(_ rules: [QuadratureRule?]) {
        panels = []
        stepPanels = []
        var open = 0
        var index: [Panel: Int] = [:]
        for (number, step) in schedule.steps.enumerated() {
            open += step.begins.count - step.ends.count
            let panel = Panel(length: step.length, rule: rules[number], isForced: open > 0)
            if let known = index[panel] {
                stepPanels.append(known)
            } else {
                index[panel] = panels.count
                stepPanels.append(panels.count)
                panels.append(panel)
            }
        }
    }

    /// Runs all subjects.
    /// - Parameters:
    ///   - threads: how many batches run side by side.
    ///   - consume: is called for each batch, on any thread and in any order, with the number of its first subject, how many it has,
    ///     and its results: row (time), output, eight lanes.
    public func run(_ subjects: Subjects, threads: Int = 1, consume: @Sendable (Int, Int, UnsafePointer<Lanes>) -> Void) {
        let width = Lanes.scalarCount
        let batches = (subjects.count + width - 1) / width
        let workers = max(1, min(threads, batches))
        let size = times.count * columns
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let engine = Engine(self)
            let results = UnsafeMutablePointer<Lanes>.allocate(capacity: max(size, 1))
            results.initialize(repeating: .zero, count: max(size, 1))
            defer { results.deallocate() }
            for batch in stride(from: worker, to: batches, by: workers) {
                engine.run(subjects, from: batch * width, into: results)
                consume(batch * width, min(width, subjects.count - batch * width), results)
            }
        }
    }

    /// All results in memory: [batch][time][output], eight lanes each.
    public func run(_ subjects: Subjects, threads: Int = 1, into storage: UnsafeMutablePointer<Lanes>) {
        let width = Lanes.scalarCount
        let batches = (subjects.count + width - 1) / width
        let workers = max(1, min(threads, batches))
        let size = times.count * columns
        nonisolated(unsafe) let storage = storage
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let engine = Engine(self)
            for batch in batches * worker / workers..<batches * (worker + 1) / workers {
                engine.run(subjects, from: batch * width, into: storage + batch * size)
            }
        }
    }

    /// The results of one subject: by time, by output.
    public func run(_ subjects: Subjects, subject: Int) -> [[Double]] {
        let size = times.count * columns
        let results = UnsafeMutablePointer<Lanes>.allocate(capacity: max(size, 1))
        results.initialize(repeating: .zero, count: max(size, 1))
        defer { results.deallocate() }
        Engine(self).run(subjects, from: subject, into: results)
        return times.indices.map { row in outputs.indices.map { results[row * columns + $0][0] } }
    }
}
