import GRDB

extension Store {
    /// Facts that supersede another, whatever their kind: whoever follows some kinds has to hear of them too. Never edited: a change is a new
    /// migration.
    static func superseding0005(_ db: Database) throws {
        try db.execute(sql: "CREATE INDEX entries_superseding ON entries (seq) WHERE instr(payload, '\"supersedes\":') > 0")
    }
}
