import Access
import Notation

/// Who works in the fictional clinic: one for each role.
public enum DemonstrationPeople {
    private static let people: [(id: AccountID, name: String, roles: Set<Role>)] = [
        ("nina", "Nina Ahlgren", [.nurse]), ("omar", "Omar Petit", [.nurse]), ("paula", "Dr Paula Brandt", [.prescriber]),
        ("quentin", "Dr Quentin Sato", [.psychiatrist]), ("rosa", "Rosa Lindqvist", [.frontDesk]), ("stefan", "Stefan Moreau", [.pharmacy]),
        ("tilda", "Tilda Okafor", [.therapist]), ("ulla", "Ulla Brennan", [.compliance]), ("victor", "Victor Hale", [.researcher]),
        ("wilma", "Wilma Castell", [.administrator]), ("wall", "The screen on the wall", [.wallBoard]),
    ]

    /// What a demonstration is opened with.
    public static func events(at now: Instant) -> [AccessEvent] {
        let opened = people.map { AccessEvent(id: "demo-\($0.id)", time: now, by: AccessEvent.system, .opened($0.id, name: $0.name, roles: $0.roles)) }
        return opened + [AccessEvent(id: "demo-on-call", time: now, by: AccessEvent.system, .onCall(.suicideRisk, "paula"))]
    }

    /// Everybody's password and authenticator secret in a demonstration, told on its pages.
    public static let password = "nobody here exists"
    public static let secret: [UInt8] = Array("euthymia fiction ...".utf8)

    public static var accounts: [AccountID] { people.map(\.id) }
}
