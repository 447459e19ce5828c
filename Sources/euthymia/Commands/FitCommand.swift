import ArgumentParser
import Chart
import Forecast
import Foundation
import Interchange
import Knowledge
import Notation

extension PopulationFit.Method: ExpressibleByArgument {}

struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "A population model estimated from a table of many people.",
        discussion: """
            The table is NONMEM-style CSV (ID TIME AMT RATE DV EVID MDV CMT and covariates); the model file says structure, start values, what is estimated
            and how measurements scatter: docs/fit.md.

            With --charts instead, a programme's own patients are the data: what they say of the population that forecasts start from, beside the prior that
            ships (docs/forecast.md).

            Example:
              euthymia fit --data docs/examples/theophylline.csv --model docs/examples/theophylline.yaml
              euthymia fit --charts programme.ndjson --prior clinic-prior.yaml
            """)

    @Option(help: "The table, CSV.")
    var data: String?

    @Option(help: "The model file, YAML.")
    var model: String?

    @Option(parsing: .upToNextOption, help: "Instead of table and model: chart files of a programme, from which its own prior for forecasts is learnt.")
    var charts: [String] = []

    @Option(
        help: "With --charts: also write the clinic's prior into this file, for --clinic of forecast, plan and serve. Only where it is better than the shipped."
    )
    var prior: String?

    @Option(help: "focei: Laplace's approximation, as NONMEM's FOCE with interaction; imp: importance-sampling expectation maximisation from there.")
    var method = PopulationFit.Method.focei

    @Option(help: "Seed of whatever is drawn.")
    var seed: UInt64 = 1

    @Option(help: "Draws for each person with --method imp.")
    var samples = 1000

    @Option(help: "Threads. Results do not depend on it.")
    var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Also write pictures of the fit into this folder: fit.svg; vpc.svg and, corrected for prediction, pcvpc.svg from 200 simulated repetitions.")
    var plots: String?

    @Option(help: "Also write, measurement by measurement, what the model says into this CSV file.")
    var table: String?

    @OptionGroup var output: FormatOption

    func validate() throws {
        guard (1...1024).contains(threads) else { throw ValidationError("--threads is \(threads); expected 1 to 1024") }
        guard charts.isEmpty != (data == nil && model == nil), (data == nil) == (model == nil) else {
            throw ValidationError("expected --data with --model, or --charts")
        }
        guard prior == nil || !charts.isEmpty else { throw ValidationError("--prior is that of --charts; expected them") }
        guard (10...1_000_000).contains(samples) else { throw ValidationError("--samples is \(samples); expected 10 to 1000000") }
    }

    func run() throws {
        guard let data, let model else { return try fitCharts() }
        let begin = ContinuousClock.now
        let file = try FitModelFile.read(String(decoding: try readFile(model, limitMegabytes: 10), as: UTF8.self), path: model)
        var options = PopulationFit.Options()
        options.method = method
        options.seed = seed
        options.samples = samples
        options.threads = threads
        let fit: PopulationFit
        do {
            let table = try PopulationTable.read(try readFile(data, limitMegabytes: 200), file: data, as: file.data)
            fit = try PopulationFit(file, table, options)
        } catch var diagnostic as Diagnostic {
            diagnostic.place.file = diagnostic.place.file ?? (diagnostic.code.hasPrefix("fit.data") ? data : model)
            throw diagnostic
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        if let plots {
            let pictures = [
                ("fit", try fit.goodnessPicture()), ("vpc", try fit.checkPicture(isCorrected: false, seed: seed, threads: threads)),
                ("pcvpc", try fit.checkPicture(isCorrected: true, seed: seed, threads: threads)),
            ]
            for (name, picture) in pictures {
                try write(picture.svg(id: name, style: .standalone), to: plots + "/\(name).svg")
            }
        }
        if let table { try write(fit.table(), to: table) }
        print(output.format == .json ? fit.json(seconds: seconds).text : fit.text(seconds: seconds), terminator: output.format == .json ? "\n" : "")
    }

    private func fitCharts() throws {
        let begin = ContinuousClock.now
        let library = try KnowledgeLibrary.shipped()
        let desk = try ForecastDesk(library.base, library.symptomModel)
        let found = try charts.flatMap { path -> [Chart] in
            guard let format = ChartFormat(fileName: path) else { throw Problem("--charts: \(path) is no chart file; expected .ndjson, .json or .csv") }
            let bytes = try readFile(path, limitMegabytes: 1000)
            return try ChartFile.plan(bytes, name: path, format: format, knowledge: library.base, now: .now).charts()
        }
        let people = desk.learn(found, seed: seed, threads: threads)
        let prior = try ClinicPrior(people, model: library.symptomModel)
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        print(output.format == .json ? prior.json(model: desk.modelName, seconds: seconds).pretty : prior.text(of: found.count, model: desk.modelName))
        guard let path = self.prior else { return }
        guard prior.isBetter else {
            throw Problem(
                "--prior: is not written, for patients whom this prior has not seen do not speak for it; expected more patients, or the shipped prior")
        }
        try write(try KnowledgeLibrary.clinicFile(prior.file(model: desk.modelName), date: Instant.now.description.prefix(10).description), to: path)
    }

    private func write(_ text: String, to path: String) throws {
        guard (try? text.write(toFile: path, atomically: true, encoding: .utf8)) != nil else {
            throw Problem("\(path): cannot be written; expected a folder that exists and permission for it")
        }
    }
}
