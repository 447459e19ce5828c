import Chart
import Evidence
import Guidance
import Notation

extension ReviewFindings {
    var nextVerdict: Verdict {
        guard let progress = review.course.progress else {
            let state = review.course.history.state?.rawValue.replacing("_", with: " ")
            return Verdict(
                question: "Next session", answer: state?.capitalizedFirst ?? "Not begun", tone: "neutral", detail: "no protocol of the library named",
                group: "plan")
        }
        guard let next = progress.next else {
            let state = review.course.history.state
            let halted = state.flatMap { $0.isHalted ? "the course is \($0.rawValue.replacing("_", with: " "))" : nil }
            let reason = halted ?? "the protocol has no further session"
            return Verdict(question: "Next session", answer: "None", tone: "neutral", detail: reason, group: "plan")
        }
        let isLate = next.latest.map { $0 < review.view.asOf.day } ?? false
        return Verdict(
            question: "Next session", answer: "From \(Moment(next.earliest).reading)", tone: isLate ? "moderate" : "neutral",
            detail: [next.phase.name.replacing("_", with: " "), next.doses.map(\.description).joined(separator: " or ")].filter { !$0.isEmpty }.joined(
                separator: ", "),
            group: "plan", isRecalled: progress.treatment.confidence >= .recalled)
    }

    var dutyVerdict: Verdict {
        let overdue = review.followUp.duties.filter(\.isOverdue)
        // What it is about in brief: particulars stand below.
        let named = unique(
            (overdue.isEmpty ? review.followUp.duties : overdue).map { duty in
                let words = duty.finding?.rule.text ?? duty.what
                return words.prefix { $0 != "(" }.split(separator: " ").joined(separator: " ")
            })
        return Verdict(
            question: "Due now", answer: overdue.isEmpty ? "Nothing" : "\(overdue.count) overdue", tone: overdue.isEmpty ? "neutral" : "moderate",
            detail: named.prefix(2).joined(separator: ", ") + (named.count > 2 ? " and \(named.count - 2) more" : ""), group: "follow-up",
            isRecalled: overdue.contains { $0.confidence >= .recalled })
    }

    func duty(_ duty: FollowUpDuty, number: Int) -> FindingModel {
        let due = "\(duty.isOverdue ? "overdue since" : "due") \(duty.due.day)" + (duty.session.map { ", session \($0)" } ?? "")
        if let finding = duty.finding {
            return FindingModel(finding, id: "duty-\(number)", why: duty.session.map { "Session \($0)." })
        }
        let rule = knowledge.ruleBook[duty.rule]?.statement
        return FindingModel(
            id: "duty-\(number)", severity: duty.isOverdue ? "moderate" : "unknown", severityText: duty.isOverdue ? "Overdue" : "Due",
            text: "\(duty.what.capitalizedFirst): \(due)", rule: duty.rule, kind: duty.kind, advice: rule?.advice, why: rule?.text, because: duty.because,
            sources: duty.sources, confidence: duty.confidence)
    }

    func interaction(_ hit: InteractionHit) -> FindingModel {
        let interaction = hit.interaction
        let severity = ["major", "moderate", "minor"].first { interaction.severity.hasPrefix($0) } ?? "unknown"
        return FindingModel(
            id: interaction.id, severity: severity, severityText: interaction.severity.capitalizedFirst,
            text: "\(hit.drugs.joined(separator: ", ").capitalizedFirst): \(interaction.effect)", rule: interaction.id, kind: interaction.kind,
            advice: [interaction.action, interaction.timing].compactMap { $0 }.joined(separator: "; "),
            why: "\(interaction.agent): \(interaction.mechanism). Evidence: \(interaction.evidence)", because: hit.because, sources: interaction.sources,
            confidence: hit.confidence, binds: hit.force == .binding ? "binds esketamine nasal" : "adopted practice")
    }

    var plan: [FindingModel] {
        let course = review.course
        var models: [FindingModel] = []
        if let progress = course.progress {
            let plan = progress.treatment
            let next = progress.next.map {
                "Next from \($0.earliest)\($0.latest.map { ", on schedule until \($0)" } ?? ""): \($0.doses.map(\.description).joined(separator: " or ")). \($0.why.joined(separator: "; "))."
            }
            let missed = progress.missed.map { "Late\($0.condition.map { "; if \($0)" } ?? ""): \($0.action)." }
            let decisions = progress.decisionsDue.map { "Decide \($0.at): \($0.rule)." }
            models.append(
                FindingModel(
                    id: "protocol", severity: "minor", severityText: "Week \(progress.week)",
                    text: "\(plan.name): \(progress.sessionsDone) sessions given, \(progress.phase?.name.replacing("_", with: " ") ?? "after its last phase")",
                    rule: plan.id, kind: plan.kind,
                    why: ([next ?? "The protocol has no further session."] + missed + decisions + (plan.notes ?? [])).joined(separator: " "),
                    because: course.run.sessions.last?.administrations.map(\.id) ?? [], sources: plan.sources, confidence: plan.confidence, binds: plan.approval
                ))
            for (number, deviation) in progress.deviations.enumerated() {
                models.append(
                    FindingModel(
                        id: "deviation-\(number)", severity: "moderate", severityText: "Deviation",
                        text: (deviation.session.map { "\($0): " } ?? "") + deviation.text, rule: plan.id, kind: plan.kind, because: deviation.because,
                        sources: plan.sources, confidence: plan.confidence))
            }
        }
        for advice in course.frequency {
            models.append(
                FindingModel(
                    id: advice.rule.id, severity: "minor", severityText: advice.interval.map { "\($0) d" }.joined(separator: " or "),
                    text: "\(advice.rule.name): \(knowledge.metrics[advice.rule.metric]?.title ?? "") \(decimal(advice.score))"
                        + (advice.forWeeks.map { ", for \($0) weeks" } ?? ""),
                    rule: advice.rule.id, kind: advice.rule.kind, advice: advice.rule.goal, why: advice.rule.note, because: advice.because,
                    sources: advice.rule.sources, confidence: advice.rule.confidence))
        }
        return models + course.findings.enumerated().map { FindingModel($1.finding, id: "course-\($0)", text: $1.text) }
    }
}
