import Chart
import Guidance
import Notation

/// What the review says of single facts, beside them on the page where they are entered.
extension EditorTable {
    /// Whether a trial counts, and why: the judgement of the review itself.
    @Sendable static func judgedTrial(_ fact: Fact, _ review: Review) -> [FactRemark] {
        review.resistance.trials.filter { $0.because.contains(fact.id) }.map { trial in
            FactRemark(
                word: trial.counts && trial.failed == true ? "Counts: adequate, failed" : trial.verdict.words,
                tone: trial.counts && trial.failed == true ? "moderate" : trial.adequate == nil ? "unknown" : "minor", why: trial.why,
                isRecalled: trial.confidence >= .recalled)
        }
    }

    @Sendable static func interactions(_ fact: Fact, _ review: Review) -> [FactRemark] {
        review.interactions.filter { $0.because.contains(fact.id) }.map { hit in
            let severity = ["major", "moderate", "minor"].first { hit.interaction.severity.hasPrefix($0) } ?? "unknown"
            return FactRemark(
                word: hit.interaction.severity.capitalizedFirst, tone: severity, why: hit.interaction.effect, isRecalled: hit.confidence >= .recalled)
        }
    }

    /// The findings of eligibility that rest on a fact.
    @Sendable static func restingFindings(_ fact: Fact, _ review: Review) -> [FactRemark] {
        review.eligibility.findings.filter { $0.because.contains(fact.id) && $0.missing.isEmpty }.map {
            FactRemark(word: $0.rule.id, tone: severityClass(of: $0), why: $0.rule.text, isRecalled: $0.rule.confidence >= .recalled)
        }
    }

    @Sendable static func banded(_ fact: Fact, _ review: Review) -> [FactRemark] {
        if review.notScored.contains(fact.id) { return [FactRemark(word: "Not scored", tone: "moderate", why: "nothing could be concluded from it")] }
        return review.symptoms.flatMap { course in course.points.filter { $0.fact == fact.id }.map { (course, $0) } }.map { course, point in
            let of = course.instrument.scoring.high.map { " of \(decimal($0))" } ?? ""
            return FactRemark(word: point.band?.capitalizedFirst ?? "Scored", tone: "minor", why: "total \(decimal(point.total))\(of)")
        }
    }

    @Sendable static func signed(_ fact: Fact, _ review: Review) -> [FactRemark] {
        guard let signature = review.view.ownSignature(of: fact) else {
            return [FactRemark(word: "Draft", tone: "moderate", why: "not signed by its author yet")]
        }
        return [FactRemark(word: "Signed", tone: "ok", why: "\(signature.body.time.reading): \(signature.body.meaning)")]
    }
}

extension TrialJudgement.Verdict {
    /// In one or two words.
    var words: String {
        switch self {
        case .adequateFailed: "Failed"
        case .adequateResponded: "Responded"
        case .adequateOutcomeUnknown: "Outcome?"
        case .inadequate: "Inadequate"
        case .inadequateIntolerant: "Not tolerated"
        case .undetermined: "Cannot say"
        }
    }
}
