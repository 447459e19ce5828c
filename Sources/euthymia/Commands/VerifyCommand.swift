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
            """)

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    @Option(help: "A head printed earlier, COUNT:HASH.")
    var against: String?

    func run() throws {
        let checkpoint = try against.map { text in
            guard let checkpoint = Checkpoint(text) else {
                throw Problem("--against: not a head of a chain; expected COUNT:HASH as `euthymia verify` prints it")
            }
            return checkpoint
        }
        guard FileManager.default.fileExists(atPath: store.path) else { throw Problem("\(store.path): no store here; expected a store") }
        switch Store.verify(at: store.path, against: checkpoint) {
        case .intact(let head):
            print(
                output.format == .json
                    ? json(["intact": true, "entries": .init(Int(head.count)), "head": .string(head.description)])
                    : "intact: \(head.count) entries, head \(head)")
        case .broken(let found):
            let seq = found.seq.map { JSONValue(Int($0)) }
            print(
                output.format == .json
                    ? json(["intact": false, "problem": .string(found.kind.rawValue), "entry": seq, "text": .string(found.description)]) : "BROKEN: \(found)")
            throw ExitCode(1)
        }
    }

    private func json(_ value: JSONValue) -> String { value.text }
}
