import Foundation

/// A browser reduced to what a test needs: one connection, one question at a time. An answer counts only when all of it has come.
public final class Client {
    public struct Answer: Sendable {
        public var status: Int
        public var body: String
    }

    private let port: UInt16
    private let cookie: String
    private var connection: Int32 = -1
    private var token: String?

    /// - Parameter cookie: `name=value` of a sign-in.
    public init(port: UInt16, cookie: String, token: String? = nil) {
        (self.port, self.cookie, self.token) = (port, cookie, token)
    }

    deinit { hangUp() }

    public func hangUp() {
        if connection >= 0 { close(connection) }
        connection = -1
    }

    public func get(_ path: String) -> Answer? { ask("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \(cookie)\r\n\r\n") }

    /// Sends a form as the clinic's own page would; nil when no whole answer came.
    public func post(_ path: String, _ form: [String: String]) -> Answer? {
        guard let token = csrfToken() else { return nil }
        let pairs = form.merging(["csrf": token]) { old, _ in old }
        let body = pairs.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }.joined(separator: "&")
        return ask(
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \(cookie)\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// What every form of this sign-in carries, read from a page.
    public func csrfToken() -> String? {
        if let token { return token }
        guard let page = get("/account")?.body, let start = page.range(of: #"name="csrf" value=""#)?.upperBound else { return nil }
        token = String(page[start...].prefix { $0 != "\"" })
        return token
    }

    private func ask(_ request: String) -> Answer? {
        if connection < 0 { connection = connected() }
        guard connection >= 0, send(Array(request.utf8)), let answer = receive() else {
            hangUp()
            return nil
        }
        return answer
    }

    private func connected() -> Int32 {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(made, $0, size) } }
        guard result == 0 else {
            close(made)
            return -1
        }
        return made
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Foundation.send(connection, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func receive() -> Answer? {
        var received = Data()
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let separator = Data("\r\n\r\n".utf8)
        while true {
            if let head = received.range(of: separator) {
                let lines = String(decoding: received[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                let length = lines.compactMap { line -> Int? in
                    line.lowercased().hasPrefix("content-length:") ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
                }.first
                let body = received[head.upperBound...]
                if let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }), body.count >= length ?? 0 {
                    return Answer(status: status, body: String(decoding: body, as: UTF8.self))
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[..<count]
        }
    }
}
