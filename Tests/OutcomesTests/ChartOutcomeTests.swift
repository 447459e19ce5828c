import Chart
import Evidence
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Testing

@testable import Outcomes

/// Made once: reading the knowledge takes longer than what is tested.
let library = Result { try KnowledgeLibrary.shipped() }
let now = Instant(milliseconds: 1_795_694_400_000)

/// The row of one chart written as the contract has it.
func outcome(_ lines: String, without: (Fact) -> Bool = { _ in false }) throws -> ChartOutcome {
    let library = try library.get()
    let chart = try ChartFile.plan(Array(lines.utf8), name: "chart", format: .ndjson, knowledge: library.base, now: now).charts()[0]
    let kept = try Chart(patient: chart.patient, facts: chart.facts.filter { !without($0) })
    return ChartOutcome(of: kept, asOf: now, jurisdiction: .us, knowledge: library.base)
}

@Suite struct ChartOutcomeTests {
    static let course = """
        {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
        {"type":"diagnosis","time":"2026-01-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2025-11-01"}
        {"type":"assessment","time":"2026-02-01T08:00:00Z","instrument":"MADRS","total":36,"rater":"clinician"}
        {"type":"session","session":"s1","event":"check_in","time":"2026-02-02T08:30:00Z","protocol":"esk-us-trd","site":"North"}
        {"type":"administration","session":"s1","time":"2026-02-02T09:00:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg"}
        {"type":"administration","session":"s1","time":"2026-02-02T09:05:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg"}
        {"type":"measurement","session":"s1","time":"2026-02-02T09:45:00Z","metric":"sbp","value":186,"unit":"mm[Hg]"}
        {"type":"measurement","session":"s1","time":"2026-02-02T09:45:00Z","metric":"hr","value":86,"unit":"/min"}
        {"type":"adverse_event","session":"s1","term":"Dissociation","onset":"2026-02-02T09:20:00Z","resolved":"2026-02-02T10:05:00Z","severity":"moderate","serious":false}
        {"type":"administration","session":"s2","time":"2026-02-05T09:00:00Z","drug":"esketamine","route":"intranasal","dose":84,"unit":"mg"}
        {"type":"therapy","time":"2026-02-06T15:00:00Z","modality":"CBT","duration_min":50}
        {"type":"assessment","time":"2026-02-09T08:00:00Z","instrument":"MADRS","total":18,"rater":"clinician"}
        {"type":"assessment","time":"2026-03-02T08:00:00Z","instrument":"MADRS","total":9,"rater":"clinician"}
        {"type":"assessment","time":"2026-04-02T08:00:00Z","instrument":"MADRS","total":25,"rater":"clinician"}
        {"type":"assessment","time":"2026-04-10T08:00:00Z","instrument":"MADRS","total":27,"rater":"clinician"}
        {"type":"course","event":"course.closed","time":"2026-05-04"}

        """

    @Test func aCourseInDaysFromItsFirstDose() throws {
        let row = try outcome(Self.course)
        #expect(row.start == Day("2026-02-02") && row.site == "North" && row.age == 46 && row.sex == .female)
        #expect(row.sessions == [0, 3] && row.therapy == [4] && row.pressureSessions == 1)
        #expect(row.adverseEvents == [.init(term: "dissociation", count: 1, serious: 0)])
        let dose = try #require(row.doses.first)
        #expect(dose.count == 2 && dose.milligrams?.first == 56 && dose.milligrams?.last == 84 && dose.milligrams?.highest == 84)
        let madrs = try #require(row.scales.first { $0.instrument == "MADRS" })
        #expect(madrs.hasBaseline && madrs.baseline == 36 && madrs.points.map(\.day) == [7, 28, 59, 67])
        // 18 is half of 36; 9 is in remission; the second of two high scores eight days apart is the relapse.
        #expect(madrs.firstResponse == 7 && madrs.firstRemission == 28 && madrs.relapse == 67)
        #expect(row.end?.day == 91 && row.end?.kind == .closed && row.death == nil)
    }

    /// What the store leaves out when it reads a chart for its row makes no difference.
    @Test func notesAndVitalSignsThatNothingReadsChangeNothing() throws {
        let all = try outcome(Self.course)
        let few = try outcome(Self.course) { fact in if case .measurement(let body) = fact.body { body.metric == "hr" } else { false } }
        #expect(all == few)
    }

    @Test func bytesGiveTheRowBackAndNothingElseIsARow() throws {
        let row = try outcome(Self.course)
        let read = try #require(ChartOutcome(bytes: row.bytes))
        #expect(read == row && read.scales.first?.points == row.scales.first?.points && read.doses == row.doses && read.end?.day == 91)
        #expect(row.bytes.count < 150)
        for length in 0..<row.bytes.count { #expect(ChartOutcome(bytes: Array(row.bytes[..<length])) == nil, "cut at \(length)") }
        #expect(ChartOutcome(bytes: row.bytes + [0]) == nil)
        var other = row.bytes
        other[0] = ChartOutcome.format + 1
        #expect(ChartOutcome(bytes: other) == nil)
    }

    @Test func withoutADoseThereIsNoCourse() throws {
        let row = try outcome(#"{"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"male"}"#)
        #expect(row.start == nil && row.scales.isEmpty && row.sex == .male)
        #expect(ChartOutcome(bytes: row.bytes) == row)
    }
}
