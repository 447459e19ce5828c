import Chart
import Evidence
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Storage
import Testing

@testable import Outcomes

@Suite struct ProjectionTests {
    private func store(_ lines: String, into store: Store? = nil) throws -> Store {
        let store = try store ?? Store.inMemory(identity: Array(0..<16))
        let plan = try ChartFile.plan(Array(lines.utf8), name: "facts", format: .ndjson, knowledge: try library.get().base, now: now)
        try store.append(at: now) { appender in for entry in plan.entries { _ = try appender.append(entry) } }
        return store
    }

    private func projection(_ store: Store, knowledge: KnowledgeBase? = nil, jurisdiction: Jurisdiction = .us) throws -> OutcomeProjection {
        OutcomeProjection(store: store, site: "Here", knowledge: try knowledge ?? library.get().base, jurisdiction: jurisdiction)
    }

    @Test func rowsAreMadeOnceAndAgainWhenAChartGrows() throws {
        let store = try store(ChartOutcomeTests.course)
        let projection = try projection(store)
        #expect(try projection.rows(at: now).unread == 1)
        #expect(try projection.refresh(at: now) == false)
        let made = try projection.rows(at: now)
        let expected = try outcome(ChartOutcomeTests.course)
        #expect(made.unread == 0 && made.rows.first?.outcome == expected && made.rows.first?.site == "North")

        _ = try self.store(
            #"{"type":"assessment","id":"a9","patient":"p1","time":"2026-04-20T08:00:00Z","instrument":"MADRS","total":11,"rater":"clinician"}"#, into: store)
        #expect(try projection.rows(at: now).unread == 1)
        try projection.refresh(at: now)
        #expect(try projection.rows(at: now).rows.first?.outcome.scales.first?.points.last?.total == 11)
        // Other knowledge, another jurisdiction: made again.
        #expect(try self.projection(store, jurisdiction: .eu).rows(at: now).unread == 1)
    }

    /// What is asked of many is what is made of each, however many threads there are.
    @Test func manyChartsAtOnceAreEachTheirOwn() throws {
        let lines = (0..<70).map { number in
            ChartOutcomeTests.course.split(separator: "\n").map { line in
                line.hasPrefix(#"{"type":"patient""#)
                    ? line.replacingOccurrences(of: #""p1""#, with: #""q\#(number)""#)
                    : line.replacingOccurrences(of: #"{"type""#, with: #"{"patient":"q\#(number)","type""#).replacingOccurrences(
                        of: #""total":18"#, with: #""total":\#(number % 30)"#)
            }.joined(separator: "\n")
        }.joined(separator: "\n")
        let store = try store(lines)
        let projection = try projection(store)
        #expect(try projection.refresh(at: now, atMost: 30) == true)
        #expect(try projection.rows(at: now).unread == 40)
        try projection.refresh(at: now)
        let rows = try projection.rows(at: now).rows
        #expect(rows.count == 70)
        for row in rows {
            let number = try #require(Int(row.patient.dropFirst()))
            #expect(row.outcome.scales.first?.points.first?.total == Double(number % 30))
        }
    }

    /// A fact that lies ahead counts when its time comes.
    @Test func aRowIsDueWhenAFactBeginsToCount() throws {
        let store = try Store.inMemory(identity: Array(0..<16))
        let base = try library.get().base
        let later = now.adding(days: 20)
        // Entered at a later time and looked at before it.
        let plan = try ChartFile.plan(
            Array(
                (ChartOutcomeTests.course + #"{"type":"assessment","time":"\#(now.adding(days: 10))","instrument":"MADRS","total":4,"rater":"clinician"}"#).utf8
            ),
            name: "facts", format: .ndjson, knowledge: base, now: later)
        try store.append(at: later) { appender in for entry in plan.entries { _ = try appender.append(entry) } }
        let projection = try projection(store)
        try projection.refresh(at: now)
        #expect(try projection.rows(at: now).rows.first?.outcome.scales.first?.points.count == 4)
        #expect(try projection.rows(at: later).unread == 1)
        try projection.refresh(at: later)
        #expect(try projection.rows(at: later).rows.first?.outcome.scales.first?.points.count == 5)
    }
}
