import Chart
import GRDB
import Notation

/// What lists show of one patient: judged from the chart, kept until the chart grows or the day is over, and made again at any time.
///
/// A standing is never the truth about a patient. It says when it was judged and by how many facts.
public struct Standing: Sendable, Equatable {
    public var patient: PatientID
    /// Facts of the chart it was judged from.
    public var facts: Int
    public var judged: Instant
    /// The knowledge it was judged by.
    public var knowledge: String
    /// The response of the symptoms, in a word.
    public var status: String
    /// Values to sort by, by column of `StandingQuery.columns`.
    public var values: [String: Double]
    /// The row of the list, as the pages make it.
    public var row: String
    public var duties: [Duty]

    /// Something to be done about a patient.
    public struct Duty: Sendable, Equatable {
        public var kind: String
        public var due: Instant?
        /// What it is, as the pages make it.
        public var duty: String

        public init(kind: String, due: Instant?, duty: String) {
            self.kind = kind
            self.due = due
            self.duty = duty
        }
    }

    public init(
        patient: PatientID, facts: Int, judged: Instant, knowledge: String, status: String, values: [String: Double], row: String, duties: [Duty]
    ) {
        self.patient = patient
        self.facts = facts
        self.judged = judged
        self.knowledge = knowledge
        self.status = status
        self.values = values
        self.row = row
        self.duties = duties
    }
}

/// A page of the patient list.
public struct StandingQuery: Sendable, Equatable {
    public static let columns = ["age", "sessions", "score", "change", "resistance", "visit"]

    /// The beginning of an id.
    public var prefix = ""
    /// Only these; nil: all.
    public var patients: [PatientID]?
    public var status: String?
    /// One of `columns`; nil: by id.
    public var column: String?
    public var isDescending = false
    public var offset = 0
    public var limit: Int

    public init(limit: Int = 50) { self.limit = limit }
}

extension Store {
    /// Stores standings, each in the place of the one before.
    public func put(_ standings: [Standing]) throws(StoreError) {
        try write { db in
            let columns = StandingQuery.columns
            let insert = try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO standings (patient, facts, judged, knowledge, status, row, \(columns.joined(separator: ", ")))
                    VALUES (?, ?, ?, ?, ?, ?\(String(repeating: ", ?", count: columns.count)))
                    """)
            for standing in standings {
                let values: [(any DatabaseValueConvertible)?] =
                    [standing.patient, standing.facts, standing.judged.milliseconds, standing.knowledge, standing.status, standing.row]
                    + columns.map { standing.values[$0] }
                try insert.execute(arguments: StatementArguments(values))
                try db.execute(sql: "DELETE FROM duties WHERE patient = ?", arguments: [standing.patient])
                for (number, duty) in standing.duties.enumerated() {
                    try db.execute(
                        sql: "INSERT INTO duties (patient, number, kind, due, duty) VALUES (?, ?, ?, ?, ?)",
                        arguments: [standing.patient, number, duty.kind, duty.due?.milliseconds, duty.duty])
                }
            }
        }
    }

    /// Patients whose standing is missing, older than `limit`, judged by other knowledge or from fewer facts than there are.
    public func patientsToJudge(before limit: Instant, knowledge: String, atMost count: Int) throws(StoreError) -> [PatientID] {
        try read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT p.patient FROM patients p LEFT JOIN standings s ON s.patient = p.patient
                    WHERE s.patient IS NULL OR s.facts <> p.facts OR s.judged < ? OR s.knowledge <> ? LIMIT ?
                    """, arguments: [limit.milliseconds, knowledge, count])
        }
    }

    /// Rows of the list.
    public func standings(_ query: StandingQuery) throws(StoreError) -> [(patient: PatientID, row: String)] {
        try read { db in
            let (sql, arguments) = Self.standingQuery(query)
            return try Row.fetchAll(db, sql: sql, arguments: arguments).map { ($0["patient"], $0["row"]) }
        }
    }

    static func standingQuery(_ query: StandingQuery) -> (sql: String, arguments: StatementArguments) {
        let (condition, conditions) = Self.condition(query, withStatus: true)
        let direction = query.isDescending ? "DESC" : "ASC"
        // A few patients are looked up and then sorted, instead of read in the order of everybody.
        let sorted = query.patients == nil ? "" : "+"
        let order =
            query.column.map { StandingQuery.columns.contains($0) ? $0 : "patient" }.map { "\(sorted)\($0) \(direction) NULLS LAST, patient" }
            ?? "patient \(direction)"
        return (
            "SELECT patient, row FROM standings \(condition) ORDER BY \(order) LIMIT ? OFFSET ?", conditions + [query.limit, query.offset]
        )
    }

    private static func condition(_ query: StandingQuery, withStatus: Bool) -> (sql: String, arguments: StatementArguments) {
        var (parts, arguments): ([String], StatementArguments) = ([], [])
        if !query.prefix.isEmpty {
            parts.append("patient >= ? AND patient < ?")
            arguments += [query.prefix, query.prefix + "\u{10FFFF}"]
        }
        if let patients = query.patients {
            parts.append("patient IN (SELECT value FROM json_each(?))")
            arguments += [JSONValue(patients).text]
        }
        if withStatus, let status = query.status {
            // Of a few patients the status is looked at, not looked up.
            parts.append(query.patients == nil ? "status = ?" : "+status = ?")
            arguments += [status]
        }
        return (parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND "), arguments)
    }

    /// How many patients stand in each status, of those whose id begins as asked.
    public func standingCounts(_ query: StandingQuery) throws(StoreError) -> [String: Int] {
        try read { db in
            let (condition, arguments) = Self.condition(query, withStatus: false)
            let rows = try Row.fetchAll(db, sql: "SELECT status, count(*) AS number FROM standings \(condition) GROUP BY status", arguments: arguments)
            return Dictionary(rows.map { ($0["status"], $0["number"]) }, uniquingKeysWith: +)
        }
    }

    /// Duties of a kind, those due first in front, and how many there are.
    public func duties(_ kind: String, atMost count: Int) throws(StoreError) -> (first: [(patient: PatientID, duty: String)], number: Int) {
        try read { db in
            let rows = try Row.fetchAll(db, sql: Self.dutiesOfKind, arguments: [kind, count])
            let number = try Int.fetchOne(db, sql: "SELECT count(*) FROM duties WHERE kind = ?", arguments: [kind]) ?? 0
            return (rows.map { ($0["patient"], $0["duty"]) }, number)
        }
    }

    static let dutiesOfKind = "SELECT patient, duty FROM duties WHERE kind = ? ORDER BY due LIMIT ?"

    /// Patients of whom a fact of this kind was stated since `instant`.
    public func patients(with kind: FactKind, since instant: Instant) throws(StoreError) -> [PatientID] {
        try read { db in try String.fetchAll(db, sql: Self.patientsWithKind, arguments: [kind.rawValue, instant.milliseconds]) }
    }

    /// What tells of every session since `instant`, in time order: its events, and what was given in it (`event` is nil).
    public func sessionEvents(since instant: Instant) throws(StoreError) -> [(patient: PatientID, session: String, event: String?)] {
        try read { db in
            try Row.fetchAll(db, sql: Self.eventsOfSessions, arguments: [instant.milliseconds]).compactMap { row in
                (row["session"] as String?).map { (row["patient"], $0, row["event"]) }
            }
        }
    }

    static let eventsOfSessions = """
        SELECT patient, json_extract(payload, '$.session') AS session, json_extract(payload, '$.event') AS event FROM entries
        WHERE kind IN ('session', 'administration') AND observed >= ? ORDER BY observed, seq
        """

    /// Patients of whom something said of a session was changed or withdrawn since `instant`.
    public func patients(withSessionsCorrectedSince instant: Instant) throws(StoreError) -> [PatientID] {
        try read { db in try String.fetchAll(db, sql: Self.patientsCorrected, arguments: [instant.milliseconds]) }
    }

    /// Without being told, SQLite goes through every session there ever was.
    static let patientsCorrected = """
        SELECT DISTINCT patient FROM entries INDEXED BY entries_superseding
        WHERE seq > 0 AND instr(payload, '"supersedes":') > 0 AND kind IN ('session', 'administration', 'retraction') AND appended >= ?
        """

    /// Patients of whom a session was booked since `instant` for `day` or later.
    public func patients(bookedSince instant: Instant, for day: Day) throws(StoreError) -> [PatientID] {
        try read { db in try String.fetchAll(db, sql: Self.patientsBooked, arguments: [instant.milliseconds, day.description]) }
    }

    /// A planned start is written in an offset of its own: the day before is asked for, too. Of `entries_booked` the condition stands here word
    /// for word.
    static let patientsBooked = """
        SELECT DISTINCT patient FROM entries INDEXED BY entries_booked
        WHERE kind = 'session' AND instr(payload, '"planned_start":') > 0 AND observed >= ? AND json_extract(payload, '$.planned_start') >= date(?, '-1 day')
        """

    static let patientsWithKind = "SELECT DISTINCT patient FROM entries WHERE kind = ? AND observed >= ?"
}
