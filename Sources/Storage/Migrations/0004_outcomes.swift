import GRDB

extension Store {
    /// What programmes keep of each chart: a projection, made again from the chart whenever it has grown. Never edited: a change is a new
    /// migration.
    static func outcomes0004(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE outcomes (
                    patient TEXT PRIMARY KEY,
                    facts INTEGER NOT NULL,
                    knowledge TEXT NOT NULL,
                    due INTEGER,
                    row BLOB NOT NULL
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
