import Chart
import Dispensary
import Foundation
import GRDB
import Notation

/// What `verify` found.
public enum Verification: Sendable, Equatable {
    /// Every entry is as it was written.
    case intact(Checkpoint)
    /// The first thing wrong.
    case broken(Break)

    public struct Break: Sendable, Equatable, CustomStringConvertible {
        public enum Kind: String, Sendable {
            /// An entry is not what was written.
            case altered
            /// An entry is not there.
            case removed
            /// Entries at the end are not there.
            case truncated
            /// The head does not belong to the last entry.
            case head
            /// The chain is not the one of the checkpoint.
            case checkpoint
            /// The patient list does not say what the entries say; `rebuildProjections` mends it.
            case projection
            /// The tables or triggers are not ours.
            case schema
            /// SQLite cannot read the file.
            case unreadable
        }

        public var kind: Kind
        /// The entry concerned.
        public var seq: Int64?
        public var description: String
    }
}

extension Store {
    /// Reads every entry of the file at `path` and checks the chain, the head, the payloads, the schema and the projections.
    ///
    /// The file is opened for reading only and not changed. Memory does not grow with the store.
    ///
    /// - Parameter checkpoints: noted elsewhere, in any order. All are held against the chain in the same pass.
    /// - Important: Someone who can write the file and rewrites the chain and its head from some entry on leaves a chain consistent in
    ///   itself. Only a checkpoint noted elsewhere shows that.
    public static func verify(at path: String, against checkpoints: [Checkpoint] = []) -> Verification {
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            return try readOnlyQueue(path).read { db in
                // SQLite takes what is missing at the end of the last page for zeroes.
                guard try size.isMultiple(of: Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096) else {
                    return .broken(.init(kind: .unreadable, seq: nil, description: "the file is damaged: it is cut off within a page"))
                }
                return try StoreVerifier(db: db, checkpoints: checkpoints.sorted { $0.count < $1.count }).run()
            }
        } catch {
            let words = (error as? DatabaseError)?.message ?? "cannot be read"
            return .broken(.init(kind: .unreadable, seq: nil, description: "the file is damaged or not a store: \(words)"))
        }
    }
}

/// One pass over a store.
private struct StoreVerifier {
    let db: Database
    /// By count.
    let checkpoints: [Checkpoint]

    private func broken(_ kind: Verification.Break.Kind, at seq: Int64? = nil, _ text: String) -> Verification {
        .broken(.init(kind: kind, seq: seq, description: text))
    }

    func run() throws -> Verification {
        if try Store.schema(db) != Store.expectedSchema(of: db) { return broken(.schema, "tables or triggers were changed") }
        guard let identity = try Data.fetchOne(db, sql: "SELECT id FROM store"), let head = try Row.fetchOne(db, sql: "SELECT count, hash FROM head")
        else { return broken(.head, "the store has lost its identity or its head") }
        if let chain = try chain(from: [UInt8](identity), head: head) { return chain }
        if let words = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)"), words != "ok" {
            return broken(.unreadable, "SQLite's own check fails: \(words)")
        }
        if try projectionDiffers() { return broken(.projection, "the patient list does not say what the entries say") }
        return .intact(Checkpoint(count: head["count"], hash: hexadecimal(head["hash"] as Data)))
    }

    /// Nil when the chain holds.
    private func chain(from identity: [UInt8], head: Row) throws -> Verification? {
        var hasher = EntryHash()
        var hash = EntryHash.genesis(identity)
        var seq: Int64 = 0
        var noted = checkpoints[...]
        /// The first checkpoint of the entry just read that is not what the chain says.
        func contradiction() -> Checkpoint? {
            while let checkpoint = noted.first, checkpoint.count == seq {
                noted.removeFirst()
                if checkpoint.hash != hexadecimal(hash) { return checkpoint }
            }
            return nil
        }
        if let checkpoint = contradiction() {
            return broken(.checkpoint, at: 0, "\(checkpoint.words) is of another store")
        }
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM entries ORDER BY seq")
        while let row = try rows.next() {
            seq += 1
            let found: Int64 = row["seq"]
            guard found == seq else { return broken(.removed, at: seq, "entry \(seq) was removed") }
            let (patient, fact, kind, payload): (String, String, String, String) = (row["patient"], row["fact"], row["kind"], row["payload"])
            hash = hasher.hash(
                hash, seq: seq, patient: patient, fact: fact, kind: kind, observed: row["observed"], recorded: row["recorded"],
                appended: row["appended"], payload: payload)
            guard hash == [UInt8](row["hash"] as Data) else { return broken(.altered, at: seq, "entry \(seq) is not what was written") }
            guard let json = try? JSONReader.read(payload), json.canonical == payload, json["id"]?.string == fact,
                isFiled(json, under: patient, kind: kind)
            else { return broken(.altered, at: seq, "entry \(seq) does not hold the fact it is filed under") }
            if let checkpoint = contradiction() {
                return broken(.checkpoint, at: seq, "entry \(seq) is not the one of \(checkpoint.words): the chain was rewritten")
            }
        }
        let count: Int64 = head["count"]
        if count > seq { return broken(.truncated, at: seq + 1, "entry \(seq + 1) and all after it are missing: the head says \(count)") }
        if count < seq || hash != [UInt8](head["hash"] as Data) { return broken(.head, at: count, "the head is not that of entry \(seq)") }
        if let checkpoint = noted.first {
            return broken(.checkpoint, at: seq + 1, "entry \(seq + 1) and all after it are missing: \(checkpoint.words) says \(checkpoint.count)")
        }
        return nil
    }

    /// Whether an entry holds what its stream and its kind say.
    private func isFiled(_ json: JSONValue, under stream: String, kind: String) -> Bool {
        switch Store.Stream(rawValue: stream) {
        case .ledger: (try? LedgerLine.read(json))?.line.kind.rawValue == kind
        case .access, .audit: json["type"]?.string == kind
        case nil: json["patient"]?.string == stream && json["type"]?.string == kind
        }
    }

    private func projectionDiffers() throws -> Bool {
        let stored = "SELECT patient, facts, administrations, first_observed, last_observed FROM patients"
        if try differ(stored, PatientSummary.fromEntries) { return true }
        return try db.tableExists("audit") && differ("SELECT seq, time, who, what, patient FROM audit", Store.auditFromEntries)
    }

    private func differ(_ stored: String, _ derived: String) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT * FROM (\(stored)) EXCEPT SELECT * FROM (\(derived)))
                    OR EXISTS (SELECT * FROM (\(derived)) EXCEPT SELECT * FROM (\(stored)))
                """) ?? true
    }
}
