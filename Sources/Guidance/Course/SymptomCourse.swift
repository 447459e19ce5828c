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
    /// When treatment began; nil before the first dose.
    public var firstDose: Instant?
    /// Whether the baseline was taken no later than the first dose.
    public var hasBaseline: Bool
    /// Every relapse by the readings, in time order: when the second reading of its pair was taken.
    public var relapses: [Moment]

    public var baseline: Point { points[baselineIndex] }
    public var latest: Point { points[points.count - 1] }
}

extension SymptomCourse {
    /// The courses of all instruments that measure symptoms to be relieved, by instrument id.
    /// - Parameter events: what indicates a relapse by itself, such as a psychiatric admission; in time order.
    static func all(
        in view: ChartView, scored: [ScoredAssessment], episode: Episode?, events: [ConditionStatement], criteria: SymptomCriteria
    ) -> [SymptomCourse] {
        let start = episode?.start?.instant
        let firstDose = view.administrations.first { $0.body.time.instant >= start ?? $0.body.time.instant }?.body.time.instant
        return Dictionary(grouping: scored.filter { $0.instrument.tracksSymptoms }, by: \.instrument.id).values.compactMap { assessments in
            let points = assessments.compactMap { assessment in
                assessment.score.total.map {
                    Point(fact: assessment.stated.id, time: assessment.stated.body.time, total: $0, band: assessment.score.band)
                }
            }
            return assessments.first.flatMap { SymptomCourse($0.instrument, points: points, firstDose: firstDose, events: events, criteria: criteria) }
        }.sorted { $0.instrument.id < $1.instrument.id }
    }

    /// Nil without a point.
    init?(_ instrument: Instrument, points: [Point], firstDose: Instant?, events: [ConditionStatement], criteria: SymptomCriteria) {
        guard let last = points.last else { return nil }
        self.instrument = instrument
        self.points = points
        let beforeDose = firstDose.flatMap { dose in points.lastIndex { $0.time.instant <= dose } }
        baselineIndex = beforeDose ?? 0
        (self.firstDose, hasBaseline) = (firstDose, beforeDose != nil)
        let baseline = points[baselineIndex]
        let after = points[(baselineIndex + 1)...]
        change = instrument.change(baseline: baseline.total, latest: last.total)
        because = unique([baseline.fact, last.fact])
        rule = criteria.rule
        confidence = instrument.change?.confidence ?? .recalled
        sources = instrument.sources

        let treated = firstDose.map { dose in points.filter { $0.time.instant > dose } } ?? []
        func responds(_ point: Point) -> Bool { instrument.change(baseline: baseline.total, latest: point.total).response }
        let event = events.last { event in
            instrument.measures == .depression
                && event.time.map { time in firstDose.map { time.latest > $0 } ?? false && !treated.contains { $0.time.instant > time.latest && responds($0) } }
                    ?? false
        }
        let (standing, all) = Self.relapses(instrument, treated, hasBaseline: hasBaseline, responds: responds, criteria: criteria)
        relapses = all
        if let relapse = standing {
            status = .relapse
            because = unique(because + [relapse.0.fact, relapse.1.fact])
            why = "\(decimal(relapse.0.total)) and \(decimal(relapse.1.total)) on \(relapse.0.time.day) and \(relapse.1.time.day)"
            rule = criteria.relapseRule
            confidence = confidence.weaker(relapse.2.confidence)
        } else if let event {
            status = .relapse
            because = unique(because + [event.fact])
            why = "an event that indicates relapse" + (event.time.map { " on \($0.day)" } ?? "")
            rule = criteria.relapseRule
            confidence = confidence.weaker(.recalled)
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

    /// The last pair of readings that make a relapse, if nothing since has been a response again; and when each relapse there was stood fast.
    ///
    /// Somebody who never improved from a recorded baseline is a non-responder and has no relapse: a reading below the cut after the first dose
    /// goes before, or no baseline is on record.
    private static func relapses(
        _ instrument: Instrument, _ treated: [Point], hasBaseline: Bool, responds: (Point) -> Bool, criteria: SymptomCriteria
    ) -> (standing: (Point, Point, SymptomCriteria.Relapse)?, all: [Moment]) {
        guard let definition = criteria.relapse.first(where: { $0.instrument == instrument.id }) else { return (nil, []) }
        var mayRelapse = !hasBaseline
        var all: [Moment] = []
        var high: [Point] = []
        var found: (Point, Point)?
        for point in treated {
            if responds(point) {
                (mayRelapse, high, found) = (true, [], nil)
            } else if point.total < definition.atLeast {
                (mayRelapse, high) = (true, [])
            } else if mayRelapse {
                let earlier = high.last {
                    (definition.daysApart.low...definition.daysApart.high).contains(Double(point.time.day.number - $0.time.day.number))
                }
                if let earlier {
                    if found == nil { all.append(point.time) }
                    found = (earlier, point)
                }
                high.append(point)
            }
        }
        return (found.map { ($0.0, $0.1, definition) }, all)
    }
}
