import Chart
import Foundation
import GRDB
import Notation

/// What programmes keep of each chart. The store holds the bytes and knows when they are out of date; what they say is not its business.
public struct OutcomeRow: Sendable, Equatable {
    public var patient: PatientID
    /// Facts of the chart it was made from.
    public var facts: Int
    /// The knowledge it was made by.
    public var knowledge: String
    /// When a fact that lies ahead begins to count.
    public var due: Instant?
    public var row: [UInt8]

    public init(patient: PatientID, facts: Int, knowledge: String, due: Instant?, row: [UInt8]) {
        (self.patient, self.facts, self.knowledge, self.due, self.row) = (patient, facts, knowledge, due, row)
    }
}

extension Store {
    /// Every patient with the row of their chart; without one where it is missing, was made by other knowledge or from fewer facts than there
    /// are, or is due. One pass over two tables in the order of their keys.
    public func outcomeRows(knowledge: String, at now: Instant, _ take: (_ patient: PatientID, _ row: [UInt8]?) throws -> Void) throws(StoreError) {
        try read { db in
            let rows = try Row.fetchCursor(db, sql: Self.outcomeRowsOfPatients, arguments: [knowledge, now.milliseconds])
            while let row = try rows.next() { try take(row[0], (row[1] as Data?).map { [UInt8]($0) }) }
        }
    }

    static let outcomeRowsOfPatients = """
        SELECT p.patient, o.row FROM patients p LEFT JOIN outcomes o
        ON o.patient = p.patient AND o.facts = p.facts AND o.knowledge = ? AND (o.due IS NULL OR o.due > ?)
        ORDER BY p.patient
        """

    /// Patients whose row is missing or out of date, by id.
    public func patientsWithoutOutcome(knowledge: String, at now: Instant, atMost count: Int = .max) throws(StoreError) -> [PatientID] {
        try read { db in
            try String.fetchAll(
                db, sql: "SELECT patient FROM (\(Self.outcomeRowsOfPatients)) WHERE row IS NULL LIMIT ?",
                arguments: [knowledge, now.milliseconds, count == .max ? -1 : count])
        }
    }

    /// The facts of some kinds of a patient, and how many facts there are.
    /// - Parameter skipping: literal pieces of canonical JSON; measurements and assessments that hold one and supersede nothing are left out.
    public func facts(of patient: PatientID, without kinds: [FactKind], skipping: [String]) throws(StoreError) -> (facts: [Fact], count: Int) {
        let (payloads, count) = try read { db in
            let kept = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            let holds = skipping.map { _ in "instr(payload, ?) > 0" }.joined(separator: " OR ")
            let statement = try db.cachedStatement(
                sql: """
                    SELECT payload FROM entries WHERE patient = ? AND kind NOT IN (\(kept))
                    AND NOT (kind IN ('measurement', 'assessment') AND (\(holds.isEmpty ? "0" : holds)) AND instr(payload, '"supersedes"') = 0)
                    ORDER BY seq
                    """)
            let payloads = try String.fetchAll(statement, arguments: StatementArguments([patient] + skipping))
            return (payloads, try Int.fetchOne(db, sql: "SELECT facts FROM patients WHERE patient = ?", arguments: [patient]) ?? 0)
        }
        do {
            return (try payloads.map { try Fact.read(try JSONReader.read($0)).fact }, count)
        } catch {
            throw StoreError(.unreadableFact, path: path, "a stored fact cannot be read; expected `euthymia verify` to tell which")
        }
    }

    /// Stores rows, each in the place of the one before.
    public func put(_ rows: [OutcomeRow]) throws(StoreError) {
        try write { db in
            let insert = try db.cachedStatement(sql: "INSERT OR REPLACE INTO outcomes (patient, facts, knowledge, due, row) VALUES (?, ?, ?, ?, ?)")
            for row in rows {
                try insert.execute(arguments: [row.patient, row.facts, row.knowledge, row.due?.milliseconds, Data(row.row)])
            }
        }
    }
}
