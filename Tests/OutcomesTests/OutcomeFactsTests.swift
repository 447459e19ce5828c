import Chart
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Statistics
import Storage
import Testing

@testable import Outcomes

/// What is left out when a chart is read for its row changes nothing in the row.
@Suite struct OutcomeFactsTests {
    private static func pressures(_ session: String?, _ values: [(minute: Int, metric: String, value: String, unit: String)]) -> String {
        values.map { reading in
            let named = session.map { #""session":"\#($0)","# } ?? ""
            return
                #"{"type":"measurement",\#(named)"time":"2026-02-0\#(session == "s2" ? 5 : 2)T09:\#(reading.minute):00Z","metric":"\#(reading.metric)","value":\#(reading.value),"unit":"\#(reading.unit)"}"#
                + "\n"
        }.joined()
    }

    private static let quiet = pressures("s2", [(10, "sbp", "131", "mm[Hg]"), (10, "dbp", "82", "mm[Hg]"), (40, "sbp", "144", "mm[Hg]")])
    private static let more = ChartOutcomeTests.course + quiet

    /// The facts that are read, and the rows made of them and of all.
    private func read(_ lines: String, knowledge: KnowledgeBase? = nil) throws -> (read: Int, all: Int, row: ChartOutcome, whole: ChartOutcome) {
        let base = try knowledge ?? library.get().base
        let store = try Store.inMemory(identity: Array(0..<16))
        let plan = try ChartFile.plan(Array(lines.utf8), name: "facts", format: .ndjson, knowledge: base, now: now)
        try store.append(at: now) { appender in for entry in plan.entries { _ = try appender.append(entry) } }
        let chosen = try store.facts(of: "p1", without: OutcomeFacts.without, choose: OutcomeFacts(base).chosen)
        func row(_ facts: [Fact]) throws -> ChartOutcome {
            ChartOutcome(of: try Chart(patient: "p1", facts: facts), asOf: now, jurisdiction: .us, knowledge: base)
        }
        return (chosen.facts.count, chosen.count, try row(chosen.facts), try row(try #require(try store.chart(of: "p1")).facts))
    }

    @Test func pressuresOfQuietSessionsAreNotReadAndThoseOfOthersAre() throws {
        let found = try read(Self.more)
        // The heart rate and three pressures of the second session.
        #expect(found.read == found.all - 4 && found.row == found.whole && found.row.pressureSessions == 1)
        let strained = try read(Self.more + Self.pressures("s2", [(45, "dbp", "112", "mm[Hg]")]))
        #expect(strained.read == strained.all - 1 && strained.row == strained.whole && strained.row.pressureSessions == 2)
    }

    /// Anything out of the ordinary: the chart is read as a whole.
    @Test(arguments: [
        pressures(nil, [(50, "sbp", "190", "mm[Hg]")]), pressures("s2", [(50, "sbp", "25.5", "kPa")]),
        pressures("s2", [(50, "systolic", "190", "mm[Hg]")]), pressures("s2", [(50, "bp", #""190/112""#, "mm[Hg]")]),
        #"{"type":"session","session":"s2","event":"vitals","time":"2026-02-05T09:50:00Z","sbp":190}"# + "\n",
        #"{"type":"measurement","id":"m1","session":"s2","time":"2026-02-05T09:50:00Z","metric":"sbp","value":190,"unit":"mm[Hg]"}"# + "\n"
            + #"{"type":"measurement","supersedes":"m1","session":"s2","time":"2026-02-05T09:50:00Z","metric":"sbp","value":140,"unit":"mm[Hg]"}"# + "\n",
    ])
    func whatIsOutOfTheOrdinaryIsRead(_ lines: String) throws {
        let found = try read(Self.more + lines)
        #expect(found.read == found.all && found.row == found.whole)
    }

    /// A clinic whose rule looks at the rise: every pressure counts.
    @Test func arbitraryChartsHaveTheRowOfAllTheirFacts() throws {
        for seed in 0..<40 {
            var random = RandomStream(seed: 7, subject: UInt32(seed))
            var lines = ChartOutcomeTests.course
            for session in 0..<6 {
                let name = random.chance(0.9) ? "x\(session)" : nil
                let day = 10 + session
                lines +=
                    #"{"type":"administration","session":"x\#(session)","time":"2026-02-\#(day)T09:00:00Z","drug":"esketamine","route":"intranasal","dose":84,"unit":"mg"}"#
                    + "\n"
                for reading in 0..<random.integer(in: 0...5) {
                    let (metric, value) = random.chance(0.5) ? ("sbp", 185) : ("dbp", 112)
                    let named = name.map { #""session":"\#($0)","# } ?? ""
                    lines +=
                        #"{"type":"measurement",\#(named)"time":"2026-02-\#(day)T09:\#(10 + reading * 7):00Z","metric":"\#(metric)","value":\#(value - random.integer(in: 0...40)),"unit":"mm[Hg]"}"#
                        + "\n"
                }
            }
            let found = try read(lines)
            #expect(found.row == found.whole, "seed \(seed)")
        }
    }

    /// What `JSONReader` reads is what a glance shows.
    @Test(arguments: [
        #"{"a":1,"b":"x, \"}{","c":[1,{"d":"]"}],"e":{"f":[]},"g":null,"h":-1.5e3,"ä":"ö"}"#, "{}", #"{"a":""}"#, #"{"a":1,"b":{}}"#,
    ])
    func aGlanceShowsTheMembersOfAnObject(_ text: String) throws {
        var shown: [String] = []
        let isWhole = Array(text.utf8).withUnsafeBufferPointer { bytes in
            JSONReader.glance(bytes) { key, value in shown.append(String(decoding: key, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self)) }
        }
        let members = try #require(try JSONReader.read(text).object).members
        #expect(isWhole && shown == members.map { "\($0.key)=\($0.value.text)" })
    }

    @Test(arguments: ["", "{", "[1]", #"{"a":"#, #"{"a"}"#, #"{"\u0061":1}"#, #"{"a":"x}"#, #"{a:1}"#, #"{"a":1}}"#])
    func whatIsNoPlainObjectIsNotGlancedAt(_ text: String) {
        #expect(!Array(text.utf8).withUnsafeBufferPointer { JSONReader.glance($0) { _, _ in } })
    }
}
