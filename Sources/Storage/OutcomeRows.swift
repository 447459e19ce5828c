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

/// A fact as it is stored, before it is read.
public struct StoredFact: Sendable {
    public let kind: FactKind
    /// Canonical JSON.
    public let payload: String

    static let kinds = Dictionary(uniqueKeysWithValues: FactKind.allCases.map { ($0.rawValue, $0) })
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

    /// Facts of a patient, and how many there are.
    /// - Parameters:
    ///   - kinds: left out.
    ///   - choose: of what is stored what is to be read, told by a glance at it.
    public func facts(
        of patient: PatientID, without kinds: [FactKind], choose: ([StoredFact]) -> [StoredFact]
    ) throws(StoreError) -> (facts: [Fact], count: Int) {
        let (stored, count) = try read { db in
            let left = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            let statement = try db.cachedStatement(sql: "SELECT kind, payload FROM entries WHERE patient = ? AND kind NOT IN (\(left)) ORDER BY seq")
            var stored: [StoredFact] = []
            let rows = try Row.fetchCursor(statement, arguments: [patient])
            while let row = try rows.next() {
                if let kind = StoredFact.kinds[row[0]] { stored.append(StoredFact(kind: kind, payload: row[1])) }
            }
            return (stored, try Int.fetchOne(db, sql: "SELECT facts FROM patients WHERE patient = ?", arguments: [patient]) ?? 0)
        }
        do {
            return (try choose(stored).map { try Fact.read(try JSONReader.read($0.payload)).fact }, count)
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
