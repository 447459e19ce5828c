import ArgumentParser
import Chart
import ClinicServer
import Demonstration
import Evidence
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Storage

struct ServerOptions: ParsableArguments {
    @Option(help: "Port on 127.0.0.1; 0 lets the system choose.")
    var port = 8080

    @Option(help: "Whose label and law apply unless a page asks for the other: US or EU.")
    var jurisdiction = Jurisdiction.us

    /// Serves until the process is told to stop.
    func serve(_ store: Store, knowledge: KnowledgeLibrary, clinic: String, isDemonstration: Bool) async throws {
        guard (0...65_535).contains(port) else { throw Problem("--port: is not a port; expected 0 to 65535") }
        let clinic = Clinic(
            name: clinic, isDemonstration: isDemonstration, version: programVersion, jurisdiction: jurisdiction, store: store,
            knowledge: knowledge.base, now: { .now })
        do {
            try await runServer(clinic, port: port) { address in
                say("\(clinic.name) is at \(address) (this machine only). Stop it with Ctrl-C.")
            }
        } catch let error as ServerError {
            throw Problem("port \(port): \(error); expected a free port, or --port 0")
        }
    }
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the clinic's pages from the store, on this machine only.",
        discussion: "There is no sign-in yet, so it binds to 127.0.0.1 and nothing else.\n\nExample: euthymia serve --port 9000")

    @OptionGroup var store: StoreOption
    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.serve(try store.open(), knowledge: try rules.library(), clinic: "Clinic", isDemonstration: false)
    }
}

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Build a fictional clinic of 60 patients and serve it, on this machine only.",
        discussion: "Nobody in it exists. Without --store it is kept in memory and gone when the program ends.\n\nExample: euthymia demo --port 9000")

    @Option(help: "Where to keep the clinic; a new file.")
    var store: String?

    @Option(help: "Same seed and day, same clinic.")
    var seed: UInt64 = 20_261_123

    @Flag(help: "Build the clinic and stop.")
    var buildOnly = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        if let store, FileManager.default.fileExists(atPath: store) { throw Problem("\(store): is there already; expected a new file for the demonstration") }
        let library = try KnowledgeLibrary.shipped()
        let opened = try store.map { try Store.open(at: $0) } ?? Store.inMemory()
        try fill(opened, library.base)
        if !buildOnly { try await options.serve(opened, knowledge: library, clinic: "Demonstration clinic", isDemonstration: true) }
    }

    private func fill(_ store: Store, _ knowledge: KnowledgeBase) throws {
        let now = Instant.now
        let charts = DemonstrationClinic.charts(seed: seed, today: Day(number: now.day.number - 1))
        let facts = charts.joined().map { JSONValue.object($0).text }.joined(separator: "\n")
        var reports = [try ChartImport.run(Array(facts.utf8), name: "demonstration.ndjson", format: .ndjson, knowledge: knowledge, now: now, store: store)]
        for (name, bytes) in try DemonstrationBundles.all() {
            reports.append(try ChartImport.run(bytes, name: name, format: .fhir, knowledge: knowledge, now: now, store: store))
        }
        say("Fictional clinic: \(try store.patients().count) patients, \(reports.map(\.added).reduce(0, +)) facts.")
    }
}

/// Prints a line at once, also into a pipe: scripts wait for it.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
