import Access
import Chart
import GRDB
import Notation
import Testing

@testable import Storage

/// No list reads a whole table. Every statement that the pages' questions run is taken from the connection and explained by SQLite itself.
@Suite struct QueryPlanTests {
    private func filled() throws -> Store {
        let store = try Store.inMemory()
        try store.append(at: now) { appender in
            for number in 1...300 {
                _ = try appender.append(entry(number, patient: "p\(number % 40)"))
                try appender.append(
                    AuditEntry(
                        time: now.adding(minutes: Double(number)), who: "u\(number % 7)", what: number % 9 == 0 ? .wrote : .readChart,
                        patient: "p\(number % 40)"))
            }
            try appender.append(AccessEvent(id: "e", time: now, by: "system", .opened("a", name: "A", roles: [.nurse])))
        }
        return store
    }

    /// The plan of each statement that `body` runs.
    private func plans(_ store: Store, _ body: (Store) throws -> Void) throws -> [(sql: String, plan: String)] {
        var seen: [String] = []
        try store.write { db in
            db.trace { if case .statement(let statement) = $0 { seen.append(statement.expandedSQL) } }
        }
        try body(store)
        try store.write { $0.trace(options: [], nil) }
        let questions = Set(seen).filter { ["SELECT", "DELETE", "UPDATE"].contains($0.prefix(6).uppercased()) }
        return try store.read { db in
            try questions.sorted().map { ($0, try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \($0)").map { $0["detail"] as String }.joined(separator: "; ")) }
        }
    }

    /// A scan of any table but those of one row.
    private func isScan(_ plan: String) -> Bool {
        plan.split(separator: "; ").contains { $0.hasPrefix("SCAN") && !["SCAN head", "SCAN store", "SCAN CONSTANT ROW"].contains($0) }
    }

    /// Every combination of what can be asked of the audit, with and without statistics: no scan, no sorting.
    @Test(arguments: [false, true]) func auditSearches(isAnalysed: Bool) throws {
        let store = try filled()
        if isAnalysed { try store.write { try $0.execute(sql: "ANALYZE") } }
        let found = try plans(store) { store in
            for choice in 0..<64 {
                func wanted<Value>(_ bit: Int, _ value: Value) -> Value? { choice >> bit & 1 == 1 ? value : nil }
                var query = AuditQuery()
                (query.who, query.what, query.patient) = (wanted(0, "u1"), wanted(1, .wrote), wanted(2, "p1"))
                (query.from, query.to, query.before) = (wanted(3, now), wanted(4, now.adding(minutes: 90)), wanted(5, 200))
                _ = try store.audit(query)
            }
            _ = try store.auditPayloads(after: 10, upTo: 100)
        }
        #expect(found.count == 65)
        for (sql, plan) in found {
            #expect(!isScan(plan) && !plan.contains("TEMP B-TREE"), "\(plan) for \(sql)")
            #expect(plan.contains("SEARCH a USING"), "\(plan)")
        }
    }

    @Test func chartsPeopleAndSignIns() throws {
        let store = try filled()
        let signIn = SignIn(token: [1], account: "a", created: now, seen: now, confirmed: nil)
        let found = try plans(store) { store in
            _ = try (store.contains("p1"), store.factCount(of: "p1"), store.contains("p1", fact: "f1"), store.payload(of: "p1", fact: "f1"))
            _ = try (store.chart(of: "p1"), store.chart(of: "p1", upTo: 10), store.ledgerPayloads(), store.ledgerLines(upTo: 10))
            _ = try (store.ledgerLines(after: 0), store.ledgerLines(after: 10), store.ledgerPayload("l1"))
            _ = try store.follow([.administration, .retraction], after: 10, since: now) { _, _, _ in }
            _ = try (store.sessionEvents(since: now), store.patients(withSessionsCorrectedSince: now), store.patients(bookedSince: now, for: now.day))
            _ = try (store.accessBook(), store.accessPayloads(upTo: 10), store.secret("csrf"), store.credentials(of: "a"))
            try store.changeCredentials(of: "a") { $0.failures += 1 }
            try store.put(signIn)
            _ = try store.signIn([1])
            try store.removeSignIns(of: "a", keeping: [2])
            try store.removeSignIn([1])
            _ = try (store.head(), store.holds(Checkpoint(count: 3, hash: "")), store.holds(Checkpoint(count: 0, hash: "")))
            try append([entry(1000)], to: store)
        }
        #expect(found.count > 14)
        for (sql, plan) in found { #expect(!isScan(plan), "\(plan) for \(sql)") }
        #expect(found.contains { $0.sql.contains("planned_start") && $0.plan.contains("entries_booked") })
        #expect(found.contains { $0.sql.contains("'retraction'") && $0.plan.contains("entries_superseding (seq>?)") })
    }

    /// What is new of the chain is read from where it was left, however much of a kind the clinic has stated before.
    @Test(arguments: [false, true]) func whatIsNewOfTheChain(isAnalysed: Bool) throws {
        let store = try filled()
        if isAnalysed { try store.write { try $0.execute(sql: "ANALYZE") } }
        let found = try plans(store) { _ = try $0.follow([.assessment, .course, .retraction], after: 400, since: now) { _, _, _ in } }
        let plan = try #require(found.first { $0.sql.contains("UNION ALL") }?.plan)
        #expect(plan.components(separatedBy: "(rowid>?)").count - 1 == 1 && plan.contains("entries_superseding (seq>?)"), "\(plan)")
    }

    /// The list of patients in every order and with every filter, the duties, and what the board begins with: by an index, at most sorted.
    @Test(arguments: [false, true]) func everyListOfThePages(isAnalysed: Bool) throws {
        let store = try filled()
        try store.put(
            (1...40).map { number in
                Standing(
                    patient: "p\(number)", facts: number, judged: now, knowledge: "k", status: number % 3 == 0 ? "relapse" : "none",
                    values: number % 5 == 0 ? [:] : ["age": Double(number), "score": 0.5, "visit": Double(number)], row: "{}",
                    duties: [.init(kind: number % 2 == 0 ? "rems" : "note", due: now, duty: "{}")])
            })
        if isAnalysed { try store.write { try $0.execute(sql: "ANALYZE") } }
        let found = try plans(store) { store in
            for column in StandingQuery.columns.map(Optional.some) + [nil] {
                for choice in 0..<16 {
                    var query = StandingQuery()
                    (query.column, query.isDescending) = (column, choice & 1 == 1)
                    if choice & 2 == 2 { query.status = "relapse" }
                    if choice & 4 == 4 { query.prefix = "p1" }
                    if choice & 8 == 8 { query.patients = ["p1", "p2"] }
                    _ = try (store.standings(query), store.standingCounts(query))
                }
            }
            _ = try (store.duties("rems", atMost: 8), store.patients(with: .session, since: now), store.latestEntry(), store.drafts(of: "l1"))
            try store.touchSignIn([1], seen: now)
            try store.removeDrafts(of: "l1")
        }
        #expect(found.count > 100)
        for (sql, plan) in found {
            // A page of the list in the order of an index, counts by an index, and a sort of what the filter left are no scans of a table.
            let scans = plan.split(separator: "; ").filter { $0.hasPrefix("SCAN") && !$0.contains("USING") }
            let isByKey = sql.contains("ORDER BY patient")
            #expect(scans.allSatisfy { $0 == "SCAN head" || $0.hasPrefix("SCAN json_each") || isByKey && $0 == "SCAN standings" }, "\(plan) for \(sql)")
        }
        // A few patients are looked up by their own key, whatever the order.
        for (sql, plan) in found where sql.contains("json_each") && sql.contains("LIMIT") { #expect(plan.contains("(patient"), "\(plan) for \(sql)") }
    }

    /// The list of everybody is read in the order of its own key: nothing is sorted, and the entries are not touched.
    @Test func theListOfPatients() throws {
        let found = try plans(try filled()) { _ = try $0.patients() }
        #expect(found.map(\.plan) == ["SCAN patients"])
    }

    /// The order of a search by time alone is that of time, and its pages neither repeat nor drop an entry.
    @Test func searchesByTimePage() throws {
        let store = try filled()
        try store.append(at: now) { try $0.append(AuditEntry(time: now.adding(minutes: 100.5), who: "late", what: .looked)) }
        var query = AuditQuery(limit: 7)
        (query.from, query.to) = (now.adding(minutes: 90), now.adding(minutes: 120))
        var all: [AuditEntry] = []
        while case let page = try store.audit(query), !page.isEmpty {
            all += page.map(\.entry)
            query.before = page.last?.seq
        }
        #expect(all.count == 31 && all.map(\.time) == all.map(\.time).sorted(by: >))
        #expect(all.filter { $0.who == "late" }.count == 1)
    }
}
