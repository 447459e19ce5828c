import Foundation
import Notation

/// A name beside `path` for what is being made and moved there whole.
func draftPath(_ path: String) -> String { path + ".new-" + hexadecimal((0..<6).map { _ in UInt8.random(in: 0...255) }) }

/// What SQLite keeps beside a database.
let sideFiles = ["-wal", "-shm", "-journal"]

/// Removes a database and what stands beside it.
func removeDatabase(_ path: String) { for suffix in [""] + sideFiles { unlink(path + suffix) } }

/// Makes an empty file that only its owner can read.
/// - Returns: false when it is there already, or cannot be made (`errno` says why).
func makeFile(_ path: String) -> Bool {
    let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    close(file)
    return true
}

/// Moves a finished file to its place, where nothing may be yet.
/// - Returns: false when something is there already, or the place cannot be written (`errno` says which).
func moveIntoPlace(_ draft: String, _ path: String) -> Bool {
    if link(draft, path) == 0 {
        unlink(draft)
    } else {
        // Some file systems have no hard links.
        guard errno != EEXIST, !FileManager.default.fileExists(atPath: path), rename(draft, path) == 0 else { return false }
    }
    syncFolder(of: path)
    return true
}

/// Makes the name of a file as durable as its contents.
func syncFolder(of path: String) {
    let folder = open((path as NSString).deletingLastPathComponent.isEmpty ? "." : (path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
}

/// Bytes free for us on the disk that holds `path`; nil where the system does not tell.
func freeBytes(at path: String) -> Int? {
    let folder = (path as NSString).deletingLastPathComponent
    return (try? FileManager.default.attributesOfFileSystem(forPath: folder.isEmpty ? "." : folder))?[.systemFreeSize] as? Int
}
