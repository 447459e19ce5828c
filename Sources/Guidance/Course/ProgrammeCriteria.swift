import Evidence

/// How a programme looks at its outcomes over many charts: when visits are counted, how intervals are grouped. What response, remission and
/// relapse are stands with the instruments and in `SymptomCriteria`; nothing of that is here.
public struct ProgrammeCriteria: Codable, Sendable, Equatable {
    public var rule: RuleReference
    /// In time order, without overlap.
    public var visits: [Visit]
    /// The visit at which programmes, sites and treatments are compared.
    public var mainVisit: String
    /// By the longest interval of each class, shortest first; the last has none.
    public var intervals: [IntervalClass]
    /// Rules whose alert makes a session one with a pressure event.
    public var pressureRules: [String]
    /// Groups of fewer people are not described or compared.
    public var leastGroup: Int
    /// Psychotherapy counts as begun with treatment when its first hour was within these days.
    public var therapyLandmarkDays: Int

    /// The reading nearest to `day`, counted from the day of the first dose, is the visit's.
    public struct Visit: Codable, Sendable, Equatable {
        public var id: String
        public var day: Int
        public var from: Int
        public var to: Int
    }

    public struct IntervalClass: Codable, Sendable, Equatable {
        public var label: String
        public var upToDays: Int?

        enum CodingKeys: String, CodingKey {
            case label
            case upToDays = "up_to_days"
        }
    }

    enum CodingKeys: String, CodingKey {
        case rule, visits
        case mainVisit = "main_visit"
        case intervals
        case pressureRules = "pressure_rules"
        case leastGroup = "least_group"
        case therapyLandmarkDays = "therapy_landmark_days"
    }

    public func visit(on day: Int) -> Visit? { visits.first { ($0.from...$0.to).contains(day) } }

    /// The class of an interval in days, by index.
    public func intervalClass(_ days: Double) -> Int { intervals.firstIndex { $0.upToDays.map { days <= Double($0) } ?? true } ?? intervals.count - 1 }
}
