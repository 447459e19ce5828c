import Notation

extension AccessEvent {
    /// The event's `type` in its JSON, and what it is filed under.
    public var type: String {
        switch kind {
        case .opened: "account.opened"
        case .rolesSet: "account.roles"
        case .closed: "account.closed"
        case .reopened: "account.reopened"
        case .assigned: "care.assigned"
        case .unassigned: "care.unassigned"
        case .restricted: "chart.restricted"
        case .unrestricted: "chart.unrestricted"
        case .glassBroken: "glass.broken"
        case .glassReviewed: "glass.reviewed"
        case .onCall: "on_call"
        case .linkMade: "link.made"
        case .linkWithdrawn: "link.withdrawn"
        case .linkAnswered: "link.answered"
        }
    }

    public var json: JSONValue {
        var object: JSONObject = ["type": .string(type), "id": .string(id), "time": .string(time.description), "by": .string(by)]
        switch kind {
        case .opened(let account, let name, let roles):
            object["account"] = .string(account)
            object["name"] = .string(name)
            object["roles"] = .init(roles.map(\.rawValue).sorted())
        case .rolesSet(let account, let roles):
            object["account"] = .string(account)
            object["roles"] = .init(roles.map(\.rawValue).sorted())
        case .closed(let account), .reopened(let account):
            object["account"] = .string(account)
        case .assigned(let account, let patient), .unassigned(let account, let patient):
            object["account"] = .string(account)
            object["patient"] = .string(patient)
        case .restricted(let patient), .unrestricted(let patient):
            object["patient"] = .string(patient)
        case .glassBroken(let account, let patient, let reason, let until):
            object["account"] = .string(account)
            object["patient"] = .string(patient)
            object["reason"] = .string(reason)
            object["until"] = .string(until.description)
        case .glassReviewed(let event, let note):
            object["event"] = .string(event)
            object["note"] = .string(note)
        case .onCall(let duty, let account):
            object["duty"] = .string(duty.rawValue)
            object["account"] = .string(account)
        case .linkMade(let link, let patient, let instruments, let expires):
            object["link"] = .string(link)
            object["patient"] = .string(patient)
            object["instruments"] = .init(instruments)
            object["expires"] = .string(expires.description)
        case .linkWithdrawn(let link), .linkAnswered(let link):
            object["link"] = .string(link)
        }
        return .object(object)
    }

    /// An event as `json` writes it; nil for anything else.
    public init?(_ json: JSONValue) {
        func text(_ key: String) -> String? { json[key]?.string }
        func instant(_ key: String) -> Instant? { text(key).flatMap { Instant($0) } }
        var roles: Set<Role>? {
            guard let words = json["roles"]?.array?.map({ $0.string.flatMap(Role.init) }), !words.contains(nil) else { return nil }
            return Set(words.compactMap { $0 })
        }
        func kind() -> Kind? {
            let (account, patient, link) = (text("account"), text("patient"), text("link"))
            return switch text("type") {
            case "account.opened": account.flatMap { account in text("name").flatMap { name in roles.map { .opened(account, name: name, roles: $0) } } }
            case "account.roles": account.flatMap { account in roles.map { .rolesSet(account, $0) } }
            case "account.closed": account.map { .closed($0) }
            case "account.reopened": account.map { .reopened($0) }
            case "care.assigned": account.flatMap { account in patient.map { .assigned(account, patient: $0) } }
            case "care.unassigned": account.flatMap { account in patient.map { .unassigned(account, patient: $0) } }
            case "chart.restricted": patient.map { .restricted(patient: $0) }
            case "chart.unrestricted": patient.map { .unrestricted(patient: $0) }
            case "glass.broken":
                if let account, let patient, let reason = text("reason"), let until = instant("until") {
                    .glassBroken(account, patient: patient, reason: reason, until: until)
                } else {
                    nil
                }
            case "glass.reviewed": text("event").flatMap { event in text("note").map { .glassReviewed(event: event, note: $0) } }
            case "on_call": account.flatMap { account in text("duty").flatMap(Duty.init).map { .onCall($0, account) } }
            case "link.made":
                if let link, let patient, let instruments = json["instruments"]?.array?.compactMap(\.string), let expires = instant("expires") {
                    .linkMade(link: link, patient: patient, instruments: instruments, expires: expires)
                } else {
                    nil
                }
            case "link.withdrawn": link.map { .linkWithdrawn(link: $0) }
            case "link.answered": link.map { .linkAnswered(link: $0) }
            default: nil
            }
        }
        guard let id = text("id"), let time = instant("time"), let by = text("by"), let kind = kind() else { return nil }
        self.init(id: id, time: time, by: by, kind)
    }
}
