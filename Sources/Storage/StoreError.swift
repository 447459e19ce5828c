import Foundation
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
        /// The disk has no room.
        case full
        /// The disk or the file cannot be written.
        case readOnly
        /// A stored fact cannot be read back.
        case unreadableFact
        /// What `verify` would name.
        case damaged
        /// A new file was asked for, and one is there.
        case exists
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
            self.init(error, path: path)
        } else {
            self.init(.database, path: path, "cannot be opened; expected a Euthymia store")
        }
    }

    private init(_ error: DatabaseError, path: String) {
        switch error.resultCode {
        case _ where error.hasNoRoom: self.init(.full, path: path, "the disk is full: nothing was stored; expected free space")
        case .SQLITE_CANTOPEN where Self.isReadOnly(path), .SQLITE_READONLY:
            self.init(.readOnly, path: path, "cannot be written: the disk, the folder or the file is read-only; expected one that can be written")
        case .SQLITE_NOTADB: self.init(.notAStore, path: path, "\(error.message ?? "cannot be used"); expected a Euthymia store")
        case .SQLITE_BUSY: self.init(.database, path: path, "another program is writing to it; expected it to finish")
        case .SQLITE_IOERR:
            self.init(.database, path: path, "the disk does not do what is asked (\(error.message ?? "input/output error")); nothing was stored")
        default: self.init(.database, path: path, "\(error.message ?? "cannot be used"); expected a Euthymia store")
        }
    }

    /// Whether a file is there and it, or its folder, where SQLite keeps its log, cannot be written.
    private static func isReadOnly(_ path: String) -> Bool {
        guard access(path, F_OK) == 0 else { return false }
        let folder = (path as NSString).deletingLastPathComponent
        return access(path, W_OK) != 0 || access(folder.isEmpty ? "." : folder, W_OK) != 0
    }
}

extension DatabaseError {
    /// The disk has no room for the file, or for what SQLite keeps beside it.
    var hasNoRoom: Bool { resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE }
}
