import ArgumentParser
import Chart
import Dispensary
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Storage

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The accounts of controlled drugs: lines in, balances, and what the rules find.",
        subcommands: [LedgerImportCommand.self, LedgerBalanceCommand.self, LedgerCheckCommand.self, LedgerExportCommand.self])
}

/// The ledger named on the command line: files, or the store's.
struct LedgerArgument: ParsableArguments {
    @Argument(help: "Ledger files (.ndjson); the store's ledger when none is named.")
    var files: [String] = []

    @Option(name: .customLong("chart"), help: "A chart file whose doses the files' sessions are held against; may be repeated.")
    var charts: [String] = []

    @OptionGroup var store: StoreOption
    @OptionGroup var options: ViewOptions
    @OptionGroup var output: FormatOption

    func review() throws -> LedgerReview {
        let library = try KnowledgeLibrary.shipped()
        let asOf = try options.instant()
        let (lines, views) = try files.isEmpty ? stored(asOf) : fromFiles(library.base, asOf)
        return LedgerReview(
            lines, given: views.flatMap(GivenDose.all), rules: library.ledgerRules, jurisdiction: options.jurisdiction, asOf: asOf)
    }

    private func fromFiles(_ knowledge: KnowledgeBase, _ asOf: Instant) throws -> ([LedgerLine], [ChartView]) {
        var entries: [String: LedgerPlan.Entry] = [:]
        for file in files {
            for entry in try LedgerFile.plan(try readFile(file, limitMegabytes: 100), name: file, now: .now).entries {
                if let other = entries.updateValue(entry, forKey: entry.line.id), other.payload != entry.payload {
                    throw Diagnostic("ledger.duplicate", at: entry.place.at("id"), "is also the id of the line at \(other.place)", expected: "each id once")
                }
            }
        }
        let views = try charts.flatMap { file in
            guard let format = ChartFormat(fileName: file) else {
                throw Problem("\(file): cannot tell the format; expected a name ending in .ndjson, .json or .csv")
            }
            return try ChartFile.plan(try readFile(file, limitMegabytes: 100), name: file, format: format, knowledge: knowledge, now: .now).charts()
        }.map { $0.view(asOf: asOf) }
        return (entries.values.map(\.line), views)
    }

    /// The store's lines, and the charts of everyone who was given something.
    private func stored(_ asOf: Instant) throws -> ([LedgerLine], [ChartView]) {
        guard charts.isEmpty else { throw Problem("--chart: goes with ledger files; expected none for the store's ledger, which has its charts beside it") }
        let store = try store.openToRead()
        let lines = try store.ledgerLines()
        guard !lines.isEmpty else { throw Problem("\(store.path): the store has no ledger yet; expected lines taken in by `euthymia ledger import`") }
        let dosed = try store.patients().filter { $0.administrations > 0 }
        return (lines, try dosed.compactMap { try store.chart(of: $0.patient)?.view(asOf: asOf) })
    }
}

struct LedgerImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take ledger lines into the store, in the same chain as the charts.",
        discussion: """
            A file is taken whole or not at all; importing it again adds nothing. A line that breaks a rule is taken, and named.

            Example: euthymia ledger import ledger.ndjson
            """)

    @Argument(help: "Files to import (.ndjson).")
    var files: [String]

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    func run() throws {
        let plans = try files.map { file in (file, try LedgerFile.plan(try readFile(file, limitMegabytes: 100), name: file, now: .now)) }
        let store = try store.openOrCreate()
        var reports: [JSONValue] = []
        for (file, plan) in plans {
            var added = 0
            try store.append(at: .now) { appender in
                for entry in plan.entries {
                    do {
                        if try appender.append(entry.line, payload: entry.payload) { added += 1 }
                    } catch let error as StoreError where error.code == .conflict {
                        throw Diagnostic(
                            "ledger.conflict", at: entry.place, "a line with this id is in the store with other content", expected: "a new id, or a reversal")
                    }
                }
            }
            let unchanged = plan.entries.count - added + plan.repeated
            reports.append([
                "file": .string(file), "added": .init(added), "unchanged": .init(unchanged),
                "unknown_keys": .object(JSONObject(plan.unknownKeys.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) })),
            ])
            if output.format == .text {
                print("\(file): \(added) lines added, \(unchanged) known already")
                for (key, count) in plan.unknownKeys.sorted(by: { $0.key < $1.key }) { print("  \(count) × \(key): kept, read by no rule") }
            }
        }
        if output.format == .json { print((reports.count == 1 ? reports[0] : .array(reports)).pretty) }
    }
}

struct LedgerBalanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance", abstract: "What is where, lot by lot.", discussion: "Example: euthymia ledger balance --as-of 2024-03-31")

    @OptionGroup var argument: LedgerArgument

    func run() throws {
        let review = try argument.review()
        print(argument.output.format == .json ? review.json.pretty : LedgerText(review: review).balances)
    }
}

struct LedgerCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Name every broken rule and every open duty; exit 1 when a rule is broken.",
        discussion: """
            Examples:
              euthymia ledger check
              euthymia ledger check ledger.ndjson --chart p1.ndjson --format json
            """)

    @OptionGroup var argument: LedgerArgument

    func run() throws {
        let review = try argument.review()
        print(argument.output.format == .json ? review.json.pretty : LedgerText(review: review).check)
        if !review.broken.isEmpty { throw ExitCode(1) }
    }
}

struct LedgerExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "The store's ledger out, one line each, exactly as it was taken in.",
        discussion: "Example: euthymia ledger export > ledger.ndjson")

    @OptionGroup var store: StoreOption

    func run() throws { for payload in try store.openToRead().ledgerPayloads() { print(payload) } }
}
