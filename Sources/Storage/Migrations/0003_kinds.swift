import GRDB

extension Store {
    /// Facts by kind and time: which sessions were booked, which notes were written lately, over all patients. Never edited: a change is a
    /// new migration.
    static func kinds0003(_ db: Database) throws {
        try db.execute(sql: "CREATE INDEX entries_by_kind ON entries (kind, observed)")
    }
}
