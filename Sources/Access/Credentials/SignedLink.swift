import Crypto
import Notation

/// The secret part of a link for self-rating: which link, until when, and a keyed hash of both, so that nobody can make or prolong one.
public struct SignedLink: Sendable, Equatable {
    public var link: String
    public var expires: Instant

    public init(link: String, expires: Instant) {
        self.link = link
        self.expires = expires
    }

    /// `link.expires.mac`, each part safe in a path.
    public func token(key: [UInt8]) -> String {
        let text = "\(link).\(String(expires.milliseconds / 1000, radix: 36))"
        return text + "." + base32(Self.mac(text, key)).lowercased()
    }

    /// The link a token stands for; nil when it was not made with `key`. An expired token is a true one: the caller says so in words.
    public init?(token: String, key: [UInt8]) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let seconds = Int64(parts[1], radix: 36), seconds > 0, seconds < 1 << 40 else { return nil }
        let mac = base32(Self.mac("\(parts[0]).\(parts[1])", key)).lowercased()
        guard constantTimeEqual(Array(mac.utf8), Array(parts[2].utf8)) else { return nil }
        self.init(link: String(parts[0]), expires: Instant(milliseconds: seconds * 1000))
    }

    private static func mac(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("euthymia.link.v1 \(text)".utf8), using: SymmetricKey(data: key)).prefix(20))
    }
}
