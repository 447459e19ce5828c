import ArgumentParser
import Chart
import Forecast
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Storage

struct ChartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chart", abstract: "One patient's record: in, looked at, judged, out.",
        subcommands: [ImportCommand.self, ListCommand.self, ShowCommand.self, ReviewCommand.self, ExportCommand.self])
}

/// A chart named on the command line: a file with a chart in it, or a patient of the store.
struct ChartArgument: ParsableArguments {
    @Argument(help: "A chart file (.ndjson, .json, .csv) or a patient of the store.")
    var chart: String

    @OptionGroup var store: StoreOption

    @Option(help: "Largest file accepted.")
    var maxMegabytes = 100

    /// The charts named: one from the store, or all in the file.
    func charts(knowledge: KnowledgeBase) throws -> [Chart] { try read(knowledge: knowledge).charts }

    /// The charts, and of a file what it holds that no rule reads.
    func read(knowledge: KnowledgeBase) throws -> (charts: [Chart], notes: [String]) {
        if let format = ChartFormat(fileName: chart) {
            let bytes = try readFile(chart, limitMegabytes: maxMegabytes)
            let plan = try ChartFile.plan(bytes, name: chart, format: format, knowledge: knowledge, now: .now)
            return (try plan.charts(), plan.notes)
        }
        guard let found = try store.openToRead().chart(of: chart) else {
            throw Problem("patient \(quoted(chart)) is not in the store; expected one of `euthymia chart list`, or a file ending in .ndjson, .json or .csv")
        }
        return ([found], [])
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take charts into the store: facts (.ndjson), FHIR R4 bundles (.json), score tables (.csv).",
        discussion: """
            Each file is taken whole or not at all. Importing a file again adds nothing. The report accounts for every record.

            Example: euthymia chart import referrals.ndjson bundle.json phq9.csv
            """)

    @Argument(help: "Files to import.")
    var files: [String]

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    @Flag(help: "Check and report; write nothing.")
    var dryRun = false

    @Option(help: "Largest file accepted.")
    var maxMegabytes = 100

    func run() throws {
        let knowledge = try KnowledgeBase.shipped()
        var reports: [ImportReport] = []
        let formats = try files.map { file in
            guard let format = ChartFormat(fileName: file) else {
                throw Problem("\(file): cannot tell the format; expected a name ending in .ndjson, .json or .csv")
            }
            return (file, format)
        }
        let opened = dryRun ? nil : try store.openOrCreate()
        for (file, format) in formats {
            let bytes = try readFile(file, limitMegabytes: maxMegabytes)
            let report = try ChartImport.run(bytes, name: file, format: format, knowledge: knowledge, now: .now, store: opened)
            if output.format == .text { print(report.text) }
            reports.append(report)
        }
        if output.format == .json {
            let all = reports.map(\.json)
            print((all.count == 1 ? all[0] : .array(all)).pretty)
        }
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The patients of the store.", discussion: "Example: euthymia chart list --format json")

    @OptionGroup var store: StoreOption
    @OptionGroup var output: FormatOption

    func run() throws {
        let patients = try store.openToRead().patients()
        switch output.format {
        case .json: print(JSONValue.array(patients.map(\.json)).pretty)
        case .text:
            print(
                Terminal.table(
                    ["patient", "facts", "doses", "first", "last"],
                    patients.map {
                        [$0.patient, "\($0.facts)", "\($0.administrations)", $0.firstObserved?.day.description ?? "", $0.lastObserved?.day.description ?? ""]
                    },
                    rightAligned: [1, 2]))
        }
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The facts of a chart, in time order.", discussion: "Example: euthymia chart show p1 --as-of 2024-03-04")

    @OptionGroup var argument: ChartArgument
    @OptionGroup var options: ViewOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let instant = try options.instant()
        for chart in try argument.charts(knowledge: try .shipped()) {
            let view = chart.view(asOf: instant)
            switch output.format {
            case .json:
                print(
                    JSONValue.object([
                        "patient": .string(chart.patient), "as_of": .string(instant.description), "facts": .array(view.current.map(\.summaryJSON)),
                    ]).pretty)
            case .text:
                print(
                    Terminal.styled(chart.patient, .bold)
                        + Terminal.styled("  \(view.current.count) facts in force of \(chart.facts.count), as of \(instant)", .dim))
                print(
                    Terminal.table(
                        ["time", "fact", "what", "by", "id"],
                        view.current.map { fact in
                            [fact.observed?.shortText ?? "", fact.kind.rawValue, fact.summary, fact.author ?? "", fact.id]
                        }))
            }
        }
    }
}

struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review", abstract: "Judge a chart: resistance, eligibility, symptoms, risk, exposure, each with its reasons.",
        discussion: """
            Examples:
              euthymia chart review patient.ndjson
              euthymia chart review p1 --as-of 2024-03-04 --jurisdiction EU --format json
            """)

    @OptionGroup var argument: ChartArgument
    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var options: ViewOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let library = try rules.library()
        let knowledge = library.base
        let desk = try ForecastDesk(knowledge, library.symptomModel)
        let instant = try options.instant()
        let (charts, notes) = try argument.read(knowledge: knowledge)
        let reviews = charts.map { Review(of: $0, asOf: instant, jurisdiction: options.jurisdiction, knowledge: knowledge) }
        switch output.format {
        case .json:
            let all = try reviews.map { review in
                let forecast = CourseForecast.isAbout(review) ? try CourseForecast(review, desk: desk).finding : .null
                return review.json.adding("forecast", forecast).adding("notes", .init(notes))
            }
            print((all.count == 1 ? all[0] : .array(all)).pretty)
        case .text:
            print(reviews.map { ReviewText(review: $0).text }.joined(separator: "\n\n\n"))
            for note in notes { FileHandle.standardError.write(Data("\(argument.chart): \(note)\n".utf8)) }
        }
    }
}

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Charts out as facts, one to a line, exactly as they were taken in.",
        discussion: "Importing the output elsewhere gives the same charts.\n\nExample: euthymia chart export p1 > p1.ndjson")

    @Argument(help: "Patients; all of the store when none is named.")
    var patients: [String] = []

    @OptionGroup var store: StoreOption

    func run() throws {
        let store = try store.openToRead()
        for patient in patients where try !store.contains(patient) {
            throw Problem("patient \(quoted(patient)) is not in the store; expected one of `euthymia chart list`")
        }
        for patient in patients.isEmpty ? try store.patients().map(\.patient) : patients {
            for payload in try store.payloads(of: patient) { print(payload) }
        }
    }
}

extension Moment {
    /// Day and, where there is one, time of day, as written.
    var shortText: String { clock.map { "\(day) \($0)" } ?? day.description }
}

extension Fact {
    /// The fact for `chart show`; the full facts come from `chart export`.
    var summaryJSON: JSONValue {
        [
            "id": .string(id), "type": .string(kind.rawValue), "time": .orNull(observed?.description), "summary": .string(summary),
            "author": author.map(JSONValue.string), "source": source.map(JSONValue.string), "recorded": recorded.map { .string($0.description) },
        ]
    }
}

extension PatientSummary {
    var json: JSONValue {
        [
            "patient": .string(patient), "facts": .init(facts), "administrations": .init(administrations),
            "first_observed": .orNull(firstObserved?.description), "last_observed": .orNull(lastObserved?.description),
        ]
    }
}
