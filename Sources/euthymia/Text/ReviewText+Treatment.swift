import Chart
import Guidance
import Notation

extension ReviewText {
    var interactions: String {
        guard !review.interactions.isEmpty else { return title("Interactions", "none found in what the patient takes", .dim) }
        return
            (["Interactions"]
            + review.interactions.flatMap { hit -> [String] in
                let interaction = hit.interaction
                return [
                    "  " + Terminal.left(interaction.id, 5) + Terminal.left("[\(interaction.kind.title)]", 17) + " "
                        + Terminal.left(interaction.severity, 10) + Terminal.styled(hit.drugs.joined(separator: ", "), .bold) + ": \(interaction.effect)"
                        + mark(hit.confidence)
                ] + body([interaction.action, interaction.timing].compactMap { $0 }.joined(separator: "; "), indent: 10)
                    + body("source \(interaction.sources.isEmpty ? "none" : interaction.sources.joined(separator: ", ")) · \(interaction.evidence)", indent: 10)
                    .map { Terminal.styled($0, .dim) }
            }).joined(separator: "\n")
    }

    var course: String {
        let course = review.course
        guard let state = course.history.state else { return title("Course", "not begun", .dim) }
        let since = course.history.since.map { ", since \($0.day)" } ?? ""
        var lines = [title("Course", state.rawValue.replacing("_", with: " ") + since, .bold)]
        if let progress = course.progress { lines += self.lines(of: progress) }
        for advice in course.frequency {
            let days = advice.interval.map { "\($0) days" }.joined(separator: " or ")
            lines.append(
                "  \(advice.rule.name) [\(advice.rule.kind.title)]: every \(days)" + (advice.forWeeks.map { " for \($0) weeks, then again" } ?? "")
                    + " (\(advice.rule.metric.uppercased()) \(decimal(advice.score)))" + mark(advice.rule.confidence))
        }
        for irregular in course.findings { lines += self.lines(of: irregular.finding, text: "\(irregular.at) \(irregular.text)") }
        return lines.joined(separator: "\n")
    }

    private func lines(of progress: ProtocolProgress) -> [String] {
        let plan = progress.treatment
        let phase = progress.phase?.name.replacing("_", with: " ") ?? "after its last phase"
        var lines = ["  \(plan.name) [\(plan.kind.title), \(plan.approval)]\(mark(plan.confidence))"]
        lines += body("\(progress.sessionsDone) sessions given, week \(progress.week), \(phase)", indent: 4)
        if let next = progress.next {
            let doses = next.doses.map(\.description).joined(separator: " or ")
            let latest = next.latest.map { ", on schedule until \($0)" } ?? ""
            lines += body("next: from \(next.earliest)\(latest); \(doses.isEmpty ? "no dose in the source" : doses)", indent: 4)
        } else if progress.sessionsDone > 0 {
            let state = review.course.history.state
            let halted = state.flatMap { $0.isHalted ? "none, the course is \($0.rawValue.replacing("_", with: " "))" : nil }
            let reason = halted ?? "the protocol has no further session"
            lines += body("next: \(reason)", indent: 4)
        }
        for missed in progress.missed {
            lines += body("late: " + [missed.condition.map { "if \($0): " }, missed.action].compactMap { $0 }.joined(), indent: 4)
        }
        for decision in progress.decisionsDue { lines += body("decide (\(decision.at)): \(decision.rule)", indent: 4) }
        for deviation in progress.deviations {
            lines += body("deviation" + (deviation.session.map { " in \($0)" } ?? "") + ": \(deviation.text)", indent: 4)
        }
        return lines
    }

    /// Each session in a line; those that need somebody, and the last one, with their reasons.
    var sessions: String {
        guard !review.sessions.isEmpty else { return title("Sessions", "none", .dim) }
        return (["Sessions"] + review.sessions.enumerated().flatMap { lines(of: $1, isLast: $0 == review.sessions.count - 1) }).joined(separator: "\n")
    }

    private func lines(of session: SessionReview, isLast: Bool) -> [String] {
        let open = session.alerts.filter(\.isOpen)
        let clocks = session.minutesFromFirst.map { first in
            "\(decimal(first.rounded(.down))) min from first, \(decimal((session.minutesFromLast ?? 0).rounded(.down))) from last dose"
        }
        let answer =
            session.state.isObserved
            ? (session.isReadyForDischarge ? Terminal.styled("may leave", .green) : Terminal.styled("must stay: \(ids(session.unmet))", .red)) : nil
        let parts = [
            clocks, session.alerts.isEmpty ? nil : "\(session.alerts.count) alerts",
            open.isEmpty ? nil : "open: \(unique(open.map(\.finding.rule.id)).joined(separator: ", "))",
            session.minutesFromFirst == nil ? "dose: \(session.doseVerdict.rawValue)" : nil, answer,
        ]
        var lines = [
            "  " + Terminal.left(session.record.id, 12) + " " + Terminal.styled(Terminal.left(session.state.rawValue.replacing("_", with: " "), 18), .bold)
                + parts.compactMap { $0 }.joined(separator: " · ")
        ]
        guard isLast || session.state.isUnderWay else { return lines }
        if session.minutesFromFirst == nil { lines += session.preDose.flatMap { self.lines(of: $0) } }
        for alert in session.alerts {
            let value = alert.value == nil ? "" : " (\(alert.valueText))"
            lines += self.lines(of: alert.finding, text: "\(alert.at) \(alert.finding.rule.text)\(value)\(alert.isOpen ? "" : ", over")")
        }
        for check in session.due {
            lines.append("  " + Terminal.left(check.isOverdue ? "overdue" : "due", 8) + Terminal.left(check.rule, 6) + " " + "\(check.title) at \(check.due)")
        }
        lines += (session.unmet + session.toConfirm + session.overridden).flatMap { self.lines(of: $0) }
        lines += session.irregularities.map { "  " + Terminal.left("order", 8) + Terminal.left($0.finding.rule.id, 6) + " \($0.text)" }
        return lines
    }

    private func ids(_ findings: [Finding]) -> String { unique(findings.map(\.rule.id)).joined(separator: ", ") }

    var followUp: String {
        let duties = review.followUp.duties
        guard !duties.isEmpty else { return title("Follow-up", "nothing due", .dim) }
        return
            (["Follow-up"]
            + duties.map { duty in
                let word = duty.isOverdue ? Terminal.styled(Terminal.left("overdue", 8), .red) : Terminal.left("due", 8)
                return "  \(word)\(duty.due.day)  " + Terminal.left(duty.rule, 6) + Terminal.left("[\(duty.kind.title)]", 17) + " \(duty.what)"
                    + (duty.session.map { " (\($0))" } ?? "") + mark(duty.confidence)
            }).joined(separator: "\n")
    }
}
