import Access
import Notation
import Testing

@Suite struct AccessBookTests {
    private let now = Instant(milliseconds: 1_700_000_000_000)

    private func event(_ number: Int, _ kind: AccessEvent.Kind, minutes: Double = 0) -> AccessEvent {
        AccessEvent(id: "e\(number)", time: now.adding(minutes: minutes), by: "admin", kind)
    }

    private var everyKind: [AccessEvent] {
        let kinds: [AccessEvent.Kind] = [
            .opened("a", name: "A", roles: [.nurse, .pharmacy]), .rolesSet("a", [.therapist]), .closed("a"), .reopened("a"), .assigned("a", patient: "p"),
            .unassigned("a", patient: "p"), .restricted(patient: "p"), .unrestricted(patient: "p"),
            .glassBroken("a", patient: "p", reason: "r", until: now.adding(minutes: 60)), .glassReviewed(event: "e8", note: "n"), .onCall(.suicideRisk, "a"),
            .linkMade(link: "l", patient: "p", instruments: ["PHQ-9"], expires: now.adding(days: 2)), .linkWithdrawn(link: "l"), .linkAnswered(link: "l"),
        ]
        return kinds.enumerated().map { event($0, $1) }
    }

    @Test func everyEventReadsBackAsItWasWritten() throws {
        for event in everyKind {
            #expect(AccessEvent(try JSONReader.read(event.json.text)) == event, "\(event.type)")
            for key in event.json.object?.keys ?? [] {
                var object = try #require(event.json.object)
                object[key] = nil
                #expect(AccessEvent(.object(object)) == nil, "\(event.type) without \(key)")
            }
        }
        #expect(Set(everyKind.map(\.type)).count == everyKind.count)
    }

    @Test func closedAccountsMayNothing() {
        var book = AccessBook([event(1, .opened("a", name: "A", roles: [.administrator]))])
        #expect(book.hasAdministrator && book.accounts["a"]?.may(.managePeople) == true)
        book.take(event(2, .closed("a")))
        #expect(!book.hasAdministrator && book.openAccount("a") == nil && !Permission.allCases.contains { book.accounts["a"]?.may($0) ?? true })
        #expect(book.reach(of: "a", to: "p", at: now) == .closed)
    }

    /// Nobody takes over a name that somebody had.
    @Test func aNameStaysWithItsPerson() {
        let book = AccessBook([event(1, .opened("a", name: "A", roles: [.nurse])), event(2, .opened("a", name: "B", roles: [.administrator]))])
        #expect(book.accounts["a"]?.name == "A" && book.accounts["a"]?.roles == [.nurse])
    }

    @Test func reachFollowsTeamsRestrictionAndGlass() {
        var book = AccessBook([event(1, .opened("n", name: "N", roles: [.nurse])), event(2, .opened("t", name: "T", roles: [.therapist]))])
        #expect(book.reach(of: "n", to: "p", at: now) == .open && book.reach(of: "t", to: "p", at: now) == .closed)
        book.take(event(3, .restricted(patient: "p")))
        #expect(book.reach(of: "n", to: "p", at: now) == .closed && book.reach(of: "n", to: "q", at: now) == .open)
        book.take(event(4, .glassBroken("n", patient: "p", reason: "r", until: now.adding(minutes: 60))))
        #expect(book.reach(of: "n", to: "p", at: now) == .broken(until: now.adding(minutes: 60)))
        #expect(book.reach(of: "n", to: "p", at: now.adding(minutes: -1)) == .closed)
        #expect(book.reach(of: "n", to: "p", at: now.adding(minutes: 60)) == .closed)
        book.take(event(5, .assigned("t", patient: "p")))
        #expect(book.reach(of: "t", to: "p", at: now) == .open)
        book.take(event(6, .unassigned("t", patient: "p")))
        #expect(book.reach(of: "t", to: "p", at: now) == .closed)
    }

    /// What a role may do that nobody else may do is held by more than nobody: no right is orphaned.
    @Test func everyRightHasAHolder() {
        for permission in Permission.allCases { #expect(Role.allCases.contains { $0.permissions.contains(permission) }, "\(permission)") }
    }

    @Test func locksDoubleAndEnd() {
        let policy = SignInPolicy()
        #expect(policy.lock(failures: 4, at: now) == nil)
        #expect(policy.lock(failures: 5, at: now) == now.adding(minutes: 1))
        #expect(policy.lock(failures: 6, at: now) == now.adding(minutes: 2))
        #expect(policy.lock(failures: 1000, at: now) == now.adding(minutes: 60))
    }
}
