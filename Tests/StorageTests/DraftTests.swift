import Chart
import Notation
import Storage
import Testing

@Suite struct DraftTests {
    private func time(_ minute: Int) throws -> Instant { try #require(Instant("2026-11-23T12:\(minute):00Z")) }

    @Test func laterAnswersTakeThePlaceOfEarlierOnes() throws {
        let store = try Store.inMemory()
        try store.keep(
            [.init(instrument: "PHQ-9", item: "a", answer: 1, time: try time(10)), .init(instrument: "PHQ-9", item: "b", answer: 2, time: try time(10))],
            of: "l1")
        try store.keep([.init(instrument: "PHQ-9", item: "a", answer: 3, time: try time(20))], of: "l1")
        try store.keep([.init(instrument: "PHQ-9", item: "b", answer: 2, time: try time(30))], of: "l1")
        try store.keep([.init(instrument: "PHQ-9", item: "a", answer: 0, time: try time(20))], of: "l2")
        let drafts = try store.drafts(of: "l1").sorted { $0.item < $1.item }
        #expect(drafts.map(\.answer) == [3, 2])
        #expect(drafts.map(\.time) == [try time(20), try time(10)], "the same answer again keeps its time")
        try store.removeDrafts(of: "l1")
        #expect(try store.drafts(of: "l1").isEmpty)
        #expect(try store.drafts(of: "l2").count == 1)
        #expect(try store.drafts(of: "' OR 1=1 --").isEmpty)
    }

    /// Whoever follows the chain sees every fact of its kinds once, and only those.
    @Test func followingSeesEveryFactOnce() throws {
        let store = try Store.inMemory()
        func add(_ id: String, _ kind: FactKind, _ observed: Instant?) throws {
            _ = try store.append(at: try time(10)) { appender in
                try appender.append(FiledFact(patient: "p1", fact: id, kind: kind, observed: observed, recorded: nil, payload: #"{"id":"\#(id)"}"#))
            }
        }
        var seen: [String] = []
        func follow(_ seq: Int64) throws -> Int64 {
            seen = []
            return try store.follow([.assessment, .retraction], after: seq, since: try time(15)) { patient, _, payload in seen.append("\(patient) \(payload)") }
        }
        try add("a", .assessment, try time(20))
        try add("b", .measurement, try time(20))
        try add("c", .assessment, try time(10))
        try add("d", .retraction, nil)
        let head = try follow(0)
        #expect(seen == [#"p1 {"id":"a"}"#, #"p1 {"id":"d"}"#] && head == 4)
        #expect(try follow(head) == head && seen.isEmpty)
        try add("e", .assessment, try time(21))
        #expect(try follow(head) == 5 && seen.count == 1)
        // What supersedes one of them is heard of, whatever its kind and however old.
        _ = try store.append(at: try time(22)) { appender in
            _ = try appender.append(
                FiledFact(
                    patient: "p1", fact: "f", kind: .note, observed: try time(10), recorded: nil,
                    payload: #"{"id":"f","supersedes":"a","text":"\"supersedes\":"}"#))
            _ = try appender.append(
                FiledFact(patient: "p1", fact: "g", kind: .note, observed: try time(22), recorded: nil, payload: #"{"id":"g","text":"\"supersedes\":"}"#))
        }
        #expect(try follow(5) == 7 && seen.count == 1 && seen.first?.contains(#""id":"f""#) == true)
        #expect(try follow(0) == 7 && seen.count == 4)
    }
}
