import Chart
import Evidence
import Notation
import Psychometrics

/// How the symptoms of one instrument went from before treatment to now.
public struct SymptomCourse: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable { case none, partial, response, remission, relapse }

    /// One scored assessment.
    public struct Point: Sendable, Equatable {
        public var fact: FactID
        public var time: Moment
        public var total: Double
        public var band: String?
    }

    public var instrument: Instrument
    /// In time order.
    public var points: [Point]
    /// Index of the baseline in `points`: the last assessment no later than the first dose, else the first.
    public var baselineIndex: Int
    public var status: Status
    public var change: Change
    public var because: [FactID]
    public var why: String
    public var rule: RuleReference
    public var confidence: Confidence
    public var sources: [String]

    public var baseline: Point { points[baselineIndex] }
    public var latest: Point { points[points.count - 1] }
}

extension SymptomCourse {
    /// The courses of all instruments that measure symptoms to be relieved, by instrument id.
    public static func all(in view: ChartView, scored: [ScoredAssessment], episode: Episode?, criteria: SymptomCriteria) -> [SymptomCourse] {
        let start = episode?.start?.instant
        let firstDose = view.administrations.first { $0.body.time.instant >= start ?? $0.body.time.instant }?.body.time.instant
        return Dictionary(grouping: scored.filter { $0.instrument.tracksSymptoms }, by: \.instrument.id).values.compactMap { assessments in
            let points = assessments.compactMap { assessment in
                assessment.score.total.map {
                    Point(fact: assessment.stated.id, time: assessment.stated.body.time, total: $0, band: assessment.score.band)
                }
            }
            return assessments.first.flatMap { SymptomCourse($0.instrument, points: points, firstDose: firstDose, criteria: criteria) }
        }.sorted { $0.instrument.id < $1.instrument.id }
    }

    /// Nil without a point.
    init?(_ instrument: Instrument, points: [Point], firstDose: Instant?, criteria: SymptomCriteria) {
        guard let last = points.last else { return nil }
        self.instrument = instrument
        self.points = points
        baselineIndex = firstDose.flatMap { dose in points.lastIndex { $0.time.instant <= dose } } ?? 0
        let baseline = points[baselineIndex]
        let after = points[(baselineIndex + 1)...]
        change = instrument.change(baseline: baseline.total, latest: last.total)
        because = unique([baseline.fact, last.fact])
        rule = criteria.rule
        confidence = instrument.change?.confidence ?? .recalled
        sources = instrument.sources

        if let relapse = Self.relapse(instrument, baseline: baseline, after: Array(after), criteria: criteria) {
            status = .relapse
            because = unique(because + [relapse.0.fact, relapse.1.fact])
            why = "after a response \(decimal(relapse.0.total)) and \(decimal(relapse.1.total)) on \(relapse.0.time.day) and \(relapse.1.time.day)"
            rule = criteria.relapseRule
            confidence = confidence.weaker(relapse.2.confidence)
        } else if after.isEmpty {
            status = .none
            why = "only one assessment"
        } else {
            status = Self.status(change, partialAbove: criteria.partialAbove.value)
            why = "\(decimal(baseline.total)) on \(baseline.time.day) to \(decimal(last.total)) on \(last.time.day)"
        }
    }

    private static func status(_ change: Change, partialAbove: Double) -> Status {
        if change.remission == true { return .remission }
        if change.response { return .response }
        return (change.percent ?? 0) < -100 * partialAbove ? .partial : .none
    }

    /// The last pair of readings that make a relapse, if nothing since has been a response again.
    private static func relapse(
        _ instrument: Instrument, baseline: Point, after: [Point], criteria: SymptomCriteria
    ) -> (Point, Point, SymptomCriteria.Relapse)? {
        guard let definition = criteria.relapse.first(where: { $0.instrument == instrument.id }) else { return nil }
        var responded = false
        var high: [Point] = []
        var found: (Point, Point)?
        for point in after {
            let change = instrument.change(baseline: baseline.total, latest: point.total)
            if change.response {
                (responded, high, found) = (true, [], nil)
            } else if responded, point.total >= definition.atLeast {
                let earlier = high.last {
                    (definition.daysApart.low...definition.daysApart.high).contains(Double(point.time.day.number - $0.time.day.number))
                }
                if let earlier { found = (earlier, point) }
                high.append(point)
            } else {
                high = []
            }
        }
        return found.map { ($0.0, $0.1, definition) }
    }
}
