import Notation
import Pharmacology

/// How a trial is conducted and what it asks.
extension TrialSpecification {
    /// Everybody receives this first; who has improved enough by randomisation is randomised.
    public struct RunIn: Codable, Sendable, Equatable {
        public var days: Int
        /// Hours count from its beginning.
        public var regimen: Regimen
        public var keep: Improvement
    }

    public enum Improvement: String, ListedChoice { case response, remission }

    /// Who does not know what they receive, and what they make of it: an unblinded participant expects more. Without it everybody knows.
    public struct Blinding: Codable, Sendable, Equatable {
        /// Dissociation (CADSS total) from which somebody takes it that they have received the drug.
        public var feltAt: Double
        /// How sure, once felt; and else.
        public var beliefFelt: Double
        public var beliefNotFelt: Double

        enum CodingKeys: String, CodingKey {
            case feltAt = "felt_at"
            case beliefFelt = "belief_felt"
            case beliefNotFelt = "belief_not_felt"
        }
    }

    /// How much happens without drug, beside the model's.
    public struct PlaceboResponse: Codable, Sendable, Equatable {
        /// Factor on everything expected: settled, by belief, on the day of a visit.
        public var expectancy: Double?
        /// Added to what improves in time, a fall of the logarithm of the score.
        public var drift: Double?
    }

    public struct Dropout: Codable, Sendable, Equatable {
        /// The chance to leave within a week.
        public var perWeek: Double
        /// Factor on the hazard while the last rating was no response.
        public var withoutResponse: Double?
        /// Factor on the hazard after a session in which dissociation was felt.
        public var afterDissociation: Double?

        enum CodingKeys: String, CodingKey {
            case perWeek = "per_week"
            case withoutResponse = "without_response"
            case afterDissociation = "after_dissociation"
        }
    }

    /// What is done, once, for somebody who is rated too ill.
    public struct Rescue: Codable, Sendable, Equatable {
        public enum Action: String, ListedChoice { case dose, antidepressant, withdraw }

        /// From this day on.
        public var fromDay: Double
        /// Of the trial's first instrument.
        public var atLeast: Double
        public var give: Action
        /// For `dose`; given at that visit. Its time is not looked at.
        public var dose: PlannedDose?

        enum CodingKeys: String, CodingKey {
            case fromDay = "from_day"
            case atLeast = "at_least"
            case give, dose
        }
    }

    /// What ratings after rescue count as (ICH E9(R1)).
    public enum Estimand: String, ListedChoice {
        /// As they are.
        case treatmentPolicy = "treatment_policy"
        /// As missing.
        case hypothetical
        /// As no response and no remission.
        case composite
    }

    /// What differs from one replicate to the next beside chance.
    public enum Uncertainty: String, ListedChoice {
        /// Nothing: power at the calibrated values.
        case none
        /// How trials differ from each other.
        case trials
        /// That, and the standard errors of the model's values: assurance.
        case all
    }

    public struct Endpoint: Codable, Sendable, Equatable {
        public enum Kind: String, ListedChoice {
            case change, response, remission
            case timeToRelapse = "time_to_relapse"
            case dissociation
            case pressureEvents = "pressure_events"
            case exposure
            case timeInRemission = "time_in_remission"
        }

        public var id: String
        public var kind: Kind
        /// The trial's first when absent.
        public var instrument: String?
        /// The last visit when absent.
        public var day: Double?
        /// Of response and remission: whether those who were not rated count as without.
        public var missing: Missing?
        /// Points of a relapse, or CADSS from which time counts as dissociation.
        public var atLeast: Double?
        /// Ratings in a row that make a relapse; 2 when absent.
        public var ratings: Int?
        /// Whether relapses come also by events such as an admission, by the model's hazard.
        public var events: Bool?
        /// mmHg: a rise from before the dose, or a level, that makes a session one with a pressure event.
        public var systolicRise: Double?
        public var diastolicRise: Double?
        public var systolic: Double?
        public var diastolic: Double?
        /// Minutes after the dose at which pressure is read.
        public var minutes: [Double]?

        enum CodingKeys: String, CodingKey {
            case id, kind, instrument, day, missing
            case atLeast = "at_least"
            case ratings, events
            case systolicRise = "systolic_rise"
            case diastolicRise = "diastolic_rise"
            case systolic, diastolic, minutes
        }
    }

    public enum Missing: String, ListedChoice {
        case nonresponse, excluded
    }

    /// A comparison of two arms.
    public struct PlannedAnalysis: Codable, Sendable, Equatable {
        public enum Method: String, ListedChoice {
            /// Change on arm and baseline.
            case ancova
            /// All visits together, unstructured covariance.
            case mmrm
            /// Shares, by the test of two proportions.
            case proportions
            case cox
            case logRank = "log_rank"
            /// The difference of the shares without the event at the end.
            case kaplanMeier = "kaplan_meier"
            /// Means, by the t test.
            case means
        }

        public var endpoint: String
        public var method: Method
        /// The arm, and what it is held against.
        public var compare: [String]
        /// Of ANCOVA: carry the last rating forward.
        public var carryForward: Bool?

        enum CodingKeys: String, CodingKey {
            case endpoint, method, compare
            case carryForward = "carry_forward"
        }
    }

    /// In any one currency.
    public struct Costs: Codable, Sendable, Equatable {
        public var currency: String?
        public var perVisit: Double
        public var perMilligram: Double?

        enum CodingKeys: String, CodingKey {
            case currency
            case perVisit = "per_visit"
            case perMilligram = "per_milligram"
        }
    }
}

/// A choice written as a word. Another word is refused with the list.
public protocol ListedChoice: Codable, Sendable, Equatable, CaseIterable, RawRepresentable where RawValue == String {}

extension ListedChoice {
    public init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        guard let choice = Self(rawValue: word) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "is \(quoted(word)), none of \(known)"))
        }
        self = choice
    }
}
