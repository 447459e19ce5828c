import Chart
import Notation

/// The answer to a clinical question on an incomplete chart (Kleene's strong three-valued logic).
public enum Answer: Sendable, Equatable {
    /// It holds, by these facts.
    case yes(because: [FactID])
    case no
    /// It cannot be said without this.
    case unknown(missing: [String])

    static func all(_ answers: [Answer]) -> Answer {
        if answers.contains(.no) { return .no }
        return combine(answers, unlessMissing: { .yes(because: $0) })
    }

    static func any(_ answers: [Answer]) -> Answer {
        let yes = answers.compactMap { answer -> [FactID]? in if case .yes(let facts) = answer { facts } else { nil } }
        return yes.isEmpty ? combine(answers, unlessMissing: { _ in .no }) : .yes(because: unique(yes.joined()))
    }

    private static func combine(_ answers: [Answer], unlessMissing decided: ([FactID]) -> Answer) -> Answer {
        var because: [FactID] = []
        var missing: [String] = []
        for answer in answers {
            switch answer {
            case .yes(let facts): because += facts
            case .no: break
            case .unknown(let needed): missing += needed
            }
        }
        return missing.isEmpty ? decided(unique(because)) : .unknown(missing: unique(missing))
    }
}

/// A question a rule asks of a chart. New kinds of question are new cases; a new rule over known questions is only data.
public indirect enum Predicate: Sendable, Equatable {
    case all([Predicate])
    case any([Predicate])
    case condition(ConditionQuestion)
    case age(AgeQuestion)
    case measurement(MeasurementQuestion)
    case psychoticDepression
    case adequateFailedTrials(CountQuestion)

    public func judge(in context: RuleContext) -> Answer {
        switch self {
        case .all(let parts): .all(parts.map { $0.judge(in: context) })
        case .any(let parts): .any(parts.map { $0.judge(in: context) })
        case .condition(let question): question.judge(in: context)
        case .age(let question): question.judge(in: context)
        case .measurement(let question): question.judge(in: context)
        case .psychoticDepression: Self.psychosis(in: context.view)
        case .adequateFailedTrials(let question): question.judge(context.resistance)
        }
    }

    private static func psychosis(in view: ChartView) -> Answer {
        let psychotic = view.diagnoses.filter { $0.body.psychotic == true }.map(\.id)
        return psychotic.isEmpty ? .no : .yes(because: psychotic)
    }
}

/// Is a condition of a code set in the chart? The chart's history is taken as complete: not recorded means not present.
public struct ConditionQuestion: Codable, Sendable, Equatable {
    /// Code set id.
    public var set: String
    /// Only conditions that began (or have no date) within this many days.
    public var withinDays: Double?
    /// Only conditions that have not ended.
    public var active: Bool?

    enum CodingKeys: String, CodingKey {
        case set
        case withinDays = "within_days"
        case active
    }

    func judge(in context: RuleContext) -> Answer {
        guard let set = context.codeSets[set] else { return .unknown(missing: ["code set \(self.set)"]) }
        let asOf = context.view.asOf
        let matching = context.statements.filter { statement in
            active != true || statement.end.map { $0.instant > asOf } ?? true
        }.matching(set)
        guard let withinDays else { return matching.isEmpty ? .no : .yes(because: matching.map(\.fact)) }
        let recent = matching.filter { ($0.time.map { asOf.days(since: $0.instant) } ?? .infinity) < withinDays }
        if !recent.isEmpty { return .yes(because: recent.map(\.fact)) }
        return matching.contains { $0.time == nil } ? .unknown(missing: ["date of \(set.title.lowercased())"]) : .no
    }
}

public struct AgeQuestion: Codable, Sendable, Equatable {
    /// Years; the answer is yes below it.
    public var below: Int

    func judge(in context: RuleContext) -> Answer {
        guard let demographics = context.view.demographics, let age = context.view.age else { return .unknown(missing: ["birth date"]) }
        return age < below ? .yes(because: [demographics.id]) : .no
    }
}

/// Does the latest value of a metric lie beyond a threshold, or equal a word?
public struct MeasurementQuestion: Codable, Sendable, Equatable {
    public var metric: String
    /// In the metric's unit; yes strictly above.
    public var above: Double?
    /// In the metric's unit; yes at or above.
    public var atLeast: Double?
    /// Yes for one of these results, upper and lower case alike.
    public var isOneOf: [String]?
    /// Only values taken outside treatment sessions or before the first dose ever.
    public var screening: Bool?
    /// Silent, not unknown, when there is no value.
    public var optional: Bool?

    enum CodingKeys: String, CodingKey {
        case metric, above
        case atLeast = "at_least"
        case isOneOf = "is_one_of"
        case screening, optional
    }

    func judge(in context: RuleContext) -> Answer {
        let firstDose = context.view.administrations.first?.body.time.instant
        let value = context.view.measurements.last {
            $0.body.metric == metric && (screening != true || $0.body.session == nil || $0.body.time.instant < firstDose ?? context.view.asOf)
        }
        guard let value, let metric = context.metrics[metric] else {
            return optional == true ? .no : .unknown(missing: [context.metrics[metric]?.title.lowercased() ?? metric])
        }
        if let isOneOf, case .text(let result) = value.body.value {
            return isOneOf.contains { $0.lowercased() == result.lowercased() } ? .yes(because: [value.id]) : .no
        }
        guard let number = (try? metric.check(value.body, at: Place())) ?? nil else { return .no }
        let beyond = above.map { number > $0 } ?? false || atLeast.map { number >= $0 } ?? false
        return beyond ? .yes(because: [value.id]) : .no
    }
}

/// How many antidepressants failed in the current episode?
public struct CountQuestion: Codable, Sendable, Equatable {
    public var below: Int

    func judge(_ resistance: ResistanceAssessment) -> Answer {
        if resistance.adequateFailedTrials >= below { return .no }
        let undecided = resistance.trials.filter { $0.mightCount }
        if resistance.adequateFailedTrials + Set(undecided.map(\.treatmentKey)).count >= below {
            return .unknown(missing: undecided.map { "\($0.name): \($0.why)" })
        }
        return .yes(because: resistance.trials.flatMap(\.because))
    }
}

// MARK: - As data

extension Predicate: Codable {
    private enum Word: String, CodingKey, CaseIterable {
        case all, any, condition, age, measurement
        case psychoticDepression = "psychotic_depression"
        case adequateFailedTrials = "adequate_failed_trials"
    }

    /// One key names the question, its value holds the particulars: `age: {below: 18}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Word.self)
        guard container.allKeys.count == 1, let word = container.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))"))
        }
        switch word {
        case .all: self = .all(try container.decode([Predicate].self, forKey: word))
        case .any: self = .any(try container.decode([Predicate].self, forKey: word))
        case .condition: self = .condition(try container.decode(ConditionQuestion.self, forKey: word))
        case .age: self = .age(try container.decode(AgeQuestion.self, forKey: word))
        case .measurement: self = .measurement(try container.decode(MeasurementQuestion.self, forKey: word))
        case .psychoticDepression:
            _ = try container.decode(Bool.self, forKey: word)
            self = .psychoticDepression
        case .adequateFailedTrials: self = .adequateFailedTrials(try container.decode(CountQuestion.self, forKey: word))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Word.self)
        switch self {
        case .all(let parts): try container.encode(parts, forKey: .all)
        case .any(let parts): try container.encode(parts, forKey: .any)
        case .condition(let question): try container.encode(question, forKey: .condition)
        case .age(let question): try container.encode(question, forKey: .age)
        case .measurement(let question): try container.encode(question, forKey: .measurement)
        case .psychoticDepression: try container.encode(true, forKey: .psychoticDepression)
        case .adequateFailedTrials(let question): try container.encode(question, forKey: .adequateFailedTrials)
        }
    }
}

/// The distinct elements in their first order.
public func unique<Element: Hashable>(_ elements: some Sequence<Element>) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
}
