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
        case .sum: score.total = withBonus(try sum(points, scored, missing, &score), context, &score)
        case .percent: score.total = percent(try sum(points, scored, missing, &score), of: scored)
        case .domainMax:
            score.domains = try domainScores(points)
            score.total = score.domains.map(\.value).reduce(0, +)
        case .triage: try triage(points, missing, &score)
        case .profile:
            if let first = missing.first { throw missingAnswers(first, missing.count) }
            score.profile = scored.compactMap { points[$0].map { String(Int($0)) } }.joined()
        case .entry, .none: break
        }
        finish(&score, points: points, context)
        return score
    }

    /// Scores a total that was entered as such. What only the items can tell (their flags) is not said, and noted where it concerns
    /// suicide risk.
    /// - Throws: `score.range` outside the possible totals, `score.unscored` for scales without one.
    public func score(total: Double, context: ScoreContext = ScoreContext()) throws(Diagnostic) -> Score {
        guard let low = scoring.low, let high = scoring.high, scoring.method != .triage, scoring.method != .profile else {
            throw Diagnostic("score.unscored", at: Place(path: id), "has no total", expected: items.isEmpty ? "another instrument" : "its answers")
        }
        guard (low...high).contains(total), scoring.method == .percent || total == total.rounded() else {
            let kind = scoring.method == .percent ? "a number" : "a whole number"
            throw Diagnostic("score.range", at: Place(path: id), "the total is not possible", expected: "\(kind), \(decimal(low)) to \(decimal(high))")
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

    /// Whether one answer is such a sign by itself, before the others are known.
    /// - Parameter answer: as given, before an item is turned round.
    public func isSignOfSuicideRisk(_ answer: Double, to item: String) -> Bool {
        guard let index = itemIndex(named: item) else { return false }
        let points = items[index].reversed == true ? Double(items[index].high + items[index].low) - answer : answer
        return (flags ?? []).contains { flag in
            flag.signals == .suicideRisk && flag.item.flatMap(itemIndex(named:)) == index && points >= flag.atLeast ?? .infinity
        }
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
        // Multiplied first, so that a half is an exact half; halves go away from zero.
        return (sum * Double(scored.count) / Double(answered.count)).rounded()
    }

    /// `sum` as a share of what the items allow, on the range of the total.
    private func percent(_ sum: Double, of scored: [Int]) -> Double? {
        let least = scored.map { Double(items[$0].low) }.reduce(0, +)
        let most = scored.map { Double(items[$0].high) }.reduce(0, +)
        guard let low = scoring.low, let high = scoring.high, most > least else { return nil }
        return low + (sum - least) * (high - low) / (most - least)
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

    // MARK: - Triage

    /// The gravest level any of whose items is a yes.
    ///
    /// An unanswered item is a no where the form skips it. Elsewhere it is an error, unless the level found is already so grave that a
    /// yes could not raise it.
    private func triage(_ points: [Double?], _ missing: [Int], _ score: inout Score) throws(Diagnostic) {
        let levels = scoring.levels ?? []
        let found = levels.firstIndex { $0.any.isEmpty || $0.any.contains { itemIndex(named: $0).map { (points[$0] ?? 0) > 0 } ?? false } }
        var open = Set(missing)
        for skip in scoring.missing?.skips ?? [] {
            let skipped = open.intersection(skip.items.compactMap(itemIndex(named:)))
            guard !skipped.isEmpty, let gate = itemIndex(named: skip.whenNo), let answer = points[gate] else { continue }
            guard answer == 0 || skip.leftOut != nil else { continue }
            if answer > 0, let said = skip.leftOut { score.notes.append(said) }
            open.subtract(skipped)
            score.confidence = score.confidence.weaker(scoring.missing?.confidence ?? .read)
        }
        let graver = Set(levels[..<(found ?? levels.endIndex)].flatMap(\.any).compactMap(itemIndex(named:)))
        if !open.isDisjoint(with: graver), let first = open.min() { throw missingAnswers(first, open.count) }
        score.itemsMissing = open.count
        guard let level = found.map({ levels[$0] }) else { return }
        score.level = level.level
        score.band = level.level
        if measures == .suicideRisk { score.suicideRiskLevel = level.level }
        if let action = level.action { score.notes.append(action) }
    }

    // MARK: - Bands and flags

    private func finish(_ score: inout Score, points: [Double?], _ context: ScoreContext) {
        if let total = score.total, let band = bands?.first(where: { ($0.low...$0.high).contains(total) }) {
            score.band = band.label
            score.confidence = score.confidence.weaker(band.confidence)
        }
        let sexIsKnown = context.sex == "female" || context.sex == "male"
        for flag in flags ?? [] where flag.sex == nil || flag.sex == context.sex || !sexIsKnown {
            if flag.signals != nil, let item = flag.item, answer(to: item, in: points) == nil {
                score.notes.append("\(flag.id) cannot be told: \(points.isEmpty ? "only the total was entered" : "the item is not answered")")
            }
            guard applies(flag, score, points), !score.flags.contains(flag.id) else { continue }
            score.flags.append(flag.id)
            score.confidence = score.confidence.weaker(flag.confidence)
            let note = "sex not given: the lower cut was used"
            if flag.sex != nil, !sexIsKnown, !score.notes.contains(note) { score.notes.append(note) }
        }
    }

    private func answer(to item: String, in points: [Double?]) -> Double? {
        guard let index = itemIndex(named: item), points.indices.contains(index) else { return nil }
        return points[index]
    }

    private func applies(_ flag: Flag, _ score: Score, _ points: [Double?]) -> Bool {
        if let only = flag.onlyItem {
            guard let value = answer(to: only, in: points) else { return false }
            return value > 0 && value == score.total
        }
        guard let atLeast = flag.atLeast else { return false }
        if let item = flag.item { return answer(to: item, in: points) ?? -.infinity >= atLeast }
        if flag.anyItem == true { return zip(items, points).contains { $0.isScored && $1 ?? -.infinity >= atLeast } }
        return (score.total ?? -.infinity) >= atLeast
    }
}
