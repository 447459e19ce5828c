import Chart
import Notation

/// A fact that names a condition: a condition, an allergy, a diagnosis, an adverse event, a procedure or an encounter.
struct ConditionStatement: Sendable {
    var fact: FactID
    /// As the chart names it.
    var name: String
    var code: Code?
    var texts: [ClinicalText]
    var time: Moment?
    var end: Moment?
    var standing = Condition.Standing.stated
    var isAdverseEvent = false

    init(_ fact: FactID, _ code: Code?, _ name: String?, _ time: Moment?, _ end: Moment?) {
        self.fact = fact
        self.code = code
        self.name = name ?? code?.display ?? code?.code ?? ""
        texts = [name, code?.display].compactMap { $0.map { ClinicalText($0) } }
        self.time = time
        self.end = end
    }

    func isActive(at now: Instant) -> Bool { standing != .over && end.map { $0.instant > now } ?? true }

    static func all(in view: ChartView, _ readings: Readings) -> [ConditionStatement] {
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
        return conditions + allergies + adverseEvents
            + view.diagnoses.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.procedures.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
            + view.encounters.map { ConditionStatement($0.id, $0.body.code, $0.body.name, $0.body.time, $0.body.end) }
    }
}

extension [ConditionStatement] {
    /// Those that carry the concept of `set`, by code or in words, and those that suspect it.
    func mentions(of set: CodeSet) -> (stated: [ConditionStatement], suspected: [ConditionStatement]) {
        // Adverse events repeat few terms: each text is looked at once.
        let named = Dictionary(uniqueKeysWithValues: Set(flatMap(\.texts)).map { ($0, set.mention(in: $0)) })
        var (stated, suspected): ([ConditionStatement], [ConditionStatement]) = ([], [])
        for statement in self {
            let mention = statement.code.map(set.contains) ?? false ? .stated : statement.texts.compactMap { named[$0] }.max() ?? .none
            switch (mention, statement.standing) {
            case (.none, _), (_, .refuted): break
            case (.suspected, _), (_, .suspected): suspected.append(statement)
            case (.stated, _): stated.append(statement)
            }
        }
        return (stated, suspected)
    }
}
