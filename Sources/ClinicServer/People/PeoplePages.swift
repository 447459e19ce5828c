import Access
import Foundation
import Hummingbird
import Notation

/// Accounts, roles, care teams, who is on call, broken glass.
struct PeopleRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: SignInDesk

    private static let roleWords = Role.allCases.map(\.rawValue)

    var routes: [Route] {
        [
            .get("/people", .permission(.managePeople), "Everybody with an account.", audit: .looked) { try people($0) },
            .post(
                "/people", .permission(.managePeople), "Opens an account and makes its invitation.",
                [
                    .required("account", "Name to sign in with", .id), .required("name", "Full name", .text(80)),
                    .required("roles", "Roles", .choices(Self.roleWords)),
                ]
            ) { try await open($0) },
            .post(
                "/people/:account/roles", .permission(.managePeople), "Changes what a person is.", [.required("roles", "Roles", .choices(Self.roleWords))]
            ) { request in
                let id = try known(request)
                let roles = Set(request.form.all("roles").compactMap(Role.init))
                try keepAnAdministrator(without: roles.contains(.administrator) ? nil : id)
                return try await record(request, .rolesSet(id, roles))
            },
            .post("/people/:account/close", .permission(.managePeople), "Closes an account and ends its sign-ins.", []) { request in
                let id = try known(request)
                try keepAnAdministrator(without: id)
                let response = try await record(request, .closed(id))
                try desk.signIns.endAll(of: id)
                return response
            },
            .post("/people/:account/reopen", .permission(.managePeople), "Opens a closed account again.", []) { request in
                try await record(request, .reopened(try known(request)))
            },
            .post("/people/:account/invite", .permission(.managePeople), "Makes a new invitation; the old password and second factor are gone.", []) {
                request in
                let id = try known(request)
                let word = try desk.invite(id, at: request.now)
                try await clinic.queue.append(at: request.now) { try $0.append(request.audit(.credentialsChanged, about: id)) }
                return try people(request, invitation: (id, word))
            },
            .post(
                "/people/on-call", .permission(.managePeople), "Names whom alerts about suicide risk call.", [.required("account", "Person", .id)]
            ) { request in
                let id = request.form.text("account")
                guard let account = clinic.access.book.openAccount(id), account.may(.answerRisk) else {
                    throw FormProblem("account", "This person may not answer alerts about suicide risk.")
                }
                return try await record(request, .onCall(.suicideRisk, id))
            },
        ]
    }

    private func known(_ request: ClinicRequest) throws -> AccountID {
        let id = request["account"]
        guard clinic.access.book.accounts[id] != nil else { throw HTTPError(.notFound, message: "Nobody has an account of that name.") }
        return id
    }

    /// Somebody must be left who can manage people.
    private func keepAnAdministrator(without id: AccountID?) throws {
        guard let id else { return }
        guard clinic.access.book.accounts.values.contains(where: { $0.id != id && $0.may(.managePeople) }) else {
            throw FormProblem("roles", "This is the last person who can manage people. Give somebody else that role first.")
        }
    }

    private func record(_ request: ClinicRequest, _ kind: AccessEvent.Kind) async throws -> Response {
        let event = AccessEvent(id: clinic.newID("e"), time: request.now, by: request.author, kind)
        try await clinic.access.record([event], audit: request.audit(.changedAccess, about: event.type), at: request.now)
        return .seeOther("/people")
    }

    private func open(_ request: ClinicRequest) async throws -> Response {
        let id = request.form.text("account").lowercased()
        guard clinic.access.book.accounts[id] == nil, id != AccessEvent.system, !id.hasPrefix("link:") else {
            throw FormProblem("account", "Somebody has that name already.")
        }
        let roles = Set(request.form.all("roles").compactMap(Role.init))
        _ = try await record(request, .opened(id, name: request.form.text("name"), roles: roles))
        return try people(request, invitation: (id, try desk.invite(id, at: request.now)))
    }

    // MARK: - The page

    private func people(_ request: ClinicRequest, invitation: (account: AccountID, word: String)? = nil) throws -> Response {
        let book = clinic.access.book
        let accounts = book.accounts.values.sorted { ($0.isOpen ? 0 : 1, $0.name, $0.id) < ($1.isOpen ? 0 : 1, $1.name, $1.id) }
        var model: [String: Any] = [
            "people": try accounts.map { account -> [String: Any] in
                let credentials = try clinic.store.credentials(of: account.id)
                let path = "/people/" + percentEncoded(account.id)
                let state =
                    !account.isOpen
                    ? "closed" : credentials?.password == nil ? "invited" : credentials?.lockedUntil.map { $0 > request.now } == true ? "locked" : "open"
                return [
                    "account": account.id, "personName": account.name, "state": state, "isOpen": account.isOpen,
                    "roleNames": account.roles.map(\.title).sorted().joined(separator: ", "), "path": path,
                    "roleChoices": roleChoices(account.roles, prefix: account.id), "isOnCall": book.onCall[.suicideRisk] == account.id,
                ]
            },
            "roleChoices": roleChoices([], prefix: "new"),
            "onCallChoices": accounts.filter { $0.may(.answerRisk) }.map {
                ["account": $0.id, "personName": $0.name, "isOnCall": book.onCall[.suicideRisk] == $0.id] as [String: Any]
            },
            "onCallName": book.onCall[.suicideRisk].flatMap { book.accounts[$0]?.name } ?? "nobody yet",
        ]
        if let invitation {
            model["invitation"] = [
                "invitedName": book.accounts[invitation.account]?.name ?? invitation.account,
                "invitationPath": invitationPath(invitation.account, word: invitation.word),
            ]
        }
        return try pages.render("people", for: request, title: "People", model)
    }

    private func roleChoices(_ roles: Set<Role>, prefix: String) -> [[String: Any]] {
        Role.allCases.map { ["roleID": "\(prefix)-\($0.rawValue)", "roleValue": $0.rawValue, "roleTitle": $0.title, "roleOn": roles.contains($0)] }
    }
}
