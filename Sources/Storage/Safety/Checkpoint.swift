import Foundation
import GRDB
import Notation

/// The end of the chain at some time, to be noted somewhere else.
public struct Checkpoint: Sendable, Equatable, CustomStringConvertible {
    public var count: Int64
    /// SHA-256 of the last entry, hexadecimal; of a store without entries, what the first will be chained to.
    public var hash: String
    /// When it was noted; nil where nobody says.
    public var noted: Instant?

    public init(count: Int64, hash: String, noted: Instant? = nil) {
        self.count = count
        self.hash = hash
        self.noted = noted
    }

    /// `count:hash`.
    public var description: String { "\(count):\(hash)" }

    /// Reads what `description` writes.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int64(parts[0]), count >= 0, parts[1].count == 64 else { return nil }
        self.init(count: count, hash: parts[1].lowercased())
    }

    /// How a sentence names it.
    var words: String { noted.map { "the checkpoint of \($0)" } ?? "the checkpoint" }
}

extension Store {
    /// The end of the chain as it stands.
    public func head() throws(StoreError) -> Checkpoint { try read(Self.head) }

    static func head(_ db: Database) throws -> Checkpoint {
        guard let row = try Row.fetchOne(db, sql: "SELECT count, hash FROM head") else {
            throw StoreError(.damaged, path: "", "the store has lost its head; expected a store as `euthymia verify` passes it")
        }
        return Checkpoint(count: row["count"], hash: hexadecimal(row["hash"] as Data))
    }

    /// Whether the chain holds this checkpoint, by the hash stored with its entry. `verify` computes the hashes anew.
    public func holds(_ checkpoint: Checkpoint) throws(StoreError) -> Bool {
        try read { db in
            let stored =
                checkpoint.count == 0
                ? try Data.fetchOne(db, sql: "SELECT id FROM store").map { Data(EntryHash.genesis([UInt8]($0))) }
                : try Data.fetchOne(db, sql: "SELECT hash FROM entries WHERE seq = ?", arguments: [checkpoint.count])
            return stored.map(hexadecimal) == checkpoint.hash
        }
    }
}
