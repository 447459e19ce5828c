import Crypto
import Notation

/// A fact as read from some format, in the shape of the contract, before anything is checked.
public struct Draft: Sendable, Equatable {
    public var json: JSONObject
    public var place: Place

    public init(_ json: JSONObject, at place: Place) {
        self.json = json
        self.place = place
    }
}

/// What a reader made of one file: the facts it understood, and an account of everything else.
public struct SourceReading: Sendable, Equatable {
    public var drafts: [Draft] = []
    public var account = Account()
    /// Things the reader accepted but a person should look at.
    public var warnings: [Diagnostic] = []

    public init() {}
}

/// Every record of a file, counted by what became of it. Nothing is dropped without being named here.
public struct Account: Sendable, Equatable {
    /// Records read, by kind (a FHIR resource type, `line`, `row`).
    public private(set) var records: [String: Int] = [:]
    /// Records (or parts of one) that became no fact, by kind, code and reason.
    public private(set) var omissions: [Omission: Int] = [:]

    public struct Omission: Sendable, Hashable, Comparable {
        /// `Observation`, `CarePlan`, …
        public var kind: String
        /// What it was about: terminology, code and its display; empty when the kind says all.
        public var about: String
        /// Why it became no fact.
        public var reason: String

        public init(kind: String, about: String = "", reason: String) {
            self.kind = kind
            self.about = about
            self.reason = reason
        }

        public static func < (a: Omission, b: Omission) -> Bool {
            (a.kind, a.about, a.reason) < (b.kind, b.about, b.reason)
        }
    }

    public init() {}

    public mutating func read(_ kind: String) { records[kind, default: 0] += 1 }
    public mutating func omit(_ omission: Omission) { omissions[omission, default: 0] += 1 }
}

/// A statement without an id is known by its content: the same statement twice is one.
func derivedID(of json: JSONObject) -> String {
    let digest = SHA256.hash(data: Array(JSONValue.object(json).canonical.utf8))
    return "sha256-" + digest.prefix(16).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
