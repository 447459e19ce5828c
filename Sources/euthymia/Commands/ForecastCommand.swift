import ArgumentParser
import Chart
import Evidence
import Forecast
import Guidance
import Knowledge
import Notation
import Pharmacology

/// What `forecast` and `plan` ask in common.
struct ForecastOptions: ParsableArguments {
    @OptionGroup var argument: ChartArgument
    @OptionGroup var rules: KnowledgeOption
    @OptionGroup var output: FormatOption

    @Option(help: "From when, ISO 8601 with offset or a date. Default: the last dose or score of the chart.")
    var asOf: String?

    @Option(help: "Whose label and law apply: US or EU.")
    var jurisdiction = Jurisdiction.us

    @Option(help: "How many days ahead, 1 to 730.")
    var horizonDays = 84

    @Option(help: "Doses to come (docs/simulate.md); hours count from the time the forecast runs from. Default: none.")
    var regimen: String?

    @Option(help: "Seed of the random numbers.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...730).contains(horizonDays) else { throw ValidationError("--horizon-days is \(horizonDays); expected 1 to 730") }
    }

    /// Each chart named, forecast.
    func forecasts() throws -> [CourseForecast] {
        let library = try rules.library()
        let desk = try ForecastDesk(library.base, library.symptomModel)
        let plan = try regimen.map { try RegimenFile.read(String(decoding: try readFile($0, limitMegabytes: 10), as: UTF8.self), path: $0) }
        return try argument.charts(knowledge: library.base).map { chart in
            let instant = try stated() ?? ChartHistory.lastKnown(chart) ?? .now
            let review = Review(of: chart, asOf: instant, jurisdiction: jurisdiction, knowledge: library.base)
            do throws(Diagnostic) {
                return try CourseForecast(review, desk: desk, regimen: plan, horizon: horizonDays, seed: seed)
            } catch {
                throw Diagnostic(error.code, at: Place(file: regimen, path: error.place.path), error.problem, expected: error.expected)
            }
        }
    }

    /// A session of each chart that has it.
    func sessions(_ session: String) throws -> [(json: JSONValue, text: String)] {
        let knowledge = try rules.library().base
        let version = knowledge.headers.first { $0.id == "effects/acute" }?.version ?? "0"
        let found = try argument.charts(knowledge: knowledge).compactMap { chart -> (json: JSONValue, text: String)? in
            let instant = try stated() ?? chart.facts.compactMap { $0.observed?.latest }.max() ?? .now
            let review = Review(of: chart, asOf: instant, jurisdiction: jurisdiction, knowledge: knowledge)
            guard let record = review.sessions.first(where: { $0.record.id == session })?.record else { return nil }
            guard let inputs = SessionForecast.inputs(record, review),
                let forecast = SessionForecast(inputs.cause, inputs.readings, knowledge: knowledge, seed: seed)
            else {
                throw Problem(
                    "--session: \(quoted(session)) has no dose that a model describes; expected a session with a dose in mg, or by weight with a weight")
            }
            let json = forecast.json(
                patient: chart.patient, session: session, asOf: instant, effects: "effects/acute@\(version)", because: inputs.because)
            return (json, SessionForecastText(forecast: forecast, session: session).text)
        }
        guard !found.isEmpty else { throw Problem("--session: \(quoted(session)) is in no chart named; expected a session of `euthymia chart review`") }
        return found
    }

    /// The time asked for; nil when none is.
    private func stated() throws -> Instant? {
        guard asOf != nil else { return nil }
        var view = ViewOptions()
        view.asOf = asOf
        return try view.instant()
    }

    /// One answer, or a list for several charts.
    func write(_ answers: [(json: JSONValue, text: String)]) {
        switch output.format {
        case .json: print((answers.count == 1 ? answers[0].json : .array(answers.map(\.json))).pretty)
        case .text: print(answers.map(\.text).joined(separator: "\n\n"))
        }
    }
}

struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast", abstract: "One patient's course to come, with how sure it is.",
        discussion: """
            Learns from the chart's doses and scores and says what to expect: severity, response, remission, relapse (docs/forecast.md).
            Decision support: a clinician decides.

            Example: euthymia forecast docs/examples/p1.ndjson --horizon-days 84 --format json
            Example: euthymia forecast docs/examples/p1.ndjson --session s1
            """)

    @OptionGroup var options: ForecastOptions

    @Option(help: "Instead, this treatment session minute by minute: concentration, dissociation, pressure, after what was measured so far.")
    var session: String?

    func run() throws {
        guard let session else { return options.write(try options.forecasts().map { ($0.json, ForecastText($0).text) }) }
        options.write(try options.sessions(session))
    }
}

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "The next visits that the protocol permits, each with its risk and its burden.",
        discussion: """
            The rule book decides what is permitted; the forecast says how likely relapse is before each visit. It proposes; a clinician decides.

            Example: euthymia plan docs/examples/p1.ndjson --accepted-risk 0.1
            """)

    @OptionGroup var options: ForecastOptions

    @Option(help: "The chance of a relapse before the next visit that is accepted, 0 to 1. Default: the clinic default of the model's file.")
    var acceptedRisk: Double?

    func validate() throws {
        if let acceptedRisk, !(0...1).contains(acceptedRisk) { throw ValidationError("--accepted-risk is \(acceptedRisk); expected 0 to 1") }
    }

    func run() throws {
        let plans = try options.forecasts().map { VisitPlan($0, acceptedRisk: acceptedRisk) }
        options.write(plans.map { ($0.json, ForecastText($0.basis).text + "\n\n" + PlanText($0).text) })
    }
}
