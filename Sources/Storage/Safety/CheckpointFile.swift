import Foundation
import Notation

/// Checkpoints in a second place: a text file, best on another disk or share, with one line `time count:hash` each. It is only added to.
public struct CheckpointFile: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// What a file holds.
    public struct Contents: Sendable, Equatable {
        /// In the order they were noted.
        public var checkpoints: [Checkpoint] = []
        /// Lines that are no checkpoint, counted from 1: a write that a power failure cut short, or something else.
        public var otherLines: [Int] = []

        public init(checkpoints: [Checkpoint] = []) { self.checkpoints = checkpoints }
    }

    /// Everything in the file.
    /// - Throws: `database` when it cannot be read.
    public func read() throws(StoreError) -> Contents {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StoreError(.database, path: path, "cannot be read; expected a file of checkpoints")
        }
        var contents = Contents()
        for (index, line) in String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
            if let checkpoint = Self.checkpoint(line) { contents.checkpoints.append(checkpoint) } else { contents.otherLines.append(index + 1) }
        }
        return contents
    }

    private static func checkpoint(_ line: Substring) -> Checkpoint? {
        let words = line.split(separator: " ")
        guard words.count == 2, let time = Instant(String(words[0])), var checkpoint = Checkpoint(words[1]) else { return nil }
        checkpoint.noted = time
        return checkpoint
    }

    /// Adds a line and returns when it is on the disk.
    /// - Throws: `database` when it cannot be written; the file holds only whole lines then, as far as its disk allows.
    public func append(_ checkpoint: Checkpoint, at time: Instant) throws(StoreError) {
        let isNew = !FileManager.default.fileExists(atPath: path)
        let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        var last: UInt8 = 0
        // A line that was cut short stays by itself.
        let isCut = size > 0 && pread(file, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
        let line = Array(((isCut ? "\n" : "") + "\(time) \(checkpoint)\n").utf8)
        guard write(file, line, line.count) == line.count, fsync(file) == 0 else {
            let failure = failure()
            ftruncate(file, size)
            throw failure
        }
        if isNew { syncFolder(of: path) }
    }

    private func failure() -> StoreError { StoreError(.database, path: path, "cannot be written: \(String(cString: strerror(errno)))") }
}
