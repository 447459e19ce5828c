import Evidence
import Notation

/// A scale scored.
public struct Score: Sendable, Equatable {
    public var instrument: String
    /// Nil for scales without a total.
    public var total: Double?
    /// The band of the total, or the level of a triage.
    public var band: String?
    /// The level of a triage, which is also its band; nil for other scales.
    public var level: String?
    public var itemsAnswered: Int
    /// Scored items asked and not answered; those a form skips are not among them.
    public var itemsMissing: Int
    /// Whether missing answers were replaced by the mean of the others.
    public var isProrated = false
    public var domains: [(id: String, value: Double)] = []
    /// The answers side by side (EQ-5D), for example `21232`.
    public var profile: String?
    public var flags: [String] = []
    public var notes: [String] = []
    /// The weakest confidence among the rules used.
    public var confidence: Confidence
    /// The level, where it is one of suicide risk.
    public var suicideRiskLevel: String?

    public static func == (a: Score, b: Score) -> Bool { a.json == b.json && a.confidence == b.confidence }
}

/// What a score may depend on besides the answers.
public struct ScoreContext: Sendable, Equatable {
    /// `female`, `male` or anything else: neither is known, and the lower cut holds.
    public var sex: String?
    /// Completed years of education; nil when not known.
    public var educationYears: Double?

    public init(sex: String? = nil, educationYears: Double? = nil) {
        self.sex = sex
        self.educationYears = educationYears
    }
}

extension Score {
    /// The contract's JSON.
    public var json: JSONValue {
        [
            "instrument": .string(instrument),
            "total": .orNull(total),
            "band": .orNull(band),
            "items_answered": .init(itemsAnswered),
            "items_missing": itemsMissing > 0 ? .init(itemsMissing) : nil,
            "flags": .init(flags),
            "prorated": isProrated ? true : nil,
            "domains": domains.isEmpty ? nil : .object(JSONObject(domains.map { ($0.id, JSONValue($0.value)) })),
            "level": level.map(JSONValue.string),
            "profile": profile.map(JSONValue.string),
            "notes": notes.isEmpty ? nil : .init(notes),
            "confidence": .string(confidence.rawValue),
        ]
    }
}
