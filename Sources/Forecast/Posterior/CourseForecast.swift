import Chart
import Dispatch
import Evidence
import Guidance
import Notation
import Pharmacology
import Synchronization

/// What a forecast of charts needs, prepared once.
public struct ForecastDesk: Sendable {
    public let knowledge: KnowledgeBase
    public let forecaster: Forecaster
    public let occupancy: OccupancyModel

    /// - Parameter header: of the knowledge file that holds the model.
    public init(_ knowledge: KnowledgeBase, _ model: SymptomModel) throws(Diagnostic) {
        self.knowledge = knowledge
        let version = knowledge.headers.first { $0.id == "symptoms/course" }?.version ?? "0"
        forecaster = try Forecaster(model, version: version)
        occupancy = OccupancyModel(knowledge)
    }

    /// What is learnt of each chart that has doses and enough scores, in the order of the charts; the same on any number of threads.
    public func learn(_ charts: [Chart], seed: UInt64, threads: Int) -> [Forecaster.Knowing] {
        let found = Mutex([Forecaster.Knowing?](repeating: nil, count: charts.count))
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, charts.count))) { worker in
            for number in stride(from: worker, to: charts.count, by: max(1, min(threads, charts.count))) {
                guard let asOf = ChartHistory.lastKnown(charts[number]) else { continue }
                let review = Review(of: charts[number], asOf: asOf, jurisdiction: .us, knowledge: knowledge)
                let chart = ChartHistory(
                    review, knowledge: knowledge, constants: forecaster.constants, planning: forecaster.model.planning, occupancy: occupancy)
                guard !chart.history.doses.isEmpty, chart.history.scores.count >= Self.leastScores else { continue }
                let known = forecaster.learn(chart.history, seed: seed, subject: UInt32(truncatingIfNeeded: number))
                found.withLock { $0[number] = known }
            }
        }
        return found.withLock { $0.compactMap { $0 } }
    }

    private static let leastScores = 3

    /// Keys of the sources of the model's file.
    public var sources: [String] { knowledge.headers.first { $0.id == "symptoms/course" }?.sources ?? [] }

    /// `id@version`, and `+clinic` where the clinic's own prior is in it.
    public var modelName: String { "\(forecaster.model.id)@\(forecaster.version)" + (forecaster.model.clinicPrior == nil ? "" : "+clinic") }
}

/// One chart forecast: what was learnt of the person, and what is to be expected of them.
public struct CourseForecast: Sendable {
    public let review: Review
    public let chart: ChartHistory
    public let known: Forecaster.Knowing
    public let horizon: Int
    public let seed: UInt64
    /// Without doses to come, or with those of a regimen.
    public let forecast: Forecast
    let desk: ForecastDesk
    /// `id@version`, and `+clinic` where the clinic's own prior is in it.
    public var modelName: String { desk.modelName }
    /// Of doses to come.
    public let warnings: [String]
    public let plannedDoses: [SymptomHistory.Dose]

    /// - Parameters:
    ///   - regimen: doses to come; hours count from `asOf`.
    ///   - from: when it begins; the time of the review when nil.
    ///   - horizon: days.
    /// - Throws: what is wrong with the regimen.
    public init(
        _ review: Review, desk: ForecastDesk, regimen: Regimen? = nil, from: Instant? = nil, horizon: Int = 84, seed: UInt64 = 1
    ) throws(Diagnostic) {
        let forecaster = desk.forecaster
        var chart = ChartHistory(
            review, knowledge: desk.knowledge, constants: forecaster.constants, planning: forecaster.model.planning, occupancy: desk.occupancy)
        chart.asOf = from ?? chart.asOf
        let known = forecaster.learn(chart.history, seed: seed)
        var warnings = (forecaster.model.clinicPrior.map { [$0.notice] } ?? []) + chart.warnings
        var doses: [SymptomHistory.Dose] = []
        for dose in try regimen?.writtenOut() ?? [] where dose.timeHours >= 0 {
            guard let amount = Dose(dose.amount, unit: dose.unit),
                let mass = amount.milligrams(weightKilograms: chart.weight ?? ChartHistory.referenceWeight), let drug = dose.drug
            else { continue }
            if case .milligramsPerKilogram = amount, chart.weight == nil, !warnings.contains(Self.weightAssumed) { warnings.append(Self.weightAssumed) }
            let cause = OccupancyModel.Cause(
                drug: drug, route: dose.route, milligrams: mass.value, durationMinutes: dose.durationMinutes, weight: chart.weight)
            guard let area = desk.occupancy.area(cause) else {
                throw Diagnostic(
                    "regimen", at: Place(path: "doses"), "has \(drug.rawValue) \(dose.route.rawValue), which no model describes",
                    expected: "a drug and a route of `euthymia simulate --list`")
            }
            doses.append(.init(day: chart.asOfDay + dose.timeHours / 24, occupancyHours: area * chart.doseFactor))
        }
        (self.review, self.chart, self.known, self.horizon, self.seed, self.desk) = (review, chart, known, horizon, seed, desk)
        (self.warnings, plannedDoses) = (warnings, doses)
        forecast = forecaster.forecast(
            known, .init(from: chart.asOfDay, horizon: horizon, doses: doses, scale: chart.scale, baseline: chart.baseline), seed: seed)
    }

    private static let weightAssumed = "doses to come are by weight with no weight on record: \(decimal(ChartHistory.referenceWeight)) kg assumed"

    /// The contract's JSON.
    public var json: JSONValue {
        let history = chart.history
        var object = JSONObject([("patient", .string(review.view.patient)), ("as_of", .string(chart.asOf.description))])
        for (key, value) in forecast.json(model: desk.modelName).object?.members ?? [] { object[key] = value }
        object["baseline"] = .orNull(chart.baseline)
        object["inputs"] = [
            "doses": JSONValue(history.doses.count), "scores": JSONValue(history.scores.count), "planned_doses": JSONValue(plannedDoses.count),
            "antidepressants_begun": JSONValue(history.antidepressantStarts.count), "psychotherapy": JSONValue(history.hasPsychotherapy),
            "because": .init(chart.because), "seed": JSONValue(Int(truncatingIfNeeded: seed)),
        ]
        object["warnings"] = .init(warnings + forecast.notes)
        object["clinic_prior"] = desk.forecaster.model.clinicPrior?.json
        object["confidence"] = .string(Confidence.project.rawValue)
        object["traps"] = .init(desk.forecaster.model.traps)
        return .object(object)
    }

    /// Whether a chart says anything to forecast from.
    public static func isAbout(_ review: Review) -> Bool {
        review.exposure.total.administrations > 0 || review.symptoms.contains { $0.instrument.measures == .depression }
    }

    /// The finding of a chart review: in short.
    public var finding: JSONValue {
        let marks = [7, 14, 28, 56, 84].filter { $0 <= horizon }
        func value(_ day: Int, _ of: (Quantiles) -> Double, _ series: [Quantiles]) -> JSONValue { JSONValue(rounded(of(series[day]), places: 1)) }
        return [
            "instrument": .string(forecast.scale.instrument), "as_of": .string(chart.asOf.description), "model": .string(desk.modelName),
            "kind": .string(RuleKind.clinicDefault.rawValue), "confidence": .string(Confidence.project.rawValue),
            "planned_doses": JSONValue(plannedDoses.count),
            "course": .array(
                marks.map { day in
                    [
                        "day": JSONValue(day), "p50": value(day, \.p50, forecast.latent), "p05": value(day, \.p05, forecast.latent),
                        "p95": value(day, \.p95, forecast.latent), "p_response": JSONValue(rounded(forecast.response[day], places: 3)),
                        "p_remission": JSONValue(rounded(forecast.remission[day], places: 3)),
                    ]
                }), "relapse": forecast.relapse.json, "reliable": JSONValue(forecast.isReliable), "because": .init(chart.because),
            "warnings": .init(warnings + forecast.notes),
        ]
    }
}
