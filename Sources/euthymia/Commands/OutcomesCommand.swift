import ArgumentParser
import Evidence
import Foundation
import Guidance
import Knowledge
import Notation
import Outcomes
import Storage

struct OutcomesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes", abstract: "What a programme's charts show together; a de-identified export.",
        discussion: """
            Rows kept of each chart are made first where they are missing or out of date (docs/outcomes.md).

            Examples:
              euthymia outcomes --store clinic.sqlite --format html > outcomes.html
              euthymia outcomes --store clinics/                    every store of the folder is a site
              euthymia outcomes export research --store clinic.sqlite --secret-file secret.bin
            """,
        subcommands: [OutcomesReportCommand.self, OutcomesExportCommand.self], defaultSubcommand: OutcomesReportCommand.self)
}

struct OutcomesReportCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, html }

    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "The report, as text, as JSON, or as one HTML file that needs no other.",
        discussion: "Example: euthymia outcomes --store clinic.sqlite --format html > outcomes.html")

    @Option(help: "A store's file, or a folder of them (*.sqlite); may be repeated. Default: as for other commands. Each store is a site.")
    var store: [String] = []

    @Option(help: "text for reading, json for scripts, html to print and send.")
    var format = Format.text

    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var view: JurisdictionOption

    @Flag(help: "Take the rows as they are, without making those that are missing or out of date; the store is only read.")
    var asIs = false

    func run() throws {
        let library = try rules.library()
        let now = Instant.now
        var (rows, unread): ([Programme.Row], Int) = ([], 0)
        for path in try StorePaths.files(store) {
            let opened = asIs ? try Store.openToRead(at: path) : try Store.open(at: path)
            let site = (path as NSString).lastPathComponent.replacingOccurrences(of: ".sqlite", with: "")
            let projection = OutcomeProjection(store: opened, site: site, knowledge: library.base, jurisdiction: view.jurisdiction)
            if !asIs { try projection.refreshShowingProgress(at: now) }
            let found = try projection.rows(at: now)
            rows += found.rows
            unread += found.unread
        }
        let published = try PublishedOutcome.read(try KnowledgeLibrary.publishedOutcomes(), file: "trial_outcomes.csv")
        let report = Programme(rows: rows, asOf: now, knowledge: library.base, published: published, unread: unread).report
        switch format {
        case .json: print(report.json.pretty)
        case .html: print(report.file(title: "Outcomes of the programme"), terminator: "")
        case .text: print(report.text, terminator: "")
        }
    }
}

struct OutcomesExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Charts for research: no names, moved dates, no free text, every group large enough.",
        discussion: """
            Into a new folder of CSV files with a manifest: plain tables, or tables of the OMOP common data model 5.4 (--shape omop). The secret makes
            pseudonyms and moves dates; whoever has it can find people again, so keep it apart from the export. The same secret gives the same
            pseudonyms. The export is recorded in the audit.

            Example: head -c 32 /dev/urandom > secret.bin; euthymia outcomes export research --secret-file secret.bin
            """)

    @Argument(help: "A new folder.")
    var destination: String

    @OptionGroup var store: StoreOption
    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var view: JurisdictionOption
    @OptionGroup var output: FormatOption

    @Option(help: "A file with the secret: 16 to 4096 bytes that nobody can guess.")
    var secretFile: String

    @Option(help: "research: plain tables; omop: tables of the OMOP common data model.")
    var shape = ResearchExport.Shape.research

    @Option(help: "Every combination of age band, sex, site and product holds at least so many people.")
    var k = 5

    func validate() throws {
        guard (2...1000).contains(k) else { throw ValidationError("--k is \(k); expected 2 to 1000") }
    }

    func run() throws {
        let secret = try readFile(secretFile, limitMegabytes: 1)
        guard secret.count <= 4096, let pseudonyms = Pseudonyms(secret: secret) else {
            throw Problem("\(secretFile): holds \(secret.count) bytes; expected \(Pseudonyms.leastBytes) to 4096 that nobody can guess")
        }
        let (opened, base, now) = (try store.open(), try rules.library().base, Instant.now)
        let projection = OutcomeProjection(
            store: opened, site: (store.path as NSString).lastPathComponent.replacingOccurrences(of: ".sqlite", with: ""), knowledge: base,
            jurisdiction: view.jurisdiction)
        try projection.refreshShowingProgress(at: now)
        try opened.recordResearchExport(at: now)
        var progress = Progress("exporting charts", of: 0, every: 50)
        let export = ResearchExport(projection: projection, knowledge: base, pseudonyms: pseudonyms, k: k, shape: shape)
        let manifest = try export.write(to: destination, at: now, program: "euthymia \(programVersion)") { done, all in
            if done == 1 { progress = Progress("exporting charts", of: all, every: 50) }
            progress.reach(done)
        }
        progress.finish()
        guard output.format == .text else { return print(manifest.pretty) }
        for file in manifest["files"]?.array ?? [] {
            print(Terminal.left(file["file"]?.string ?? "", 26) + Terminal.right(file["lines"]?.text ?? "", 9) + " lines")
        }
        guard manifest["people"]?.int != 0 else {
            return print("exported to \(destination): nobody; of \(manifest["treated"]?.text ?? "0") treated people too few are alike to tell of any")
        }
        print(
            "exported to \(destination): \(manifest["people"]?.text ?? "") people, \(manifest["left_out"]?.text ?? "") left out because too few are like them; "
                + "smallest group \(manifest["smallest_group"]?.text ?? "")")
    }
}

extension ResearchExport.Shape: ExpressibleByArgument {}

struct JurisdictionOption: ParsableArguments {
    @Option(help: "Whose label and law apply: US or EU.")
    var jurisdiction = Jurisdiction.us
}

/// The stores that `--store` names.
private enum StorePaths {
    static func files(_ named: [String]) throws -> [String] {
        guard !named.isEmpty else { return try files([StoreOption.parse([]).path]) }
        let files = try named.flatMap { path -> [String] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Problem("\(path): no store here; expected one made by `euthymia chart import`, or a folder of them")
            }
            guard isFolder.boolValue else { return [path] }
            let inside = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".sqlite") }.sorted()
            guard !inside.isEmpty else { throw Problem("\(path): holds no store; expected files that end in .sqlite") }
            return inside.map { path + "/" + $0 }
        }
        return files
    }
}

extension OutcomeProjection {
    fileprivate func refreshShowingProgress(at now: Instant) throws {
        var progress = Progress("summarising charts", of: 0, every: 512)
        var isFirst = true
        try refresh(at: now) { done, all in
            if isFirst { progress = Progress("summarising charts", of: all, every: 512) }
            isFirst = false
            progress.reach(done)
        }
        progress.finish()
    }
}

extension ProgrammeReport {
    /// For a terminal: tables with their columns below each other.
    fileprivate var text: String {
        sections.map { section in
            ([section.title.uppercased()] + section.notes + section.tables.flatMap(\.lines)).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n\n" + Self.warning + "\n"
    }
}

extension ReportTable {
    fileprivate var lines: [String] {
        guard !rows.isEmpty else { return [] }
        let cells = [columns.map(\.title)] + rows.map { $0.map(\.words) }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return ["", title]
            + cells.map { row in
                row.enumerated().map { index, text in index == 0 ? Terminal.left(text, widths[0]) : Terminal.right(text, widths[index]) }.joined(
                    separator: "  ")
            }
    }
}
