import Chart
import Guidance
import Notation
import Pharmacology

/// A chart as a forecast sees it: the history of the current course, what it left out and why, and the facts it rests on.
public struct ChartHistory: Sendable {
    /// Day 0.
    public var origin: Instant
    public var asOf: Instant
    public var history: SymptomHistory
    /// Index of the scale that the forecast is told in: the one last used most, the reference when there is none.
    public var scale: Int
    /// On that scale before treatment; nil when it was not rated then.
    public var baseline: Double?
    /// What stands in the chart and could not be used, or could only with an assumption.
    public var warnings: [String]
    public var because: [FactID]
    /// kg, as used for doses to come.
    public var weight: Double?
    /// On the occupancy of every dose, for what is taken beside it.
    public var doseFactor = 1.0

    public var asOfDay: Double { asOf.days(since: origin) }

    /// The last dose or score of a chart, from which a forecast runs when no time is given.
    public static func lastKnown(_ chart: Chart) -> Instant? {
        let times = chart.facts.compactMap { fact -> Instant? in
            switch fact.body {
            case .administration(let body): max(body.time.latest, fact.knownAt)
            case .assessment(let body): max(body.time.latest, fact.knownAt)
            default: nil
            }
        }
        return times.max() ?? chart.facts.compactMap { $0.observed?.latest }.max()
    }

    /// The last dose or score of a view; nil where there is none.
    public static func lastKnown(_ view: ChartView) -> Instant? {
        (view.administrations.map(\.body.time) + view.assessments.map(\.body.time)).map { min($0.latest, view.asOf) }.max()
    }

    /// - Parameter chart: judged at the time the forecast runs from.
    public init(_ review: Review, knowledge: KnowledgeBase, constants: SymptomConstants, planning: SymptomModel.Planning, occupancy: OccupancyModel) {
        let view = review.view
        asOf = view.asOf
        var warnings: [String] = []
        var because: [FactID] = []
        let weights = review.readings.all("weight")
        func weight(at instant: Instant) -> Double? { (weights.last(where: { $0.time <= instant }) ?? weights.first)?.number }
        self.weight = weight(at: view.asOf)

        let run = review.course.run
        let start = run.start
        var tooEarly = 0
        let found = AssessmentScores(view, instruments: knowledge.instruments).scored.compactMap {
            scored -> (time: Moment, scale: Int, total: Double, fact: FactID)? in
            guard let scale = constants.scales.firstIndex(where: { $0.instrument == scored.instrument.id }), let total = scored.score.total else { return nil }
            let time = scored.stated.body.time
            if let start, start.days(since: time.instant) > planning.daysBefore.value {
                tooEarly += 1
                return nil
            }
            return (time, scale, total, scored.stated.id)
        }
        // The same total at the same minute is the same rating.
        var told: Set<[Double]> = []
        let scored = found.filter { told.insert([Double($0.time.instant.milliseconds), Double($0.scale), $0.total]).inserted }
        if scored.count < found.count { warnings.append("\(found.count - scored.count) scores repeat another of the same minute and count once with it") }
        if tooEarly > 0 {
            warnings.append("\(tooEarly) scores from more than \(decimal(planning.daysBefore.value)) days before the course are left out")
        }
        let origin = start ?? scored.first?.time.instant ?? view.asOf
        self.origin = origin

        let isSedated = review.interactions.contains { $0.interaction.agent.contains("benzodiazepine") && !$0.drugs.isEmpty }
        if isSedated { doseFactor = constants.benzodiazepine }
        if isSedated { warnings.append("a benzodiazepine is taken: doses count \(decimal(constants.benzodiazepine)) times their occupancy; studies disagree") }
        var areas: [OccupancyModel.Cause: Double?] = [:]
        var doses: [SymptomHistory.Dose] = []
        var withoutWeight = 0
        for administration in run.sessions.flatMap(\.administrations) {
            let body = administration.body
            let known = weight(at: body.time.instant)
            guard let mass = body.dose.milligrams(weightKilograms: known ?? Self.referenceWeight) else { continue }
            if known == nil, case .milligramsPerKilogram = body.dose { withoutWeight += 1 }
            let cause = OccupancyModel.Cause(
                drug: body.drug, route: body.route, milligrams: mass.value, durationMinutes: body.durationMinutes, weight: known)
            let area = areas[cause] ?? occupancy.area(cause)
            areas[cause] = .some(area)
            guard let area else {
                warnings.append("a dose of \(body.drug.rawValue) \(body.route.rawValue) is left out: no model knows the route")
                continue
            }
            doses.append(.init(day: body.time.instant.days(since: origin), occupancyHours: area * doseFactor))
            because.append(administration.id)
        }
        let moments = Dictionary(grouping: run.sessions.flatMap(\.administrations)) {
            [$0.body.time.instant.description, "\($0.body.route)", "\($0.body.dose)"]
        }
        let repeated = moments.filter { $0.value.count > 1 && $0.value[0].body.route != .intranasal }.reduce(0) { $0 + $1.value.count }
        if repeated > 0 { warnings.append("\(repeated) doses stand in the chart at the same minute as an equal one: each is counted") }
        if withoutWeight > 0 {
            warnings.append("\(withoutWeight) doses by weight with no weight on record: \(decimal(Self.referenceWeight)) kg assumed")
        }
        let kept = Self.spread(scored, most: Self.mostScores)
        if kept.count < scored.count {
            warnings.append(
                "\(scored.count) scores stand in the chart: \(kept.count) of them, spread evenly and with the last, are counted; the bands are wider")
        }
        let scores = kept.map { SymptomHistory.Score(day: $0.time.instant.days(since: origin), scale: $0.scale, total: $0.total) }
        because += kept.map(\.fact)
        if scores.isEmpty { warnings.append("no usable score: the forecast is that of the population") }
        if !review.notScored.isEmpty { warnings.append("\(review.notScored.count) assessments give no score and are left out") }

        let begun =
            (view.medications.map { ($0.body.drug, $0.body.code, $0.body.start) }
            + view.treatmentTrials.map { ($0.body.treatment, $0.body.code, $0.body.start) })
            .compactMap { name, code, begin -> Double? in
                guard let begin, knowledge.treatments.find(code: code, text: name)?.category == .antidepressant else { return nil }
                let day = begin.instant.days(since: origin)
                return day >= -planning.antidepressantDaysBefore.value ? day : nil
            }
        let since = start ?? origin
        history = SymptomHistory(
            doses: doses, scores: scores, antidepressantStarts: begun, belief: 1,
            hasPsychotherapy: view.therapies.contains { $0.body.time.instant >= since.adding(days: -28) && $0.body.time.instant <= view.asOf })

        let latest = scores.suffix(6).map(\.scale)
        let scale =
            latest.max { a, b in
                (latest.count { $0 == a }, latest.lastIndex(of: a) ?? 0, b) < (latest.count { $0 == b }, latest.lastIndex(of: b) ?? 0, a)
            } ?? 0
        self.scale = scale
        let own = scored.filter { $0.scale == scale }
        baseline = (own.last { entry in start.map { entry.time.instant <= $0 } ?? false } ?? (start == nil ? own.first : nil))?.total
        self.warnings = warnings
        self.because = because
    }

    /// More than anybody is rated in a course; what more ratings could tell is not worth the time.
    static let mostScores = 400

    /// So many elements at most, evenly over the list, the last among them.
    private static func spread<Element>(_ elements: [Element], most: Int) -> [Element] {
        guard elements.count > most else { return elements }
        return (1...most).map { elements[$0 * elements.count / most - 1] }
    }

    /// kg, where none is on record: the reference of the pharmacokinetic models.
    static let referenceWeight = 70.0
}
