import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Where the clinic is reached: directly on this machine, over TLS of its own, or behind a proxy that speaks TLS.
public struct Site: Sendable, Equatable {
    /// Names a request may be addressed to, besides this machine's own. A page elsewhere must not reach the clinic through a name that was
    /// made to point here.
    public var hosts: Set<String>
    /// The browser speaks TLS with us or with our proxy.
    public var isSecure: Bool
    /// The proxy on this machine says where a request came from.
    public var isBehindProxy: Bool

    public init(hosts: Set<String> = [], isSecure: Bool = false, isBehindProxy: Bool = false) {
        self.hosts = hosts
        self.isSecure = isSecure
        self.isBehindProxy = isBehindProxy
    }

    public static let loopback = Site()

    func isOurs(_ authority: String) -> Bool { isLoopback(authority) || hosts.contains(hostName(authority)) }

    /// Where a request came from. What the proxy adds last is what it saw itself; earlier entries anybody can write.
    func address(of request: Request, peer: String?) -> String {
        guard isBehindProxy, let seen = request.headers[.forwardedFor]?.split(separator: ",").last else { return peer ?? "local" }
        return String(seen.drop { $0 == " " }.prefix(45))
    }

    /// Whether a form came from one of our own pages. Browsers say so themselves (Fetch metadata, or the origin of a POST); a client that says
    /// neither is no browser, and nobody can make it carry another person's cookie.
    func isOwnPage(_ headers: HTTPFields) -> Bool {
        if let site = headers[.fetchSite] { return site == "same-origin" || site == "none" }
        guard let origin = headers[.origin] else { return true }
        guard origin != "null", let start = origin.range(of: "://")?.upperBound else { return false }
        return isOurs(String(origin[start...]))
    }

    /// The sign-in's cookie. The `__Host-` prefix binds it to this host and to TLS.
    var cookieName: String { isSecure ? "__Host-euthymia" : "euthymia" }

    func cookie(_ value: String, seconds: Int) -> String {
        "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
    }

    /// The value of our cookie in a request.
    func cookie(of headers: HTTPFields) -> String? {
        let start = cookieName + "="
        for field in headers[values: .cookie] {
            for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
                let pair = pair.drop { $0 == UInt8(ascii: " ") }
                if pair.starts(with: start.utf8), pair.count > start.utf8.count { return String(pair.dropFirst(start.utf8.count)) }
            }
        }
        return nil
    }
}

extension HTTPField.Name {
    static let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .from
    static let fetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .from
}

/// Whether a request's authority (`Host`, with or without a port) is this machine.
func isLoopback(_ authority: String) -> Bool { ["127.0.0.1", "localhost", "[::1]"].contains(hostName(authority)) }

/// The name of an authority without its port, lower case.
private func hostName(_ authority: String) -> String {
    let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.firstIndex(of: ":")
    return authority[..<(end ?? authority.endIndex)].lowercased()
}
