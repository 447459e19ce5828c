import Dispatch
import Notation
import Statistics
import Synchronization

/// Simulates a shard: units side by side, each analysed as soon as its replicate is whole.
public struct TrialRun: Sendable {
    let engine: TrialEngine
    let analyst: TrialAnalyst
    let outcome: OutcomeRule
    public let fingerprint: Fingerprint
    let knowledge: TrialKnowledge

    public var design: TrialDesign { engine.design }

    public init(_ engine: TrialEngine, fingerprint: Fingerprint, knowledge: TrialKnowledge) {
        (self.engine, self.fingerprint, self.knowledge) = (engine, fingerprint, knowledge)
        analyst = TrialAnalyst(engine.design, knowledge)
        outcome = OutcomeRule(engine.design, knowledge)
    }

    /// The state that threads share.
    private struct State {
        var tallies: [ArmTally]
        var open: [Int: ReplicateRows] = [:]
        var results: [Int: [AnalysisResult]] = [:]
        var pieces: [TrialPart.Piece] = []
        var problem: Diagnostic?
    }

    /// - Parameters:
    ///   - threads: how many units at once; results do not depend on it.
    ///   - progress: told on any thread how many patients are done.
    public func part(_ shard: Shard = .whole, threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil) throws(Diagnostic) -> TrialPart {
        let whole = (design.specification.analyses ?? []).isEmpty ? nil : design.replicates(in: shard).whole
        let found = try simulate(shard.units(of: design.unitCount), keepingRowsOf: whole, threads: threads, progress: progress)
        return TrialPart(fingerprint: fingerprint, shard: shard, tallies: found.tallies, results: found.results, pieces: found.pieces)
    }

    /// What is counted of one replicate, by arm.
    func tallies(replicate: Int, threads: Int, progress: (@Sendable (Int) -> Void)?) throws(Diagnostic) -> [ArmTally] {
        let size = design.unitCount / design.specification.runs
        return try simulate(replicate * size..<(replicate + 1) * size, keepingRowsOf: nil, threads: threads, progress: progress).tallies
    }

    /// - Parameter whole: replicates to analyse here; rows of others are handed on. Nil: rows are not kept.
    private func simulate(
        _ units: Range<Int>, keepingRowsOf whole: Range<Int>?, threads: Int, progress: (@Sendable (Int) -> Void)?
    ) throws(Diagnostic) -> State {
        let state = Mutex(State(tallies: emptyTallies))
        let next = Atomic(units.lowerBound)
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, units.count))) { _ in
            let workspace = TrialWorkspace(engine)
            var tallies = emptyTallies
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < units.upperBound, state.withLock({ $0.problem == nil }) else { break }
                let unit = design.unit(index)
                do throws(Diagnostic) {
                    let rows = try engine.rows(unit, workspace)
                    add(rows, of: unit, to: &tallies[unit.arm])
                    if let whole { keep(.init(unit: unit, rows: rows), isWhole: whole.contains(unit.replicate), in: state) }
                } catch {
                    state.withLock { $0.problem = error }
                }
                progress?(unit.patients.count)
            }
            state.withLock { state in for index in tallies.indices { state.tallies[index].merge(tallies[index]) } }
        }
        let found = state.withLock { $0 }
        if let problem = found.problem { throw problem }
        return found
    }

    /// The whole trial.
    public func outcome(threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil) throws(Diagnostic) -> TrialMerge {
        try TrialMerge([try part(threads: threads, progress: progress)], design: design, fingerprint: fingerprint, knowledge: knowledge)
    }

    private var emptyTallies: [ArmTally] { design.arms.map { _ in ArmTally(design.layout) } }

    private func add(_ rows: [Int32], of unit: TrialUnit, to tally: inout ArmTally) {
        let width = design.layout.width
        for place in unit.patients.indices {
            let start = (place - unit.patients.lowerBound) * width
            tally.add(ParticipantRow(layout: design.layout, values: rows[start..<start + width]), outcome)
        }
    }

    /// Rows wait until their replicate is whole; those of a replicate that another shard has a part of are handed on.
    private func keep(_ piece: TrialPart.Piece, isWhole: Bool, in state: borrowing Mutex<State>) {
        let replicate = piece.unit.replicate
        let ready = state.withLock { state -> ReplicateRows? in
            guard isWhole else {
                state.pieces.append(piece)
                return nil
            }
            state.open[replicate, default: ReplicateRows(design)].add(piece)
            guard let rows = state.open[replicate], rows.isComplete else { return nil }
            state.open[replicate] = nil
            return rows
        }
        guard let ready else { return }
        let results = analyst.results(ready)
        state.withLock { $0.results[replicate] = results }
    }
}
