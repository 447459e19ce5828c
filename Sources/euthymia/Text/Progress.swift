import Foundation
import Synchronization

/// A line on standard error that says how far long work has come; nothing when that is not a terminal.
struct Progress {
    private let label: String
    private let total: Int
    /// How many steps between two lines.
    private let interval: Int
    private var done = 0
    private var isThere = false
    private static let isShown = isatty(STDERR_FILENO) == 1

    init(_ label: String, of total: Int, every interval: Int = 5000) {
        self.label = label
        self.total = total
        self.interval = interval
    }

    mutating func step() { reach(done + 1) }

    /// So many steps are done.
    mutating func reach(_ count: Int) {
        let isDue = count / interval > done / interval
        done = count
        guard Self.isShown, isDue else { return }
        isThere = true
        FileHandle.standardError.write(Data("\r\(label): \(done) of \(total)".utf8))
    }

    /// Takes the line away again.
    func finish() {
        guard isThere else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}

/// A progress line that any thread may move on.
final class SharedProgress: Sendable {
    private let line: Mutex<Progress>

    init(_ label: String, of total: Int) { line = Mutex(Progress(label, of: total)) }

    func step(_ count: Int) { line.withLock { line in for _ in 0..<count { line.step() } } }
    func finish() { line.withLock { $0.finish() } }
}
