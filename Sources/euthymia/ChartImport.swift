import Chart
import Guidance
import Interchange
import Notation
import Storage

/// Runs one import: read and check the file, then write all of it in one transaction, or nothing.
enum ChartImport {
    static func run(
        _ bytes: [UInt8], name: String, format: ChartFormat, knowledge: KnowledgeBase, now: Instant, store: Store?
    ) throws -> ImportReport {
        let plan = try ChartFile.plan(bytes, name: name, format: format, knowledge: knowledge, now: now, existing: store.map(existing(in:)) ?? .none)
        guard let store else { return ImportReport(plan: plan, added: 0, unchanged: 0) }
        return try write(plan, to: store, at: now)
    }

    private static func write(_ plan: ImportPlan, to store: Store, at now: Instant) throws -> ImportReport {
        var added = 0
        var progress = Progress("\(plan.file): storing facts", of: plan.entries.count)
        defer { progress.finish() }
        try store.append(at: now) { appender in
            for (index, entry) in plan.entries.enumerated() {
                progress.step()
                do {
                    if try appender.append(entry) { added += 1 }
                } catch let error as StoreError where error.code == .conflict {
                    throw Diagnostic(
                        "import.conflict", at: plan.place(of: index), "a fact with this id is in the store with other content",
                        expected: "a new id with `supersedes`, to correct a fact")
                }
            }
        }
        return ImportReport(plan: plan, added: added, unchanged: plan.entries.count - added)
    }

    private static func existing(in store: Store) -> ImportPlanner.Existing {
        ImportPlanner.Existing(
            hasPatient: { (try? store.contains($0)) ?? false }, hasFact: { (try? store.contains($0, fact: $1)) ?? false },
            birthDate: { patient in (try? store.chart(of: patient))?.view(asOf: .now).demographics?.body.birthDate })
    }
}
