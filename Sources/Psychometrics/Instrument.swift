import Evidence
import Notation

/// A rating scale as data: items, scoring, missing answers, bands, flags and change, each number with its confidence.
public struct Instrument: Codable, Sendable, Equatable, Identifiable {
    /// As charts name it, for example `PHQ-9`.
    public var id: String
    public var aliases: [String]?
    public var name: String
    /// Set where one scale has several forms: the id of the form meant when nothing more is said. Each form is an instrument of its own,
    /// so that a score always tells which form it is of.
    public var variantOf: String?
    public var measures: Construct
    /// Absent for scales that are only listed.
    public var direction: Direction?
    public var rater: String
    /// The time the answers speak of.
    public var recall: String?
    public var loinc: Codes?
    /// A code of another system where LOINC has none.
    public var otherCode: OtherCode?
    /// What is printed above the questions; only where the licence allows it to ship.
    public var instruction: String?
    /// Empty for scales of which only the total is entered.
    public var items: [Item]
    public var scoring: Scoring
    public var bands: [Band]?
    public var flags: [Flag]?
    public var change: ChangeRules?
    public var minimalImportant: MinimalImportant?
    public var worsening: Worsening?
    public var reliability: Reliability?
    public var licence: Licence
    public var confidence: Confidence
    public var sources: [String]
    /// Traps and versions to know of.
    public var notes: [String]?
    public var vectors: [Vector]?

    /// What a scale measures.
    public enum Construct: String, Codable, Sendable, CaseIterable {
        case depression, anxiety, suicideRisk = "suicide_risk", dissociation, sedation, psychosis, mania
        case substanceUse = "substance_use", bladder, cognition, function, qualityOfLife = "quality_of_life", anhedonia
        case sideEffects = "side_effects", globalSeverity = "global_severity", adversity, motivation
    }

    /// Which way lies health.
    public enum Direction: String, Codable, Sendable { case higherIsWorse = "higher_is_worse", higherIsBetter = "higher_is_better" }

    /// LOINC codes of the scale as a whole; those of items and answers stand with them.
    public struct Codes: Codable, Sendable, Equatable {
        public var panel: String?
        public var total: String?
        /// The level of a triage.
        public var level: String?
        public var confidence: Confidence
    }

    /// A short name in another code system.
    public struct OtherCode: Codable, Sendable, Equatable {
        public var system: String
        public var code: String
        public var confidence: Confidence
    }

    public struct Item: Codable, Sendable, Equatable {
        public var id: String
        /// Number on the form where it is not the position in the list (CADSS-6).
        public var number: Int?
        public var title: String
        /// Lowest and highest score.
        public var low: Int
        public var high: Int
        public var loinc: String?
        /// The question as printed; only where the licence allows it to ship.
        public var wording: String?
        public var answers: [Answer]?
        /// Scored from the other end: the highest answer counts least.
        public var reversed: Bool?
        /// False for items asked but not added up.
        public var scored: Bool?

        public var isScored: Bool { scored ?? true }

        /// The score of the answer with this LOINC code (`LA6568-5`).
        public func value(ofAnswer loinc: String) -> Int? { answers?.first { $0.loinc == loinc }?.value }
    }

    /// One permitted answer.
    public struct Answer: Codable, Sendable, Equatable {
        public var value: Int
        public var loinc: String?
        public var text: String?
        public var confidence: Confidence
    }

    /// A range of totals, both ends included.
    public struct Band: Codable, Sendable, Equatable {
        public var low: Double
        public var high: Double
        public var label: String
        public var confidence: Confidence
    }

    /// Whether the questions may be reprinted, and under what terms. Titles and scoring are facts and always ship.
    public struct Licence: Codable, Sendable, Equatable {
        public enum Permission: String, Codable, Sendable { case yes, no, unclear }
        public var shipWording: Permission
        public var text: String?
        public var confidence: Confidence

        enum CodingKeys: String, CodingKey {
            case shipWording = "ship_wording"
            case text, confidence
        }
    }

    /// Internal consistency and spread of totals in a population, for reliable change.
    public struct Reliability: Codable, Sendable, Equatable {
        /// Cronbach's alpha.
        public var alpha: Double
        /// Standard deviation of totals.
        public var sd: Double
        public var population: String
        /// How the two were computed.
        public var method: String?
        public var confidence: Confidence
        public var sources: [String]
    }

    enum CodingKeys: String, CodingKey {
        case id, aliases, name
        case variantOf = "variant_of"
        case measures, direction, rater, recall, loinc
        case otherCode = "other_code"
        case instruction, items, scoring, bands, flags, change
        case minimalImportant = "minimal_important"
        case worsening, reliability, licence, confidence, sources, notes, vectors
    }

    /// Whether answers or totals of it can be scored at all; false for instruments that are only listed.
    public var isScored: Bool { scoring.method != .none }
    /// Whether a fall of its total is what treatment is for.
    public var tracksSymptoms: Bool { change != nil && scoring.method != .triage }
    /// Whether some answer to it can be a sign of suicide risk.
    public var asksAboutSuicide: Bool { measures == .suicideRisk || (flags ?? []).contains { $0.signals == .suicideRisk } }
    /// Whether the questions may be shown on a screen.
    public var shipsWording: Bool { licence.shipWording == .yes }
}
