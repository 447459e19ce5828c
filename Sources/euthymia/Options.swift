import ArgumentParser
import Evidence
import Foundation
import Knowledge
import Notation
import Storage

/// How results are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

extension Jurisdiction: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

struct FormatOption: ParsableArguments {
    @Option(help: "text for reading, json for scripts.")
    var format = OutputFormat.text
}

struct StoreOption: ParsableArguments {
    @Option(help: "The store's file. Default: $EUTHYMIA_STORE, or clinic.sqlite in the user's data folder.")
    var store: String?

    var path: String {
        if let store { return store }
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["EUTHYMIA_STORE"], !path.isEmpty { return path }
        let data = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() + "/.local/share"
        return data + "/euthymia/clinic.sqlite"
    }

    /// Opens a store that is there, for reading.
    func openToRead() throws -> Store { try Store.openToRead(at: try existing()) }

    /// Opens a store that is there.
    func open() throws -> Store { try Store.open(at: try existing()) }

    private func existing() throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Problem("\(path): no store here; expected one made by `euthymia chart import` or named by --store")
        }
        return path
    }

    /// Opens the store, making it (and the default folder) when it is not there yet.
    func openOrCreate() throws -> Store {
        if store == nil { try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true) }
        return try Store.open(at: path)
    }
}

struct KnowledgeOption: ParsableArguments {
    @Option(
        help:
            "The clinic's own file, also more than once: rules tightened or changed, rules and protocols added (docs/adding-a-rule.md), the prior of its own patients (docs/forecast.md)."
    )
    var clinic: [String] = []

    func library() throws -> KnowledgeLibrary {
        try .shipped(clinic: try clinic.map { ($0, String(decoding: try readFile($0, limitMegabytes: 10), as: UTF8.self)) })
    }
}

struct ViewOptions: ParsableArguments {
    @Option(help: "What was known at this time (ISO 8601 with offset, or a date: the end of that day). Default: now.")
    var asOf: String?

    @Option(help: "Whose label and law apply: US or EU.")
    var jurisdiction = Jurisdiction.us

    func instant() throws -> Instant {
        guard let asOf else { return .now }
        guard let moment = Moment(asOf) else {
            throw Problem("--as-of: not a valid time; expected a date YYYY-MM-DD or a time with offset such as 2024-03-04T09:00:00Z")
        }
        return moment.isWholeDay ? moment.instant.adding(minutes: 24 * 60 - 1 / 60) : moment.instant
    }
}

extension Instant {
    /// The wall clock. The only place of the program that reads it, with the server's.
    static var now: Instant { Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded())) }
}

/// A file's bytes, refused before reading when it is larger than charts are.
func readFile(_ path: String, limitMegabytes: Int) throws -> [UInt8] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw Problem("\(path): no such file; expected one that exists") }
    guard !isDirectory.boolValue else { throw Problem("\(path): is a folder; expected a file") }
    let attributes = try? FileManager.default.attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else { throw Problem("\(path): is a pipe or a device; expected a regular file") }
    let size = attributes?[.size] as? Int ?? 0
    guard (size + 999_999) / 1_000_000 <= limitMegabytes else {
        throw Problem("\(path): is \(size / 1_000_000) MB; expected at most \(limitMegabytes) MB (raise it with --max-megabytes)")
    }
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() ?? Data() else {
        throw Problem("\(path): cannot be read; expected a readable file")
    }
    return [UInt8](data)
}
