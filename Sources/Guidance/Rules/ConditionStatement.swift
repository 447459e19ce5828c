import Chart
import Notation
import Synchronization

/// A fact that names a condition: a condition, an allergy, a diagnosis, an adverse event, a procedure, an encounter with its reason, or an event
/// of the course that is no step of it, such as an admission.
struct ConditionStatement: Sendable {
    var fact: FactID
    var code: Code?
    /// In the words of the chart.
    var words: String?
    var time: Moment?
    var end: Moment?
    var standing = Condition.Standing.stated
    var isAdverseEvent = false

    init(_ fact: FactID, _ code: Code?, _ words: String?, _ time: Moment?, _ end: Moment?) {
        self.fact = fact
        self.code = code
        self.words = words
        self.time = time
        self.end = end
    }

    /// As the chart names it.
    var name: String { words ?? code?.display ?? code?.code ?? "" }

    func isActive(at now: Instant) -> Bool { standing != .over && end.map { $0.instant > now } ?? true }

    /// Whether it began after the first dose of a course; false without one, or without a date.
    func isAfter(_ start: Instant?) -> Bool { start.flatMap { start in time.map { $0.latest > start } } ?? false }

    /// By time, then by fact.
    var order: (Instant, FactID) { (time?.instant ?? .beforeAll, fact) }

    fileprivate static func all(in view: ChartView, _ readings: Readings) -> [ConditionStatement] {
        let conditions = view.conditions.filter { $0.body.standing != .refuted }.map { stated in
            var statement = ConditionStatement(stated.id, stated.body.code, stated.body.name, stated.body.time, stated.body.end)
            statement.standing = stated.body.standing
            return statement
        }
        let allergies = readings.all("allergy").compactMap { reading -> ConditionStatement? in
            guard case .text(let text) = reading.value else { return nil }
            return ConditionStatement(reading.fact, nil, "allergy to \(text)", nil, nil)
        }
        let adverseEvents = view.adverseEvents.map { stated in
            var statement = ConditionStatement(stated.id, nil, stated.body.term, stated.body.onset, stated.body.resolved)
            statement.isAdverseEvent = true
            return statement
        }
        let encounters = view.encounters.map { encounter in
            let text = [encounter.body.setting, encounter.body.name ?? encounter.body.code?.display, encounter.body.reason].compactMap { $0 }
            return ConditionStatement(encounter.id, encounter.body.code, text.joined(separator: ", "), encounter.body.time, encounter.body.end)
        }
        let events = view.courseEvents.filter { CourseStep($0.body.event) == nil }.map { event in
            let reason = event.body.details.first { $0.name == "reason" }.map { ", \($0.value)" } ?? ""
            return ConditionStatement(event.id, nil, event.body.event + reason, event.body.time, nil)
        }
        return conditions + allergies + adverseEvents + encounters + events
            + view.diagnoses.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.procedures.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
    }
}

/// Everything in a chart that names a condition. Many rules and sessions ask for the same concept: it is looked for once, in each name once.
final class ConditionStatements: Sendable {
    struct Mentions: Sendable {
        var stated: [ConditionStatement] = []
        var suspected: [ConditionStatement] = []
        var all: [ConditionStatement] { stated + suspected }
    }

    /// A name as several facts may carry it.
    private struct Name: Hashable {
        var code: Code?
        var words: String?
    }

    private let statements: [(statement: ConditionStatement, name: Int)]
    private let names: [(code: Code?, texts: [ClinicalText])]
    private let mentions = Mutex<[String: Mentions]>([:])

    init(_ view: ChartView, _ readings: Readings) {
        var numbers: [Name: Int] = [:]
        var names: [(code: Code?, texts: [ClinicalText])] = []
        statements = ConditionStatement.all(in: view, readings).map { statement in
            let (code, words) = (statement.code, statement.words)
            let number = numbers[Name(code: code, words: words), default: names.count]
            if number == names.count {
                numbers[Name(code: code, words: words)] = number
                names.append((code, unique([words, code?.display].compactMap { $0 }).map { ClinicalText($0) }))
            }
            return (statement, number)
        }
        self.names = names
    }

    /// Those that carry the concept of `set`, by code or in words, and those that suspect it.
    func mentions(of set: CodeSet) -> Mentions {
        mentions.withLock { known in
            if let found = known[set.id] { return found }
            let found = find(set)
            known[set.id] = found
            return found
        }
    }

    private func find(_ set: CodeSet) -> Mentions {
        let mentioned = names.map { name in
            name.code.map(set.contains) ?? false ? Mention.stated : name.texts.map { set.mention(in: $0) }.max() ?? .none
        }
        var found = Mentions()
        for (statement, name) in statements {
            switch (mentioned[name], statement.standing) {
            case (.none, _), (_, .refuted): break
            case (.suspected, _), (_, .suspected): found.suspected.append(statement)
            case (.stated, _): found.stated.append(statement)
            }
        }
        return found
    }
}
