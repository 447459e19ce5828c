import Chart
import Evidence
import Notation

/// Why something that is about to be recorded of a session must not happen.
public enum SessionRefusal: Error, Sendable, Equatable {
    /// It has no way from where the session stands.
    case outOfOrder(step: SessionStep, state: SessionState, rule: RuleStatement?)
    /// These rules forbid it.
    case forbidden(step: SessionStep, by: [Finding])
}

extension SessionReview {
    /// The review of a chart in which `fact` has just happened, if it may happen.
    ///
    /// Facts that happened are never refused, whatever the rules say; what is about to happen is judged as if it had, by the same replay and
    /// the same rules, and refused when they speak against it.
    /// - Parameter fact: a session event or an administration, not yet in `chart`.
    /// - Throws: what forbids it.
    public static func proposing(
        _ fact: Fact, in chart: Chart, jurisdiction: Jurisdiction, knowledge: KnowledgeBase
    ) throws(SessionRefusal) -> SessionReview? {
        let (name, step): (String?, SessionStep?) =
            switch fact.body {
            case .session(let body): (body.session, SessionStep(body.event))
            case .administration(let body): (body.session, .dose)
            default: (nil, nil)
            }
        guard let name, let step, let time = fact.observed?.instant else { return nil }
        let now = max(time, fact.knownAt)
        var after = chart
        do { try after.append(fact) } catch { return nil }
        let review = Review(of: after, asOf: now, jurisdiction: jurisdiction, knowledge: knowledge)
        guard let session = review.sessions.first(where: { $0.record.id == name }) else { return nil }

        if let late = session.history.outOfOrder.first(where: { $0.fact == fact.id }) {
            throw .outOfOrder(step: step, state: late.state, rule: knowledge.ruleBook.statement(of: .outOfOrder))
        }
        if let passage = session.history.passages.first(where: { $0.fact == fact.id }), let skipped = passage.skipped.first {
            throw .outOfOrder(step: step, state: skipped, rule: knowledge.ruleBook.statement(of: .skipped))
        }
        let forbidding = session.forbidding(step, fact: fact.id)
        guard forbidding.isEmpty else { throw .forbidden(step: step, by: forbidding) }
        return session
    }

    /// The rules that speak against a step that has just been taken.
    private func forbidding(_ step: SessionStep, fact: FactID) -> [Finding] {
        switch SessionTransition.of(step)?.gate {
        case .preDose: preDose.filter { $0.isOpen }
        case .dosing: alerts.filter { $0.decision == .dosing && $0.finding.isOpen && $0.finding.because.contains(fact) }.map(\.finding)
        case .discharge: unmet
        case .departure: unmet + toConfirm
        default: []
        }
    }
}
