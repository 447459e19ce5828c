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

/// Ids for the statements of one file that bring none: a statement without an id is known by its content.
///
/// The same statement twice is one, but for events. Two devices may be opened in one minute, and the second is lost where it counts as the
/// first: an event stated again gets an id of its own, made of its content and of how often the file has stated it, so that reading the same
/// file again gives the same ids.
struct DerivedIDs {
    private var stated: [String: Int] = [:]
    /// Events that repeat an earlier one of the file word for word.
    private(set) var repeatedEvents = 0

    mutating func id(of json: JSONObject, isEvent: Bool) -> String {
        let text = JSONValue.object(json).canonical
        let first = Self.id(of: text)
        guard isEvent else { return first }
        stated[first, default: 0] += 1
        guard let times = stated[first], times > 1 else { return first }
        repeatedEvents += 1
        return Self.id(of: text + " \(times)")
    }

    private static func id(of text: String) -> String {
        "sha256-" + hexadecimal(SHA256.hash(data: Array(text.utf8)).prefix(16))
    }
}

/// What a report says of events that a file states again word for word.
public func keptSeparate(_ count: Int) -> String? {
    count == 0 ? nil : "\(count) \(count == 1 ? "line repeats" : "lines repeat") another word for word; kept as separate"
}
