import Evidence
import Notation
import Pharmacology

/// A treatment protocol as data: what is given, to whom, how often and for how long.
public struct TreatmentProtocol: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    /// Other names a session may use for it.
    public var aliases: [String]?
    public var name: String
    public var drug: Drug
    public var route: Route
    /// What stands behind it: a label, a trial, a clinic's own template.
    public var kind: RuleKind
    /// Its standing in words, for example `FDA label`, `off label`.
    public var approval: String
    public var jurisdictions: [Jurisdiction]?
    public var indication: String?
    /// Completed years, both ends included.
    public var minAge: Int?
    public var maxAge: Int?
    /// What must be taken beside it.
    public var requires: Requirement?
    public var prescriber: String?
    /// Nil where the source gives none.
    public var doses: Doses?
    public var infusionMinutes: Double?
    public var phases: [Phase]
    public var decisions: [Decision]?
    public var missed: [Missed]?
    /// In the source's sense, for people; the numbers that the program uses stand above.
    public var titration: String?
    public var stopRule: String?
    public var observationMinutes: Double?
    /// False for protocols that ship for reference only.
    public var enabled: Bool?
    public var confidence: Confidence
    public var sources: [String]
    public var notes: [String]?

    public struct Requirement: Codable, Sendable, Equatable {
        public var text: String
        /// Classes of the treatment table, for example `SSRI`; nil: any antidepressant.
        public var classes: [String]?
    }

    /// A closed range; one bound may be absent.
    public struct Span: Codable, Sendable, Equatable {
        public var low: Double?
        public var high: Double?

        public func contains(_ value: Double) -> Bool { value >= low ?? -.infinity && value <= high ?? .infinity }
    }

    public struct Doses: Codable, Sendable, Equatable {
        /// `mg` or `mg/kg`.
        public var unit: String
        /// Choices for the first session; nil: as later.
        public var first: [Double]?
        /// Choices for later sessions, ascending.
        public var then: [Double]?
        /// Any dose in between.
        public var range: Span?
        /// How far one session's dose may lie from the last: at least, at most.
        public var step: Span?
        /// A higher rung only while the symptoms have improved by less than this share.
        public var stepUpBelow: Sourced<Double>?
        /// One session's dose never exceeds it.
        public var max: Double?
        /// Milligrams in one nasal device.
        public var device: Double?

        enum CodingKeys: String, CodingKey {
            case unit, first, then, range, step
            case stepUpBelow = "step_up_below"
            case max, device
        }
    }

    public struct Phase: Codable, Sendable, Equatable {
        public var name: String
        /// Weeks of the course, from 1, both ends included.
        public var weeks: Span?
        /// Length where it is not given in weeks.
        public var months: Int?
        /// Sessions of the phase.
        public var sessions: Int?
        public var perWeek: Span?
        public var intervalDays: Span?
        /// Where the phase is given by another route than the protocol's.
        public var route: Route?
        public var rule: String?

        enum CodingKeys: String, CodingKey {
            case name, weeks, months, sessions
            case perWeek = "per_week"
            case intervalDays = "interval_days"
            case route, rule
        }
    }

    public struct Decision: Codable, Sendable, Equatable {
        public var at: String
        /// End of this week of the course, where the decision falls on one.
        public var week: Int?
        public var afterSession: Int?
        /// While the course is in this phase and has relapsed.
        public var relapseIn: String?
        /// Once the latest rating of the course is no higher.
        public var reading: Cut?
        /// Nothing more is given after it.
        public var ends: Bool?
        public var rule: String

        public struct Cut: Codable, Sendable, Equatable {
            public var metric: String
            public var atMost: Double

            enum CodingKeys: String, CodingKey {
                case metric
                case atMost = "at_most"
            }
        }

        enum CodingKeys: String, CodingKey {
            case at, week
            case afterSession = "after_session"
            case relapseIn = "relapse_in"
            case reading, ends, rule
        }
    }

    public struct Missed: Codable, Sendable, Equatable {
        public var phase: String
        public var condition: String?
        public var action: String
    }

    enum CodingKeys: String, CodingKey {
        case id, aliases, name, drug, route, kind, approval, jurisdictions, indication
        case minAge = "min_age"
        case maxAge = "max_age"
        case requires, prescriber, doses
        case infusionMinutes = "infusion_min"
        case phases, decisions, missed, titration
        case stopRule = "stop_rule"
        case observationMinutes = "observation_min"
        case enabled, confidence, sources, notes
    }

    public var product: Product { Product(drug: drug, route: route) }
}
