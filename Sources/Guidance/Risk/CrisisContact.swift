import Evidence

/// Somebody a patient can reach at once. What ships names no number: which one is right depends on where the clinic is, so that a clinic
/// states its own.
public struct CrisisContact: Codable, Sendable, Equatable {
    public var who: String
    /// As people dial it; nil where only words can be said.
    public var phone: String?
    /// When and what for.
    public var note: String?
    public var confidence: Confidence

    public init(who: String, phone: String? = nil, note: String? = nil, confidence: Confidence) {
        self.who = who
        self.phone = phone
        self.note = note
        self.confidence = confidence
    }

    /// The digits to dial, with a leading plus where there is one; nil without a number that can be dialled.
    public var dialled: String? {
        guard let phone, phone.allSatisfy({ $0.isASCII && ($0.isNumber || " +-()/.".contains($0)) }) else { return nil }
        let digits = phone.filter(\.isNumber)
        return digits.count >= 2 ? (phone.first == "+" ? "+" : "") + digits : nil
    }
}
