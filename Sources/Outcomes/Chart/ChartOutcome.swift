import Chart
import Notation
import Pharmacology

/// What a programme keeps of one chart: the course of one treatment in days from its first dose, judged by the knowledge it names. It is made again from the
/// chart at any time, and is never the truth about a patient.
///
/// Everything is in whole days, so that a row says when things happened to one another and, beside `start`, nothing of dates.
public struct ChartOutcome: Sendable, Equatable {
    /// As events of the chart name it; nil: the store's.
    public var site: String?
    public var sex: Sex
    /// Completed years at the first dose.
    public var age: Int?
    public var failedTrials: Int
    /// Day of the first dose; nil: never treated.
    public var start: Day?
    /// Day of the last fact about the patient's state: a score, a session, a dose.
    public var lastSeen = 0
    /// When the course was ended, and how.
    public var end: (day: Int, kind: End)?
    public var death: Int?
    public var doses: [DoseSummary] = []
    /// Days of sessions with a dose, in order.
    public var sessions: [Int] = []
    /// Days of psychotherapy, in order; below 0 before the first dose.
    public var therapy: [Int] = []
    /// Intervals that were set, in days, with the day on which they were.
    public var intervals: [(day: Int, length: Int)] = []
    /// Sessions with a pressure event.
    public var pressureSessions = 0
    public var adverseEvents: [AdverseEventCount] = []
    public var scales: [ScaleOutcome] = []

    public enum End: UInt8, Sendable, CaseIterable { case closed, noBenefit, switched }

    /// A drug by a route.
    struct Preparation: Hashable, Comparable {
        var drug: Drug
        var route: Route

        var name: String { "\(drug.rawValue) \(route.rawValue)" }

        /// By name.
        static func < (a: Self, b: Self) -> Bool { a.name < b.name }
    }

    /// One drug by one route.
    public struct DoseSummary: Sendable, Equatable {
        public var drug: Drug
        public var route: Route
        var preparation: Preparation { Preparation(drug: drug, route: route) }
        public var count: Int
        /// Milligrams a session, of sessions in which all doses had a known mass: the first, the last and the highest. Nil where there is none.
        public var milligrams: (first: Double, last: Double, highest: Double)?

        public static func == (a: DoseSummary, b: DoseSummary) -> Bool {
            (a.drug, a.route, a.count) == (b.drug, b.route, b.count) && a.milligrams?.first == b.milligrams?.first
                && a.milligrams?.last == b.milligrams?.last && a.milligrams?.highest == b.milligrams?.highest
        }
    }

    public struct AdverseEventCount: Sendable, Equatable {
        /// In lower case.
        public var term: String
        public var count: Int
        public var serious: Int
    }

    /// The course of one instrument.
    public struct ScaleOutcome: Sendable, Equatable {
        public var instrument: String
        /// Whether `baseline` was taken no later than the first dose.
        public var hasBaseline: Bool
        public var baseline: Double
        /// After the baseline, in order.
        public var points: [Point]
        /// Day of the first relapse after a first response.
        public var relapse: Int?

        public var firstResponse: Int? { points.first { $0.flags.contains(.response) }?.day }
        public var firstRemission: Int? { points.first { $0.flags.contains(.remission) }?.day }
    }

    public struct Point: Sendable, Equatable {
        public var day: Int
        public var total: Double
        public var flags: Flags
    }

    public struct Flags: OptionSet, Sendable, Equatable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let response = Flags(rawValue: 1)
        public static let remission = Flags(rawValue: 2)
        /// A change beyond measurement error, for the better or the worse.
        public static let improved = Flags(rawValue: 4)
        public static let worsened = Flags(rawValue: 8)
        /// Whether the instrument's measurement error is known.
        public static let hasReliability = Flags(rawValue: 16)
    }

    /// A course of which nothing but its beginning is known.
    init(sex: Sex, failedTrials: Int, start: Day?) { (self.sex, self.failedTrials, self.start) = (sex, failedTrials, start) }

    public static func == (a: ChartOutcome, b: ChartOutcome) -> Bool { a.bytes == b.bytes }
}
