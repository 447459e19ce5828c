import Crypto
import Notation

/// Six-digit codes of an authenticator app (TOTP: M'Raihi et al., RFC 6238, doi:10.17487/RFC6238, with SHA-1, 30 s, 6 digits).
public struct TimeBasedCode: Sendable, Equatable {
    public var secret: [UInt8]

    public static let secondsPerStep: Int64 = 30
    /// Bytes of a new secret, as RFC 4226 section 4 recommends.
    public static let secretLength = 20

    public init(secret: [UInt8]) { self.secret = secret }

    public static func step(at now: Instant) -> Int64 { now.milliseconds / 1000 / secondsPerStep }

    /// The code of one step.
    public func code(_ step: Int64) -> String {
        let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(mac[19] & 0x0F)
        let value = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(value % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The step that `code` belongs to, one before or after now at most; nil when there is none or when it is not later than `used`: a code
    /// that was seen is worth nothing the second time.
    /// - Parameter used: step of the last code accepted.
    public func step(accepting code: String, at now: Instant, after used: Int64?) -> Int64? {
        let typed = Array(code.utf8.filter { $0 != UInt8(ascii: " ") })
        let current = Self.step(at: now)
        var found: Int64?
        // Every step is compared, so that the time tells nothing.
        for step in [current - 1, current, current + 1] where constantTimeEqual(Array(self.code(step).utf8), typed) { found = found ?? step }
        guard let found, found > used ?? .min else { return nil }
        return found
    }

    /// The secret as people type it (RFC 4648 base 32, without padding).
    public var text: String { base32(secret) }

    /// What an authenticator app reads from a QR code (Google's key URI format).
    public func uri(account: AccountID, issuer: String) -> String {
        func encoded(_ text: String) -> String {
            text.utf8.map { byte in
                let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E
                let hex = String(byte, radix: 16, uppercase: true)
                return isPlain ? String(Unicode.Scalar(byte)) : "%" + (hex.count == 1 ? "0" : "") + hex
            }.joined()
        }
        return "otpauth://totp/\(encoded(issuer)):\(encoded(account))?secret=\(text)&issuer=\(encoded(issuer))"
    }
}

/// RFC 4648, section 6, without padding.
func base32(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    var (text, buffer, bits): ([UInt8], UInt32, Int) = ([], 0, 0)
    for byte in bytes {
        buffer = buffer << 8 | UInt32(byte)
        bits += 8
        while bits >= 5 {
            bits -= 5
            text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
        }
    }
    if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
}
