import ArgumentParser
import Evidence
import Foundation
import Knowledge
import Notation
import Storage

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the store to a new file, while the clinic goes on.",
        discussion: """
            The copy is the store at one moment, made beside its place, verified, and moved there whole. It holds everything, sign-in secrets
            included: keep it as safe as the store itself. Prints the head of the chain and the size.

            Example: euthymia backup /mnt/backup/clinic-2026-11-26.sqlite
            """)

    @Argument(help: "A new file, best on another disk.")
    var destination: String

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    func run() throws {
        var progress = Progress("copying", of: 100, every: 1)
        let copy = try store.openToRead().backup(to: destination) { progress.reach(Int($0 * 100)) }
        progress.finish()
        print(output.format == .json ? copy.json.text : "backed up and verified: \(copy.words)")
    }
}

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a new store of a backup.",
        discussion: """
            The backup is verified first; the store is made beside its place, verified again, and moved there whole. A store that is there is
            never replaced. Everybody signs in anew.

            Example: euthymia restore /mnt/backup/clinic-2026-11-26.sqlite --store clinic.sqlite
            """)

    @Argument(help: "A file made by `euthymia backup`.")
    var backup: String

    @Option(help: "The new store's file.")
    var store: String

    @OptionGroup var output: FormatOption

    func run() throws {
        guard FileManager.default.fileExists(atPath: backup) else { throw Problem("\(backup): no such file; expected one made by `euthymia backup`") }
        let copy = try Store.restore(backup, to: store)
        print(output.format == .json ? copy.json.text : "restored and verified: \(copy.words)")
    }
}

struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Rehearse the loss of the store: back up, restore, compare everything.",
        discussion: """
            Makes a backup in a scratch folder, restores it there, and checks integrity, chain, head, ledger, rights and every chart against the
            live store, which stays in use. Records the outcome in the audit. Exits 1 when something does not hold.

            Example: euthymia drill
            """)

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    @Option(help: "Where the scratch folder is made, and removed again. Default: the system's folder for temporary files.")
    var scratch: String?

    func run() throws {
        let live = try store.open()
        let folder = try ScratchFolder(in: scratch)
        defer { folder.remove() }
        let drill = Drill.run(live, in: folder.path) { step in
            if output.format == .text { print("\(step.holds ? "holds" : Terminal.styled("FAILS", .red))  \(Terminal.left(step.name, 20)) \(step.seen)") }
        }
        try live.record(drill, at: .now)
        switch output.format {
        case .json: print(drill.json.pretty)
        case .text: print(drill.holds ? "The drill holds. It is recorded in the audit." : "The drill does NOT hold. It is recorded in the audit.")
        }
        if !drill.holds { throw ExitCode(1) }
    }
}

struct ExportEverythingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Everything in the store, in one command, in files that other programs read.",
        discussion: """
            Into a new folder: facts.ndjson (`chart import` takes it again), ledger.ndjson (`ledger import`), access.ndjson, audit.ndjson and
            audit.csv, tables of patients, administrations, measurements, assessments with totals, sessions and adverse events, and
            manifest.json with counts, the head of the chain and the hash of each file. The export is recorded in the audit.

            Example: euthymia export /mnt/usb/clinic-2026-11-26
            """)

    @Argument(help: "A new folder.")
    var destination: String

    @OptionGroup var store: StoreOption
    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var output: FormatOption

    @Option(help: "Whose label and law the sessions are judged by: US or EU.")
    var jurisdiction = Jurisdiction.us

    func run() throws {
        let export = ClinicExport(store: try store.open(), knowledge: try rules.library().base, jurisdiction: jurisdiction, now: .now)
        let manifest = try export.write(to: destination)
        guard output.format == .text else { return print(manifest.pretty) }
        for file in manifest["files"]?.array ?? [] {
            print(Terminal.left(file["file"]?.string ?? "", 22) + Terminal.right(file["lines"]?.text ?? "", 9) + " lines")
        }
        print("exported to \(destination): \(manifest["entries"]?.text ?? "") entries, head \(manifest["head"]?.string ?? "")")
    }
}

/// A folder for copies of charts that must not stay behind, not even when the program is told to stop.
private struct ScratchFolder {
    let path: String
    private let signals: [any DispatchSourceSignal]

    init(in parent: String?) throws {
        let path = (parent ?? NSTemporaryDirectory()) + "/euthymia-scratch-" + UUID().uuidString
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Problem("\(parent ?? NSTemporaryDirectory()): a scratch folder cannot be made here; expected a folder that can be written (--scratch)")
        }
        self.path = path
        signals = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                try? FileManager.default.removeItem(atPath: path)
                exit(2)
            }
            source.resume()
            return source
        }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        for signal in signals { signal.cancel() }
    }
}

extension Store.Copy {
    fileprivate var words: String { "\(path), \(head.count) entries, \(bytes) bytes, head \(head)" }
    fileprivate var json: JSONValue {
        ["file": .string(path), "entries": .init(Int(head.count)), "bytes": .init(bytes), "head": .string(head.description)]
    }
}

extension Drill {
    fileprivate var json: JSONValue {
        [
            "holds": .init(holds),
            "steps": .array(steps.map { ["step": .string($0.name), "holds": .init($0.holds), "seen": .string($0.seen)] }),
        ]
    }
}
