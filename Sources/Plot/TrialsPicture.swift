/// Past and running treatment trials, one row each, in years: what was tried, for how long, and whether it counts.
///
/// Years in which nothing began or ended are cut out of the axis (marked, with their length), so that a trial of 1967 and one of
/// last winter can share a picture.
public struct TrialsPicture: Sendable, Equatable {
    public var trials: [Trial] = []
    public var episode: Episode?
    /// The time the picture is judged at, in milliseconds since 1970-01-01T00:00:00Z, like all times here.
    public var today: Double
    public var title = "Treatment trials"

    public init(today: Double) { self.today = today }

    public struct Trial: Sendable, Equatable {
        public var treatment: String
        /// `150 mg/day`, `8 sessions`.
        public var dose: String?
        /// Nil: not recorded.
        public var start: Double?
        /// Nil: still running, or not recorded; `isRunning` says which.
        public var end: Double?
        public var isRunning: Bool
        public var kind: Kind
        /// The treatment it was added to, as that one is named; it is drawn indented under it.
        public var augments: String?
        public var verdict: Verdict
        /// Replaces the verdict's own words at the right.
        public var verdictText: String?
        /// More for the tooltip, for example why.
        public var detail: String?
        public var fact: String?

        public init(
            treatment: String, dose: String? = nil, start: Double?, end: Double?, isRunning: Bool = false, kind: Kind = .drug,
            augments: String? = nil,
            verdict: Verdict = .undetermined, verdictText: String? = nil, detail: String? = nil, fact: String? = nil
        ) {
            self.treatment = treatment
            self.dose = dose
            self.start = start
            self.end = end
            self.isRunning = isRunning
            self.kind = kind
            self.augments = augments
            self.verdict = verdict
            self.verdictText = verdictText
            self.detail = detail
            self.fact = fact
        }
    }

    public enum Kind: String, Sendable, CaseIterable { case drug, neurostimulation, psychotherapy, other }

    /// Raw values as in a chart review.
    public enum Verdict: String, Sendable, CaseIterable {
        case adequateFailed = "adequate_failed"
        case adequateResponded = "adequate_responded"
        case adequateOutcomeUnknown = "adequate_outcome_unknown"
        case inadequate
        case inadequateIntolerant = "inadequate_intolerant"
        case undetermined

        public var text: String {
            switch self {
            case .adequateFailed: "adequate · failed"
            case .adequateResponded: "adequate · responded"
            case .adequateOutcomeUnknown: "adequate · outcome unknown"
            case .inadequate: "inadequate"
            case .inadequateIntolerant: "inadequate · not tolerated"
            case .undetermined: "cannot be judged"
            }
        }
    }

    /// The depressive episode being treated.
    public struct Episode: Sendable, Equatable {
        public var start: Double
        /// Nil: it lasts.
        public var end: Double?
        public var label: String

        public init(start: Double, end: Double? = nil, label: String = "current episode") {
            self.start = start
            self.end = end
            self.label = label
        }
    }
}
