import GRDB

extension Store {
    /// The append-only entries, the head of their chain and the first projection. Never edited: a change is a new migration.
    static func entries0001(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE store (
                    one INTEGER PRIMARY KEY CHECK (one = 1),
                    id BLOB NOT NULL
                ) STRICT;

                CREATE TABLE entries (
                    seq INTEGER PRIMARY KEY,
                    patient TEXT NOT NULL,
                    fact TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    observed INTEGER,
                    recorded INTEGER,
                    appended INTEGER NOT NULL,
                    payload TEXT NOT NULL,
                    hash BLOB NOT NULL,
                    UNIQUE (patient, fact)
                ) STRICT;

                CREATE TABLE head (
                    one INTEGER PRIMARY KEY CHECK (one = 1),
                    count INTEGER NOT NULL,
                    hash BLOB NOT NULL
                ) STRICT;

                CREATE TABLE patients (
                    patient TEXT PRIMARY KEY,
                    facts INTEGER NOT NULL,
                    administrations INTEGER NOT NULL,
                    first_observed INTEGER,
                    last_observed INTEGER
                ) STRICT, WITHOUT ROWID;

                CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON entries
                BEGIN SELECT RAISE(ABORT, 'entries are append-only: UPDATE refused'); END;

                CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
                BEGIN SELECT RAISE(ABORT, 'entries are append-only: DELETE refused'); END;

                CREATE TRIGGER entries_stand_in_line BEFORE INSERT ON entries
                WHEN NEW.seq IS NOT (SELECT count + 1 FROM head)
                    OR EXISTS (SELECT 1 FROM entries WHERE patient = NEW.patient AND fact = NEW.fact)
                BEGIN SELECT RAISE(ABORT, 'entries are append-only: only the next entry may be inserted'); END;

                CREATE TRIGGER entries_move_the_head AFTER INSERT ON entries
                BEGIN UPDATE head SET count = NEW.seq, hash = NEW.hash; END;

                CREATE TRIGGER head_only_advances BEFORE UPDATE ON head
                WHEN NEW.count IS NOT OLD.count + 1
                BEGIN SELECT RAISE(ABORT, 'the head only advances with an entry'); END;

                CREATE TRIGGER head_is_not_deleted BEFORE DELETE ON head
                BEGIN SELECT RAISE(ABORT, 'the head is not deleted'); END;

                CREATE TRIGGER store_is_not_updated BEFORE UPDATE ON store
                BEGIN SELECT RAISE(ABORT, 'the identity of a store does not change'); END;

                CREATE TRIGGER store_is_not_deleted BEFORE DELETE ON store
                BEGIN SELECT RAISE(ABORT, 'the identity of a store does not change'); END;
                """)
    }
}
