import Access
import Chart
import Guidance
import Notation
import Pharmacology

/// A step a session may take next, as the room offers it.
struct OfferedStep: Sendable {
    var step: SessionStep
    var title: String
    var questions: [MonitoringSchedule.Question]
    /// A decision: the form asks for the password of who decides.
    var signature: String?
    /// The way on; the others lead aside.
    var isPrimary: Bool

    /// The steps that have a way from where the session stands, the way on first.
    static func all(of session: SessionReview, knowledge: KnowledgeBase) -> [OfferedStep] {
        SessionTransition.all.filter { $0.from.contains(session.state) && words[$0.step] != nil }.map { transition in
            OfferedStep(
                step: transition.step, title: words[transition.step] ?? "",
                questions: knowledge.monitoring.questions(of: transition.step, product: session.record.product), signature: signatures[transition.step],
                isPrimary: !aside.contains(transition.step))
        }.sorted { ($0.isPrimary ? 0 : 1) < ($1.isPrimary ? 0 : 1) }
    }

    /// Steps people take by hand. What a dose, a reading or the clock says by itself has no button.
    private static let words: [SessionStep: String] = [
        .checkIn: "Check in", .hold: "Hold", .clear: "Clear for the dose", .issueDrug: "Issue drug", .lastDevice: "All given", .ready: "Ready to leave",
        .discharge: "Discharge", .openDocumentation: "Open documentation", .submitREMS: "REMS form sent", .close: "Close", .cancel: "Cancel session",
        .emergencyTransfer: "Emergency transfer",
    ]

    private static let aside: Set<SessionStep> = [.hold, .cancel, .emergencyTransfer, .openDocumentation]

    /// What is signed with a decision.
    static let signatures: [SessionStep: String] = [
        .clear: "I have looked at the checks of this session and clear the dose.", .discharge: "I have judged this patient fit to leave with the escort.",
    ]

    /// Steps that anybody who may book can record.
    static let arrivals: [SessionStep] = [.checkIn, .cancel]
    static let recorded: [SessionStep] = [
        .checkIn, .hold, .issueDrug, .lastDevice, .ready, .openDocumentation, .submitREMS, .close, .cancel, .emergencyTransfer,
    ]
    static let decided: [SessionStep] = [.clear, .discharge]
}

extension FormField {
    /// The field of a question, by the metric it answers.
    init(_ question: MonitoringSchedule.Question, metric: Metric) {
        let kind: Kind =
            if let choices = question.choices { .choice(choices) } else if metric.unit != nil {
                .number((metric.plausible?.low ?? 0)...(metric.plausible?.high ?? 1e6))
            } else { .choice(["true", "false"]) }
        self = .optional(metric.id, metric.title, kind)
    }
}
