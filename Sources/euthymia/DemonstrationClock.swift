import Foundation
import Notation
import Synchronization

/// The clock of a demonstration: the wall's, or one that a file sets and that runs on from there, so that a whole day can be walked through.
final class DemonstrationClock: Sendable {
    /// When the demonstration begins.
    let start: Instant
    private let path: String?
    /// What the file told last, and the wall's time then.
    private let setting: Mutex<(told: Instant, wall: Instant)>

    /// - Throws: `Problem` when the file does not tell a time.
    init(_ path: String?) throws {
        self.path = path
        let wall = Instant.now
        start = path == nil ? wall : Self.read(path) ?? wall
        guard path == nil || Self.read(path) != nil else {
            throw Problem("\(path ?? ""): tells no time; expected one line such as 2026-03-04T09:00:00Z")
        }
        setting = Mutex((start, wall))
    }

    var now: Instant {
        setting.withLock { setting in
            let wall = Instant.now
            // While the file is being written the clock runs on.
            if let told = Self.read(path), told != setting.told { setting = (told, wall) }
            return Instant(milliseconds: setting.told.milliseconds + wall.milliseconds - setting.wall.milliseconds)
        }
    }

    private static func read(_ path: String?) -> Instant? {
        guard let path, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Instant(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
