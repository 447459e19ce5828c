import Access
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
import Trials

struct ListenOptions: ParsableArguments {
    @Option(help: "Port; 0 lets the system choose.")
    var port = 8080

    @Option(help: "Address to listen on. Any but this machine's own needs --tls-certificate and --tls-key, or --behind-proxy.")
    var address = "127.0.0.1"

    @Option(help: "A name the clinic is reached by, such as clinic.example; may be repeated.")
    var hostName: [String] = []

    @Option(help: "Certificate chain, a PEM file.")
    var tlsCertificate: String?

    @Option(help: "Its private key, a PEM file.")
    var tlsKey: String?

    @Flag(help: "A proxy on this machine speaks TLS with the browsers and sets X-Forwarded-For (docs/serving.md).")
    var behindProxy = false

    @Option(help: "Whose label and law apply unless a page asks for the other: US or EU.")
    var jurisdiction = Jurisdiction.us

    @Option(help: "The clinic's consent text: a first line \"version: …\", then Markdown or plain text.")
    var consent: String?

    private func consentText() throws -> ConsentText {
        guard let consent else { return .topics }
        do {
            return try ConsentText(file: String(decoding: try readFile(consent, limitMegabytes: 1), as: UTF8.self))
        } catch let problem as Diagnostic {
            throw Problem("\(consent): \(problem)")
        }
    }

    private func serverOptions() throws -> ServerOptions {
        guard (0...65_535).contains(port) else { throw Problem("--port: is not a port; expected 0 to 65535") }
        var tls: (certificate: String, key: String)?
        switch (tlsCertificate, tlsKey) {
        case (let certificate?, let key?): tls = (certificate, key)
        case (nil, nil): break
        default: throw Problem("--tls-certificate: goes with --tls-key; expected both or neither")
        }
        guard ["127.0.0.1", "::1", "localhost"].contains(address) || tls != nil || behindProxy else {
            throw Problem("--address: would send patients' data in the clear; expected --tls-certificate and --tls-key, or --behind-proxy")
        }
        let site = Site(hosts: Set(hostName.map { $0.lowercased() }), isSecure: tls != nil || behindProxy, isBehindProxy: behindProxy)
        return ServerOptions(address: address, port: port, site: site, tls: tls)
    }

    /// Serves until the process is told to stop.
    func serve(
        _ store: Store, knowledge: KnowledgeLibrary, clinic: String, isDemonstration: Bool, checkpoints: CheckpointKeeper? = nil,
        limitsTraffic: Bool = true, now: @escaping @Sendable () -> Instant, clockProblem: @escaping @Sendable () -> String? = { nil },
        demonstrationHint: (@Sendable (Instant) -> String)? = nil
    ) async throws {
        var options = try serverOptions()
        options.limitsTraffic = limitsTraffic
        let clinic = try Clinic(
            name: clinic, isDemonstration: isDemonstration, version: programVersion, jurisdiction: jurisdiction, store: store,
            knowledge: knowledge.base, symptoms: knowledge.symptomModel, ledgerRules: knowledge.ledgerRules, trials: try TrialKnowledge(knowledge),
            consent: try consentText(), checkpoints: checkpoints, now: now,
            offset: { TimeZone.current.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0.milliseconds) / 1000)) / 60 },
            clockProblem: clockProblem, demonstrationHint: demonstrationHint)
        do {
            try await runServer(clinic, options) { address, code in
                say("\(clinic.name) is at \(address). Stop it with Ctrl-C.")
                if let code { say("Nobody has an account yet. Open \(address)/first-start and use the one-time code \(code)") }
            }
        } catch let error as ServerError {
            throw Problem("port \(port): \(error); expected a free port, or --port 0")
        }
    }
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the clinic from the store.",
        discussion: """
            Without further options on this machine only. A new store prints a one-time code that makes the first administrator.
            With --checkpoints the end of the chain is noted in a second place, so that `euthymia verify --against FILE` shows a chain
            that was rewritten. On a disk that cannot be written, those who are signed in can read and nothing can be saved.

            Example: euthymia serve --checkpoints /mnt/share/clinic.checkpoints
            Example: euthymia serve --address 0.0.0.0 --host-name clinic.example --tls-certificate chain.pem --tls-key key.pem
            """)

    @OptionGroup var store: StoreOption
    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var options: ListenOptions

    @Option(help: "A file on another disk or share, to which the head of the chain is added again and again.")
    var checkpoints: String?

    @Option(help: "Entries after which the head is noted again.")
    var checkpointEntries: Int64 = CheckpointKeeper.Pace().entries

    @Option(help: "Minutes after which it is, when anything was added.")
    var checkpointMinutes: Double = CheckpointKeeper.Pace().minutes

    func run() async throws {
        guard checkpointEntries > 0, checkpointMinutes > 0 else { throw Problem("--checkpoint-entries, --checkpoint-minutes: expected more than 0") }
        let opened = try openOrRead()
        let keeper = checkpoints.map {
            CheckpointKeeper(opened, file: CheckpointFile($0), pace: .init(entries: checkpointEntries, minutes: checkpointMinutes), say: complain)
        }
        let clock = ClinicClock(latest: try opened.latestEntry(), machine: { .now })
        if let problem = clock.problem { complain(problem) }
        try await options.serve(
            opened, knowledge: try rules.library(), clinic: "Clinic", isDemonstration: false, checkpoints: keeper, now: { clock.now },
            clockProblem: { clock.problem })
    }

    /// The store; only for reading where its disk cannot be written. A full disk is no such place: it may be written again meanwhile.
    private func openOrRead() throws -> Store {
        do {
            if !FileManager.default.fileExists(atPath: store.path) { complain("\(store.path): a new store") }
            return try store.openOrCreate()
        } catch let error as StoreError where error.code == .readOnly {
            guard let readable = try? store.openToRead() else { throw error }
            complain("\(error). Only reading is possible until the server is started again on a disk that can be written.")
            return readable
        }
    }
}

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Build a fictional clinic of 60 patients and serve it, on this machine only.",
        discussion: "Nobody in it exists. Without --store it is kept in memory and gone when the program ends.\n\nExample: euthymia demo --port 9000")

    @Option(help: "Where to keep the clinic; a new file.")
    var store: String?

    @Option(help: "Same seed and time, same clinic.")
    var seed: UInt64 = 20_261_123

    @Flag(help: "Build the clinic and stop.")
    var buildOnly = false

    @Option(help: "A file that sets the clock, one line such as 2026-03-04T09:00:00Z; it runs on from there, and whenever the file changes.")
    var clock: String?

    @Flag(help: "Answer whatever is asked at once: for tests of the interface. Only a demonstration can.")
    var noRateLimit = false

    @OptionGroup var options: ListenOptions

    func run() async throws {
        if let store, FileManager.default.fileExists(atPath: store) { throw Problem("\(store): is there already; expected a new file for the demonstration") }
        let library = try KnowledgeLibrary.shipped()
        // Shared by everybody in it, so it is hashed once.
        let password = try PasswordHash(DemonstrationPeople.password, salt: Array("demonstration...".utf8))
        let opened = try store.map { try Store.open(at: $0) } ?? Store.inMemory()
        let clock = try DemonstrationClock(clock)
        try fill(opened, library.base, at: clock.start)
        try employ(opened, password: password, at: clock.start)
        if !buildOnly {
            try await options.serve(
                opened, knowledge: library, clinic: "Demonstration clinic", isDemonstration: true, limitsTraffic: !noRateLimit, now: { clock.now },
                demonstrationHint: Self.hint)
        }
    }

    /// How anybody in the demonstration witnesses a line of the ledger.
    @Sendable private static func hint(at now: Instant) -> String {
        let code = TimeBasedCode(secret: DemonstrationPeople.secret).code(TimeBasedCode.step(at: now))
        return "Demonstration: everybody’s password is “\(DemonstrationPeople.password)”, and the code now is \(code). A code counts once for each person."
    }

    private func fill(_ store: Store, _ knowledge: KnowledgeBase, at now: Instant) throws {
        let charts = DemonstrationClinic.charts(seed: seed, today: Day(number: now.day.number - 1))
        let stated = charts.joined() + DemonstrationDay.facts(of: charts, at: now)
        let facts = stated.map { JSONValue.object($0).text }.joined(separator: "\n")
        var reports = [try ChartImport.run(Array(facts.utf8), name: "demonstration.ndjson", format: .ndjson, knowledge: knowledge, now: now, store: store)]
        for (name, bytes) in try DemonstrationBundles.all() {
            reports.append(try ChartImport.run(bytes, name: name, format: .fhir, knowledge: knowledge, now: now, store: store))
        }
        let ledger = DemonstrationLedger.lines(of: stated, at: now).map { JSONValue.object($0).text }.joined(separator: "\n")
        let plan = try LedgerFile.plan(Array(ledger.utf8), name: "demonstration-ledger.ndjson", now: now)
        try store.append(at: now) { appender in
            for entry in plan.entries { _ = try appender.append(entry.line, payload: entry.payload) }
        }
        say("Fictional clinic: \(try store.patients().count) patients, \(reports.map(\.added).reduce(0, +)) facts.")
    }
}

extension DemoCommand {
    private func employ(_ store: Store, password: PasswordHash, at now: Instant) throws {
        let events = DemonstrationPeople.events(at: now)
        try store.append(at: now) { appender in
            for event in events { try appender.append(event) }
        }
        for account in DemonstrationPeople.accounts {
            try store.changeCredentials(of: account) { credentials in
                credentials.password = password
                credentials.code = TimeBasedCode(secret: DemonstrationPeople.secret)
            }
        }
    }
}

/// Tells the console of something that is wrong.
@Sendable private func complain(_ line: String) { FileHandle.standardError.write(Data(("euthymia: " + line + "\n").utf8)) }

/// Prints a line at once, also into a pipe: scripts wait for it.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
