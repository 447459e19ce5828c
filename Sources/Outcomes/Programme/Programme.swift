import Chart
import Guidance
import Notation
import Psychometrics
import Statistics

/// Time under observation, not the follow-up that Guidance plans.
typealias FollowUp = Statistics.FollowUp

/// What a programme's charts show together, at one time.
///
/// ```swift
/// let programme = Programme(rows: rows, asOf: now, knowledge: knowledge, published: published)
/// print(programme.report.json.pretty)
/// ```
public struct Programme: Sendable {
    /// A class, because every section goes through a hundred thousand of them.
    public final class Row: Sendable {
        /// Never shown.
        public let patient: PatientID
        public let site: String
        public let outcome: ChartOutcome

        public init(patient: PatientID, site: String, outcome: ChartOutcome) { (self.patient, self.site, self.outcome) = (patient, site, outcome) }
    }

    let rows: [Row]
    let asOf: Instant
    let criteria: ProgrammeCriteria
    let instruments: InstrumentCatalog
    private let symptoms: SymptomCriteria
    let published: [PublishedOutcome]
    /// Charts that are not summarised yet; named in the report.
    let unread: Int
    /// Those who had a dose.
    let treated: [Row]
    /// Depression scales, the one with most baselines first.
    let scales: [Instrument]

    public init(rows: [Row], asOf: Instant, knowledge: KnowledgeBase, published: [PublishedOutcome], unread: Int = 0) {
        (self.rows, self.asOf, criteria, instruments) = (rows, asOf, knowledge.programme, knowledge.instruments)
        symptoms = knowledge.symptoms
        let (criteria, instruments) = (criteria, instruments)
        (self.published, self.unread) = (published, unread)
        treated = rows.filter { $0.outcome.start != nil }
        var counts: [String: Int] = [:]
        for row in treated { for scale in row.outcome.scales where scale.hasBaseline { counts[scale.instrument, default: 0] += 1 } }
        scales = counts.filter { $0.value >= criteria.leastGroup }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .compactMap { instruments.named($0.key) }.filter { $0.measures == .depression }
    }

    /// One treated person on one scale, with a baseline from before the first dose.
    ///
    /// A class, because every section goes through a hundred thousand of them.
    final class Course: Sendable {
        /// Of the person among those treated.
        let index: Int
        let row: Row
        let scale: ChartOutcome.ScaleOutcome

        var outcome: ChartOutcome { _read { yield row.outcome } }

        init(index: Int, row: Row, scale: ChartOutcome.ScaleOutcome) { (self.index, self.row, self.scale) = (index, row, scale) }
    }

    func courses(_ instrument: Instrument) -> [Course] {
        treated.enumerated().compactMap { index, row in
            row.outcome.scales.first { $0.instrument == instrument.id && $0.hasBaseline }.map { Course(index: index, row: row, scale: $0) }
        }
    }

    /// Whether readings of the scale alone can be a relapse.
    func definesRelapse(_ instrument: Instrument) -> Bool { symptoms.relapse.contains { $0.instrument == instrument.id } }

    /// The visit at which treatments and sites are compared.
    var mainVisit: ProgrammeCriteria.Visit? { criteria.visits.first { $0.id == criteria.mainVisit } }

    /// Whole days of treatment that could have been seen by now.
    func daysFollowed(_ row: Row) -> Int { row.outcome.start.map { asOf.day.number - $0.number } ?? 0 }
}

extension ChartOutcome.ScaleOutcome {
    /// The reading that stands for a visit: the nearest to its day.
    func reading(at visit: ProgrammeCriteria.Visit) -> ChartOutcome.Point? {
        var nearest: ChartOutcome.Point?
        // In order: of two as near the earlier.
        for point in points where point.day >= visit.from {
            guard point.day <= visit.to else { break }
            if nearest.map({ abs(point.day - visit.day) < abs($0.day - visit.day) }) ?? true { nearest = point }
        }
        return nearest
    }
}

extension ChartOutcome {
    /// What is given most often.
    var product: Preparation? { doses.first?.preparation }

    /// From a response on: when the first of relapse (1), end of the course (2) and death (3) came, else the last that is known of the scale.
    func followUp(_ scale: ScaleOutcome, from response: Int, relapse: Int?) -> FollowUp {
        let events = [(relapse, 1), (end?.day, 2), (death, 3)].compactMap { day, cause in day.map { (max($0, response), cause) } }
        let last = max(scale.points.last?.day ?? response, response)
        guard let first = events.min(by: { $0 < $1 }), first.1 != 1 || first.0 <= last else { return FollowUp(end: Double(last - response)) }
        return FollowUp(end: Double(first.0 - response), cause: first.1)
    }
}
