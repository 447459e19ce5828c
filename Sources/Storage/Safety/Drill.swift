import Access
import Chart
import Dispensary
import Foundation
import Notation

/// A rehearsal of the day on which the store is lost: a backup is made, restored beside, and held against the live store.
///
/// ```swift
/// let drill = Drill.run(store, in: folder) { print($0) }
/// try store.record(drill, at: now)
/// ```
public struct Drill: Sendable, Equatable {
    /// One thing that was tried.
    public struct Step: Sendable, Equatable {
        public var name: String
        /// What was seen: counts and heads, never a value of a chart.
        public var seen: String
        public var holds: Bool
    }

    public private(set) var steps: [Step] = []
    public var holds: Bool { steps.allSatisfy(\.holds) }

    /// Backs up, restores and compares while the live store stays in use. Nothing is recorded: see `Store.record`.
    /// - Parameters:
    ///   - folder: an empty folder of its own; the caller removes it.
    ///   - report: told each step as it ends. Without a whole restored store the drill ends; what can be compared is compared to the end.
    public static func run(_ live: Store, in folder: String, report: (Step) -> Void) -> Drill {
        let (backupPath, restoredPath) = (folder + "/backup.sqlite", folder + "/restored.sqlite")
        var drill = Drill()
        guard
            let backup = drill.step("backup", report, { try live.backup(to: backupPath) }, seen: { "\($0.bytes / 1_000_000 + 1) MB, head \($0.head)" }),
            drill.step("restore", report, { try Store.restore(backupPath, to: restoredPath) }, seen: { "head \($0.head)" }) != nil,
            let restored = drill.step("open", report, { try Store.open(at: restoredPath) }, seen: { _ in "as a clinic would" })
        else { return drill }
        let comparison = DrillComparison(live: live, restored: restored, head: backup.head)
        _ = drill.step("integrity and chain", report, comparison.chain, seen: { "\($0) entries as they were written" })
        _ = drill.step("head", report, comparison.place, seen: { "entry \($0) is the live store's" })
        _ = drill.step("ledger", report, comparison.ledger, seen: { "\($0) lines, folded again to the same balances" })
        _ = drill.step("people and rights", report, comparison.people, seen: { "\($0) events, the same" })
        _ = drill.step("charts", report, comparison.charts, seen: { "\($0.charts) with \($0.facts) facts, each read and the same" })
        return drill
    }

    /// Tries something; nil, and a step that does not hold, when it throws.
    private mutating func step<Value>(_ name: String, _ report: (Step) -> Void, _ body: () throws -> Value, seen: (Value) -> String) -> Value? {
        let result = Result { try body() }
        let step: Step
        switch result {
        case .success(let value): step = Step(name: name, seen: seen(value), holds: true)
        case .failure(let error):
            step = Step(name: name, seen: (error as? StoreError)?.message ?? (error as? Difference)?.text ?? "cannot be done", holds: false)
        }
        steps.append(step)
        report(step)
        return try? result.get()
    }
}

private struct Difference: Error {
    var text: String
}

/// A restored store beside the live one, of which only what was there at the time of the backup counts.
private struct DrillComparison {
    let live: Store
    let restored: Store
    let head: Checkpoint

    private func expect(_ holds: Bool, _ text: @autoclosure () -> String) throws {
        if !holds { throw Difference(text: text()) }
    }

    func chain() throws -> Int64 {
        switch Store.verify(at: restored.path, against: [head]) {
        case .intact(let found): try expect(found == head, "the restored store has head \(found)")
        case .broken(let found): throw Difference(text: found.description)
        }
        return head.count
    }

    func place() throws -> Int64 {
        try expect(try live.holds(head), "the live store has another entry \(head.count)")
        return head.count
    }

    func ledger() throws -> Int {
        let (theirs, ours) = (Ledger(try live.ledgerLines(upTo: head.count)), Ledger(try restored.ledgerLines()))
        try expect(ours.lines == theirs.lines, "the ledger has other lines")
        try expect(ours.balances == theirs.balances, "the ledger folds to other balances")
        try expect(ours.balances.values.allSatisfy { $0.values.reduce(0, +) == 0 }, "a lot's accounts do not sum to zero")
        return ours.lines.count
    }

    func people() throws -> Int {
        let events = try restored.accessPayloads()
        try expect(try events == live.accessPayloads(upTo: head.count), "who may do what is not what the live store says")
        return events.count
    }

    func charts() throws -> (charts: Int, facts: Int) {
        let patients = try restored.patients()
        for patient in patients {
            let chart = try restored.chart(of: patient.patient)
            try expect(chart?.facts.count == patient.facts, "a chart has other facts than the list says")
            try expect(try chart == live.chart(of: patient.patient, upTo: head.count), "a chart is not the live store's")
        }
        return (patients.count, patients.map(\.facts).reduce(0, +))
    }
}

extension Store {
    /// Records in the audit that a drill was held and how it ended.
    public func record(_ drill: Drill, at now: Instant) throws {
        let outcome = drill.steps.first { !$0.holds }.map { "does not hold: \($0.name)" } ?? "holds: \(drill.steps.count) steps"
        try append(at: now) { try $0.append(AuditEntry(time: now, who: AccessEvent.system, what: .drilled, about: outcome)) }
    }
}
