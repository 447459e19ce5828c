import Access
import Foundation
import Hummingbird
import Notation

/// How people come in: signing in, the first start, accepting an invitation, one's own account.
struct SignInRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: SignInDesk
    let firstStart: FirstStart

    var routes: [Route] {
        [
            .get("/sign-in", .anyone, "The page to sign in on.") { try signInPage($0) }.asking(["back"]),
            .post(
                "/sign-in", .anyone, "Signs a person in with password and code.",
                [
                    .required("account", "Name", .id), .required("password", "Password", .secret), .required("code", "Code", .secret),
                    .optional("back", "Page to go to", .text(500)),
                ]
            ) { request in
                let headers = try await desk.signIn(
                    request.form.text("account").lowercased(), password: request.form.text("password"), code: request.form.text("code"), request: request)
                return .seeOther(ownPath(request.form["back"]), headers: headers)
            },
            .post("/sign-out", .permission(.ownAccount), "Ends this sign-in.", []) { request in
                guard let person = request.person else { return .seeOther("/sign-in") }
                return .seeOther("/sign-in", headers: try await desk.signOut(person, request: request))
            },
            .get("/first-start", .anyone, "Makes the first administrator, once.") { request in
                guard !clinic.access.book.hasAdministrator else { throw HTTPError(.notFound, message: "This clinic has an administrator already.") }
                return try pages.render("first-start", for: request, title: "First start", [:])
            },
            .post(
                "/first-start", .anyone, "Makes the first administrator with the code on the console.",
                [
                    .required("start_code", "One-time code", .secret), .required("account", "Name to sign in with", .id),
                    .required("name", "Full name", .text(80)),
                ]
            ) { try await makeAdministrator($0) },
            .get("/invitation", .anyone, "Sets a first password and second factor.") { try invitationPage($0) }.asking(["account", "word"]),
            .post(
                "/invitation", .anyone, "Sets a first password and second factor.",
                [
                    .required("account", "Name", .id), .required("invitation", "Invitation", .secret), .required("password", "Password", .secret),
                    .required("secret", "Secret of the app", .id), .required("code", "Code", .secret),
                ]
            ) { try await acceptInvitation($0) },
            .get("/account", .permission(.ownAccount), "One's own account.") { request in
                try pages.render(
                    "account", for: request, title: "Your account",
                    [
                        "roles": request.person?.account.roles.map(\.title).sorted() ?? [],
                        "isNowhere": request.person.map { pages.startPath(of: $0) == "/account" } ?? false,
                    ])
            },
            .post(
                "/account/password", .permission(.ownAccount), "Changes one's own password.", [.required("password", "New password", .secret)],
                signature: "I change my own password."
            ) { request in
                guard let person = request.person else { throw Refusal.signIn(back: nil) }
                try await desk.changePassword(of: person, to: request.form.text("password"), request: request)
                return .seeOther("/account?changed=1")
            },
        ] + (clinic.isDemonstration ? [demonstration] : [])
    }

    /// In a demonstration everybody may be anybody.
    private var demonstration: Route {
        .post("/sign-in/demonstration", .anyone, "Signs in as a person of the fictional clinic.", [.required("account", "Person", .id)]) { request in
            let id = request.form.text("account")
            guard clinic.access.book.openAccount(id) != nil else { throw HTTPError(.notFound, message: "Nobody of this clinic has that name.") }
            return .seeOther("/", headers: try await desk.open(id, request: request))
        }
    }

    private func signInPage(_ request: ClinicRequest) throws -> Response {
        if !clinic.access.book.hasAdministrator { return .seeOther("/first-start") }
        let people = clinic.isDemonstration ? clinic.access.book.accounts.values.filter(\.isOpen).sorted { $0.id < $1.id } : []
        return try pages.render(
            "sign-in", for: request, title: "Sign in",
            [
                "back": request.uri.queryParameters["back"].map { ownPath(String($0)) } ?? "/",
                "people": people.map { ["account": $0.id, "personName": $0.name, "personRoles": $0.roles.map(\.title).sorted().joined(separator: ", ")] },
            ])
    }

    private func makeAdministrator(_ request: ClinicRequest) async throws -> Response {
        let (id, name) = (request.form.text("account").lowercased(), request.form.text("name"))
        guard !clinic.access.book.hasAdministrator, firstStart.take(request.form.text("start_code")) else {
            throw FormProblem("start_code", "This is not the code the server printed when it started.")
        }
        let event = AccessEvent(
            id: clinic.newID("e"), time: request.now, by: AccessEvent.system, .opened(id, name: name, roles: [.administrator]))
        try await clinic.access.record([event], audit: request.audit(.changedAccess, about: event.type), at: request.now)
        return .seeOther(invitationPath(id, word: try desk.invite(id, at: request.now)))
    }

    // MARK: - Invitations

    private func invitationPage(_ request: ClinicRequest) throws -> Response {
        let parameters = request.uri.queryParameters
        let (id, word) = (parameters["account"].map { String($0.prefix(200)) } ?? "", parameters["word"].map { String($0.prefix(200)) } ?? "")
        let code = TimeBasedCode(secret: clinic.randomBytes(TimeBasedCode.secretLength))
        return try pages.render(
            "invitation", for: request, title: "Welcome",
            withoutEmpty([
                "account": id, "word": word,
                "personName": try desk.isInvited(id, word: word, at: request.now) ? clinic.access.book.openAccount(id)?.name ?? "" : "",
                "secret": hexadecimal(code.secret),
                "secretText": code.text.groups(of: 4),
                "qrSVG": try QRCode(code.uri(account: id, issuer: clinic.name)).svg(title: "QR code for an authenticator app"),
                "leastLength": "\(PasswordHash.leastLength)",
            ]))
    }

    private func acceptInvitation(_ request: ClinicRequest) async throws -> Response {
        let form = request.form
        guard let secret = [UInt8](hexadecimal: form.text("secret")), secret.count == TimeBasedCode.secretLength else {
            throw FormProblem("secret", "The secret of the app is not the one this page made. Load the page again.")
        }
        let id = form.text("account").lowercased()
        try await desk.accept(
            id, word: form.text("invitation"), password: form.text("password"), secret: secret, code: form.text("code"), request: request)
        return .seeOther("/", headers: try await desk.open(id, request: request))
    }
}

/// A path of ours, or another one: nobody is sent elsewhere by a link.
func ownPath(_ path: String?, else other: String = "/") -> String {
    guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return other }
    return path
}

func invitationPath(_ account: AccountID, word: String) -> String { "/invitation?account=\(percentEncoded(account))&word=\(word)" }

extension String {
    /// In groups that people can read out.
    func groups(of size: Int) -> String {
        let characters = Array(self)
        return stride(from: 0, to: characters.count, by: size).map { String(characters[$0..<min($0 + size, characters.count)]) }.joined(separator: " ")
    }
}
