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
        "referred": .refer, "screening": .startScreening, "trd_confirmed": .computeTRD, "eligible": .signEligibility, "declined": .decline,
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
    /// Events that matter without moving the course.
    public static let stateless: Set = [planSet, consentRenewed]
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
        .init(step: .reInduce, from: [.relapseReview, .maintenance, .maintenanceWeekly], to: .reInduction),
        .init(step: .switchTreatment, from: [.relapseReview, .inductionReview, .maintenance], to: .switched),
        .init(step: .pause, from: [], to: .paused),
        .init(step: .resume, from: [.paused], to: nil),
        .init(step: .close, from: [], to: .closed),
    ]

    public static func of(_ step: CourseStep) -> CourseTransition? { all.first { $0.step == step } }
}

/// The course as its events tell it. A chart without course events, taken over from elsewhere, has the state its doses imply.
public struct CourseHistory: Sendable {
    /// Nil: nothing in the chart speaks of a course.
    public private(set) var state: CourseState?
    public private(set) var since: Moment?
    /// Steps that had no way from where the course stood.
    public private(set) var outOfOrder: [(step: CourseStep, state: CourseState?, time: Instant, fact: FactID)] = []
    private var beforePause: CourseState?

    init(_ view: ChartView, run: CourseRun, reviewDays: Double) {
        var steps = view.courseEvents.compactMap { event in
            CourseStep(event.body.event).map { (time: event.body.time, step: $0, fact: event.id) }
        }
        if let first = run.sessions.first, let fact = run.first { steps.append((first.time, .firstDose, fact)) }
        for entry in steps.sorted(by: { ($0.time.instant, $0.step.order, $0.fact) < ($1.time.instant, $1.step.order, $1.fact) }) {
            take(entry.step, at: entry.time, fact: entry.fact)
        }
        // The end of the induction comes by itself; what follows it is a decision.
        if state == .induction, let start = run.start, view.asOf.days(since: start) >= reviewDays {
            state = .inductionReview
            since = Moment(start.adding(days: reviewDays))
        }
    }

    private mutating func take(_ step: CourseStep, at time: Moment, fact: FactID) {
        guard let transition = CourseTransition.of(step) else { return }
        guard let current = state else { return enter(transition.to, at: time) }
        let allowed = transition.from.isEmpty ? current != .closed : transition.from.contains(current)
        // A dose in a course that goes on already is no new beginning.
        if step == .firstDose, [.induction, .inductionReview, .maintenanceWeekly, .maintenance, .reInduction].contains(current) { return }
        guard allowed else {
            outOfOrder.append((step, current, time.instant, fact))
            // A dose that was given was given.
            if step == .firstDose { enter(.induction, at: time) }
            return
        }
        if step == .pause { beforePause = current }
        enter(transition.to ?? beforePause, at: time)
    }

    private mutating func enter(_ next: CourseState?, at time: Moment) {
        state = next
        since = time
    }

    /// Whether the course has a way for `step`; one that no event speaks of yet may begin anywhere.
    public func allows(_ step: CourseStep) -> Bool { state == nil || (try? proposing(step)) != nil }

    /// The state after `step`.
    /// - Throws: the step and the state it has no way from.
    public func proposing(_ step: CourseStep) throws(CourseRefusal) -> CourseState {
        guard let transition = CourseTransition.of(step), let current = state else {
            guard state == nil, step == .refer else { throw CourseRefusal(step: step, state: state) }
            return .referred
        }
        let allowed = transition.from.isEmpty ? current != .closed : transition.from.contains(current)
        guard allowed, let next = transition.to ?? beforePause else { throw CourseRefusal(step: step, state: current) }
        return next
    }
}

/// A step of the course that has no way from where it stands.
public struct CourseRefusal: Error, Sendable, Equatable {
    public var step: CourseStep
    public var state: CourseState?
}

extension CourseStep {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
