import Chart
import Notation

/// Where a course of treatment stands. Reference: pathway.md, "Course states".
public enum CourseState: String, Sendable, CaseIterable {
    case referred, screening
    case trdAssessed = "trd_assessed"
    case optimiseFirst = "optimise_first"
    case eligible, declined, consented
    case remsEnrolled = "rems_enrolled"
    case authorised, induction
    case inductionReview = "induction_review"
    case maintenanceWeekly = "maintenance_weekly"
    case maintenance
    case stoppedNoBenefit = "stopped_no_benefit"
    case relapseReview = "relapse_review"
    case reInduction = "re_induction"
    case switched, paused, closed
}

/// What happens to a course.
public enum CourseStep: String, Sendable, CaseIterable {
    case refer = "referral_received"
    case startScreening = "screening_started"
    case computeTRD = "trd_computed"
    case insufficient = "trd_insufficient"
    case signEligibility = "eligibility_signed"
    case decline = "eligibility_declined"
    case consent = "consent_signed"
    case enrolREMS = "rems_enrolled"
    case authorise = "payer_approved"
    case firstDose = "session_completed"
    case reviewDue = "review_due"
    case benefit = "benefit_evaluated"
    case noBenefit = "benefit_absent"
    case setInterval = "interval_set"
    case flagRelapse = "relapse_flagged"
    case reInduce = "reinduction_started"
    case switchTreatment = "treatment_switched"
    case pause = "course_paused"
    case resume = "course_resumed"
    case close = "course_closed"

    private static let synonyms: [String: CourseStep] = [
        "referred": .refer, "screening": .startScreening, "trd_confirmed": .computeTRD, "trd_assessed": .computeTRD, "optimise_first": .insufficient,
        "optimize_first": .insufficient, "relapse_review": .flagRelapse, "eligible": .signEligibility, "declined": .decline,
        "consented": .consent, "rems_enrolment": .enrolREMS, "authorised": .authorise, "induction_review": .benefit, "induction_reviewed": .benefit,
        "stopped_no_benefit": .noBenefit, "re_induction": .reInduce, "switch": .switchTreatment, "paused": .pause, "resumed": .resume, "closed": .close,
    ]

    public init?(_ event: String) {
        let name = eventName(event)
        guard let step = CourseStep(rawValue: name) ?? Self.synonyms[name] else { return nil }
        self = step
    }
}

extension CourseEvent {
    /// The protocol of the course is chosen.
    public static let planSet = "plan.set"
    /// Consent to a new text while treatment goes on.
    public static let consentRenewed = "consent.renewed"
    /// The patient takes consent back: nothing more is to be given until consent is signed or renewed.
    public static let consentWithdrawn = "consent.withdrawn"
    /// Events that matter without moving the course.
    public static let stateless: Set = [planSet, consentRenewed, consentWithdrawn]
}

extension Fact {
    /// A dose, or a step that clears one or hands out its drug: what withdrawn consent forbids.
    public var leadsToDose: Bool {
        switch body {
        case .administration: true
        case .session(let event): [.clear, .issueDrug].contains(SessionStep(event.event))
        default: false
        }
    }
}

extension ChartView {
    /// By what the patient took consent back, while no consent came after it.
    public var withdrawnConsent: Stated<CourseEvent>? {
        let about = courseEvents.filter {
            [CourseEvent.consentWithdrawn, CourseEvent.consentRenewed].contains($0.body.event) || CourseStep($0.body.event) == .consent
        }
        return about.last.flatMap { $0.body.event == CourseEvent.consentWithdrawn ? $0 : nil }
    }
}

/// One edge of the course's state machine.
public struct CourseTransition: Sendable {
    public var step: CourseStep
    /// Empty: from any state that is not closed.
    public var from: Set<CourseState>
    /// Nil: back to the state before the pause.
    public var to: CourseState?

    public static let all: [CourseTransition] = [
        .init(step: .refer, from: [.closed, .declined, .stoppedNoBenefit], to: .referred),
        .init(step: .startScreening, from: [.referred, .optimiseFirst], to: .screening),
        .init(step: .computeTRD, from: [.screening, .optimiseFirst], to: .trdAssessed),
        .init(step: .insufficient, from: [.screening, .trdAssessed], to: .optimiseFirst),
        .init(step: .signEligibility, from: [.trdAssessed], to: .eligible),
        .init(step: .decline, from: [.screening, .trdAssessed, .optimiseFirst], to: .declined),
        .init(step: .consent, from: [.eligible], to: .consented),
        .init(step: .enrolREMS, from: [.consented], to: .remsEnrolled),
        .init(step: .authorise, from: [.consented, .remsEnrolled], to: .authorised),
        .init(step: .firstDose, from: [.consented, .remsEnrolled, .authorised], to: .induction),
        .init(step: .reviewDue, from: [.induction, .reInduction], to: .inductionReview),
        .init(step: .benefit, from: [.induction, .inductionReview, .reInduction], to: .maintenanceWeekly),
        .init(step: .noBenefit, from: [.induction, .inductionReview, .reInduction, .relapseReview], to: .stoppedNoBenefit),
        .init(step: .setInterval, from: [.maintenanceWeekly, .maintenance, .relapseReview], to: .maintenance),
        .init(step: .flagRelapse, from: [.maintenanceWeekly, .maintenance], to: .relapseReview),
        .init(step: .reInduce, from: [.relapseReview], to: .reInduction),
        .init(step: .switchTreatment, from: [.relapseReview], to: .switched),
        .init(step: .pause, from: [], to: .paused),
        .init(step: .resume, from: [.paused], to: nil),
        .init(step: .close, from: [], to: .closed),
    ]

    public static func of(_ step: CourseStep) -> CourseTransition? { all.first { $0.step == step } }
}

extension CourseState {
    /// Nothing is to be given: the course was declined, stopped, paused or closed.
    public var isHalted: Bool { [.declined, .stoppedNoBenefit, .paused, .closed].contains(self) }

    /// A dose in it is one more of the course, not its beginning.
    var isUnderTreatment: Bool {
        [.induction, .inductionReview, .maintenanceWeekly, .maintenance, .relapseReview, .reInduction, .switched].contains(self)
    }
}

extension CourseStep {
    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
