import Evidence

extension Instrument {
    /// How answers become a score.
    public struct Scoring: Codable, Sendable, Equatable {
        public enum Method: String, Codable, Sendable, CaseIterable {
            /// Add up the scored items; a count of yes and a single ordinal item are sums as well.
            case sum
            /// Take the highest item of each domain, then add up (QIDS).
            case domainMax = "domain_max"
            /// The highest level any of whose items is answered yes; no total (C-SSRS).
            case triage
            /// The answers side by side as a word; no total (EQ-5D).
            case profile
            /// The sum as a percentage of its possible range (Q-LES-Q-SF).
            case percent
            /// Only the total is entered.
            case entry
            /// Listed, not scored.
            case none
        }

        public var method: Method
        /// Lowest and highest total.
        public var low: Double?
        public var high: Double?
        public var domains: [Domain]?
        public var levels: [Level]?
        public var missing: Missing?
        public var bonus: Bonus?
        public var confidence: Confidence

        /// A group of items of which the highest counts.
        public struct Domain: Codable, Sendable, Equatable {
            public var id: String
            public var items: [String]
            /// Groups of which one answer is enough; absent: every item must be answered.
            public var oneOf: [[String]]?

            enum CodingKeys: String, CodingKey {
                case id, items
                case oneOf = "one_of"
            }
        }

        /// A level of a triage, gravest first.
        public struct Level: Codable, Sendable, Equatable {
            public var level: String
            /// Items of which one yes suffices; empty for the last level.
            public var any: [String]
            /// What the reference asks for at this level.
            public var action: String?
        }

        /// What missing answers mean; without a rule they are an error.
        public struct Missing: Codable, Sendable, Equatable {
            /// Up to this many are replaced by the mean of the others.
            public var prorateUpTo: Int?
            public var skips: [Skip]?
            public var confidence: Confidence

            enum CodingKeys: String, CodingKey {
                case prorateUpTo = "prorate_up_to"
                case skips, confidence
            }
        }

        /// Items a form does not ask after a no to another; not asked is a no.
        public struct Skip: Codable, Sendable, Equatable {
            public var items: [String]
            /// The item whose no leaves `items` out.
            public var whenNo: String
            /// Said when `items` are left out although `whenNo` is a yes; they then still count as no, and the level is a floor. Absent:
            /// leaving them out is an error.
            public var leftOut: String?

            enum CodingKeys: String, CodingKey {
                case items
                case whenNo = "when_no"
                case leftOut = "left_out"
            }
        }

        /// Points added for few years of education (MoCA), up to the highest total.
        public struct Bonus: Codable, Sendable, Equatable {
            public var educationYearsUpTo: Double
            public var points: Double
            public var confidence: Confidence

            enum CodingKeys: String, CodingKey {
                case educationYearsUpTo = "education_years_up_to"
                case points, confidence
            }
        }
    }

    /// Something in a score that asks for attention.
    public struct Flag: Codable, Sendable, Equatable {
        /// As the contract writes it, for example `item9>=1`.
        public var id: String
        /// Item looked at; absent: the total.
        public var item: String?
        /// Any item at or above the threshold.
        public var anyItem: Bool?
        /// All points come from this item alone.
        public var onlyItem: String?
        public var atLeast: Double?
        /// The cut holds for this sex.
        public var sex: String?
        public var meaning: String
        /// `suicide_risk` when it asks for a suicide-risk screener.
        public var signals: Signal?
        public var confidence: Confidence

        public enum Signal: String, Codable, Sendable { case suicideRisk = "suicide_risk" }

        enum CodingKeys: String, CodingKey {
            case id, item
            case anyItem = "any_item"
            case onlyItem = "only_item"
            case atLeast = "at_least"
            case sex, meaning, signals, confidence
        }
    }
}
