import Notation

/// One thing somebody did or saw: part of the same chain as the charts.
public struct AuditEntry: Sendable, Equatable {
    public enum What: String, Sendable, CaseIterable {
        case signedIn = "sign_in"
        case signInRefused = "sign_in.refused"
        case lockedOut = "sign_in.locked"
        case signedOut = "sign_out"
        case confirmed = "identity.confirmed"
        case credentialsChanged = "credentials.changed"
        /// A list or a board.
        case looked = "list.read"
        case readChart = "chart.read"
        case readStock = "stock.read"
        case readAudit = "audit.read"
        case wrote = "chart.write"
        case wroteStock = "stock.write"
        case changedAccess = "access.changed"
        case exported = "data.export"
        case printed = "form.read"
        /// Something somebody was not allowed.
        case refused = "permission.refused"
        case answeredLink = "link.answered"
        case drilled = "backup.drill"
    }

    public var time: Instant
    /// Account, `link:` with a link's id, or `system`.
    public var who: String
    public var what: What
    public var patient: String?
    /// What it was about besides: a route, a session, a lot. Never a value of a chart.
    public var about: String?
    /// Where the request came from.
    public var address: String?

    public init(time: Instant, who: String, what: What, patient: String? = nil, about: String? = nil, address: String? = nil) {
        self.time = time
        self.who = who
        self.what = what
        self.patient = patient
        self.about = about
        self.address = address
    }

    /// - Parameter id: where it stands in the chain.
    public func json(id: String) -> JSONValue {
        var object: JSONObject = ["type": .string(what.rawValue), "id": .string(id), "time": .string(time.description), "who": .string(who)]
        object["patient"] = patient.map(JSONValue.string)
        object["about"] = about.map(JSONValue.string)
        object["address"] = address.map(JSONValue.string)
        return .object(object)
    }

    /// An entry as `json` writes it; nil for anything else.
    public init?(_ json: JSONValue) {
        guard let time = json["time"]?.string.flatMap({ Instant($0) }), let who = json["who"]?.string, let what = json["type"]?.string.flatMap(What.init)
        else { return nil }
        self.init(
            time: time, who: who, what: what, patient: json["patient"]?.string, about: json["about"]?.string, address: json["address"]?.string)
    }
}
