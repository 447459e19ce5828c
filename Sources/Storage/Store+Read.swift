import Chart
import Dispensary
import GRDB
import Notation

extension Store {
    /// Every patient of the store, by id.
    public func patients() throws(StoreError) -> [PatientSummary] {
        try read { db in try Row.fetchAll(db, sql: "SELECT * FROM patients ORDER BY patient").map(PatientSummary.init) }
    }

    public func contains(_ patient: PatientID) throws(StoreError) -> Bool {
        try ask("SELECT EXISTS (SELECT 1 FROM patients WHERE patient = ?)", [patient]) { try Bool.fetchOne($0, arguments: $1) ?? false }
    }

    /// Entries of a patient, superseded ones included; 0 for a patient the store does not know.
    public func factCount(of patient: PatientID) throws(StoreError) -> Int {
        try ask("SELECT facts FROM patients WHERE patient = ?", [patient]) { try Int.fetchOne($0, arguments: $1) ?? 0 }
    }

    public func contains(_ patient: PatientID, fact: FactID) throws(StoreError) -> Bool {
        try ask("SELECT EXISTS (SELECT 1 FROM entries WHERE patient = ? AND fact = ?)", [patient, fact]) { try Bool.fetchOne($0, arguments: $1) ?? false }
    }

    /// When the last entry was taken in; nil for an empty store.
    public func latestEntry() throws(StoreError) -> Instant? {
        try ask(Self.latestTime, []) { try Int64.fetchOne($0, arguments: $1) }.map { Instant(milliseconds: $0) }
    }

    static let latestTime = "SELECT appended FROM entries WHERE seq = (SELECT count FROM head)"

    /// The facts of a patient as they were taken in, in the order they arrived.
    /// - Parameter count: only what stands among the first so many entries: the store as it was when it had no more.
    public func payloads(of patient: PatientID, upTo count: Int64 = .max) throws(StoreError) -> [String] {
        try read { db in try String.fetchAll(db, sql: Self.payloadsOfPatient, arguments: [patient, count]) }
    }

    /// One fact of a patient as it was taken in; nil when there is none.
    public func payload(of patient: PatientID, fact: FactID) throws(StoreError) -> String? {
        try ask("SELECT payload FROM entries WHERE patient = ? AND fact = ?", [patient, fact]) { try String.fetchOne($0, arguments: $1) }
    }

    static let payloadsOfPatient = "SELECT payload FROM entries WHERE patient = ? AND seq <= ? ORDER BY seq"

    /// The patient's chart; nil for a patient the store does not know.
    public func chart(of patient: PatientID, upTo count: Int64 = .max) throws(StoreError) -> Chart? {
        let payloads = try payloads(of: patient, upTo: count)
        guard !payloads.isEmpty else { return nil }
        do {
            return try Chart(patient: patient, facts: payloads.map { try Fact.read(try JSONReader.read($0)).fact })
        } catch {
            throw StoreError(.unreadableFact, path: path, "a stored fact cannot be read; expected `euthymia verify` to tell which")
        }
    }

    /// The lines of the ledger as they were taken in, in the order they arrived.
    public func ledgerPayloads(upTo count: Int64 = .max) throws(StoreError) -> [String] { try payloads(of: Stream.ledger.rawValue, upTo: count) }

    /// The lines of the ledger.
    public func ledgerLines(upTo count: Int64 = .max) throws(StoreError) -> [LedgerLine] {
        let payloads = try ledgerPayloads(upTo: count)
        do {
            return try payloads.map { try LedgerLine.read(try JSONReader.read($0)).line }
        } catch {
            throw StoreError(.unreadableFact, path: path, "a stored ledger line cannot be read; expected `euthymia verify` to tell which")
        }
    }

    /// One line of the ledger as it was taken in; nil when there is none.
    public func ledgerPayload(_ line: String) throws(StoreError) -> String? { try payload(of: Stream.ledger.rawValue, fact: line) }

    /// Lines of the ledger that were taken in after an entry, and the place in the chain they were read up to.
    /// - Parameter seq: of the last entry known; 0 for none.
    public func ledgerLines(after seq: Int64) throws(StoreError) -> (lines: [LedgerLine], head: Int64) {
        try read { db in
            guard let head = try Int64.fetchOne(db, sql: "SELECT count FROM head"), head > seq else { return ([], seq) }
            let payloads =
                seq == 0
                ? try String.fetchAll(db, sql: Self.payloadsOfPatient, arguments: [Stream.ledger.rawValue, head])
                : try String.fetchAll(db, sql: Self.ledgerAfter, arguments: [Stream.ledger.rawValue, seq])
            do {
                return (try payloads.map { try LedgerLine.read(try JSONReader.read($0)).line }, head)
            } catch {
                throw StoreError(.unreadableFact, path: path, "a stored ledger line cannot be read; expected `euthymia verify` to tell which")
            }
        }
    }

    /// The plus sign keeps SQLite from walking through every line there is.
    static let ledgerAfter = "SELECT payload FROM entries WHERE +patient = ? AND seq > ? ORDER BY seq"

    /// Rebuilds every projection from entries.
    public func rebuildProjections() throws(StoreError) {
        do {
            try database.write { db in
                try db.execute(sql: "DELETE FROM patients; INSERT INTO patients \(PatientSummary.fromEntries)")
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

extension Store {
    /// Facts of some kinds that were taken in after an entry, and those of any kind that supersede another: for whoever follows the chain.
    /// - Parameters:
    ///   - seq: place in the chain of the last entry known; 0 for none.
    ///   - since: facts observed before then are left out; those without a time, and those that supersede, are not.
    /// - Returns: the head of the chain these were read up to.
    public func follow(
        _ kinds: [FactKind], after seq: Int64, since: Instant, _ take: (_ patient: PatientID, _ kind: FactKind, _ payload: String) throws -> Void
    ) throws(StoreError) -> Int64 {
        try read { db in
            guard let head = try Int64.fetchOne(db, sql: "SELECT count FROM head"), head > seq else { return seq }
            let words = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            let asked = "kind IN (\(words)) AND ifnull(observed, :since) >= :since"
            let superseding = "instr(payload, '\"supersedes\":') > 0 AND NOT (\(asked))"
            // From the first entry on, the indices of kinds and of those that supersede; later, what is new of the chain: a plus sign keeps
            // SQLite from the index of kinds, where it would read all that the clinic ever stated.
            let new = seq == 0 ? "" : "+"
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT patient, kind, payload FROM entries WHERE seq > :seq AND +patient >= ' ' AND \(new)\(asked)
                    UNION ALL SELECT patient, kind, payload FROM entries WHERE \(seq == 0 ? "" : "seq > :seq AND ")+patient >= ' ' AND \(superseding)
                    """, arguments: ["seq": seq, "since": since.milliseconds])
            while let row = try rows.next() {
                if let kind = FactKind(rawValue: row["kind"]) { try take(row["patient"], kind, row["payload"]) }
            }
            return head
        }
    }
}
