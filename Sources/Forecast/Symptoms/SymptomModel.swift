import Evidence
import Notation

/// The course of depression under treatment as data: every number with its unit, its uncertainty and its source. docs/forecast.md says how they
/// work together.
public struct SymptomModel: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    public var title: String
    public var population: String
    /// What a user must know before trusting a forecast.
    public var traps: [String]
    public var parameters: [Quantity]
    /// How rating scales see the latent severity; the first is the reference, whose points the latent severity is told in.
    public var scales: [Scale]
    public var planning: Planning
    /// From whom the axes are, where a clinic has a prior of its own; not part of the file.
    public var clinicPrior: SymptomPrior?

    enum CodingKeys: String, CodingKey { case id, title, population, traps, parameters, scales, planning }

    /// One number of the model.
    public struct Quantity: Codable, Sendable, Equatable {
        public enum Kind: String, Codable, Sendable { case log, normal }

        public var id: String
        public var value: Double
        /// UCUM; `1` for a number without dimension.
        public var unit: String
        /// On which scale it spreads; `normal` when absent.
        public var scale: Kind?
        /// Standard deviation between people, on that scale.
        public var between: Double?
        /// Standard deviation between trials or clinics, on that scale.
        public var betweenTrials: Double?
        /// Of the value, on that scale.
        public var standardError: Double?
        /// Not estimated: taken from literature or assumed, and held.
        public var fixed: Bool?
        /// Of a value calibrated here: the lines of Sources/Knowledge/Resources/outcomes/trial_outcomes.csv that determine it.
        public var rows: [Int]?
        public var confidence: Confidence
        public var sources: [String]?
        public var note: String?

        enum CodingKeys: String, CodingKey {
            case id, value, unit, scale, between
            case betweenTrials = "between_trials"
            case standardError = "standard_error"
            case fixed, rows, confidence, sources, note
        }

        /// What is not known of one new person in one new clinic, as one standard deviation.
        public var spread: Double { [between, betweenTrials, standardError].reduce(0) { $0 + ($1 ?? 0) * ($1 ?? 0) }.squareRoot() }
    }

    /// A rating scale. Two anchors, points of equal severity on each scale, place it beside the reference.
    public struct Scale: Codable, Sendable, Equatable {
        public var instrument: String
        public var maximum: Int
        /// The highest total in remission.
        public var remission: Double
        /// The lowest total that is severe.
        public var severe: Double
        /// Standard deviation of one rating about the level of that person on that scale, on the angular scale.
        public var noise: Double
        /// Standard deviation between people of how the scale sees them beside the reference, on the angular scale; 0 for the reference.
        public var crosswalk: Double
        public var confidence: Confidence
        public var sources: [String]?
        public var note: String?
    }

    /// What the planner works with.
    public struct Planning: Codable, Sendable, Equatable {
        /// The chance of a relapse before the next visit that a clinic accepts.
        public var acceptedRisk: Sourced<Double>
        /// Points of the reference scale at which somebody who was well has relapsed.
        public var relapseAtLeast: Sourced<Double>
        /// For so many days in a row.
        public var relapseDays: Sourced<Double>
        /// Scores so long before the first dose still belong to the course.
        public var daysBefore: Sourced<Double>
        /// An antidepressant begun so long before the first dose still builds up.
        public var antidepressantDaysBefore: Sourced<Double>
        /// Patients with doses and scores that a clinic needs for a prior of its own.
        public var leastPatients: Sourced<Double>
        /// How far a clinic's centre may lie from the shipped one where no trial tells: standard deviation, in spreads between people.
        public var clinicShift: Sourced<Double>
        /// Patients that what is shipped of the spread between people is worth.
        public var spreadWeight: Sourced<Double>

        enum CodingKeys: String, CodingKey {
            case acceptedRisk = "accepted_risk"
            case relapseAtLeast = "relapse_at_least"
            case relapseDays = "relapse_days"
            case daysBefore = "days_before"
            case antidepressantDaysBefore = "antidepressant_days_before"
            case leastPatients = "least_patients"
            case clinicShift = "clinic_shift"
            case spreadWeight = "spread_weight"
        }
    }
}
