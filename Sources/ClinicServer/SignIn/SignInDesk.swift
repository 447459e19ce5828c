import Access
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Notation
import Storage
import Synchronization

/// Signs people in and out, and knows who asks.
final class SignInDesk: Sendable {
    let site: Site
    /// False while the disk refuses what the audit has to say.
    let isAuditing = Atomic(true)
    private let clinic: Clinic
    let signIns: SignIns
    private let passwords = PasswordWork()
    private let csrfKey: SymmetricKey
    private let linkKey: [UInt8]

    init(_ clinic: Clinic, site: Site) throws(StoreError) {
        self.clinic = clinic
        self.site = site
        signIns = SignIns(clinic.store)
        csrfKey = SymmetricKey(data: try clinic.store.secret("csrf"))
        linkKey = try clinic.store.secret("links")
    }

    // MARK: - Who asks

    /// The person whose browser sends `request`; nil when nobody is signed in there, or no longer.
    func person(_ request: Request, at now: Instant) throws -> Person? {
        guard let cookie = site.cookie(of: request.headers), let bytes = [UInt8](hexadecimal: cookie) else { return nil }
        let token = Array(SHA256.hash(data: bytes))
        guard var person = try person(of: token, at: now) else { return nil }
        // Once a minute is often enough to know that someone is there.
        if now.minutes(since: person.signIn.seen) >= 1 { person.signIn = signIns.touch(person.signIn, at: now) }
        return person
    }

    private func person(of token: [UInt8], at now: Instant) throws -> Person? {
        guard let signIn = try signIns.find(token, at: now), let account = clinic.access.book.openAccount(signIn.account),
            clinic.policy.holds(created: signIn.created, seen: signIn.seen, at: now, as: account.roles)
        else { return nil }
        return Person(account: account, signIn: signIn)
    }

    /// Whether somebody who was let in is still so: for answers that go on for hours.
    func isStillIn(_ person: Person, at now: Instant) throws -> Bool { try self.person(of: person.signIn.token, at: now) != nil }

    func csrfToken(of signIn: SignIn) -> String {
        hexadecimal(HMAC<SHA256>.authenticationCode(for: signIn.token, using: csrfKey))
    }

    func isCSRFToken(_ token: String, of signIn: SignIn) -> Bool {
        constantTimeEqual(Array(token.utf8), Array(csrfToken(of: signIn).utf8))
    }

    // MARK: - In and out

    /// Signs a person in with everything they prove who they are with.
    /// - Returns: the cookie of the new sign-in. Whatever cookie the browser sent before is worth nothing now.
    /// - Throws: `FormProblem`, the same for a wrong name, password or code.
    func signIn(_ id: AccountID, password: String, code: String, request: ClinicRequest) async throws -> HTTPFields {
        try await prove(id, password: password, code: code, request: request)
        return try await open(id, request: request)
    }

    /// A new sign-in for an account that has proved who it is.
    func open(_ id: AccountID, request: ClinicRequest) async throws -> HTTPFields {
        let cookie = clinic.randomBytes(32)
        if let old = request.person?.signIn.token { try signIns.end(old) }
        try signIns.open(
            SignIn(token: Array(SHA256.hash(data: cookie)), account: id, created: request.now, seen: request.now, confirmed: request.now))
        try await note(AuditEntry(time: request.now, who: id, what: .signedIn, address: request.address))
        let hours = clinic.policy.longestHours(of: clinic.access.book.openAccount(id)?.roles ?? [])
        return [.setCookie: site.cookie(hexadecimal(cookie), seconds: Int(hours * 3600))]
    }

    func signOut(_ person: Person, request: ClinicRequest) async throws -> HTTPFields {
        try signIns.end(person.signIn.token)
        try await note(request.audit(.signedOut))
        return [.setCookie: site.cookie("", seconds: 0)]
    }

    /// The password again, for a signature: what is signed is stated with the form.
    func confirm(_ person: Person, password: String, request: ClinicRequest) async throws {
        try await prove(person.account.id, password: password, code: nil, request: request)
    }

    /// Whether a second person is who they say: their own password and a fresh code of their own.
    func witness(_ id: AccountID, password: String, code: String, request: ClinicRequest) async throws -> Account {
        try await prove(id, password: password, code: code, request: request)
        guard let account = clinic.access.book.openAccount(id), account.may(.witnessStock) else {
            throw FormProblem("witness", "The second person may not witness lines of the ledger.")
        }
        return account
    }

    // MARK: - Proof

    /// - Parameter code: nil where a password alone will do, because the person is signed in with both already.
    private func prove(_ id: AccountID, password: String, code: String?, request: ClinicRequest) async throws {
        let account = clinic.access.book.openAccount(id)
        let credentials = account == nil ? nil : try clinic.store.credentials(of: id)
        if let until = credentials?.lockedUntil, until > request.now {
            try await note(AuditEntry(time: request.now, who: id, what: .lockedOut, address: request.address))
            throw FormProblem("password", "Too many wrong tries. Try again in \(Int(until.minutes(since: request.now).rounded(.up))) min.")
        }
        // A name nobody has takes as long as one that somebody has.
        let typed = password.precomposedStringWithCanonicalMapping
        let stored = credentials?.password ?? Self.nobody
        let isPassword = await passwords.matches(stored, typed) && credentials?.password != nil
        let now = request.now
        let isProved =
            try isPassword
            && clinic.store.changeCredentials(of: id) { credentials -> Bool in
                if let code {
                    guard let step = credentials.code?.step(accepting: code, at: now, after: credentials.usedStep) else { return false }
                    credentials.usedStep = step
                }
                (credentials.failures, credentials.lockedUntil) = (0, nil)
                return true
            }
        guard !isProved else { return }
        if account != nil {
            try clinic.store.changeCredentials(of: id) { credentials in
                credentials.failures += 1
                credentials.lockedUntil = clinic.policy.lock(failures: credentials.failures, at: now)
            }
        }
        try await note(AuditEntry(time: now, who: account == nil ? AccessEvent.system : id, what: .signInRefused, address: request.address))
        throw FormProblem("password", "Name, password and code do not belong together, or the code was used already.")
    }

    private static let nobody = PasswordHash(
        stored: [UInt8](repeating: 0, count: 32), salt: [UInt8](repeating: 0, count: 16), logRounds: PasswordHash.usualLogRounds)

    // MARK: - First password

    /// A one-time word with which a person sets a first password; it holds for three days. Whatever password there was is gone.
    func invite(_ id: AccountID, at now: Instant) throws -> String {
        let word = hexadecimal(clinic.randomBytes(12))
        try clinic.store.changeCredentials(of: id) { credentials in
            credentials = Credentials(account: id)
            credentials.invitation = Array(SHA256.hash(data: Array(word.utf8)))
            credentials.invitedUntil = now.adding(days: 3)
        }
        try signIns.endAll(of: id)
        return word
    }

    /// Whether an invitation holds. Who asks without one learns no name.
    func isInvited(_ id: AccountID, word: String, at now: Instant) throws -> Bool {
        guard let credentials = try clinic.store.credentials(of: id) else { return false }
        return holds(word, for: credentials, at: now)
    }

    private func holds(_ word: String, for credentials: Credentials, at now: Instant) -> Bool {
        guard let invitation = credentials.invitation, let until = credentials.invitedUntil, until > now else { return false }
        return constantTimeEqual(invitation, Array(SHA256.hash(data: Array(word.utf8))))
    }

    /// Sets password and second factor of an invited person. The invitation is worth nothing afterwards.
    func accept(_ id: AccountID, word: String, password: String, secret: [UInt8], code: String, request: ClinicRequest) async throws {
        guard let account = clinic.access.book.openAccount(id) else { throw FormProblem("invitation", "This invitation does not hold.") }
        let typed = password.precomposedStringWithCanonicalMapping
        if let problem = PasswordHash.problem(typed, account: id, name: account.name) { throw FormProblem("password", "The password \(problem).") }
        let totp = TimeBasedCode(secret: secret)
        guard let step = totp.step(accepting: code, at: request.now, after: nil) else {
            throw FormProblem("code", "The code is not the one the app shows now. Check the clock of the phone.")
        }
        let hash = try await passwords.hash(typed, salt: clinic.randomBytes(16))
        try clinic.store.changeCredentials(of: id) { credentials in
            guard holds(word, for: credentials, at: request.now) else {
                throw FormProblem("invitation", "This invitation does not hold, or was used. Ask for a new one.")
            }
            credentials = Credentials(account: id)
            credentials.password = hash
            credentials.code = totp
            credentials.usedStep = step
        }
        try await note(AuditEntry(time: request.now, who: id, what: .credentialsChanged, address: request.address))
    }

    /// Changes one's own password; every other browser is signed out.
    func changePassword(of person: Person, to password: String, request: ClinicRequest) async throws {
        let (id, typed) = (person.account.id, password.precomposedStringWithCanonicalMapping)
        if let problem = PasswordHash.problem(typed, account: id, name: person.account.name) { throw FormProblem("password", "The new password \(problem).") }
        let hash = try await passwords.hash(typed, salt: clinic.randomBytes(16))
        try clinic.store.changeCredentials(of: id) { $0.password = hash }
        try signIns.endAll(of: id, keeping: person.signIn.token)
        try await note(request.audit(.credentialsChanged))
    }

    // MARK: - Links

    func token(of link: AccessBook.Link) -> String { SignedLink(link: link.id, expires: link.expires).token(key: linkKey) }

    /// The link a token stands for; nil for a token that was not made here.
    func link(_ token: String) -> AccessBook.Link? { SignedLink(token: token, key: linkKey).flatMap { clinic.access.book.links[$0.link] } }

    private func note(_ entry: AuditEntry) async throws { try await clinic.queue.append(at: entry.time) { try $0.append(entry) } }
}

/// One password at a time: each costs 64 MB and a tenth of a second, and a flood of tries must not cost more.
private actor PasswordWork {
    func matches(_ hash: PasswordHash, _ password: String) -> Bool { hash.matches(password) }
    func hash(_ password: String, salt: [UInt8]) throws -> PasswordHash { try PasswordHash(password, salt: salt) }
}
