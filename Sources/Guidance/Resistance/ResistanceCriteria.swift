import Evidence

/// What makes a trial adequate, a failure a failure, and depression treatment-resistant. All of it data.
public struct ResistanceCriteria: Codable, Sendable, Equatable {
    /// Failed adequate antidepressants in the current episode.
    public var minFailedTrials: Sourced<Int>
    /// Longest interruption that does not end a trial, days.
    public var maxGap: Sourced<Double>
    /// Least share of doses taken.
    public var minAdherence: Sourced<Double>
    /// Outcomes that are a failure (less than half the symptoms gone).
    public var failedOutcomes: Sourced<[String]>
    public var rule: RuleReference

    enum CodingKeys: String, CodingKey {
        case minFailedTrials = "min_failed_trials"
        case maxGap = "max_gap"
        case minAdherence = "min_adherence"
        case failedOutcomes = "failed_outcomes"
        case rule
    }
}

/// The rule a staging file stands for, as findings cite it.
public struct RuleReference: Codable, Sendable, Equatable {
    public var id: String
    public var kind: RuleKind
}

/// The Maudsley Staging Method (Fekadu et al.) as a table of points.
public struct MaudsleyTable: Codable, Sendable, Equatable {
    public var rule: RuleReference
    /// Points for the months of the episode.
    public var duration: [Step]
    /// Points for the severity of the episode, by its name.
    public var severity: [String: Int]
    public var psychotic: Int
    /// Points for the number of failed antidepressants.
    public var failures: [Step]
    public var augmentation: Int
    public var ect: Int
    public var levels: [Level]
    public var resistantFrom: Sourced<Double>
    public var confidence: Confidence
    public var sources: [String]

    /// Points for values up to and including `upTo`; the last step has no upper end.
    public struct Step: Codable, Sendable, Equatable {
        public var upTo: Int?
        public var points: Int

        enum CodingKeys: String, CodingKey {
            case upTo = "up_to"
            case points
        }
    }

    public struct Level: Codable, Sendable, Equatable {
        public var low: Int
        public var high: Int
        public var label: String
    }

    enum CodingKeys: String, CodingKey {
        case rule, duration, severity, psychotic, failures, augmentation, ect, levels
        case resistantFrom = "resistant_from"
        case confidence, sources
    }

    static func points(_ value: Int, in steps: [Step]) -> Int {
        (steps.first { $0.upTo.map { value <= $0 } ?? true } ?? steps.last)?.points ?? 0
    }
}

/// The Thase-Rush stages: each asks for what the stages before it ask, and for one thing more.
public struct ThaseRushTable: Codable, Sendable, Equatable {
    public var rule: RuleReference
    public var stages: [Stage]
    public var confidence: Confidence
    public var sources: [String]

    public struct Stage: Codable, Sendable, Equatable {
        public var stage: String
        public var text: String
        /// Distinct classes of failed antidepressants.
        public var classes: Int?
        /// One failure in any of these classes.
        public var anyClass: [String]?
        /// One failure of any of these treatments.
        public var anyTreatment: [String]?

        enum CodingKeys: String, CodingKey {
            case stage, text, classes
            case anyClass = "any_class"
            case anyTreatment = "any_treatment"
        }
    }
}
