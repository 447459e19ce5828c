import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClinicServer

#if canImport(Glibc)
    import Glibc
#endif

/// Clients that take their time, over real connections: each is cut off after the limit, and others are answered meanwhile.
@Suite(.serialized) struct SlowClientTests {
    /// A connection of our own, for what no client library would send.
    private final class Connection {
        private let socket: Int32

        init(port: Int) throws {
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
            try #require(result == 0)
        }

        deinit { close(socket) }

        /// - Returns: whether the other end still takes something.
        @discardableResult
        func send(_ text: String) -> Bool {
            Array(text.utf8).withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) == $0.count }
        }

        /// What has come within so many milliseconds; nil once the other end has closed.
        func receive(within milliseconds: Int32) -> String? {
            var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, milliseconds) > 0 else { return "" }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket, &bytes, bytes.count, 0)
            return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
        }
    }

    private func served(
        patience seconds: Int64, _ test: TestClinic? = nil, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let test = try test ?? TestClinic()
        var options = ServerOptions(port: 0)
        // All of them come from one address; how much that may ask is another test.
        options.limitsTraffic = false
        (options.patience.silence, options.patience.request) = (.seconds(seconds), .seconds(seconds))
        try await buildApplication(test.clinic, options).test(.live) { client in try await body(try #require(client.port)) }
    }

    /// Sends `part` again and again until the server has had enough.
    /// - Returns: after how many seconds it closed; nil when it never did.
    private func patience(port: Int, opening: String, part: String) async throws -> Double? {
        let connection = try Connection(port: port)
        let began = ContinuousClock.now
        connection.send(opening)
        while began.duration(to: .now) < .seconds(60) {
            let isOpen = connection.send(part)
            if !isOpen || connection.receive(within: 1) == nil { return began.duration(to: .now) / .seconds(1) }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    /// A browser that leaves a live page is noticed at once: nothing more is drawn for it.
    @Test func whoHasLeftIsNotToldAnything() async throws {
        let test = try TestClinic()
        let (clinic, cookie) = (test.clinic, try test.signIn(.nurse).cookie)
        try await served(patience: 60, test) { port in
            var connection: Connection? = try Connection(port: port)
            connection?.send("GET /board/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: euthymia=\(cookie)\r\n\r\n")
            #expect(connection?.receive(within: 20_000)?.hasPrefix("HTTP/1.1 200") == true)
            #expect(clinic.live.count == 1)
            connection = nil
            let left = ContinuousClock.now
            while clinic.live.count > 0, left.duration(to: .now) < .seconds(4) { try await Task.sleep(for: .milliseconds(20)) }
            #expect(clinic.live.count == 0)
        }
    }

    @Test func slowHeadsAndSlowBodiesAreCutOff() async throws {
        try await served(patience: 1) { port in
            let form = "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
            let head = try await patience(port: port, opening: "GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", part: "a")
            let body = try await patience(port: port, opening: form, part: "a")
            let silence = try await patience(port: port, opening: "", part: "")
            for (what, seconds) in [("head", head), ("body", body), ("silence", silence)] {
                #expect(try #require(seconds, "\(what) was never cut off") >= 0.8, "\(what)")
            }
        }
    }

    @Test func othersAreServedMeanwhile() async throws {
        try await served(patience: 120) { port in
            let slow = try (0..<100).map { number in
                let connection = try Connection(port: port)
                connection.send("POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n" + (number.isMultiple(of: 2) ? "\r\na" : ""))
                return connection
            }
            let other = try Connection(port: port)
            other.send("GET /style.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            #expect(try #require(other.receive(within: 60_000)).hasPrefix("HTTP/1.1 200"))
            #expect(slow.allSatisfy { $0.receive(within: 0) == "" }, "they are all still there")
        }
    }

    /// Ten megabytes are not taken in before they are refused.
    @Test func aFloodOfBytesIsRefusedEarly() async throws {
        try await served(patience: 30) { port in
            let connection = try Connection(port: port)
            connection.send("POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000\r\n\r\n")
            let part = String(repeating: "a", count: 32_768)
            var (sent, answer) = (0, "")
            while sent < 10_000_000, let said = connection.receive(within: 50) {
                answer += said
                if !answer.isEmpty { break }
                guard connection.send(part) else { break }
                sent += part.utf8.count
            }
            #expect(sent < 5_000_000 && (answer.isEmpty || answer.hasPrefix("HTTP/1.1 413")), "\(sent) bytes, \(answer.prefix(40))")
        }
    }
}
