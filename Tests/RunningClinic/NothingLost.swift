import Foundation
import Notation
import Statistics
import Storage
import Synchronization

/// Streams entries into a server of its own, kills it at a random moment, starts it again, and counts: every entry that was acknowledged must
/// be there, the chain must verify, and nothing may be there in part.
///
/// A kill shows what a crash of the program leaves. What a power failure leaves rests on the disk as well, and on SQLite's `synchronous=FULL`.
public struct NothingLost: Sendable {
    public var program: URL
    /// Each signed in for itself, each waiting for the acknowledgement of an entry before it sends the next.
    public var writers = 6
    /// The longest time from the first acknowledgement to the kill, in milliseconds.
    public var longestDelay = 600
    public var seed: UInt64 = 1
    public var stream = EntryStream.vitals

    public init(program: URL) { self.program = program }

    /// What became of a run.
    public struct Tally: Sendable, CustomStringConvertible {
        public var rounds = 0
        public var acknowledged = 0
        /// Of those acknowledged.
        public var found = 0
        /// Stored, but killed before the acknowledgement arrived: sent again, they would be known.
        public var unacknowledged = 0
        /// What must not be, in words.
        public var violations: [String] = []

        public var description: String {
            "\(rounds) kills: entries acknowledged \(acknowledged) / found \(found); \(unacknowledged) stored without an answer; \(violations.count) violations"
        }
    }

    /// - Parameter report: told the tally after each round.
    public func run(rounds: Int, report: (Tally) -> Void = { _ in }) throws -> Tally {
        let clinic = try ScratchClinic()
        defer { clinic.remove() }
        try clinic.openSessions()
        let cookies = try (0..<writers).map { try clinic.employ("writer-\($0)", stream.role) }
        var random = RandomStream(seed: seed, subject: 0)
        var tally = Tally()
        var acknowledged = Set<String>()
        var server = try start(clinic)
        for round in 1...max(1, rounds) {
            acknowledged.formUnion(pour(into: server, cookies, round: round, delay: random.integer(in: 0...longestDelay)))
            if case .broken(let found) = Store.verify(at: clinic.path) { tally.violations.append("round \(round), after the kill: \(found)") }
            server = try start(clinic)
            try count(&tally, acknowledged, in: clinic, round: round)
            report(tally)
        }
        server.stop()
        if case .broken(let found) = Store.verify(at: clinic.path) { tally.violations.append("at the end: \(found)") }
        return tally
    }

    private func start(_ clinic: ScratchClinic) throws -> ServerProcess {
        try ServerProcess([program.path, "serve", "--store", clinic.path, "--port", "0"], folder: clinic.folder)
    }

    private func count(_ tally: inout Tally, _ acknowledged: Set<String>, in clinic: ScratchClinic, round: Int) throws {
        let (whole, half) = try stream.stored(try Store.openToRead(at: clinic.path))
        let lost = acknowledged.subtracting(whole)
        tally.rounds = round
        tally.acknowledged = acknowledged.count
        tally.found = acknowledged.count - lost.count
        tally.unacknowledged = whole.subtracting(acknowledged).count
        if !lost.isEmpty { tally.violations.append("round \(round): \(lost.count) acknowledged entries are not there") }
        if !half.isEmpty { tally.violations.append("round \(round): \(half.count) entries are there in part") }
    }

    /// Entries from every writer until the server is killed.
    /// - Returns: the ids acknowledged.
    private func pour(into server: ServerProcess, _ cookies: [String], round: Int, delay: Int) -> Set<String> {
        let acknowledged = Mutex<Set<String>>([])
        let hasBegun = DispatchSemaphore(value: 0)
        let group = DispatchGroup()
        for (writer, cookie) in cookies.enumerated() {
            let thread = Thread {
                defer { group.leave() }
                let client = Client(port: server.port, cookie: cookie)
                var number = 0
                while true {
                    number += 1
                    let id = "r\(round)-w\(writer)-\(number)"
                    let (path, form) = stream.request(id)
                    guard let answer = client.post(path, form) else { break }
                    // Whoever asks too much at once is told to wait.
                    guard answer.status < 400 else {
                        usleep(20_000)
                        continue
                    }
                    acknowledged.withLock { _ = $0.insert(id) }
                    hasBegun.signal()
                }
            }
            group.enter()
            thread.start()
        }
        _ = hasBegun.wait(timeout: .now() + 20)
        usleep(UInt32(delay) * 1000)
        server.kill9()
        group.wait()
        return acknowledged.withLock { $0 }
    }
}
