import GRDB

extension Store {
    /// Bookings: the board asks who is still to come, also in a store of millions. Never edited: a change is a new migration.
    static func booked0006(_ db: Database) throws {
        try db.execute(sql: "CREATE INDEX entries_booked ON entries (observed) WHERE kind = 'session' AND instr(payload, '\"planned_start\":') > 0")
    }
}
