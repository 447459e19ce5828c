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

    func review() throws -> (review: LedgerReview, plans: [LedgerPlan]) {
        let library = try KnowledgeLibrary.shipped()
        let asOf = try options.instant()
        let plans = try files.map { try LedgerFile.plan(try readFile($0, limitMegabytes: 100), name: $0, now: .now) }
        let (lines, charts) = try files.isEmpty ? stored() : (lines(of: plans), readCharts(library.base))
        let given = charts.flatMap { GivenDose.all(in: $0.view(asOf: asOf)) }
        return (LedgerReview(lines, given: given, rules: library.ledgerRules, jurisdiction: options.jurisdiction, asOf: asOf), plans)
    }

    private func lines(of plans: [LedgerPlan]) throws -> [LedgerLine] {
        var entries: [String: LedgerPlan.Entry] = [:]
        for plan in plans {
            for entry in plan.entries {
                if let other = entries.updateValue(entry, forKey: entry.line.id), other.payload != entry.payload {
                    throw Diagnostic("ledger.duplicate", at: entry.place.at("id"), "is also the id of the line at \(other.place)", expected: "each id once")
                }
            }
        }
        return entries.values.map(\.line)
    }

    private func readCharts(_ knowledge: KnowledgeBase) throws -> [Chart] {
        try charts.map { file in
            guard let format = ChartFormat(fileName: file) else {
                throw Problem("\(file): cannot tell the format; expected a name ending in .ndjson, .json or .csv")
            }
            return try ChartFile.plan(try readFile(file, limitMegabytes: 100), name: file, format: format, knowledge: knowledge, now: .now)
        }.charts()
    }

    /// The store's lines, and the charts of everyone who was given something.
    private func stored() throws -> ([LedgerLine], [Chart]) {
        guard charts.isEmpty else { throw Problem("--chart: goes with ledger files; expected none for the store's ledger, which has its charts beside it") }
        let store = try store.openToRead()
        let lines = try store.ledgerLines()
        guard !lines.isEmpty else { throw Problem("\(store.path): the store has no ledger yet; expected lines taken in by `euthymia ledger import`") }
        let dosed = try store.patients().filter { $0.administrations > 0 }
        return (lines, try dosed.compactMap { try store.chart(of: $0.patient) })
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
            let counts: JSONObject = ["file": .string(file), "added": .init(added), "unchanged": .init(unchanged)]
            reports.append(.object(JSONObject(counts.members + plan.remarksJSON.members)))
            if output.format == .text {
                print("\(file): \(added) lines added, \(unchanged) known already")
                for remark in plan.remarks { print("  " + remark) }
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
        let review = try argument.review().review
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
        let (review, plans) = try argument.review()
        if argument.output.format == .json {
            let files = zip(argument.files, plans).map { file, plan in JSONValue.object(JSONObject([("file", .string(file))] + plan.remarksJSON.members)) }
            print(JSONValue.object(JSONObject((review.json.object?.members ?? []) + [("files", .array(files))])).pretty)
        } else {
            let remarks = zip(argument.files, plans).flatMap { file, plan in plan.remarks.map { "\(file): \($0)" } }
            print(([LedgerText(review: review).check] + remarks).joined(separator: "\n"))
        }
        if !review.broken.isEmpty { throw ExitCode(1) }
    }
}

struct LedgerExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "The store's ledger out, one line each.",
        discussion: """
            Every line with all it said when it was taken in, in the order of arrival; its keys sorted, and with the id it was given where it brought none.

            Example: euthymia ledger export > ledger.ndjson
            """)

    @OptionGroup var store: StoreOption

    func run() throws { for payload in try store.openToRead().ledgerPayloads() { print(payload) } }
}
