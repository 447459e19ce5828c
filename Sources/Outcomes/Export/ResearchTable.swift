import Chart
import Guidance
import Notation
import Pharmacology
import Psychometrics

/// One person of an export: a chart without name, with dates moved and nothing of its free text.
public struct ReleasedChart: Sendable {
    /// The pseudonym.
    public let name: String
    /// 1, 2, … in the order of the pseudonyms.
    public let number: Int
    let released: Anonymity.Released
    let outcome: ChartOutcome
    let view: ChartView
    let scores: [(time: Moment, instrument: Instrument, total: Double)]
    let metrics: MetricIndex
    /// Terms and modalities that enough people share.
    let shared: Set<String>
    private let shift: Int

    init(
        name: String, number: Int, released: Anonymity.Released, outcome: ChartOutcome, view: ChartView, knowledge: KnowledgeBase, shared: Set<String>,
        shift: Int
    ) {
        (self.name, self.number, self.released, self.outcome, self.view) = (name, number, released, outcome, view)
        (metrics, self.shared, self.shift) = (knowledge.metrics, shared, shift)
        scores = AssessmentScores(view, instruments: knowledge.instruments).totals
    }

    /// The day, moved.
    func date(_ moment: Moment) -> String { Day(number: moment.day.number + shift).description }
    func date(_ day: Int) -> String? { outcome.start.map { Day(number: $0.number + day + shift).description } }

    /// A word that enough people share, in lower case; `other` instead of any else.
    func word(_ text: String) -> String { shared.contains(text.lowercased()) ? text.lowercased() : "other" }

    /// A code of a terminology that is everybody's, where enough people share it; `other` instead of any else: under a system of its own a house may keep numbers
    /// of its patients.
    func code(_ code: Code) -> String { Terminology.isKnown(code.system) && shared.contains(code.words.lowercased()) ? code.words : "other" }

    /// Milligrams where they are known: a dose by weight of the weight on record.
    func milligrams(_ dose: Administration) -> Double? {
        dose.dose.milligrams(
            weightKilograms: metrics.metrics["weight"].flatMap { metric in
                view.latest("weight", by: dose.time.instant).flatMap { (try? metric.check($0.body, at: Place())) ?? nil }
            })?.value
    }

    /// Numbers of vital signs and laboratory values in their metric's unit.
    var readings: [(time: Moment, metric: Metric, value: Double)] {
        view.measurements.compactMap { stated in
            guard let metric = metrics.named(stated.body.metric), let value = (try? metric.check(stated.body, at: Place())) ?? nil else { return nil }
            return (stated.body.time, metric, value)
        }
    }
}

/// A table of an export: columns, and the rows of one person.
public struct ResearchTable: Sendable {
    public var name: String
    public var columns: [String]
    /// The first column is the number of the row.
    public var isNumbered = false
    public var rows: @Sendable (ReleasedChart) -> [[String?]]

    /// Plain tables: one idea a file, days moved, no free text.
    public static let research: [ResearchTable] = [
        ResearchTable(
            name: "people", columns: ["id", "age_band", "sex", "site", "product", "failed_trials", "first_dose", "last_seen", "ended", "end_kind", "died"]
        ) { chart in
            let (released, outcome) = (chart.released, chart.outcome)
            return [
                [
                    chart.name, released.ageBand, released.sex, released.site, released.product, "\(outcome.failedTrials)", chart.date(0),
                    chart.date(outcome.lastSeen),
                    outcome.end.flatMap { chart.date($0.day) }, outcome.end.map { "\($0.kind)" }, outcome.death.flatMap(chart.date),
                ]
            ]
        },
        ResearchTable(name: "doses", columns: ["id", "date", "drug", "route", "mg", "duration_min"]) { chart in
            chart.view.administrations.map(\.body).map { dose in
                [
                    chart.name, chart.date(dose.time), dose.drug.rawValue, dose.route.rawValue, chart.milligrams(dose).map { decimal(rounded($0, places: 2)) },
                    dose.durationMinutes.map(decimal),
                ]
            }
        },
        ResearchTable(name: "scores", columns: ["id", "date", "instrument", "total"]) { chart in
            chart.scores.map { [chart.name, chart.date($0.time), $0.instrument.id, decimal($0.total)] }
        },
        ResearchTable(name: "readings", columns: ["id", "date", "metric", "value", "unit"]) { chart in
            chart.readings.map { [chart.name, chart.date($0.time), $0.metric.id, decimal($0.value), $0.metric.unit] }
        },
        ResearchTable(name: "adverse_events", columns: ["id", "date", "term", "severity", "serious"]) { chart in
            chart.view.adverseEvents.map(\.body).map {
                [chart.name, chart.date($0.onset), chart.word($0.term), $0.severity?.rawValue, $0.serious.map { "\($0)" }]
            }
        },
        ResearchTable(name: "therapy", columns: ["id", "date", "modality", "duration_min"]) { chart in
            chart.view.therapies.map(\.body).map { [chart.name, chart.date($0.time), chart.word($0.modality), $0.durationMinutes.map(decimal)] }
        },
    ]
}

extension Code {
    /// `ICD-10-CM:F33.2`.
    var words: String { "\(system):\(code)" }
}
