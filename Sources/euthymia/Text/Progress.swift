import Foundation

/// A line on standard error that says how far long work has come; nothing when that is not a terminal.
struct Progress {
    private let label: String
    private let total: Int
    private var done = 0
    private static let isShown = isatty(STDERR_FILENO) == 1

    init(_ label: String, of total: Int) {
        self.label = label
        self.total = total
    }

    mutating func step() {
        done += 1
        guard Self.isShown, done % 5000 == 0 else { return }
        FileHandle.standardError.write(Data("\r\(label): \(done) of \(total)".utf8))
    }

    /// Takes the line away again.
    func finish() {
        guard Self.isShown, done >= 5000 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
