import Chart
import GRDB
import Notation

/// One line of the patient list: a projection, derived from entries in the transaction that appends them and at any time again.
public struct PatientSummary: Sendable, Equatable {
    public var patient: PatientID
    /// Entries stored, superseded ones included.
    public var facts = 0
    public var administrations = 0
    public var firstObserved: Instant?
    public var lastObserved: Instant?

    init(patient: PatientID) { self.patient = patient }

    init(_ row: Row) {
        patient = row["patient"]
        facts = row["facts"]
        administrations = row["administrations"]
        firstObserved = (row["first_observed"] as Int64?).map(Instant.init(milliseconds:))
        lastObserved = (row["last_observed"] as Int64?).map(Instant.init(milliseconds:))
    }

    mutating func take(_ entry: FiledFact) {
        facts += 1
        if entry.kind == .administration { administrations += 1 }
        guard let observed = entry.observed else { return }
        firstObserved = min(firstObserved ?? observed, observed)
        lastObserved = max(lastObserved ?? observed, observed)
    }

    func merge(into db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO patients (patient, facts, administrations, first_observed, last_observed) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (patient) DO UPDATE SET
                    facts = facts + ?2, administrations = administrations + ?3,
                    first_observed = min(ifnull(first_observed, ?4), ifnull(?4, first_observed)),
                    last_observed = max(ifnull(last_observed, ?5), ifnull(?5, last_observed))
                """
        ).execute(arguments: [patient, facts, administrations, firstObserved?.milliseconds, lastObserved?.milliseconds])
    }

    /// What the projection must be, computed from entries alone.
    static let fromEntries = """
        SELECT patient, count(*) AS facts, sum(kind = 'administration') AS administrations,
            min(observed) AS first_observed, max(observed) AS last_observed
        FROM entries WHERE patient >= ' ' GROUP BY patient
        """
}
