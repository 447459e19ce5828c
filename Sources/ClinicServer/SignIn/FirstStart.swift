import Access
import Notation
import Synchronization

/// The code that makes the first administrator: printed where the server was started, good for one use and a few tries.
final class FirstStart: Sendable {
    /// Nil when there is an administrator already.
    let code: String?
    private let triesLeft: Mutex<Int>

    init(_ clinic: Clinic) {
        code = clinic.access.book.hasAdministrator ? nil : hexadecimal(clinic.randomBytes(6)).groups(of: 4)
        triesLeft = Mutex(20)
    }

    /// Whether `typed` is the code. Blanks do not count.
    func take(_ typed: String) -> Bool {
        triesLeft.withLock { left in
            guard let code, left > 0 else { return false }
            func bare(_ text: String) -> [UInt8] { Array(text.lowercased().utf8.filter { $0 != 0x20 }) }
            guard constantTimeEqual(bare(code), bare(typed)) else {
                left -= 1
                return false
            }
            return true
        }
    }
}
