import ArgumentParser
import Foundation
import Notation
import Storage

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Is every stored entry as it was written?",
        discussion: """
            Recomputes the hash chain and names the first entry that was changed, removed or cut off. Exits 1 then.
            Prints the head of the chain; noted elsewhere, it shows a chain rewritten from the end:

              euthymia verify
              euthymia verify --against 1523:9f2c…
              euthymia verify --against /mnt/share/clinic.checkpoints     every checkpoint `serve --checkpoints` has noted
            """)

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    @Option(help: "A head printed earlier, COUNT:HASH, or a file of checkpoints.")
    var against: String?

    func run() throws {
        let noted = try checkpoints()
        guard FileManager.default.fileExists(atPath: store.path) else { throw Problem("\(store.path): no store here; expected a store") }
        let found = Store.verify(at: store.path, against: noted.checkpoints)
        print(output.format == .json ? json(found, noted).text : text(found, noted))
        if case .broken = found { throw ExitCode(1) }
    }

    private func checkpoints() throws -> CheckpointFile.Contents {
        guard let against else { return .init() }
        if let checkpoint = Checkpoint(against) { return .init(checkpoints: [checkpoint]) }
        guard FileManager.default.fileExists(atPath: against) else {
            throw Problem("--against: neither a head nor a file; expected COUNT:HASH as `euthymia verify` prints it, or a file of checkpoints")
        }
        let contents = try CheckpointFile(against).read()
        guard !contents.checkpoints.isEmpty else { throw Problem("\(against): holds no checkpoint; expected lines TIME COUNT:HASH") }
        return contents
    }

    private func text(_ found: Verification, _ noted: CheckpointFile.Contents) -> String {
        let others = noted.otherLines.map { "\nline \($0) of the file is no checkpoint" }.joined()
        switch found {
        case .intact(let head):
            return "intact: \(head.count) entries, head \(head)" + (against == nil ? "" : "; \(noted.checkpoints.count) checkpoints hold") + others
        case .broken(let found): return "BROKEN: \(found)" + others
        }
    }

    private func json(_ found: Verification, _ noted: CheckpointFile.Contents) -> JSONValue {
        var object: JSONObject
        switch found {
        case .intact(let head): object = ["intact": true, "entries": .init(Int(head.count)), "head": .string(head.description)]
        case .broken(let found):
            object = [
                "intact": false, "problem": .string(found.kind.rawValue), "entry": found.seq.map { JSONValue(Int($0)) },
                "text": .string(found.description),
            ]
        }
        if against != nil { object["checkpoints"] = .init(noted.checkpoints.count) }
        if !noted.otherLines.isEmpty { object["other_lines"] = .array(noted.otherLines.map { JSONValue($0) }) }
        return .object(object)
    }
}
