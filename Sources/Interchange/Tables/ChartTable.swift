import Chart
import Guidance
import Notation
import Pharmacology
import Psychometrics

/// A flat table over many charts, for spreadsheets and statistics: what is in force, corrections applied. The facts themselves hold more.
///
/// Times are as they were written, with their offset; a whole day is a date. Sessions are judged as of the export.
public struct ChartTable: Sendable {
    /// Also the file's name without `.csv`.
    public var name: String
    public var columns: [String]
    /// The rows of one patient.
    public var rows: @Sendable (JudgedChart) -> [[String?]]

    /// Everything the tables are made from, of one patient.
    public struct JudgedChart: Sendable {
        var review: Review
        var scores: AssessmentScores
        var facts: Int
        var view: ChartView { review.view }
        var patient: PatientID { review.view.patient }

        public init(_ review: Review, facts: Int, knowledge: KnowledgeBase) {
            self.review = review
            self.facts = facts
            scores = AssessmentScores(review.view, instruments: knowledge.instruments)
        }
    }

    public static let all: [ChartTable] = [patients, administrations, measurements, assessments, sessions, adverseEvents]

    private static let patients = ChartTable(
        name: "patients", columns: ["patient", "birth_date", "sex", "deceased", "facts", "facts_in_force", "sessions", "administrations", "first", "last"]
    ) { chart in
        let who = chart.view.demographics?.body
        let times = chart.view.current.compactMap(\.observed)
        return [
            [
                chart.patient, who?.birthDate?.description, who?.sex?.rawValue, who?.deceased?.description, "\(chart.facts)", "\(chart.view.current.count)",
                "\(chart.review.sessions.count)", "\(chart.view.administrations.count)", times.first?.description, times.last?.description,
            ]
        ]
    }

    private static let administrations = ChartTable(
        name: "administrations",
        columns: ["patient", "id", "time", "session", "drug", "route", "dose", "unit", "duration_min", "lot", "author", "recorded"]
    ) { chart in
        chart.view.administrations.map { given in
            let body = given.body
            return head(given) + [body.time.description, body.session, body.drug.rawValue, body.route.rawValue] + cells(body.dose)
                + [body.durationMinutes.map(decimal), body.lot] + tail(given)
        }
    }

    private static let measurements = ChartTable(
        name: "measurements", columns: ["patient", "id", "time", "session", "metric", "value", "unit", "upper_limit", "author", "recorded"]
    ) { chart in
        chart.view.measurements.map { measured in
            let body = measured.body
            return head(measured) + [body.time.description, body.session, body.metric, text(body.value), body.unit, body.upperLimit.map(decimal)]
                + tail(measured)
        }
    }

    /// Scored by each instrument's own rule; without a total where that rule gives none.
    private static let assessments = ChartTable(
        name: "assessments",
        columns: ["patient", "id", "time", "session", "instrument", "rater", "total", "band", "items_answered", "items_missing", "author", "recorded"]
    ) { chart in
        let scores = Dictionary(chart.scores.scored.map { ($0.stated.id, $0.score) }, uniquingKeysWith: { first, _ in first })
        return chart.view.assessments.map { rated in
            let (body, score) = (rated.body, scores[rated.id])
            return head(rated) + [body.time.description, body.session, body.instrument, body.rater?.rawValue]
                + [score?.total.map(decimal), score?.band, score.map { "\($0.itemsAnswered)" }, score.map { "\($0.itemsMissing)" }] + tail(rated)
        }
    }

    private static let sessions = ChartTable(
        name: "sessions",
        columns: [
            "patient", "session", "state", "protocol", "product", "check_in", "first_dose", "last_dose_end", "discharge", "minutes_from_first",
            "administrations", "adverse_events",
        ]
    ) { chart in
        chart.review.sessions.map { session in
            let (record, now) = (session.record, chart.view.asOf)
            return [
                chart.patient, record.id, session.state.rawValue, record.protocolID, record.product?.rawValue, record.time(of: .checkIn)?.description,
                record.firstDose(by: now)?.description, record.lastDoseEnd(by: now)?.description, record.time(of: .discharge)?.description,
                session.minutesFromFirst.map { decimal($0.rounded(.down)) }, "\(record.administrations.count)", "\(record.adverseEvents.count)",
            ]
        }
    }

    private static let adverseEvents = ChartTable(
        name: "adverse_events", columns: ["patient", "id", "onset", "resolved", "session", "term", "severity", "serious", "author", "recorded"]
    ) { chart in
        chart.view.adverseEvents.map { event in
            let body = event.body
            return head(event)
                + [body.onset.description, body.resolved?.description, body.session, body.term, body.severity?.rawValue, body.serious.map { "\($0)" }]
                + tail(event)
        }
    }

    // MARK: - Cells

    private static func head<Body>(_ stated: Stated<Body>) -> [String?] { [stated.fact.patient, stated.id] }
    private static func tail<Body>(_ stated: Stated<Body>) -> [String?] { [stated.fact.author, stated.fact.recorded?.description] }

    private static func cells(_ dose: Dose) -> [String?] {
        switch dose {
        case .milligrams(let value): [decimal(value), "mg"]
        case .milligramsPerKilogram(let value): [decimal(value), "mg/kg"]
        }
    }

    private static func text(_ value: Measurement.Value) -> String {
        switch value {
        case .number(let number): decimal(number)
        case .text(let text): text
        case .flag(let flag): "\(flag)"
        }
    }
}
