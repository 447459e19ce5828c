import ArgumentParser
import Foundation
import Guidance
import Knowledge
import Notation
import Pharmacology
import Plot
import Statistics

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "A regimen through a population model: concentrations over time, exposure.",
        discussion: """
            Without --subjects the typical subject, or with --covariates the typical person of each row. Times are hours from time zero, which is the regimen's.

            Examples:
              euthymia simulate --model perez-ruixo-2020 --regimen docs/examples/nasal.yaml --times 0:24:0.5
              euthymia simulate --model racemic-composite --regimen docs/examples/infusion.yaml --subjects 1000 --seed 1 --metrics
            `euthymia simulate --list` names the models. The regimen file: docs/simulate.md.
            """)

    @Flag(help: "List the models and stop.")
    var list = false

    @Option(help: "The model: one of --list, or a model file (.yaml).")
    var model: String?

    @Option(help: "The regimen, YAML or JSON.")
    var regimen: String?

    @Option(help: "How many people; without it the typical subject.")
    var subjects: Int?

    @Option(help: "Seed of the random numbers.")
    var seed: UInt64 = 1

    @Option(help: "CSV with a column for each covariate; row n is person n, reused from the top when there are more people.")
    var covariates: String?

    @Option(help: "Output times in hours, first:last:step or a list.")
    var times: String = "0:24:0.25"

    @Option(help: "Which outputs, separated by commas; also the amount (mg) in any state. Default: concentrations, responses and effects.")
    var outputs: String?

    @Flag(help: "Also receptor occupancy, dissociation, blood pressure, heart rate, sedation and nausea.")
    var effects = false

    @Flag(help: "Mean, sd and percentiles over people (the default with --subjects).")
    var summary = false

    @Flag(help: "Each person.")
    var individuals = false

    @Flag(help: "Cmax, Tmax, AUC, half-life and accumulation instead of the course over time.")
    var metrics = false

    @Option(help: "With --metrics also the hours above this concentration, in the output's unit.")
    var above: Double?

    @Option(help: "Also draw the course into this SVG file.")
    var plot: String?

    @Option(help: "Threads. Results do not depend on it.")
    var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "csv for tables, json for scripts.")
    var format = TableFormat.csv

    enum TableFormat: String, ExpressibleByArgument, CaseIterable { case csv, json }

    func validate() throws {
        if let subjects, !(1...100_000_000).contains(subjects) { throw ValidationError("--subjects is \(subjects); expected 1 to 100000000") }
        if summary, subjects == nil { throw ValidationError("--summary is over people; expected --subjects") }
        if individuals, subjects == nil, covariates == nil { throw ValidationError("--individuals is over people; expected --subjects or --covariates") }
        if let plot, !plot.lowercased().hasSuffix(".svg") { throw ValidationError("--plot writes SVG; expected a file name that ends in .svg") }
        if summary && individuals { throw ValidationError("give either --summary or --individuals, not both") }
        if let above, !metrics || !above.isFinite || above < 0 {
            throw ValidationError("--above \(above): expected --metrics and a concentration of 0 or more")
        }
        if plot != nil && metrics { throw ValidationError("--plot draws a course over time; expected no --metrics") }
        guard threads > 0, threads <= 1024 else { throw ValidationError("--threads is \(threads); expected 1 to 1024") }
    }

    func run() throws {
        let own = model.flatMap { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") ? $0 : nil }
        let library = try KnowledgeLibrary.shipped(with: try knowledgeTexts(own.map { [$0] } ?? []))
        if let own, let problem = KnowledgeCheck.problems(in: library, of: own).first { throw problem }
        let knowledge = library.base
        let models = knowledge.models
        if list {
            let head = ["model", "drugs", "sampling", "effects", "outputs", "title"]
            let rows = models.values.sorted { $0.model.id < $1.model.id }.map { row($0, knowledge.effects) }
            switch format {
            case .csv: print(Terminal.table(head, rows))
            case .json:
                print(JSONValue.array(rows.map { row in .object(JSONObject(zip(head, row).map { ($0, .string($1)) })) }).pretty)
            }
            return
        }
        guard let id = try own.map({ try library.modelID(in: $0) }) ?? model, let path = regimen else {
            throw Problem("simulate: needs --model and --regimen; expected both (or --list)")
        }
        guard var compiled = models[id] else {
            throw Problem("--model: \(quoted(id)) is not known; expected one of \(models.keys.sorted().joined(separator: ", "))")
        }
        let chosen = outputs?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if let chosen, chosen.isEmpty || Set(chosen).count < chosen.count {
            throw Problem("--outputs: is empty or names an output twice; expected each once")
        }
        if effects || chosen?.contains(where: knowledge.effects.defines) == true { compiled = try compiled.with(knowledge.effects) }
        let plan = try RegimenFile.read(String(decoding: try readFile(path, limitMegabytes: 10), as: UTF8.self), path: path)
        let hours = try TimeGrid.read(times)
        let table = try CovariateFile.read(covariates, for: compiled)
        // Without --subjects everyone in the file, each as the typical person of their kind.
        let count = subjects ?? table.values.map(\.count).max() ?? 1
        guard subjects == nil || !individuals || count * hours.count <= 20_000_000 else {
            throw Problem("--individuals: \(count) people at \(hours.count) times are too many to hold; expected at most 20000000 together, or --summary")
        }
        let people = Subjects(compiled, count: count, seed: subjects == nil ? nil : seed, covariates: table)
        let report: SimulationReport
        do {
            report = try makeReport(compiled, plan, people, hours, chosen, knowledge.exposureInteractions)
        } catch var diagnostic as Diagnostic where diagnostic.code.hasPrefix("regimen") || diagnostic.code.hasPrefix("simulation") {
            diagnostic.place.file = diagnostic.place.file ?? path
            throw diagnostic
        }
        let notes = notes(compiled, table) + notes(plan, compiled) + interactionNotes(plan, knowledge.exposureInteractions)
        if let plot {
            let picture = report.picture(
                title: "\(compiled.model.title): \(path)", doses: try plan.doseHours(for: compiled), quantities: compiled.quantities, notes: notes)
            guard (try? picture.svg(id: "course", style: .standalone).write(toFile: plot, atomically: true, encoding: .utf8)) != nil else {
                throw Problem("\(plot): cannot be written; expected a folder that exists and permission for it")
            }
        }
        print(format == .json ? report.json(notes: notes).text : report.csv, terminator: format == .json ? "\n" : "")
        if format == .csv { for note in notes { FileHandle.standardError.write(Data("note: \(note)\n".utf8)) } }
    }

    private func makeReport(
        _ compiled: CompiledModel, _ plan: Regimen, _ people: Subjects, _ hours: [Double], _ chosen: [String]?,
        _ interactions: [ExposureInteraction]
    ) throws -> SimulationReport {
        let progress = SharedProgress("simulating", of: people.count)
        defer { progress.finish() }
        let isSummary = subjects != nil && !individuals
        if metrics {
            let shown = chosen ?? (effects ? compiled.quantities.filter { !$0.isHidden }.map(\.id) : nil)
            let exposure = try Exposure(compiled, plan, last: hours.max() ?? 0, outputs: shown, above: above, interactions: interactions)
            if isSummary {
                let table = exposure.summarise(people, threads: threads) { progress.step($0) }
                return .metricSummary(exposure.kinds, Array(zip(exposure.outputs, table)))
            }
            let values = exposure.metrics(people, threads: threads) { progress.step($0) }
            return .metrics(exposure.kinds, values.map { Array(zip(exposure.outputs, $0)) })
        }
        let simulation = try Simulation(compiled, plan, times: hours, outputs: chosen, interactions: interactions)
        if isSummary {
            // Quantiles keep up to 4096 values for each cell of the table.
            guard hours.count * simulation.outputs.count * min(people.count, 4096) <= 100_000_000 else {
                throw Problem(
                    "--times: \(hours.count) times of \(simulation.outputs.count) outputs are too many to summarise; expected fewer times or --outputs")
            }
            return .summary(simulation.times, simulation.outputs, simulation.summarise(people, threads: threads) { progress.step($0) })
        }
        return .courses(simulation.times, simulation.outputs, simulation.courses(people, threads: threads) { progress.step($0) })
    }

    private func row(_ compiled: CompiledModel, _ effects: EffectModel) -> [String] {
        let model = compiled.model
        return [
            model.id, model.drugs.map(\.rawValue).joined(separator: " "), model.sampling.rawValue, effects.fits(model) ? "yes" : "no",
            compiled.quantities.filter { !$0.isHidden }.map(\.id).joined(separator: " "), model.title,
        ]
    }

    private func notes(_ plan: Regimen, _ compiled: CompiledModel) -> [String] {
        guard plan.deviceRestMinutes != nil, !plan.doses.contains(where: { compiled.hasDevices(for: $0) }) else { return [] }
        return ["device_rest_min changes nothing: the model \(compiled.model.id) knows no devices by these routes"]
    }

    private func interactionNotes(_ plan: Regimen, _ known: [ExposureInteraction]) -> [String] {
        let routes = Set(plan.doses.map(\.route))
        let unknown = (plan.coMedication ?? []).flatMap { taken in
            routes.filter { route in !known.contains { $0.with == taken.drug && $0.route == route } }.map(\.rawValue).sorted().map {
                "no exposure ratio is known for \(taken.drug) with \($0) doses: nothing is changed"
            }
        }
        let met = (try? plan.met(known)) ?? []
        return unknown
            + met.map { interaction in
                (interaction.isWarning ? "WARNING: " : "")
                    + "\(interaction.with) with \(interaction.route.rawValue) doses: those given meanwhile are scaled by the AUC ratio "
                    + "\(decimal(interaction.aucRatio)) measured with \(interaction.drug.rawValue) (\(interaction.confidence.rawValue)"
                    + (interaction.sources.isEmpty ? ")" : ", \(interaction.sources.joined(separator: ", ")))") + "; the peak"
                    + (interaction.cmaxRatio.map { ", measured at \(decimal($0))," } ?? "") + " and metabolites are scaled alike"
            }
    }

    /// What a reader of the numbers has to know.
    private func notes(_ compiled: CompiledModel, _ table: [String: [Double]]) -> [String] {
        var notes = ["\(compiled.model.sampling.rawValue) plasma; \(compiled.model.population)"]
        let assumed = compiled.covariates.filter { table[$0.id] == nil }
        if !assumed.isEmpty {
            notes.append("reference subject: " + assumed.map { "\($0.id) \(decimal($0.reference))" + ($0.unit.map { " \($0)" } ?? "") }.joined(separator: ", "))
        }
        if subjects == nil, (table.values.map(\.count).max() ?? 1) > 1 {
            notes.append("each row of \(covariates ?? "the file") as the typical person of its kind, without differences between people")
        }
        return notes + (compiled.model.traps ?? [])
    }
}

/// `0:24:0.25` or `0,1,2.5`.
enum TimeGrid {
    static func read(_ text: String) throws -> [Double] {
        func number(_ part: Substring) throws -> Double {
            guard let value = Double(part), value.isFinite, abs(value) <= 1e6 else {
                throw Problem("--times: \(quoted(part)) is not a time in hours; expected first:last:step or a list such as 0,0.5,1")
            }
            return value
        }
        if text.contains(":") {
            let parts = try text.split(separator: ":", omittingEmptySubsequences: false).map(number)
            guard parts.count == 3, parts[2] > 0, parts[1] >= parts[0], (parts[1] - parts[0]) / parts[2] <= 1_000_000 else {
                throw Problem("--times: \(quoted(text)) is not a grid; expected first:last:step, at most a million times")
            }
            return (0...Int(((parts[1] - parts[0]) / parts[2] + 1e-9).rounded(.down))).map { parts[0] + Double($0) * parts[2] }
        }
        let list = try text.split(separator: ",", omittingEmptySubsequences: false).map(number)
        guard list.allSatisfy({ $0 >= 0 }) || !list.isEmpty else { throw Problem("--times: is empty; expected hours") }
        return list
    }
}

/// A table of people.
enum CovariateFile {
    /// Names that people use for the same property.
    private static let aliases = ["wt": "weight", "weight_kg": "weight", "age_y": "age", "age_years": "age"]

    static func read(_ path: String?, for model: CompiledModel) throws -> [String: [Double]] {
        guard let path else { return [:] }
        let rows = try CSVReader.read(try readFile(path, limitMegabytes: 200), file: path)
        guard let header = rows.first, rows.count > 1 else { throw Problem("\(path): has no rows; expected a header and a row for each person") }
        let names = header.fields.map { name in
            let name = name.trimmingCharacters(in: .whitespaces).lowercased()
            return aliases[name] ?? name
        }
        var table: [String: [Double]] = [:]
        for covariate in model.covariates {
            guard names.filter({ $0 == covariate.id }).count < 2 else {
                throw Problem("\(path): names the column \(quoted(covariate.id)) twice; expected it once")
            }
            guard let column = names.firstIndex(of: covariate.id) else {
                throw Problem("\(path): has no column \(quoted(covariate.id)); expected \(model.covariates.map(\.id).joined(separator: ", "))")
            }
            table[covariate.id] = try rows.dropFirst().map { row in
                guard let value = Double(row.fields[column].trimmingCharacters(in: .whitespaces)), value.isFinite,
                    covariate.unit == nil ? value == 0 || value == 1 : value > 0
                else {
                    throw Problem(
                        "\(path):\(row.line): \(covariate.id) is not usable; expected \(covariate.unit.map { "a number above 0 in \($0)" } ?? "0 or 1")")
                }
                return value
            }
        }
        return table
    }
}
