import Notation

/// Where a session stands. The order is the way a session goes.
public enum SessionState: String, Sendable, CaseIterable, Comparable {
    case booked
    case checkedIn = "checked_in"
    case preChecks = "pre_checks"
    case held, cleared
    case drugIssued = "drug_issued"
    case dosing, observation
    case dischargeReady = "discharge_ready"
    case discharged
    case documentationOpen = "documentation_open"
    case remsSubmitted = "rems_submitted"
    case closed
    case cancelled
    case emergencyTransfer = "emergency_transfer"

    public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The patient is in the clinic's care.
    public var isUnderWay: Bool { (Self.checkedIn...Self.dischargeReady).contains(self) }
    /// A dose was given and the patient has not left.
    public var isObserved: Bool { (Self.dosing...Self.dischargeReady).contains(self) }
}

/// What happens in a session. A step is proposed by a person, or read from a fact.
public enum SessionStep: String, Sendable, CaseIterable {
    case book
    case checkIn = "check_in"
    case preChecksSaved = "pre_checks_saved"
    case hold, clear
    case issueDrug = "issue_drug"
    case dose
    case lastDevice = "last_device"
    case timedCheck = "timed_check"
    case ready, discharge
    case openDocumentation = "open_documentation"
    case submitREMS = "rems_submit"
    case close, cancel
    case emergencyTransfer = "emergency_transfer"

    /// What facts may call a step.
    private static let named = synonyms.merging(allCases.map { ($0.rawValue, $0) }, uniquingKeysWith: { _, own in own })

    private static let synonyms: [String: SessionStep] = [
        "booked": .book, "checked_in": .checkIn, "pre_checks": .preChecksSaved, "held": .hold, "cleared": .clear, "drug_issued": .issueDrug,
        "device_given": .dose, "infusion_start": .dose, "last_device_given": .lastDevice, "infusion_end": .lastDevice, "infusion_ended": .lastDevice,
        "infusion_stop": .lastDevice, "infusion_stopped": .lastDevice, "infusion_complete": .lastDevice, "infusion_completed": .lastDevice,
        "discharge_ready": .ready,
        "discharged": .discharge, "documentation_open": .openDocumentation, "rems_submitted": .submitREMS, "rems_form_submitted": .submitREMS,
        "closed": .close, "cancelled": .cancel, "canceled": .cancel, "no_show": .cancel, "transferred_emergency": .emergencyTransfer,
    ]

    /// The step an event's name means; nil for events that change no state.
    public init?(_ event: String) {
        guard let step = Self.named[eventName(event)] else { return nil }
        self = step
    }

    /// After it the patient is no longer there.
    public var leavesTheRoom: Bool { self == .discharge || self == .cancel || self == .emergencyTransfer }
}

/// One edge of the session's state machine.
public struct SessionTransition: Sendable {
    public var step: SessionStep
    public var from: Set<SessionState>
    /// Nil: the state stays.
    public var to: SessionState?
    /// The decision whose rules must not stand in the way.
    public var gate: Rule.Decision?

    /// Reference: pathway.md, "Session states".
    public static let all: [SessionTransition] = [
        .init(.book, from: [], to: .booked),
        .init(.checkIn, from: [.booked], to: .checkedIn),
        .init(.preChecksSaved, from: [.checkedIn, .preChecks, .held], to: .preChecks),
        .init(.hold, from: [.preChecks, .cleared, .drugIssued], to: .held),
        .init(.clear, from: [.preChecks], to: .cleared, gate: .preDose),
        .init(.issueDrug, from: [.cleared], to: .drugIssued, gate: .preDose),
        .init(.dose, from: [.drugIssued, .dosing], to: .dosing, gate: .dosing),
        .init(.lastDevice, from: [.dosing], to: .observation),
        .init(.timedCheck, from: [.dosing, .observation, .dischargeReady], to: nil),
        .init(.ready, from: [.observation], to: .dischargeReady, gate: .discharge),
        .init(.discharge, from: [.dischargeReady], to: .discharged, gate: .departure),
        .init(.openDocumentation, from: [.discharged], to: .documentationOpen),
        .init(.submitREMS, from: [.discharged, .documentationOpen], to: .remsSubmitted),
        .init(.close, from: [.discharged, .documentationOpen, .remsSubmitted], to: .closed),
        .init(.cancel, from: [.booked, .checkedIn, .preChecks, .held, .cleared, .drugIssued], to: .cancelled),
        .init(
            .emergencyTransfer, from: [.checkedIn, .preChecks, .held, .cleared, .drugIssued, .dosing, .observation, .dischargeReady], to: .emergencyTransfer),
    ]

    private init(_ step: SessionStep, from: Set<SessionState>, to: SessionState?, gate: Rule.Decision? = nil) {
        (self.step, self.from, self.to, self.gate) = (step, from, to, gate)
    }

    public static func of(_ step: SessionStep) -> SessionTransition? { all.first { $0.step == step } }
}
