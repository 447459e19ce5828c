import Chart
import Guidance
import Interchange
import Knowledge
import Notation
import Testing

/// Alerts about suicide risk are derived: what raises one, what keeps it one, and what alone closes it.
@Suite struct RiskAlertTests {
    private static let knowledge = try? KnowledgeBase.shipped()
    private static let minute = "2026-11-23T12:"

    private func alerts(_ lines: String..., since: String = "2026-11-23T12:00:00Z", asOf: String = "2026-11-24T12:00:00Z") throws -> [RiskAlert] {
        let knowledge = try #require(Self.knowledge)
        let facts = try lines.map { try Fact.read(try JSONReader.read($0)).fact }
        let view = try Chart(patient: "p1", facts: facts).view(asOf: try #require(Instant(asOf)))
        return RiskAlert.all(in: view, scores: AssessmentScores(view, instruments: knowledge.instruments), since: try #require(Instant(since)))
    }

    private func phq9(_ id: String, item9: String, minute: Int = 10, by author: String = "nurse", supersedes: String? = nil) -> String {
        let more = supersedes.map { #","supersedes":"\#($0)""# } ?? ""
        return
            #"{"type":"assessment","patient":"p1","id":"\#(id)","time":"\#(Self.minute)\#(minute):00Z","recorded":"\#(Self.minute)\#(minute):00Z","author":"\#(author)","instrument":"PHQ-9","answers":[0,0,0,0,0,0,0,0,\#(item9)]\#(more)}"#
    }

    private func report(_ id: String, answer: Int, minute: Int, link: String = "l1") -> String {
        #"{"type":"course","patient":"p1","id":"\#(id)","time":"\#(Self.minute)\#(minute):00Z","recorded":"\#(Self.minute)\#(minute):00Z","author":"link:\#(link)","event":"risk.reported","instrument":"PHQ-9","item":"phq9_9","title":"suicide item","answer":\#(answer),"link":"\#(link)"}"#
    }

    private func answered(_ id: String, of fact: String, minute: Int) -> String {
        #"{"type":"course","patient":"p1","id":"\#(id)","time":"\#(Self.minute)\#(minute):00Z","recorded":"\#(Self.minute)\#(minute):00Z","author":"nurse","event":"risk.acknowledged","of":"\#(fact)","action":"called"}"#
    }

    @Test func aPositiveItemRaisesAnAlertAndANegativeOneDoesNot() throws {
        let raised = try alerts(phq9("a", item9: "1"))
        #expect(raised.map(\.id) == ["a"] && raised.allSatisfy(\.isOpen))
        #expect(raised.first?.text == "PHQ-9, suicide item: 1")
        #expect(try alerts(phq9("a", item9: "0")).isEmpty)
        #expect(try alerts(phq9("a", item9: "null")).isEmpty)
    }

    /// Neither time nor a better answer closes an alert.
    @Test func onlyAnAcknowledgementClosesIt() throws {
        #expect(try alerts(phq9("a", item9: "2"), phq9("b", item9: "0", minute: 20), asOf: "2027-11-24T12:00:00Z").filter(\.isOpen).map(\.id) == ["a"])
        let closed = try alerts(phq9("a", item9: "2"), answered("k", of: "a", minute: 30))
        #expect(closed.map(\.isOpen) == [false])
        #expect(closed.first?.acknowledgement?.by == "nurse" && closed.first?.acknowledgement?.action == "called")
        #expect(try alerts(phq9("a", item9: "2"), answered("k", of: "other", minute: 30)).map(\.isOpen) == [true])
        #expect(try alerts(phq9("a", item9: "2", minute: 40), answered("k", of: "a", minute: 30)).map(\.isOpen) == [true], "not one before it")
    }

    @Test func aCorrectionTakesItsAlertWithIt() throws {
        #expect(try alerts(phq9("a", item9: "2"), phq9("b", item9: "0", minute: 20, supersedes: "a")).isEmpty)
        #expect(try alerts(phq9("a", item9: "0"), phq9("b", item9: "2", minute: 20, supersedes: "a")).map(\.id) == ["b"])
    }

    /// What a patient answers by one link, at once and when it is sent, is one alert.
    @Test func reportAndQuestionnaireOfOneLinkAreOneAlert() throws {
        let both = try alerts(report("r", answer: 2, minute: 10), phq9("a", item9: "2", minute: 15, by: "link:l1"))
        #expect(both.map(\.id) == ["r"] && both.first?.signs.map(\.fact) == ["r", "a"])
        let answeredBefore = try alerts(
            report("r", answer: 2, minute: 10), answered("k", of: "r", minute: 12), phq9("a", item9: "2", minute: 15, by: "link:l1"))
        #expect(answeredBefore.map(\.isOpen) == [false])
        let others = try alerts(report("r", answer: 2, minute: 10), phq9("a", item9: "2", minute: 15, by: "link:l2"), phq9("b", item9: "1", minute: 16))
        #expect(others.map(\.id) == ["r", "a", "b"])
    }

    /// A graver answer than the one that was acknowledged calls again; the same one does not.
    @Test func aGraverAnswerCallsAgain() throws {
        let again = try alerts(
            report("r1", answer: 1, minute: 10), answered("k", of: "r1", minute: 12), report("r3", answer: 3, minute: 15),
            phq9("a", item9: "3", minute: 20, by: "link:l1"))
        #expect(again.map(\.id) == ["r1", "r3"] && again.map(\.isOpen) == [false, true])
        let takenBack = try alerts(report("r", answer: 2, minute: 10), phq9("a", item9: "0", minute: 15, by: "link:l1"))
        #expect(takenBack.map(\.isOpen) == [true], "a sign that was given was given")
    }

    @Test func otherScalesRaiseAlertsToo() throws {
        func fact(_ instrument: String, _ answers: String) -> String {
            #"{"type":"assessment","patient":"p1","id":"a","time":"2026-11-23T12:10:00Z","instrument":"\#(instrument)","answers":\#(answers)}"#
        }
        #expect(try alerts(fact("MADRS", "[0,0,0,0,0,0,0,0,0,4]")).count == 1)
        #expect(try alerts(fact("MADRS", "[0,0,0,0,0,0,0,0,0,3]")).isEmpty)
        #expect(try alerts(fact("C-SSRS-screener", #"{"q1":1,"q2":1,"q3":0,"q4":1,"q5":0,"q6":0}"#)).map(\.text) == ["C-SSRS-screener: high"])
        #expect(try alerts(fact("C-SSRS-screener", #"{"q1":1,"q2":0,"q6":0}"#)).isEmpty, "low asks for no action today")
        #expect(try alerts(fact("PHQ-9", "[0,null,null,null,0,0,0,0,2]")).map(\.text) == ["PHQ-9, suicide item: 2"], "gives no score, and yet is a sign")
    }

    /// What was answered before anybody worked here is history.
    @Test func historyCallsNobody() throws {
        #expect(try alerts(phq9("a", item9: "2"), since: "2026-11-23T12:11:00Z").isEmpty)
        let day = #"{"type":"assessment","patient":"p1","id":"a","time":"2026-11-23","instrument":"PHQ-9","answers":[0,0,0,0,0,0,0,0,2]}"#
        #expect(try alerts(day).count == 1, "a whole day may lie after the hour")
    }

    /// The order in which facts arrive does not matter.
    @Test func theOrderOfFactsDoesNotMatter() throws {
        let lines = [
            report("r1", answer: 1, minute: 10), answered("k", of: "r1", minute: 12), report("r3", answer: 3, minute: 15), phq9("b", item9: "1", minute: 16),
        ]
        let expected = try alerts(lines[0], lines[1], lines[2], lines[3])
        for _ in 0..<10 {
            let mixed = lines.shuffled()
            #expect(try alerts(mixed[0], mixed[1], mixed[2], mixed[3]) == expected)
        }
    }

    /// A report counts in the chart's own judgement until its questionnaire is there.
    @Test func reportsCountInTheReview() throws {
        let knowledge = try #require(Self.knowledge)
        func risk(_ lines: String...) throws -> SuicideRisk {
            let chart = try Chart(patient: "p1", facts: try lines.map { try Fact.read(try JSONReader.read($0)).fact })
            return Review(of: chart, asOf: try #require(Instant("2026-11-24T12:00:00Z")), jurisdiction: .us, knowledge: knowledge).suicideRisk
        }
        let reported = try risk(report("r", answer: 2, minute: 10))
        #expect(reported.needsScreener && reported.level == .low && reported.because == ["r"])
        let sent = try risk(report("r", answer: 2, minute: 10), phq9("a", item9: "2", minute: 15, by: "link:l1"))
        #expect(sent.because == ["a"])
        #expect(try !risk(report("r", answer: 2, minute: 10), phq9("a", item9: "0", minute: 15, by: "link:l1")).needsScreener)
    }

    @Test func eventsOfRiskAreKnownToTheImport() throws {
        let text = [#"{"type":"patient","id":"p1"}"#, report("r", answer: 1, minute: 10), answered("k", of: "r", minute: 12)].joined(separator: "\n")
        let plan = try ChartFile.plan(
            Array(text.utf8), name: "facts", format: .ndjson, knowledge: try #require(Self.knowledge), now: try #require(Instant("2026-11-24T12:00:00Z")))
        #expect(plan.entries.count == 3 && plan.warnings.isEmpty)
    }

    @Test func clinicsStateTheirOwnContacts() throws {
        func contacts(_ content: String) throws -> [CrisisContact] {
            let header = #"knowledge: {id: clinic/own, title: Ours, version: 1.0.0, date: "2026-11-24", confidence: project, sources: []}"#
            return try KnowledgeLibrary.shipped(clinic: header + "\n" + content, path: "clinic.yaml").base.crisisContacts
        }
        let shipped = try #require(Self.knowledge).crisisContacts
        #expect(!shipped.isEmpty && shipped.allSatisfy { $0.phone == nil }, "no number ships")
        let own = try contacts(#"crisis_contacts: [{who: Our clinic, phone: "+00 (0)1 234-56", note: day and night, confidence: project}]"#)
        #expect(own.first?.dialled == "+00012 3456".filter { $0 != " " } && own.count == shipped.count + 1)
        #expect(throws: Diagnostic.self) { try contacts(#"crisis_contacts: [{who: Us, phone: "ask at the desk", confidence: project}]"#) }
    }
}
