import CryptoExtras

/// A password as it is kept: salt and scrypt key, with the cost it was made at (Percival, RFC 7914, doi:10.17487/RFC7914).
public struct PasswordHash: Sendable, Equatable {
    public var salt: [UInt8]
    public var key: [UInt8]
    /// log2 of scrypt's N.
    public var logRounds: Int

    /// N = 2^16, r = 8, p = 1: 64 MB and some 150 ms a try.
    public static let usualLogRounds = 16
    private static let blockSize = 8
    private static let keyLength = 32

    /// - Parameters:
    ///   - password: in Unicode's composed form (NFC), so that the same text typed on another keyboard is the same password.
    ///   - salt: 16 random bytes.
    public init(_ password: String, salt: [UInt8], logRounds: Int = usualLogRounds) throws {
        self.salt = salt
        self.logRounds = logRounds
        key = try Self.derive(password, salt: salt, logRounds: logRounds)
    }

    /// A hash that was kept.
    public init(stored key: [UInt8], salt: [UInt8], logRounds: Int) {
        (self.key, self.salt, self.logRounds) = (key, salt, logRounds)
    }

    public func matches(_ password: String) -> Bool {
        guard let other = try? Self.derive(password, salt: salt, logRounds: logRounds) else { return false }
        return constantTimeEqual(key, other)
    }

    private static func derive(_ password: String, salt: [UInt8], logRounds: Int) throws -> [UInt8] {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: keyLength, rounds: 1 << logRounds, blockSize: blockSize, parallelism: 1
        ).withUnsafeBytes { Array($0) }
    }

    /// The fewest characters of a password (NIST SP 800-63B, 3.1.1.2, for one used with a second factor is 8; this clinic asks for more).
    public static let leastLength = 12
    static let greatestLength = 256

    /// What is wrong with a new password; nil when nothing is.
    public static func problem(_ password: String, account: AccountID, name: String) -> String? {
        let lower = password.lowercased()
        if password.count < leastLength { return "is shorter than \(leastLength) characters" }
        if password.count > greatestLength { return "is longer than \(greatestLength) characters" }
        if Set(lower).count < 5 { return "repeats a few characters" }
        let parts = ([account] + name.lowercased().split(separator: " ").map(String.init)).filter { $0.count >= 4 }
        if parts.contains(where: { lower.contains($0) }) && password.count < 20 { return "holds your name" }
        return nil
    }
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
}
