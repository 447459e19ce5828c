import Crypto

/// The hash of one entry: SHA-256 over the hash before it and every column of its row.
///
/// Each column is written with its length or its presence, so that no two different rows give the same bytes.
struct EntryHash {
    private var bytes: [UInt8] = []

    private static let entryDomain = Array("euthymia.entry.v1".utf8)
    private static let storeDomain = Array("euthymia.store.v1".utf8)

    /// What the first entry is chained to.
    static func genesis(_ identity: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: storeDomain + identity)) }

    /// - Parameter previous: hash of the entry before, or `genesis`.
    mutating func hash(
        _ previous: [UInt8], seq: Int64, patient: String, fact: String, kind: String, observed: Int64?, recorded: Int64?, appended: Int64, payload: String
    ) -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        bytes += Self.entryDomain
        bytes += previous
        append(seq)
        append(patient)
        append(fact)
        append(kind)
        append(observed)
        append(recorded)
        append(appended)
        append(payload)
        return Array(SHA256.hash(data: bytes))
    }

    private mutating func append(_ value: Int64) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }

    private mutating func append(_ value: Int64?) {
        bytes.append(value == nil ? 0 : 1)
        append(value ?? 0)
    }

    private mutating func append(_ text: String) {
        append(Int64(text.utf8.count))
        bytes += text.utf8
    }
}
