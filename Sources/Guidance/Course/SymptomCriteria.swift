import Evidence

/// What counts as partial response and as relapse. Response and remission belong to each instrument and stand in its file.
public struct SymptomCriteria: Codable, Sendable, Equatable {
    public var rule: RuleReference
    /// Fall from baseline above which a change is at least partial, as a share.
    public var partialAbove: Sourced<Double>
    public var relapse: [Relapse]
    public var relapseRule: RuleReference
    /// Code sets of what indicates a relapse by itself.
    public var relapseEvents: [String]

    /// Two readings in a row at or above a cut, a stated number of days apart, of somebody who has been better or of whom no baseline is known.
    public struct Relapse: Codable, Sendable, Equatable {
        public var instrument: String
        public var atLeast: Double
        public var daysApart: Span
        public var confidence: Confidence
        public var sources: [String]

        enum CodingKeys: String, CodingKey {
            case instrument
            case atLeast = "at_least"
            case daysApart = "days_apart"
            case confidence, sources
        }
    }

    public struct Span: Codable, Sendable, Equatable {
        public var low: Double
        public var high: Double
    }

    enum CodingKeys: String, CodingKey {
        case rule
        case partialAbove = "partial_above"
        case relapse
        case relapseRule = "relapse_rule"
        case relapseEvents = "relapse_events"
    }
}
