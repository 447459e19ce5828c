import Foundation
import GRDB

extension Store {
    /// A whole copy of a store.
    public struct Copy: Sendable, Equatable {
        public var path: String
        /// The end of the chain in it.
        public var head: Checkpoint
        public var bytes: Int
    }

    /// Copies the store as it stands at one moment to a new file, while it goes on being used.
    ///
    /// The copy is made beside its place, verified, and moved there whole: whoever is killed meanwhile leaves no half copy under that name.
    /// It holds everything, secrets of sign-in included, and only its owner can read it.
    /// - Parameter progress: told which part of the copying is done, 0 to 1.
    /// - Throws: `exists`, `damaged` when what was copied does not verify, `database` when the disk refuses.
    public func backup(to destination: String, progress: @escaping (Double) -> Void = { _ in }) throws(StoreError) -> Copy {
        try Self.copy(database, from: path, to: destination, progress: progress)
    }

    /// Makes a new store of a backup: verified first, then copied, verified again and moved to its place whole.
    ///
    /// Nobody is signed in to the new store: a backup may hold sign-ins that were ended after it was made.
    /// - Throws: as `backup`; `damaged` when the backup itself does not verify.
    public static func restore(_ backup: String, to path: String, progress: @escaping (Double) -> Void = { _ in }) throws(StoreError) -> Copy {
        if case .broken(let found) = verify(at: backup) {
            throw StoreError(.damaged, path: backup, "\(found); expected a backup that verifies")
        }
        do {
            return try copy(try readOnlyQueue(backup), from: backup, to: path, progress: progress) { db in
                if try db.tableExists("sign_ins") { try db.execute(sql: "DELETE FROM sign_ins") }
            }
        } catch {
            throw StoreError(error, path: backup)
        }
    }

    private static func copy(
        _ source: any DatabaseReader, from path: String, to destination: String, progress: @escaping (Double) -> Void,
        change: (Database) throws -> Void = { _ in }
    ) throws(StoreError) -> Copy {
        for suffix in [""] + sideFiles where FileManager.default.fileExists(atPath: destination + suffix) {
            throw StoreError(.exists, path: destination + suffix, "is there already; expected a new file")
        }
        let draft = draftPath(destination)
        defer { removeDatabase(draft) }
        do {
            guard makeFile(draft) else {
                throw StoreError(.database, path: destination, "cannot be made: \(String(cString: strerror(errno))); expected a folder that can be written")
            }
            let head = try fill(draft, from: source, progress: progress, change: change)
            switch verify(at: draft) {
            case .intact(head): break
            case .intact: throw StoreError(.damaged, path: destination, "the copy has another head than the store; nothing was kept")
            case .broken(let found): throw StoreError(.damaged, path: path, "\(found); expected a store that verifies. No copy was kept")
            }
            for suffix in sideFiles { unlink(draft + suffix) }
            let bytes = try FileManager.default.attributesOfItem(atPath: draft)[.size] as? Int ?? 0
            guard moveIntoPlace(draft, destination) else {
                throw StoreError(.exists, path: destination, "is there already, or cannot be made; expected a new file")
            }
            return Copy(path: destination, head: head, bytes: bytes)
        } catch {
            throw StoreError(error, path: destination)
        }
    }

    /// Copies page by page what one read sees, whatever is written meanwhile.
    private static func fill(
        _ draft: String, from source: any DatabaseReader, progress: @escaping (Double) -> Void, change: (Database) throws -> Void
    ) throws -> Checkpoint {
        let copy = try DatabaseQueue(path: draft, configuration: configuration())
        var head = Checkpoint(count: 0, hash: "")
        try copy.writeWithoutTransaction { target in
            try source.read { db in
                try inOneRead(db) {
                    head = try Self.head(db)
                    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                    let size = pages * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096)
                    if let free = freeBytes(at: draft), free < size + Self.reserve {
                        throw StoreError(
                            .full, path: "", "needs \(size / 1_000_000 + 1) MB and leaves too little free; expected a disk with more room. Nothing was kept")
                    }
                    try db.backup(to: target, pagesPerStep: 2048) { step in
                        progress(Double(step.completedPageCount) / Double(max(1, step.totalPageCount)))
                    }
                }
            }
            try change(target)
            // One file with everything in it, that can be read where nothing can be written beside it.
            try target.execute(sql: "PRAGMA journal_mode = DELETE")
        }
        try copy.close()
        return head
    }

    /// Left free on the disk by a copy, in bytes: the clinic may be writing to the same disk.
    private static let reserve = 16_000_000

    private static func inOneRead(_ db: Database, _ body: () throws -> Void) throws {
        guard !db.isInsideTransaction else { return try body() }
        try db.inTransaction(.deferred) {
            try body()
            return .commit
        }
    }
}
