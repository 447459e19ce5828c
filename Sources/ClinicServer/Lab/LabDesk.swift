import Dispatch
import Notation
import Synchronization
import Trials

/// Comparisons under way and done, in memory: nothing of a patient is in them, and nothing is lost that cannot be asked again.
final class LabDesk: Sendable {
    let knowledge: TrialKnowledge
    let form: LabForm
    private let version: String
    private let runs = Mutex<[Run]>([])
    /// One after the other, beside what the clinic does.
    private let queue = DispatchQueue(label: "protocol lab", qos: .utility)

    /// So many wait at most, and so many are kept.
    static let most = (waiting: 3, kept: 20)

    /// One comparison.
    final class Run: Sendable {
        let id: String
        let specification: TrialSpecification
        let asked: Instant
        let by: String
        let total: Int
        let done = Atomic(0)
        private let found = Mutex<Outcome?>(nil)

        enum Outcome: Sendable {
            case compared(ProtocolComparison)
            case failed(String)
        }

        init(id: String, _ specification: TrialSpecification, asked: Instant, by: String) {
            (self.id, self.specification, self.asked, self.by) = (id, specification, asked, by)
            total = specification.arms.count * (specification.patientsPerArm ?? 0) * specification.runs
        }

        var outcome: Outcome? { found.withLock { $0 } }
        var share: Double { min(Double(done.load(ordering: .relaxed)) / Double(max(total, 1)), 1) }

        fileprivate func finish(_ outcome: Outcome) { found.withLock { $0 = outcome } }
    }

    init(_ knowledge: TrialKnowledge, form: LabForm, version: String) { (self.knowledge, self.form, self.version) = (knowledge, form, version) }

    subscript(id: String) -> Run? { runs.withLock { $0.first { $0.id == id } } }

    /// The latest first.
    var all: [Run] { runs.withLock { $0.reversed() } }

    /// Checks a specification and puts it in the line.
    /// - Throws: what is wrong with it, or that too many wait.
    func start(_ specification: TrialSpecification, id: String, asked: Instant, by: String) throws -> Run {
        let prepared = ProtocolComparison.prepared(specification)
        do { _ = try TrialDesign(prepared, knowledge) } catch { throw FormProblem("weeks", "\(error.problem); expected \(error.expected).") }
        let run = Run(id: id, prepared, asked: asked, by: by)
        let isTaken = runs.withLock { runs in
            guard runs.count(where: { $0.outcome == nil }) < Self.most.waiting else { return false }
            runs.append(run)
            if runs.count > Self.most.kept, let old = runs.firstIndex(where: { $0.outcome != nil }) { runs.remove(at: old) }
            return true
        }
        guard isTaken else { throw FormProblem("weeks", "\(Self.most.waiting) comparisons are under way; wait until one is done.") }
        queue.async { [knowledge, version] in
            do {
                let engine = try TrialEngine(try TrialDesign(prepared, knowledge), knowledge)
                let fingerprint = try Fingerprint(prepared, program: version, knowledge: knowledge)
                let comparison = try ProtocolComparison([TrialRun(engine, fingerprint: fingerprint, knowledge: knowledge)]) { count in
                    run.done.add(count, ordering: .relaxed)
                }
                run.finish(.compared(comparison))
            } catch {
                run.finish(.failed("\(error)"))
            }
        }
        return run
    }
}
