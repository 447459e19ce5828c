import Notation

/// What stands on every page of those who answer alerts about suicide risk.
struct RiskBanner: Sendable {
    /// Nil when the charts cannot be read: nobody must take silence for safety then.
    var open: Int?
    var called: String

    init(_ clinic: Clinic, at now: Instant) {
        open = (try? clinic.risk.open(at: now))?.count
        called = clinic.risk.called ?? "nobody yet"
    }

    var values: [String: Any] {
        ["openCount": open.map(String.init) ?? "?", "hasOpen": open != 0, "isUnknown": open == nil, "calledName": called]
    }

    var json: JSONValue { ["open": .orNull(open), "called": .string(called)] }
}
