import Evidence
import Notation

extension Instrument {
    /// Scores answers by the instrument's own rules.
    /// - Throws: `score.count` for the wrong number of answers, `score.item` for an unknown item, `score.range` for an answer outside its
    ///   item, `score.missing` where the missing-data rule gives no score, `score.unscored` where there is no scoring.
    public func score(_ answers: Answers, context: ScoreContext = ScoreContext()) throws(Diagnostic) -> Score {
        guard isScored, !items.isEmpty else {
            throw Diagnostic("score.unscored", at: Place(path: id), "has no scoring of items here", expected: isScored ? "its total" : "another instrument")
        }
        let given = try align(answers)
        var points = given
        for index in items.indices where items[index].reversed == true {
            points[index] = given[index].map { Double(items[index].high + items[index].low) - $0 }
        }
        let scored = items.indices.filter { items[$0].isScored }
        let missing = scored.filter { given[$0] == nil }
        var score = Score(instrument: id, itemsAnswered: scored.count - missing.count, itemsMissing: missing.count, confidence: scoring.confidence)
        switch scoring.method {
        case .sum, .percent:
            var sum = try sum(points, scored, missing, &score)
            if let low = scoring.low, let high = scoring.high, scoring.method == .percent {
                let least = scored.map { Double(items[$0].low) }.reduce(0, +)
                let most = scored.map { Double(items[$0].high) }.reduce(0, +)
                sum = low + (sum - least) / (most - least) * (high - low)
            }
            score.total = withBonus(sum, context, &score)
        case .domainMax:
            score.domains = try domainScores(points)
            score.total = score.domains.map(\.value).reduce(0, +)
        case .triage:
            let needed = missing.filter { scoring.missing?.skippable?.contains(items[$0].id) != true }
            if let first = needed.first { throw missingAnswers(first, needed.count) }
            let level = scoring.levels?.first { $0.any.isEmpty || $0.any.contains { item in itemIndex(named: item).map { (points[$0] ?? 0) > 0 } ?? false } }
            score.band = level?.level
            if measures == .suicideRisk { score.suicideRiskLevel = level?.level }
            if let action = level?.action { score.notes.append(action) }
        case .profile:
            if let first = missing.first { throw missingAnswers(first, missing.count) }
            score.profile = scored.compactMap { points[$0].map { String(Int($0)) } }.joined()
        case .entry, .none: break
        }
        finish(&score, points: points, context)
        return score
    }

    /// Scores a total that was entered as such.
    /// - Throws: `score.range` outside the possible totals, `score.unscored` for scales without one.
    public func score(total: Double, context: ScoreContext = ScoreContext()) throws(Diagnostic) -> Score {
        guard let low = scoring.low, let high = scoring.high, scoring.method != .triage, scoring.method != .profile else {
            throw Diagnostic("score.unscored", at: Place(path: id), "has no total", expected: items.isEmpty ? "another instrument" : "its answers")
        }
        guard (low...high).contains(total), scoring.method == .percent || total == total.rounded() else {
            throw Diagnostic("score.range", at: Place(path: id), "the total is not possible", expected: "a whole number, \(decimal(low)) to \(decimal(high))")
        }
        var score = Score(instrument: id, itemsAnswered: 0, itemsMissing: 0, confidence: scoring.confidence)
        score.total = withBonus(total, context, &score)
        finish(&score, points: [], context)
        return score
    }

    /// Flags of `score` that ask for a suicide-risk screener.
    public func suicideSignals(in score: Score) -> [String] {
        (flags ?? []).filter { $0.signals == .suicideRisk && score.flags.contains($0.id) }.map(\.id)
    }

    // MARK: - Answers

    /// One answer for each item, checked against its range.
    private func align(_ answers: Answers) throws(Diagnostic) -> [Double?] {
        var values: [Double?] = Array(repeating: nil, count: items.count)
        switch answers {
        case .ordered(let given):
            // Items at the end that are not scored, or that the form skips, may be left away.
            let required = items.lastIndex { $0.isScored && scoring.missing?.skippable?.contains($0.id) != true }.map { $0 + 1 } ?? 0
            guard (required...items.count).contains(given.count) else {
                throw Diagnostic(
                    "score.count", at: Place(path: id), "\(given.count) answers",
                    expected: required == items.count ? "\(required)" : "\(required) to \(items.count)")
            }
            values.replaceSubrange(0..<given.count, with: given)
        case .named(let given):
            var seen: Set<Int> = []
            for answer in given {
                guard let index = itemIndex(named: answer.item) else {
                    throw Diagnostic("score.item", at: Place(path: id), "has no item \(quoted(answer.item))", expected: items.map(\.id).joined(separator: ", "))
                }
                guard seen.insert(index).inserted else {
                    throw Diagnostic("score.item", at: Place(path: id), "item \(items[index].id) is answered twice", expected: "each item once")
                }
                values[index] = answer.value
            }
        }
        for (index, value) in values.enumerated() {
            let item = items[index]
            if let value, value != value.rounded() || !(Double(item.low)...Double(item.high)).contains(value) {
                throw Diagnostic(
                    "score.range", at: Place(path: id), "the answer to item \(item.number ?? index + 1) (\(item.title)) is out of range",
                    expected: "a whole number, \(item.low) to \(item.high)")
            }
        }
        return values
    }

    private func missingAnswers(_ first: Int, _ count: Int) -> Diagnostic {
        let rule = scoring.missing?.prorateUpTo.map { "at most \($0) missing" } ?? "every item answered"
        return Diagnostic(
            "score.missing", at: Place(path: id), "\(count) answers are missing, the first is item \(items[first].number ?? first + 1)", expected: rule)
    }

    // MARK: - Totals

    private func sum(_ points: [Double?], _ scored: [Int], _ missing: [Int], _ score: inout Score) throws(Diagnostic) -> Double {
        let answered = scored.compactMap { points[$0] }
        let sum = answered.reduce(0, +)
        guard let first = missing.first else { return sum }
        guard let rule = scoring.missing, let most = rule.prorateUpTo, missing.count <= most, !answered.isEmpty else {
            throw missingAnswers(first, missing.count)
        }
        score.isProrated = true
        score.confidence = score.confidence.weaker(rule.confidence)
        score.notes.append("\(missing.count) missing, replaced by the mean of the others")
        return (sum / Double(answered.count) * Double(scored.count)).rounded()
    }

    private func domainScores(_ points: [Double?]) throws(Diagnostic) -> [(id: String, value: Double)] {
        var scores: [(id: String, value: Double)] = []
        for domain in scoring.domains ?? [] {
            for group in domain.oneOf ?? domain.items.map({ [$0] }) {
                let indices = group.compactMap(itemIndex(named:))
                if let first = indices.first, indices.allSatisfy({ points[$0] == nil }) { throw missingAnswers(first, indices.count) }
            }
            scores.append((domain.id, domain.items.compactMap { itemIndex(named: $0).flatMap { points[$0] } }.max() ?? 0))
        }
        return scores
    }

    private func withBonus(_ total: Double, _ context: ScoreContext, _ score: inout Score) -> Double {
        guard let bonus = scoring.bonus, let years = context.educationYears, years <= bonus.educationYearsUpTo else { return total }
        score.confidence = score.confidence.weaker(bonus.confidence)
        score.notes.append("\(decimal(bonus.points)) point added for \(decimal(bonus.educationYearsUpTo)) years of education or fewer")
        return min(total + bonus.points, scoring.high ?? .infinity)
    }

    // MARK: - Bands and flags

    private func finish(_ score: inout Score, points: [Double?], _ context: ScoreContext) {
        if let total = score.total, let band = bands?.first(where: { ($0.low...$0.high).contains(total) }) {
            score.band = band.label
            score.confidence = score.confidence.weaker(band.confidence)
        }
        let sexIsKnown = context.sex == "female" || context.sex == "male"
        for flag in flags ?? [] where flag.sex == nil || flag.sex == context.sex || !sexIsKnown {
            guard applies(flag, score, points), !score.flags.contains(flag.id) else { continue }
            score.flags.append(flag.id)
            score.confidence = score.confidence.weaker(flag.confidence)
            if flag.sex != nil, !sexIsKnown { score.notes.append("sex not given: the lower cut was used") }
        }
    }

    private func applies(_ flag: Flag, _ score: Score, _ points: [Double?]) -> Bool {
        if let only = flag.onlyItem, let index = itemIndex(named: only), points.indices.contains(index) {
            return (points[index] ?? 0) > 0 && points[index] == score.total
        }
        guard let atLeast = flag.atLeast else { return false }
        if let item = flag.item {
            guard let index = itemIndex(named: item), points.indices.contains(index), let value = points[index] else { return false }
            return value >= atLeast
        }
        if flag.anyItem == true { return points.contains { ($0 ?? -.infinity) >= atLeast } }
        return (score.total ?? -.infinity) >= atLeast
    }
}
