import Foundation
import Notation
import Synchronization

/// The clock of a demonstration: the wall's, or the time that a file tells, so that a whole day can be walked through.
final class DemonstrationClock: Sendable {
    private let path: String?
    private let last: Mutex<Instant>

    /// - Throws: `Problem` when the file does not tell a time.
    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            last = Mutex(.now)
            return
        }
        guard let instant = Self.read(path) else { throw Problem("\(path): tells no time; expected one line such as 2026-03-04T09:00:00Z") }
        last = Mutex(instant)
    }

    /// While the file is being written the time before it stands.
    var now: Instant {
        guard let path else { return .now }
        return last.withLock { last in
            last = Self.read(path) ?? last
            return last
        }
    }

    private static func read(_ path: String) -> Instant? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Instant(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
