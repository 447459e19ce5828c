import Notation
import Pharmacology

/// A virtual trial as its file states it (docs/trials.md). Days count from randomisation; what is not stated is not assumed.
public struct TrialSpecification: Codable, Sendable, Equatable {
    /// A name for files and reports.
    public var trial: String
    public var title: String?
    public var note: String?
    public var seed: UInt64?
    /// The whole trial so many times.
    public var replicates: Int?
    /// In each arm that names no number of its own.
    public var patientsPerArm: Int?
    /// How long it lasts.
    public var days: Int
    public var arms: [Arm]
    public var population: Population?
    /// Days on which people are rated; the beginning always is.
    public var visits: [Double]
    /// The first is the trial's own.
    public var instruments: [RatedInstrument]
    /// Open treatment before randomisation: a trial of relapse prevention.
    public var runIn: RunIn?
    public var blinding: Blinding?
    public var placeboResponse: PlaceboResponse?
    public var dropout: Dropout?
    /// The chance that somebody misses a visit, with what would have been given and rated at it.
    public var missedVisits: Double?
    public var rescue: Rescue?
    public var estimand: Estimand?
    public var uncertainty: Uncertainty?
    /// Whether patient 1 of every arm is the same person: what each would have had under every protocol.
    public var samePatients: Bool?
    /// Values of the symptom model that are taken to be others.
    public var parameters: [String: Double]?
    public var endpoints: [Endpoint]
    public var analyses: [PlannedAnalysis]?
    /// Two-sided; 0.05 when absent.
    public var alpha: Double?
    public var costs: Costs?

    enum CodingKeys: String, CodingKey {
        case trial, title, note, seed, replicates
        case patientsPerArm = "patients_per_arm"
        case days, arms, population, visits, instruments
        case runIn = "run_in"
        case blinding
        case placeboResponse = "placebo_response"
        case dropout
        case missedVisits = "missed_visits"
        case rescue, estimand, uncertainty
        case samePatients = "same_patients"
        case parameters, endpoints, analyses, alpha, costs
    }

    public var levelOfSignificance: Double { alpha ?? 0.05 }
    public var runSeed: UInt64 { seed ?? 1 }
    /// Whether replicates differ by more than chance.
    public var isUncertain: Bool { (uncertainty ?? Uncertainty.none) != Uncertainty.none }
    public var runs: Int { replicates ?? 1 }
    /// The day of the first visit.
    public var firstDay: Double { -Double(runIn?.days ?? 0) }

    /// What one group of people receives.
    public struct Arm: Codable, Sendable, Equatable {
        public var id: String
        public var title: String?
        public var patients: Int?
        /// Hours count from randomisation.
        public var regimen: Regimen?
        public var placebo: Placebo?
        public var coTreatments: [CoTreatment]?
        /// How sure its people are to receive the drug, where it does not follow from what they feel.
        public var belief: Double?

        enum CodingKeys: String, CodingKey {
            case id, title, patients, regimen, placebo
            case coTreatments = "co_treatments"
            case belief
        }

        /// An arm without a session.
        public static func untreated(id: String, title: String) -> Arm { Arm(id: id, title: title, placebo: Placebo(days: [])) }

        /// An arm that receives a regimen.
        public static func treated(id: String, title: String, by regimen: Regimen) -> Arm { Arm(id: id, title: title, regimen: regimen) }
    }

    /// Sessions without drug.
    public struct Placebo: Codable, Sendable, Equatable {
        /// On the days on which that arm gives doses.
        public var daysOf: String?
        public var days: [Double]?
        /// The chance that somebody feels something in a session: none of inert treatment, some of an active one.
        public var felt: Double?

        enum CodingKeys: String, CodingKey {
            case daysOf = "days_of"
            case days, felt
        }
    }

    /// What an arm receives besides.
    public struct CoTreatment: Codable, Sendable, Equatable {
        public enum Kind: String, ListedChoice {
            /// Newly begun.
            case antidepressant
            case psychotherapy, benzodiazepine, lamotrigine
        }

        public var kind: Kind
        /// Of an antidepressant; the first day of the trial when absent.
        public var startDay: Double?
        /// Of the arm's people; all when absent.
        public var share: Double?

        enum CodingKeys: String, CodingKey {
            case kind
            case startDay = "start_day"
            case share
        }
    }

    /// Whom the trial is made of. Where nothing is stated, the people of the models.
    public struct Population: Codable, Sendable, Equatable {
        /// `weight`, `age`, `systolic`, `diastolic` and the covariates of the pharmacokinetic models.
        public var covariates: [String: Spread]?
        public var baseline: Baseline?
        /// A file of charts (NDJSON) that people are drawn from, each with weight, age and baseline as their chart has them.
        public var cohort: String?
    }

    /// How a covariate spreads over people: normal, cut off at limits, or a share that has a property.
    public struct Spread: Codable, Sendable, Equatable {
        public var mean: Double?
        public var sd: Double?
        public var min: Double?
        public var max: Double?
        public var share: Double?
    }

    /// Severity at the beginning: its spread over people, without fluctuation and error, and whom the trial takes by their rating.
    public struct Baseline: Codable, Sendable, Equatable {
        /// The trial's first instrument when absent.
        public var instrument: String?
        public var mean: Double?
        public var sd: Double?
        public var atLeast: Double?
        public var atMost: Double?

        enum CodingKeys: String, CodingKey {
            case instrument, mean, sd
            case atLeast = "at_least"
            case atMost = "at_most"
        }
    }

    /// A scale as this trial uses it.
    public struct RatedInstrument: Codable, Sendable, Equatable {
        public var id: String
        /// Factor on the model's error of one rating.
        public var measurementError: Double?
        public var raters: Raters?

        enum CodingKeys: String, CodingKey {
            case id
            case measurementError = "measurement_error"
            case raters
        }
    }

    /// Who rates; everybody keeps their rater.
    public struct Raters: Codable, Sendable, Equatable {
        public var count: Int
        /// Between raters, in points at the middle of the scale.
        public var sd: Double
    }
}
