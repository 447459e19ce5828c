import Notation

/// How well a fact is known, best first. A fact marked `recalled` stays marked wherever it is shown.
public enum Confidence: String, Codable, Sendable, CaseIterable, Comparable {
    /// Read in the source itself.
    case read
    /// Taken from someone else's transcription of the source.
    case secondary
    /// From background knowledge; not verified against a source.
    case recalled
    /// Chosen by this project, for example a plausibility bound; not a clinical fact.
    case project

    private var rank: Int {
        switch self {
        case .read: 0
        case .secondary: 1
        case .recalled: 2
        case .project: 3
        }
    }

    /// Better-known first: `.read < .recalled`.
    public static func < (a: Confidence, b: Confidence) -> Bool { a.rank < b.rank }

    /// The less well known of the two: what a conclusion resting on both may claim.
    public func weaker(_ other: Confidence) -> Confidence { max(self, other) }
}

/// What gives a rule its force. A clinic default is never shown as if it were the label.
public enum RuleKind: String, Codable, Sendable, CaseIterable {
    case label
    case regulation
    case guideline
    case trialProtocol = "trial_protocol"
    case clinicDefault = "clinic_default"

    /// As a person reads it.
    public var title: String {
        switch self {
        case .label: "Product label"
        case .regulation: "Regulation"
        case .guideline: "Guideline"
        case .trialProtocol: "Trial protocol"
        case .clinicDefault: "Clinic default"
        }
    }
}

/// Whose law and label apply.
public enum Jurisdiction: String, Codable, Sendable, CaseIterable {
    case us = "US"
    case eu = "EU"
}

/// What a rule says of itself: its force, its source, and whom it binds. What it asks of a chart or a ledger stands beside it.
///
/// A class, because thousands of findings carry the same few statements.
public final class RuleStatement: Codable, Sendable, Identifiable {
    /// What it means for the decision it belongs to when a rule applies.
    public enum Action: String, Codable, Sendable, CaseIterable, Comparable {
        /// For information.
        case advise
        /// A clinician must look and answer.
        case review
        /// Must not go on.
        case block

        public static func < (a: Action, b: Action) -> Bool { a.rank < b.rank }
        private var rank: Int { self == .advise ? 0 : self == .review ? 1 : 2 }
    }

    /// For example `EL-07`.
    public let id: String
    public let kind: RuleKind
    public let text: String
    /// What the rule asks the clinic to do.
    public let advice: String?
    public let action: Action
    /// The reference's own grading, for example `contraindication`, `major`.
    public let severity: String
    /// Where the rule holds; absent means everywhere.
    public let jurisdictions: [Jurisdiction]?
    /// Products the rule binds; empty when it binds none by law or label.
    public let binds: [String]
    /// Products for which the clinic adopts the same rule as practice.
    public let adoptedFor: [String]
    public let sources: [String]
    public let confidence: Confidence
    public let note: String?

    enum CodingKeys: String, CodingKey {
        case id, kind, text, advice, action, severity, jurisdictions, binds
        case adoptedFor = "adopted_for"
        case sources, confidence, note
    }

    private init(_ other: RuleStatement, action: Action, text: String) {
        (id, kind, advice, severity) = (other.id, other.kind, other.advice, other.severity)
        (jurisdictions, binds, adoptedFor) = (other.jurisdictions, other.binds, other.adoptedFor)
        (sources, confidence, note) = (other.sources, other.confidence, other.note)
        (self.action, self.text) = (action, text)
    }

    /// The same statement with another action.
    public func with(_ action: Action) -> RuleStatement { RuleStatement(self, action: action, text: text) }

    /// The same statement in other words.
    public func saying(_ text: String) -> RuleStatement { RuleStatement(self, action: action, text: text) }

    public func holds(in jurisdiction: Jurisdiction) -> Bool { jurisdictions?.contains(jurisdiction) ?? true }
}

extension RuleStatement: Equatable {
    public static func == (a: RuleStatement, b: RuleStatement) -> Bool {
        a === b
            || (a.id, a.kind, a.text, a.advice, a.action, a.severity) == (b.id, b.kind, b.text, b.advice, b.action, b.severity)
                && (a.jurisdictions, a.binds, a.adoptedFor, a.sources, a.confidence, a.note)
                    == (b.jurisdictions, b.binds, b.adoptedFor, b.sources, b.confidence, b.note)
    }
}

/// A source that knowledge files cite by key.
public struct Source: Codable, Sendable, Equatable {
    /// Key used in `sources` lists, for example `LBL20`.
    public var id: String
    /// Full reference as far as it is known.
    public var citation: String
    public var doi: String?
    public var url: String?
}

/// The header every knowledge file starts with.
public struct KnowledgeHeader: Codable, Sendable, Equatable {
    /// Unique over all knowledge files, for example `instrument/PHQ-9`.
    public var id: String
    public var title: String
    /// Semantic version of the content.
    public var version: String
    /// Day of the last change, `YYYY-MM-DD`.
    public var date: String
    /// The weakest confidence of the file's content that is not marked otherwise at the entry.
    public var confidence: Confidence
    /// Keys of `Source`.
    public var sources: [String]
    public var note: String?
}

/// A number from a source, with its unit and how well it is known.
public struct Sourced<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    public var value: Value
    /// UCUM.
    public var unit: String?
    public var confidence: Confidence
    public var sources: [String]?
    public var note: String?

    public init(_ value: Value, unit: String? = nil, confidence: Confidence, sources: [String]? = nil, note: String? = nil) {
        self.value = value
        self.unit = unit
        self.confidence = confidence
        self.sources = sources
        self.note = note
    }
}
