import Notation

/// How often someone may be wrong, and how long a sign-in lasts. Project's choice; a clinic may be stricter.
public struct SignInPolicy: Sendable, Equatable {
    /// Wrong tries in a row after which an account is locked.
    public var triesBeforeLock = 5
    /// The first lock, in minutes; each further wrong try doubles it.
    public var lockMinutes = 1.0
    public var longestLockMinutes = 60.0
    /// Minutes without a request after which a sign-in ends.
    public var idleMinutes = 30.0
    /// Hours after which it ends in any case.
    public var longestHours = 12.0
    /// Days after which the sign-in of a board on a wall ends: nobody touches it, and it does nothing but show.
    public var wallDays = 30.0
    /// Minutes for which a confirmed identity counts for signatures.
    public var confirmedMinutes = 5.0
    /// Minutes for which a broken glass opens a chart.
    public var glassMinutes = 60.0

    public init() {}

    /// Until when an account is locked after `failures` wrong tries in a row, the last at `now`; nil when it is not.
    public func lock(failures: Int, at now: Instant) -> Instant? {
        guard failures >= triesBeforeLock else { return nil }
        let doubled = lockMinutes * Double(UInt64(1) << UInt64(min(failures - triesBeforeLock, 20)))
        return now.adding(minutes: min(doubled, longestLockMinutes))
    }

    /// Hours after which a sign-in ends in any case, by what its account is. Whoever is a person as well is no screen.
    public func longestHours(of roles: Set<Role>) -> Double { roles == [.wallBoard] ? wallDays * 24 : longestHours }

    /// Whether a sign-in made at `created` and last used at `seen` still holds.
    public func holds(created: Instant, seen: Instant, at now: Instant, as roles: Set<Role> = []) -> Bool {
        (roles == [.wallBoard] || now.minutes(since: seen) < idleMinutes) && now.minutes(since: created) < longestHours(of: roles) * 60
    }
}
