import Chart
import Evidence
import Forecast
import Guidance
import Notation
import Synchronization

/// What is to be expected of one patient, as pages tell it: a forecast and the visits their protocol permits, without the draws behind them.
struct Outlook: Sendable {
    let asOf: Instant
    let forecast: Forecast
    let model: String
    let warnings: [String]
    let doses: Int
    let scores: Int
    let options: [VisitPlan.Option]
    let whatIf: [VisitPlan.WhatIf]
    let recommended: Int?
    let why: [String]
    let acceptedRisk: Double
    let traps: [String]
    /// Keys of the sources of protocol and model.
    let sources: [String]

    init(_ plan: VisitPlan, desk: ForecastDesk) {
        let basis = plan.basis
        var forecast = basis.forecast
        (forecast.sample.points, forecast.sample.weights) = ([], [])
        self.forecast = forecast
        (asOf, model, warnings) = (basis.chart.asOf, basis.modelName, basis.warnings + forecast.notes)
        (doses, scores) = (basis.chart.history.doses.count, basis.chart.history.scores.count)
        (options, whatIf, recommended, why, acceptedRisk) = (plan.options, plan.whatIf, plan.recommended, plan.why, plan.acceptedRisk)
        traps = desk.forecaster.model.traps
        sources = unique((basis.review.course.progress?.treatment.sources ?? []) + desk.sources)
    }
}

/// Outlooks, computed once for each state of a chart and day, and kept.
///
/// A chart only grows, so that the number of its facts names its state; vital signs, of which a session takes many, change no outlook. The forecast runs from the last dose or score, or from the beginning of the day the
/// page is judged at where that is later: within a day every page of a chart tells the same.
final class OutlookShelf: Sendable {
    private struct Key: Hashable {
        var patient: PatientID
        var facts: Int
        var inForce: Int
        var from: Instant
        var jurisdiction: Jurisdiction
    }

    let desk: ForecastDesk
    private let kept = Mutex<[Key: (outlook: Outlook?, used: UInt64)]>([:])
    private let clock = Atomic<UInt64>(0)
    private static let capacity = 400
    private static let horizon = 84

    init(_ desk: ForecastDesk) { self.desk = desk }

    private static let vitalSigns: Set = ["sbp", "dbp", "hr", "spo2", "rr", "temp"]

    /// Whether a forecast of symptoms or a plan of visits may look at `fact`.
    private static func matters(_ fact: Fact) -> Bool { if case .measurement(let body) = fact.body { !vitalSigns.contains(body.metric) } else { true } }

    /// Nil where a chart says nothing to forecast from.
    func outlook(_ review: Review, of chart: Chart, jurisdiction: Jurisdiction) -> Outlook? {
        guard CourseForecast.isAbout(review) else { return nil }
        let from = max(Moment(review.view.asOf.day).instant, ChartHistory.lastKnown(review.view) ?? Instant(milliseconds: 0))
        let key = Key(
            patient: chart.patient, facts: chart.facts.count(where: Self.matters), inForce: review.view.current.count(where: Self.matters),
            from: min(from, review.view.asOf), jurisdiction: jurisdiction)
        let used = clock.add(1, ordering: .relaxed).newValue
        let found = kept.withLock { kept -> Outlook?? in
            guard let entry = kept[key] else { return nil }
            kept[key] = (entry.outlook, used)
            return entry.outlook
        }
        if let found { return found }
        let course = try? CourseForecast(review, desk: desk, from: key.from, horizon: Self.horizon)
        let outlook = course.map { Outlook(VisitPlan($0), desk: desk) }
        kept.withLock { kept in
            kept[key] = (outlook, used)
            while kept.count > Self.capacity, let oldest = kept.min(by: { $0.value.used < $1.value.used }) { kept[oldest.key] = nil }
        }
        return outlook
    }
}
