import Notation

/// A person's account as it stands.
public struct Account: Sendable, Equatable, Identifiable {
    public var id: AccountID
    /// As colleagues read it, and as records are signed.
    public var name: String
    public var roles: Set<Role>
    public var isOpen: Bool

    public func may(_ permission: Permission) -> Bool { isOpen && roles.contains { $0.permissions.contains(permission) } }
    /// Whether they reach only patients whose care team names them.
    public var isCareTeamOnly: Bool { roles.allSatisfy(\.isCareTeamOnly) }
}

/// Who may do what, folded from events.
///
/// ```swift
/// var book = AccessBook(events)
/// book.reach(of: "nurse.a", to: "p1", at: now)      // .open, .broken(until:) or .closed
/// ```
public struct AccessBook: Sendable {
    /// A link for self-rating.
    public struct Link: Sendable, Equatable {
        public var id: String
        public var patient: String
        public var instruments: [String]
        public var made: Instant
        public var madeBy: AccountID
        public var expires: Instant
        public var isWithdrawn = false
        public var answered: Instant?

        public func isOpen(at now: Instant) -> Bool { !isWithdrawn && answered == nil && now < expires }
    }

    /// Somebody reached a restricted chart by stating a reason.
    public struct BrokenGlass: Sendable, Equatable {
        public var event: String
        public var account: AccountID
        public var patient: String
        public var reason: String
        public var at: Instant
        public var until: Instant
        /// Who looked into it; nil while nobody has.
        public var reviewedBy: AccountID?
        /// What came of it.
        public var review: String?
    }

    /// How a person reaches a patient's chart.
    public enum Reach: Sendable, Hashable {
        case open
        /// Until then, because they broke the glass.
        case broken(until: Instant)
        /// Only by breaking the glass.
        case closed
    }

    /// Since when anybody works here; nil before the first event.
    public private(set) var began: Instant?
    public private(set) var accounts: [AccountID: Account] = [:]
    public private(set) var careTeams: [String: Set<AccountID>] = [:]
    public private(set) var restricted: Set<String> = []
    public private(set) var brokenGlass: [BrokenGlass] = []
    public private(set) var links: [String: Link] = [:]
    public private(set) var onCall: [AccessEvent.Duty: AccountID] = [:]

    public init(_ events: some Sequence<AccessEvent> = []) {
        for event in events { take(event) }
    }

    public mutating func take(_ event: AccessEvent) {
        began = began ?? event.time
        switch event.kind {
        case .opened(let id, let name, let roles):
            if accounts[id] == nil { accounts[id] = Account(id: id, name: name, roles: roles, isOpen: true) }
        case .rolesSet(let id, let roles): accounts[id]?.roles = roles
        case .closed(let id): accounts[id]?.isOpen = false
        case .reopened(let id): accounts[id]?.isOpen = true
        case .assigned(let id, let patient): careTeams[patient, default: []].insert(id)
        case .unassigned(let id, let patient): careTeams[patient]?.remove(id)
        case .restricted(let patient): restricted.insert(patient)
        case .unrestricted(let patient): restricted.remove(patient)
        case .glassBroken(let id, let patient, let reason, let until):
            brokenGlass.append(BrokenGlass(event: event.id, account: id, patient: patient, reason: reason, at: event.time, until: until))
        case .glassReviewed(let broken, let note):
            if let index = brokenGlass.firstIndex(where: { $0.event == broken }) {
                (brokenGlass[index].reviewedBy, brokenGlass[index].review) = (event.by, note)
            }
        case .onCall(let duty, let id): onCall[duty] = id
        case .linkMade(let link, let patient, let instruments, let expires):
            links[link] = Link(id: link, patient: patient, instruments: instruments, made: event.time, madeBy: event.by, expires: expires)
        case .linkWithdrawn(let link): links[link]?.isWithdrawn = true
        case .linkAnswered(let link): links[link]?.answered = event.time
        }
    }

    /// Patients whose care team names `id`.
    public func patients(of id: AccountID) -> [String] { careTeams.filter { $0.value.contains(id) }.keys.sorted() }

    /// The account someone can sign in to; nil where it is closed or not there.
    public func openAccount(_ id: AccountID) -> Account? { accounts[id].flatMap { $0.isOpen ? $0 : nil } }

    /// Whether anybody is left who can manage people.
    public var hasAdministrator: Bool { accounts.values.contains { $0.may(.managePeople) } }

    /// How `id` reaches the chart of `patient`, whatever they may do there.
    public func reach(of id: AccountID, to patient: String, at now: Instant) -> Reach {
        guard let account = openAccount(id) else { return .closed }
        let isInTeam = careTeams[patient]?.contains(id) ?? false
        if isInTeam { return .open }
        if !restricted.contains(patient), !account.isCareTeamOnly { return .open }
        let until = brokenGlass.filter { $0.account == id && $0.patient == patient && $0.at <= now && now < $0.until }.map(\.until).max()
        return until.map { .broken(until: $0) } ?? .closed
    }
}
