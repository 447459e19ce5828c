import GRDB

extension Store {
    /// What a running clinic needs beside the chain: an index of the audit, secrets, sign-ins, unfinished answers, and what lists show.
    /// Only `audit` and `access` are derived from entries. Never edited: a change is a new migration.
    static func clinic0002(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE audit (
                    seq INTEGER PRIMARY KEY,
                    time INTEGER NOT NULL,
                    who TEXT NOT NULL,
                    what TEXT NOT NULL,
                    patient TEXT
                ) STRICT;
                CREATE INDEX audit_by_who ON audit (who, seq);
                CREATE INDEX audit_by_what ON audit (what, seq);
                CREATE INDEX audit_by_patient ON audit (patient, seq) WHERE patient IS NOT NULL;
                CREATE INDEX audit_by_time ON audit (time, seq);

                CREATE INDEX patients_by_last_observed ON patients (last_observed);

                CREATE TABLE secrets (
                    name TEXT PRIMARY KEY,
                    value BLOB NOT NULL
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE credentials (
                    account TEXT PRIMARY KEY,
                    salt BLOB,
                    key BLOB,
                    log_rounds INTEGER,
                    totp BLOB,
                    totp_step INTEGER,
                    failures INTEGER NOT NULL DEFAULT 0,
                    locked_until INTEGER,
                    invitation BLOB,
                    invited_until INTEGER
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE sign_ins (
                    token BLOB PRIMARY KEY,
                    account TEXT NOT NULL,
                    created INTEGER NOT NULL,
                    seen INTEGER NOT NULL,
                    confirmed INTEGER
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX sign_ins_by_account ON sign_ins (account);

                CREATE TABLE drafts (
                    link TEXT NOT NULL,
                    instrument TEXT NOT NULL,
                    item TEXT NOT NULL,
                    answer REAL NOT NULL,
                    time INTEGER NOT NULL,
                    PRIMARY KEY (link, instrument, item)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE standings (
                    patient TEXT PRIMARY KEY,
                    facts INTEGER NOT NULL,
                    judged INTEGER NOT NULL,
                    knowledge TEXT NOT NULL,
                    status TEXT NOT NULL,
                    age REAL,
                    sessions REAL,
                    score REAL,
                    change REAL,
                    resistance REAL,
                    visit REAL,
                    row TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX standings_by_status ON standings (status, visit);
                CREATE INDEX standings_by_age ON standings (age);
                CREATE INDEX standings_by_sessions ON standings (sessions);
                CREATE INDEX standings_by_score ON standings (score);
                CREATE INDEX standings_by_change ON standings (change);
                CREATE INDEX standings_by_resistance ON standings (resistance);
                CREATE INDEX standings_by_visit ON standings (visit);
                CREATE INDEX standings_by_judged ON standings (judged);

                CREATE TABLE duties (
                    patient TEXT NOT NULL,
                    number INTEGER NOT NULL,
                    kind TEXT NOT NULL,
                    due INTEGER,
                    duty TEXT NOT NULL,
                    PRIMARY KEY (patient, number)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX duties_by_kind ON duties (kind, due);
                """)
    }
}
