import Access
import Chart
import Evidence
import Foundation
import Guidance
import Interchange
import Notation
import Storage

/// Everything a store holds, in files that other programs read, as it stood at one moment. Nothing of it depends on this program.
struct ClinicExport {
    let store: Store
    let knowledge: KnowledgeBase
    let jurisdiction: Jurisdiction
    let now: Instant

    /// Writes everything into a new folder, all or nothing. The audit says so first, and is part of it.
    /// - Returns: the manifest.
    func write(to destination: String) throws -> JSONValue {
        let folder = try ExportFolder(destination)
        try store.append(at: now) {
            try $0.append(AuditEntry(time: now, who: AccessEvent.system, what: .exported, about: "everything, by command"))
        }
        // Entries are only added, so that the first so many are the store as it is now, whatever is written meanwhile.
        let head = try store.head()
        let counts = [
            "facts": try charts(folder, head), "ledger_lines": try lines(folder, "ledger.ndjson", store.ledgerPayloads(upTo: head.count)),
            "access_events": try lines(folder, "access.ndjson", store.accessPayloads(upTo: head.count)), "audit_entries": try audit(folder, head),
        ]
        let sum = counts.values.reduce(0, +)
        guard sum == head.count else {
            throw Problem("\(store.path): holds \(head.count) entries, \(sum) were found; expected all of them. Run `euthymia verify`; nothing was kept")
        }
        var about: JSONObject = [
            "program": .string("euthymia \(programVersion)"), "made": .string(now.description), "head": .string(head.description),
            "entries": .init(Int(head.count)),
        ]
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { about[name] = .init(count) }
        return try folder.finish(about)
    }

    private func lines(_ folder: ExportFolder, _ name: String, _ payloads: [String]) throws -> Int {
        try folder.file(name) { file in
            for payload in payloads { try file.write(payload + "\n") }
            return file.lines
        }
    }

    /// The facts, and the tables made of them, patient by patient.
    private func charts(_ folder: ExportFolder, _ head: Checkpoint) throws -> Int {
        let patients = try store.patients()
        var progress = Progress("exporting charts", of: patients.count, every: 20)
        defer { progress.finish() }
        return try folder.file("facts.ndjson") { facts in
            try tables(folder) { tables in
                for patient in patients {
                    let payloads = try store.payloads(of: patient.patient, upTo: head.count)
                    for payload in payloads { try facts.write(payload + "\n") }
                    guard let chart = try store.chart(of: patient.patient, upTo: head.count) else { continue }
                    let review = Review(of: chart, asOf: now, jurisdiction: jurisdiction, knowledge: knowledge)
                    let judged = ChartTable.JudgedChart(review, facts: payloads.count, knowledge: knowledge)
                    for (table, file) in tables {
                        for row in table.rows(judged) { try file.write(CSVWriter.line(row)) }
                    }
                    progress.step()
                }
            }
            return facts.lines
        }
    }

    /// Opens one file for each table, one inside the other.
    private func tables(
        _ folder: ExportFolder, _ rest: ArraySlice<ChartTable> = ChartTable.all[...], _ opened: [(ChartTable, ExportFolder.File)] = [],
        _ body: ([(ChartTable, ExportFolder.File)]) throws -> Void
    ) throws {
        guard let table = rest.first else { return try body(opened) }
        try folder.file(table.name + ".csv") { file in
            try file.write(CSVWriter.line(table.columns))
            try tables(folder, rest.dropFirst(), opened + [(table, file)], body)
        }
    }

    private func audit(_ folder: ExportFolder, _ head: Checkpoint) throws -> Int {
        try folder.file("audit.ndjson") { file in
            try folder.file("audit.csv") { table in
                try table.write(CSVWriter.line(["seq", "time", "who", "what", "patient", "about", "address"]))
                var last: Int64 = 0
                while case let part = try store.auditPayloads(after: last, upTo: head.count), let end = part.last {
                    for (seq, payload) in part {
                        try file.write(payload + "\n")
                        guard let entry = AuditEntry(try JSONReader.read(payload)) else { continue }
                        let cells = [entry.time.description, entry.who, entry.what.rawValue, entry.patient, entry.about, entry.address]
                        try table.write(CSVWriter.line(["\(seq)"] + cells))
                    }
                    last = end.seq
                }
            }
            return file.lines
        }
    }
}
