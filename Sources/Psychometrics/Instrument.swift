import Evidence
import Notation

/// A rating scale as data: items, scoring, missing answers, bands, flags and change, each number with its confidence.
public struct Instrument: Codable, Sendable, Equatable, Identifiable {
    /// As charts name it, for example `PHQ-9`.
    public var id: String
    public var aliases: [String]?
    public var name: String
    public var measures: Construct
    public var rater: String
    /// The time the answers speak of.
    public var recall: String?
    public var loinc: Codes?
    /// A code of another system where LOINC has none.
    public var otherCode: OtherCode?
    /// Empty for scales of which only the total is entered.
    public var items: [Item]
    public var scoring: Scoring
    public var bands: [Band]?
    public var flags: [Flag]?
    public var change: ChangeRules?
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

    public struct Codes: Codable, Sendable, Equatable {
        public var panel: String?
        public var total: String?
        public var confidence: Confidence
    }

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
        /// A yes counts nothing and a no counts the maximum.
        public var reversed: Bool?
        /// False for items asked but not added up.
        public var scored: Bool?

        public var isScored: Bool { scored ?? true }
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
        public var confidence: Confidence
        public var sources: [String]
    }

    /// A published or constructed test case; run by the test suite.
    public struct Vector: Codable, Sendable, Equatable {
        public enum Origin: String, Codable, Sendable { case published, constructed }
        /// Answers as for `euthymia score --answers`.
        public var answers: String?
        public var enteredTotal: Double?
        public var educationYears: Double?
        public var total: Double?
        public var band: String?
        public var flags: [String]?
        public var profile: String?
        public var domains: [Double]?
        public var origin: Origin
        public var note: String?

        enum CodingKeys: String, CodingKey {
            case answers
            case enteredTotal = "entered_total"
            case educationYears = "education_years"
            case total, band, flags, profile, domains, origin, note
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, aliases, name, measures, rater, recall, loinc
        case otherCode = "other_code"
        case items, scoring, bands, flags, change, reliability, licence, confidence, sources, notes, vectors
    }

    /// Whether answers or totals of it can be scored at all; false for instruments that are only listed.
    public var isScored: Bool { scoring.method != .none }
    /// Whether a fall of its total is what treatment is for.
    public var tracksSymptoms: Bool { change != nil && scoring.method != .triage }
    /// Whether the questions may be shown on a screen.
    public var shipsWording: Bool { licence.shipWording == .yes }
}

extension Instrument {
    /// The position of the item that `name` means: its id, `item9`, `q9`, or its number on the form.
    public func itemIndex(named name: String) -> Int? {
        let name = name.lowercased()
        if let index = items.firstIndex(where: { $0.id.lowercased() == name }) { return index }
        let digits = name.hasPrefix("item") ? name.dropFirst(4) : name.hasPrefix("q") ? name.dropFirst() : name[...]
        guard let number = Int(digits) else { return nil }
        return items.indices.first { (items[$0].number ?? $0 + 1) == number }
    }

    public func hasItem(named name: String) -> Bool { itemIndex(named: name) != nil }
}
