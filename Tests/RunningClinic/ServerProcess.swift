import Foundation
import Synchronization

/// The built program, serving a store as a process of its own, so that it can be killed as a machine kills it.
public final class ServerProcess: Sendable {
    public struct Problem: Error, CustomStringConvertible {
        public var description: String
        public init(description: String) { self.description = description }
    }

    public let port: UInt16
    public let pid: Int32
    private let process: Mutex<Process>
    private let console: URL

    /// Starts the program and returns when it answers.
    /// - Parameters:
    ///   - command: what to run; the program itself, or something that ends in running it.
    ///   - folder: where what it prints is kept.
    public init(_ command: [String], folder: URL, environment: [String: String] = ProcessInfo.processInfo.environment, patience: Double = 60) throws {
        let console = folder.appendingPathComponent("console-\(UUID().uuidString)")
        guard let program = command.first, FileManager.default.createFile(atPath: console.path, contents: nil) else {
            throw Problem(description: "\(folder.path): cannot be written")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        let output = try FileHandle(forWritingTo: console)
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let end = ContinuousClock.now + .seconds(patience)
        var port: UInt16?
        while port == nil, process.isRunning, ContinuousClock.now < end {
            usleep(5000)
            port = Self.port(in: (try? String(contentsOf: console, encoding: .utf8)) ?? "")
        }
        guard let port else {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw Problem(description: "the server did not start: " + ((try? String(contentsOf: console, encoding: .utf8)) ?? ""))
        }
        (self.port, self.console, pid) = (port, console, process.processIdentifier)
        self.process = Mutex(process)
    }

    private static func port(in text: String) -> UInt16? {
        text.range(of: " is at http://127.0.0.1:").flatMap { UInt16(text[$0.upperBound...].prefix { $0.isNumber }) }
    }

    /// What it printed, to standard output and standard error.
    public var printed: String { (try? String(contentsOf: console, encoding: .utf8)) ?? "" }

    /// Ends it at once, wherever it is.
    public func kill9() { end(SIGKILL) }

    /// Asks it to stop, and waits.
    public func stop() { end(SIGTERM) }

    private func end(_ signal: Int32) {
        kill(pid, signal)
        process.withLock { $0.waitUntilExit() }
    }
}
