import Notation

/// Identifies a person who works in the clinic: what they sign in with, lower case.
public typealias AccountID = String

/// One change of who may do what. Events are only added; who may do what now is their fold (`AccessBook`).
public struct AccessEvent: Sendable, Equatable, Identifiable {
    public enum Kind: Sendable, Equatable {
        case opened(AccountID, name: String, roles: Set<Role>)
        case rolesSet(AccountID, Set<Role>)
        case closed(AccountID)
        case reopened(AccountID)
        /// Into and out of a patient's care team.
        case assigned(AccountID, patient: String)
        case unassigned(AccountID, patient: String)
        /// Only the care team reaches the chart, and whoever breaks the glass.
        case restricted(patient: String)
        case unrestricted(patient: String)
        /// Reached all the same, for a reason, until a time.
        case glassBroken(AccountID, patient: String, reason: String, until: Instant)
        /// Somebody has looked into a broken glass.
        case glassReviewed(event: String, note: String)
        /// Whom a duty calls.
        case onCall(Duty, AccountID)
        /// A link for self-rating.
        case linkMade(link: String, patient: String, instruments: [String], expires: Instant)
        case linkWithdrawn(link: String)
        /// A link's questionnaires were all answered.
        case linkAnswered(link: String)
    }

    public enum Duty: String, Sendable, CaseIterable {
        case suicideRisk = "suicide_risk"
    }

    public var id: String
    public var time: Instant
    /// Whose act it was; `system` for what the program does itself.
    public var by: AccountID
    public var kind: Kind

    public init(id: String, time: Instant, by: AccountID, _ kind: Kind) {
        self.id = id
        self.time = time
        self.by = by
        self.kind = kind
    }

    /// Who acts when nobody does: the first start, a patient's own answers.
    public static let system: AccountID = "system"
}
