import Crypto
import Foundation
import Notation

/// A new folder of files, made beside its place and moved there whole, with a manifest that says what each file holds.
///
/// ```swift
/// let folder = try ExportFolder("export-2026-11-26")
/// try folder.file("facts.ndjson") { file in try file.write(payload + "\n") }
/// try folder.finish(["head": "…"])
/// ```
/// Only its owner can read it. A folder that is not finished is gone with the value.
public final class ExportFolder {
    public let path: String
    private let draft: String
    private var manifest: [JSONValue] = []
    private var isFinished = false

    /// - Throws: `exists` where something is already, `database` where no folder can be made.
    public init(_ path: String) throws(StoreError) {
        guard !FileManager.default.fileExists(atPath: path) else { throw StoreError(.exists, path: path, "is there already; expected a new folder") }
        self.path = path
        draft = draftPath(path)
        guard mkdir(draft, 0o700) == 0 else {
            throw StoreError(.database, path: path, "cannot be made: \(String(cString: strerror(errno))); expected a folder that can be written")
        }
    }

    deinit { if !isFinished { try? FileManager.default.removeItem(atPath: draft) } }

    /// One file of the folder while it is written.
    public final class File {
        public private(set) var lines = 0
        private(set) var bytes = 0
        private var hash = SHA256()
        private var pending = Data()
        private let handle: FileHandle
        private let name: String
        private static let portion = 1 << 20

        fileprivate init(_ path: String, name: String) throws {
            guard makeFile(path), let handle = FileHandle(forWritingAtPath: path) else { throw StoreError(.database, path: name, "cannot be made") }
            (self.handle, self.name) = (handle, name)
        }

        /// Adds a line, with its line feed. A quoted CSV cell may hold further ones; it still counts once.
        public func write(_ line: String) throws {
            pending += Data(line.utf8)
            lines += 1
            if pending.count >= Self.portion { try flush() }
        }

        private func onDisk(_ body: () throws -> Void) throws {
            do { try body() } catch { throw StoreError(.full, path: name, "cannot be written; expected a disk with more room. Nothing was kept") }
        }

        private func flush() throws {
            try onDisk { try handle.write(contentsOf: pending) }
            hash.update(data: pending)
            bytes += pending.count
            pending.removeAll(keepingCapacity: true)
        }

        fileprivate func finish() throws -> JSONValue {
            try flush()
            try onDisk { try handle.synchronize() }
            try? handle.close()
            return ["file": .string(name), "lines": .init(lines), "bytes": .init(bytes), "sha256": .string(hexadecimal(hash.finalize()))]
        }
    }

    /// Writes one file.
    public func file<Value>(_ name: String, _ body: (File) throws -> Value) throws -> Value {
        let file = try File(draft + "/" + name, name: name)
        let value = try body(file)
        manifest.append(try file.finish())
        return value
    }

    /// Writes the manifest, `about` with the list of files, and moves the folder to its place.
    /// - Returns: the manifest.
    public func finish(_ about: JSONObject) throws -> JSONValue {
        var about = about
        about["files"] = .array(manifest)
        try file("manifest.json") { try $0.write(JSONValue.object(about).pretty + "\n") }
        syncFolder(of: draft + "/manifest.json")
        guard !FileManager.default.fileExists(atPath: path), rename(draft, path) == 0 else {
            throw StoreError(.exists, path: path, "is there already, or cannot be made; expected a new folder")
        }
        isFinished = true
        syncFolder(of: path)
        return .object(about)
    }
}
