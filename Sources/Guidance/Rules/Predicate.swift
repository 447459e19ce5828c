import Chart
import Notation

/// One kind of question that rules ask of a chart. A new rule over known questions is only data; a new kind is a type here and a word in
/// `Predicate.kinds`.
public protocol Question: Codable, Sendable, Equatable {
    func judge(in context: RuleContext) -> Answer
    /// What can change the answer.
    var watched: Watched { get }
    /// Whether a yes can name this value of a watched metric as its reason; false only where it certainly cannot.
    func mayTurn(on value: Reading.Value, of metric: String) -> Bool
    /// The number the answer turns on, where it turns on one.
    var threshold: Threshold? { get set }
    /// Questions inside this one.
    var parts: [Predicate] { get set }
    /// What was measured where the answer turns on no single reading: minutes, milligrams.
    func measured(in context: RuleContext) -> Reading.Value?
}

extension Question {
    public var watched: Watched { parts.reduce(into: Watched()) { $0.formUnion($1.question.watched) } }
    public func mayTurn(on value: Reading.Value, of metric: String) -> Bool {
        parts.isEmpty ? watched.metrics.contains(metric) : parts.contains { $0.question.mayTurn(on: value, of: metric) }
    }
    public var threshold: Threshold? {
        get { nil }
        set {}
    }
    public var parts: [Predicate] {
        get { [] }
        set {}
    }
    public func measured(in context: RuleContext) -> Reading.Value? { parts.lazy.compactMap { $0.question.measured(in: context) }.first }

    fileprivate func isEqual(to other: any Question) -> Bool { (other as? Self) == self }
}

/// What can change an answer within a session, so that rules are judged only when something they look at has happened.
public struct Watched: Sendable, Equatable {
    public var metrics: Set<String> = []
    public var doses = false
    public var adverseEvents = false
    /// Checks of the monitoring schedule.
    public var checks: [CheckQuestion] = []

    mutating func formUnion(_ other: Watched) {
        metrics.formUnion(other.metrics)
        doses = doses || other.doses
        adverseEvents = adverseEvents || other.adverseEvents
        checks += other.checks
    }
}

/// The number a question turns on.
public struct Threshold: Sendable, Equatable {
    /// As an overlay names it: the metric, `age`, `adequate_failed_trials`.
    public var name: String
    public var value: Double
    /// Whether greater values make the rule apply.
    public var appliesAbove: Bool

    /// Whether `other` applies wherever this one does.
    func isTightened(to value: Double) -> Bool { appliesAbove ? value <= self.value : value >= self.value }
}

/// A question as data: one key names it, its value holds the particulars (`age: {below: 18}`).
public struct Predicate: Sendable, Codable {
    public var question: any Question

    static let kinds: [(word: String, type: any Question.Type)] = [
        ("all", AllQuestion.self), ("any", AnyQuestion.self), ("not", NotQuestion.self), ("persistent", PersistentQuestion.self),
        ("condition", ConditionQuestion.self), ("age", AgeQuestion.self), ("sex", SexQuestion.self), ("psychotic_depression", PsychosisQuestion.self),
        ("adequate_failed_trials", FailedTrialsQuestion.self), ("medication", MedicationQuestion.self),
        ("reading", ReadingQuestion.self), ("recorded", RecordedQuestion.self), ("adverse_event", AdverseEventQuestion.self),
        ("product", ProductQuestion.self), ("route", RouteQuestion.self), ("session_dose", SessionDoseQuestion.self),
        ("between_devices", DeviceRestQuestion.self), ("elapsed", ElapsedQuestion.self), ("check_overdue", CheckQuestion.self),
        ("check_done", CheckDoneQuestion.self),
        ("relapse", RelapseQuestion.self),
    ]

    private struct Word: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Word.self)
        guard container.allKeys.count == 1, let word = container.allKeys.first,
            let kind = Self.kinds.first(where: { $0.word == word.stringValue })
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "one of \(Self.kinds.map(\.word).joined(separator: ", "))"))
        }
        question = try kind.type.init(from: container.superDecoder(forKey: word))
    }

    public func encode(to encoder: any Encoder) throws {
        let word = Self.kinds.first { $0.type == type(of: question) }?.word ?? ""
        var container = encoder.container(keyedBy: Word.self)
        try question.encode(to: container.superEncoder(forKey: Word(stringValue: word)))
    }

    public func judge(in context: RuleContext) -> Answer { question.judge(in: context) }

    /// Every threshold of the question and of those inside it.
    public var thresholds: [Threshold] { [question.threshold].compactMap { $0 } + question.parts.flatMap(\.thresholds) }

    /// The same question with every threshold of `name` set to `value`.
    func setting(_ name: String, to value: Double) -> Predicate {
        var copy = self
        if copy.question.threshold?.name == name { copy.question.threshold?.value = value }
        copy.question.parts = copy.question.parts.map { $0.setting(name, to: value) }
        return copy
    }
}

extension Predicate: Equatable {
    public static func == (a: Predicate, b: Predicate) -> Bool { a.question.isEqual(to: b.question) }
}

// MARK: - Logic

/// All of these hold.
public struct AllQuestion: Question {
    public var parts: [Predicate]
    public init(from decoder: any Decoder) throws { parts = try [Predicate](from: decoder) }
    public func encode(to encoder: any Encoder) throws { try parts.encode(to: encoder) }
    public func judge(in context: RuleContext) -> Answer { .all(parts.lazy.map { $0.judge(in: context) }) }
}

/// One of these holds.
public struct AnyQuestion: Question {
    public var parts: [Predicate]
    public init(from decoder: any Decoder) throws { parts = try [Predicate](from: decoder) }
    public func encode(to encoder: any Encoder) throws { try parts.encode(to: encoder) }
    public func judge(in context: RuleContext) -> Answer { .any(parts.lazy.map { $0.judge(in: context) }) }
}

/// This does not hold.
public struct NotQuestion: Question {
    public var parts: [Predicate]
    public init(from decoder: any Decoder) throws { parts = [try Predicate(from: decoder)] }
    public func encode(to encoder: any Encoder) throws { try parts.first?.encode(to: encoder) }
    public func judge(in context: RuleContext) -> Answer { .not(.all(parts.lazy.map { $0.judge(in: context) })) }
}

/// Did one of these hold on each of the last days on which it was read? With fewer days on record those decide.
public struct PersistentQuestion: Question {
    public var days: Int
    public var parts: [Predicate]

    enum CodingKeys: String, CodingKey {
        case days
        case parts = "any"
    }

    public func judge(in context: RuleContext) -> Answer {
        let readings = parts.compactMap { $0.question as? ReadingQuestion }.flatMap { context.readings($0.metric, in: $0.window) }
        let moments = Dictionary(readings.map { ($0.time.day, $0.time) }, uniquingKeysWith: max)
        let last = moments.values.sorted().suffix(days)
        guard !last.isEmpty else { return .any(parts.map { $0.judge(in: context) }) }
        return .all(last.lazy.map { moment in .any(parts.map { $0.judge(in: context.at(moment)) }) })
    }
}
