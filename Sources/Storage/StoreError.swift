import GRDB

/// Why the store could not do what was asked. Never carries a patient's values.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file is not a Euthymia store.
        case notAStore
        /// The store was written by a newer version of the program.
        case newer
        /// A fact with this id is stored with other content.
        case conflict
        /// SQLite could not read or write the file.
        case database
        /// A stored fact cannot be read back.
        case unreadableFact
    }

    public var code: Code
    public var path: String
    public var message: String

    public var description: String { "\(path): \(message)" }

    init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// Keeps SQLite's own words, which name tables and files but no values.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            if self.path.isEmpty { self.path = path }
        } else if let error = error as? DatabaseError {
            self.init(
                error.resultCode == .SQLITE_NOTADB ? .notAStore : .database, path: path, "\(error.message ?? "cannot be used"); expected a Euthymia store")
        } else {
            self.init(.database, path: path, "cannot be opened; expected a Euthymia store")
        }
    }
}
