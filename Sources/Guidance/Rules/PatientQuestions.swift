import Chart
import Notation

/// Is a condition of a code set in the chart? The chart's history is taken as complete: not recorded means not present.
public struct ConditionQuestion: Question {
    /// Code set id.
    public var set: String
    /// Only conditions that began (or have no date) within this many days.
    public var withinDays: Double?
    /// Only conditions that began within this many calendar months.
    public var withinMonths: Int?
    /// Only conditions that have not ended.
    public var active: Bool?
    /// Only conditions that began after the first dose of the course.
    public var sinceCourseStart: Bool?
    /// False: what happened as an adverse event does not count.
    public var adverseEvents: Bool?
    /// True: what the chart only suspects counts as stated.
    public var suspected: Bool?

    enum CodingKeys: String, CodingKey {
        case set
        case withinDays = "within_days"
        case withinMonths = "within_months"
        case active
        case sinceCourseStart = "since_course_start"
        case adverseEvents = "adverse_events"
        case suspected
    }

    public var watched: Watched { Watched() }
    public var threshold: Threshold? {
        get { withinDays.map { Threshold(name: set, value: $0, appliesAbove: false) } }
        set { withinDays = newValue?.value }
    }

    public func judge(in context: RuleContext) -> Answer {
        guard let set = context.chart.codeSets[set] else { return .unknown(missing: ["code set \(self.set)"]) }
        let mentions = context.chart.statements.mentions(of: set)
        let certain = judge(suspected == true ? mentions.all : mentions.stated, set, in: context)
        guard certain == .no, case .yes(let hints) = judge(mentions.suspected, set, in: context) else { return certain }
        let names = mentions.suspected.filter { hints.contains($0.fact) }.map(\.name)
        return .unknown(missing: names.map { "whether it is so: \(quoted($0))" }, because: hints)
    }

    private func judge(_ statements: [ConditionStatement], _ set: CodeSet, in context: RuleContext) -> Answer {
        let found = statements.filter { statement in
            if sinceCourseStart == true, !statement.isAfter(context.chart.run.start) { return false }
            if adverseEvents == false, statement.isAdverseEvent { return false }
            return active != true || statement.isActive(at: context.now)
        }
        let earliest = withinDays.map { context.now.adding(days: -$0) } ?? withinMonths.map { context.now.day.adding(months: -$0).start }
        guard let earliest else { return found.isEmpty ? .no : .yes(because: found.map(\.fact)) }
        let recent = found.filter { statement in
            statement.time.map { $0.instant <= context.now && (withinDays == nil ? $0.instant >= earliest : $0.instant > earliest) } ?? false
        }
        if !recent.isEmpty { return .yes(because: recent.map(\.fact)) }
        let undated = found.filter { $0.time == nil }
        return undated.isEmpty ? .no : .unknown(missing: ["date of \(set.title.lowercased())"], because: undated.map(\.fact))
    }
}

/// Is the patient younger than this?
public struct AgeQuestion: Question {
    /// Years; the answer is yes below it.
    public var below: Int

    public var watched: Watched { Watched() }
    public var threshold: Threshold? {
        get { Threshold(name: "age", value: Double(below), appliesAbove: false) }
        set { below = Int(newValue?.value ?? Double(below)) }
    }

    public func judge(in context: RuleContext) -> Answer {
        guard let demographics = context.chart.view.demographics, let age = context.chart.view.age else { return .unknown(missing: ["birth date"]) }
        return age < below ? .yes(because: [demographics.id]) : .no
    }
}

/// Is this the patient's sex on record?
public struct SexQuestion: Question {
    public var sex: Sex

    public init(from decoder: any Decoder) throws { sex = try Sex(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try sex.encode(to: encoder) }

    public var watched: Watched { Watched() }

    public func judge(in context: RuleContext) -> Answer {
        guard let demographics = context.chart.view.demographics, demographics.body.sex == sex else { return .no }
        return .yes(because: [demographics.id])
    }
}

/// Is a depressive episode recorded as psychotic?
public struct PsychosisQuestion: Question {
    public init(from decoder: any Decoder) throws { _ = try Bool(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try true.encode(to: encoder) }

    public var watched: Watched { Watched() }

    public func judge(in context: RuleContext) -> Answer {
        let psychotic = context.chart.view.diagnoses.filter { $0.body.psychotic == true }.map(\.id)
        return psychotic.isEmpty ? .no : .yes(because: psychotic)
    }
}

/// How many antidepressants failed in the current episode?
public struct FailedTrialsQuestion: Question {
    public var below: Int

    public var watched: Watched { Watched() }
    public var threshold: Threshold? {
        get { Threshold(name: "adequate_failed_trials", value: Double(below), appliesAbove: false) }
        set { below = Int(newValue?.value ?? Double(below)) }
    }

    public func judge(in context: RuleContext) -> Answer {
        let resistance = context.chart.resistance
        if resistance.adequateFailedTrials >= below { return .no }
        let undecided = resistance.trials.filter { $0.mightCount }
        if resistance.adequateFailedTrials + Set(undecided.map(\.treatmentKey)).count >= below {
            return .unknown(missing: undecided.map { "\($0.name): \($0.why)" })
        }
        return .yes(because: resistance.trials.flatMap(\.because))
    }
}

/// Does the patient take something of these groups of the interaction table? With `metric` and `below`: is it known, to the minute, that
/// something of them was taken less than this before?
public struct MedicationQuestion: Question {
    /// Interaction ids, for example `IX01`.
    public var groups: [String]
    /// The metric that asks the same of a check list; its unit is that of `below`.
    public var metric: String?
    public var below: Double?

    public var watched: Watched { Watched() }
    public var threshold: Threshold? {
        get { metric.flatMap { name in below.map { Threshold(name: name, value: $0, appliesAbove: false) } } }
        set { below = newValue?.value ?? below }
    }

    public func judge(in context: RuleContext) -> Answer {
        let uses = context.chart.interactions.uses(of: groups)
        let unit = metric.flatMap { context.chart.metrics[$0]?.unit }
        let found = uses.filter { use in
            guard let below else { return use.isGoingOn(at: context.now) }
            return use.intakes.contains { $0 <= context.now && Reading.elapsed(since: $0, at: context.now, in: unit).map { $0 < below } ?? false }
        }
        return found.isEmpty ? .no : .yes(because: unique(found.map(\.fact)))
    }
}

/// Has a relapse been found by the criteria of relapse?
public struct RelapseQuestion: Question {
    public init(from decoder: any Decoder) throws { _ = try Bool(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try true.encode(to: encoder) }

    public var watched: Watched { Watched() }

    public func judge(in context: RuleContext) -> Answer {
        let relapsed = context.chart.symptoms.filter { $0.status == .relapse }
        return relapsed.isEmpty ? .no : .yes(because: unique(relapsed.flatMap(\.because)))
    }
}
