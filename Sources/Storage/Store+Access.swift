import Access
import Foundation
import GRDB
import Notation

extension Store {
    /// Who may do what, folded from everything stored.
    public func accessBook() throws(StoreError) -> AccessBook {
        AccessBook(try accessPayloads().compactMap { (try? JSONReader.read($0)).flatMap(AccessEvent.init) })
    }

    /// Every change of who may do what as it was taken in, in the order they came.
    public func accessPayloads(upTo count: Int64 = .max) throws(StoreError) -> [String] { try payloads(of: Stream.access.rawValue, upTo: count) }

    /// A random value of the store by its name, made when it is first asked for.
    public func secret(_ name: String, length: Int = 32) throws(StoreError) -> [UInt8] {
        let sql = "SELECT value FROM secrets WHERE name = ?"
        // A store that can only be read still has what it had.
        if let known = try read({ db in try Data.fetchOne(db, sql: sql, arguments: [name]) }) { return [UInt8](known) }
        do {
            return try database.write { db in
                let fresh = (0..<length).map { _ in UInt8.random(in: 0...255) }
                try db.execute(sql: "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", arguments: [name, Data(fresh)])
                return [UInt8](try Data.fetchOne(db, sql: sql, arguments: [name]) ?? Data(fresh))
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

/// What a person proves who they are with. Not part of the chain: secrets must be able to go.
public struct Credentials: Sendable, Equatable {
    public var account: AccountID
    public var password: PasswordHash?
    public var code: TimeBasedCode?
    /// The step of the last code accepted.
    public var usedStep: Int64?
    /// Wrong tries in a row.
    public var failures = 0
    public var lockedUntil: Instant?
    /// SHA-256 of the one-time word with which the person sets a first password, and how long it holds.
    public var invitation: [UInt8]?
    public var invitedUntil: Instant?

    public init(account: AccountID) { self.account = account }
}

/// One browser in which somebody is signed in.
public struct SignIn: Sendable, Equatable {
    /// SHA-256 of the cookie: the store cannot give away what it does not hold.
    public var token: [UInt8]
    public var account: AccountID
    public var created: Instant
    public var seen: Instant
    /// When the person last confirmed who they are.
    public var confirmed: Instant?

    public init(token: [UInt8], account: AccountID, created: Instant, seen: Instant, confirmed: Instant?) {
        self.token = token
        self.account = account
        self.created = created
        self.seen = seen
        self.confirmed = confirmed
    }
}

extension Store {
    public func credentials(of account: AccountID) throws(StoreError) -> Credentials? {
        try read { db in try Self.credentials(of: account, db) }
    }

    private static func credentials(of account: AccountID, _ db: Database) throws -> Credentials? {
        try Row.fetchOne(db, sql: "SELECT * FROM credentials WHERE account = ?", arguments: [account]).map { row in
            var found = Credentials(account: account)
            if let salt = row["salt"] as Data?, let key = row["key"] as Data?, let rounds = row["log_rounds"] as Int? {
                found.password = PasswordHash(stored: [UInt8](key), salt: [UInt8](salt), logRounds: rounds)
            }
            found.code = (row["totp"] as Data?).map { TimeBasedCode(secret: [UInt8]($0)) }
            found.usedStep = row["totp_step"]
            found.failures = row["failures"]
            found.lockedUntil = (row["locked_until"] as Int64?).map(Instant.init(milliseconds:))
            found.invitation = (row["invitation"] as Data?).map { [UInt8]($0) }
            found.invitedUntil = (row["invited_until"] as Int64?).map(Instant.init(milliseconds:))
            return found
        }
    }

    /// Changes an account's credentials as one step: what `change` sees nobody else changes meanwhile.
    /// - Throws: what `change` throws, else a `StoreError`; nothing is changed then.
    public func changeCredentials<Value>(of account: AccountID, _ change: (inout Credentials) throws -> Value) throws -> Value {
        do {
            return try database.write { db in
                var credentials = try Self.credentials(of: account, db) ?? Credentials(account: account)
                let value = try change(&credentials)
                try db.execute(
                    sql: """
                        INSERT OR REPLACE INTO credentials
                            (account, salt, key, log_rounds, totp, totp_step, failures, locked_until, invitation, invited_until)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        account, credentials.password.map { Data($0.salt) }, credentials.password.map { Data($0.key) }, credentials.password?.logRounds,
                        credentials.code.map { Data($0.secret) }, credentials.usedStep, credentials.failures, credentials.lockedUntil?.milliseconds,
                        credentials.invitation.map { Data($0) }, credentials.invitedUntil?.milliseconds,
                    ])
                return value
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    public func signIn(_ token: [UInt8]) throws(StoreError) -> SignIn? {
        try ask("SELECT * FROM sign_ins WHERE token = ?", [Data(token)]) { statement, arguments in
            try Row.fetchOne(statement, arguments: arguments).map { row in
                SignIn(
                    token: token, account: row["account"], created: Instant(milliseconds: row["created"]), seen: Instant(milliseconds: row["seen"]),
                    confirmed: (row["confirmed"] as Int64?).map(Instant.init(milliseconds:)))
            }
        }
    }

    /// Stores a new sign-in.
    public func put(_ signIn: SignIn) throws(StoreError) {
        try write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO sign_ins (token, account, created, seen, confirmed) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    Data(signIn.token), signIn.account, signIn.created.milliseconds, signIn.seen.milliseconds, signIn.confirmed?.milliseconds,
                ])
        }
    }

    /// Somebody is there: notes when, of a sign-in that has not ended meanwhile.
    public func touchSignIn(_ token: [UInt8], seen: Instant) throws(StoreError) {
        try write { db in try db.execute(sql: "UPDATE sign_ins SET seen = ? WHERE token = ?", arguments: [seen.milliseconds, Data(token)]) }
    }

    public func removeSignIn(_ token: [UInt8]) throws(StoreError) {
        try write { db in try db.execute(sql: "DELETE FROM sign_ins WHERE token = ?", arguments: [Data(token)]) }
    }

    /// Ends every sign-in of an account, but for one.
    public func removeSignIns(of account: AccountID, keeping token: [UInt8] = []) throws(StoreError) {
        try write { db in try db.execute(sql: "DELETE FROM sign_ins WHERE account = ? AND token <> ?", arguments: [account, Data(token)]) }
    }

    func write(_ body: (Database) throws -> Void) throws(StoreError) {
        do { try database.write(body) } catch { throw StoreError(error, path: path) }
    }
}
