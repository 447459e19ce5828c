import Chart
import Crypto
import Foundation
import Notation

/// Names and dates of an export that nobody can lead back without the secret: a pseudonym for each patient and a shift of all their dates by the
/// same number of days. The same secret gives the same, so that exports can be joined; another secret gives nothing in common.
///
/// A keyed hash (HMAC-SHA-256, RFC 2104): without the key the pseudonym of a known patient cannot be computed.
public struct Pseudonyms: Sendable {
    private let key: SymmetricKey

    /// Fewer bytes can be guessed.
    public static let leastBytes = 16
    /// Dates are moved by at most so many days either way.
    public static let greatestShift = 182

    /// Nil for a secret that is too short.
    public init?(secret: [UInt8]) {
        guard secret.count >= Self.leastBytes else { return nil }
        key = SymmetricKey(data: secret)
    }

    private func code(_ purpose: String, _ patient: PatientID) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data((purpose + "\u{0}" + patient).utf8), using: key))
    }

    /// 96 bits of the hash.
    public func name(of patient: PatientID) -> String { "r" + hexadecimal(code("name", patient).prefix(12)) }

    /// Days by which every date of the patient is moved; never 0.
    public func shift(of patient: PatientID) -> Int {
        let bits = code("shift", patient).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let step = Int(bits % UInt64(2 * Self.greatestShift))
        return step < Self.greatestShift ? step - Self.greatestShift : step - Self.greatestShift + 1
    }
}
