import Evidence
import Guidance
import Knowledge
import Notation
import Testing

/// What a clinic may change: tighten a label, change its own defaults, never loosen what binds.
@Suite struct OverlayTests {
    private func file(_ content: String) -> String {
        """
        knowledge: {id: clinic/own, title: Our clinic, version: 1.0.0, date: "2026-11-24", confidence: project, sources: []}
        \(content)
        """
    }

    private func overlay(_ change: String) -> String { file("overlay:\n  - {\(change), reason: our audit of 2025, by: Dr Own, date: \"2026-01-05\"}") }

    private func base(_ text: String) throws -> KnowledgeBase { try KnowledgeLibrary.shipped(clinic: text, path: "clinic.yaml").base }

    @Test func labelIsTightened() throws {
        let book = try base(overlay("rule: PR-01, thresholds: {sbp: 135}")).ruleBook
        #expect(book["PR-01"]?.when.thresholds.map(\.value) == [135])
        #expect(book["PR-01"]?.overlaid?.by == "Dr Own")
        #expect(try base(overlay("rule: DC-01, thresholds: {last_dose: 150}")).ruleBook["DC-01"]?.when.thresholds.map(\.value) == [150])
        #expect(try base(overlay("rule: PR-01, action: block")).ruleBook["PR-01"]?.statement.action == .block)
    }

    @Test func ownDefaultsAreChangedOrSwitchedOff() throws {
        #expect(try base(overlay("rule: PR-03, thresholds: {sbp: 170, dbp: 105}")).ruleBook["PR-03"]?.when.thresholds.map(\.value) == [170, 105])
        #expect(try base(overlay("rule: IN-09, enabled: false")).ruleBook["IN-09"] == nil)
        #expect(try base(overlay("rule: EL-06, enabled: false")).ruleBook["EL-06"] == nil)
    }

    /// One clear refusal each.
    @Test(arguments: [
        ("rule: PR-01, thresholds: {sbp: 141}", "overlay.thresholds.sbp"), ("rule: DC-01, thresholds: {last_dose: 119}", "overlay.thresholds.last_dose"),
        ("rule: DC-01, action: review", "overlay.action"), ("rule: DC-10, enabled: false", "overlay.enabled"),
        ("rule: PR-08, enabled: false", "overlay.enabled"), ("rule: PR-01, thresholds: {hr: 100}", "overlay.thresholds.hr"),
        ("rule: DC-09, severity: minor", "knowledge.unknown_key"), ("rule: DC-09, jurisdictions: [EU]", "knowledge.unknown_key"),
        ("rule: DC-02, if_unknown: advise", "knowledge.unknown_key"), ("rule: XX-01, enabled: false", "overlay.rule"),
        ("rule: EL-05, thresholds: {cardiovascular_event: 40}", "overlay.thresholds.cardiovascular_event"),
    ])
    func looseningIsRefused(change: String, code: String) throws {
        do throws(Diagnostic) {
            _ = try KnowledgeLibrary.shipped(clinic: overlay(change), path: "clinic.yaml")
            Issue.record("taken: \(change)")
        } catch {
            #expect(error.code == code, "\(error)")
        }
    }

    /// A clinic's file cannot pose as a label, nor put itself in the place of what ships.
    @Test(arguments: [
        (
            "rules:\n  - {id: CL-01, decision: eligibility, kind: label, text: x, action: block, severity: major, when: {age: {below: 21}}, binds: [esketamine nasal], adopted_for: [], sources: [], confidence: project}",
            "clinic.rule"
        ),
        (
            "rules:\n  - {id: DC-01, decision: discharge, kind: clinic_default, text: x, action: advise, severity: minor, when: {age: {below: 1}}, binds: [], adopted_for: [], sources: [], confidence: project}",
            "clinic.rule"
        ),
        ("metrics: [{id: sbp, title: Nothing}]", "clinic.content"),
    ])
    func posingIsRefused(content: String, code: String) throws {
        do throws(Diagnostic) {
            _ = try KnowledgeLibrary.shipped(clinic: file(content), path: "rules/discharge.yaml")
            Issue.record("taken: \(content)")
        } catch {
            #expect(error.code == code, "\(error)")
        }
    }

    /// A changed threshold is said in the rule's text and in its findings before a dose.
    @Test func aChangeIsSaid() throws {
        let knowledge = try base(overlay("rule: PR-04, thresholds: {minutes_since_food: 360}"))
        let vignette = try #require(Vignette.all.first { $0.name == "a protocol of the library is not" })
        let review = Review(of: try vignette.chart(knowledge), asOf: vignette.asOf, jurisdiction: .us, knowledge: knowledge)
        let finding = try #require(review.json["sessions"]?.array?.first?["pre_dose"]?["findings"]?.array?.first { $0["rule"] == "PR-04" })
        #expect(finding["text"] == "Food within 2 h (changed by the clinic to minutes_since_food 360)")
        #expect(finding["overlay"]?["by"] == "Dr Own")
        #expect(finding["overlay"]?["thresholds"]?["minutes_since_food"] == 360)
    }

    @Test func aRuleOfTheClinicsOwnIsJudged() throws {
        let knowledge = try base(
            file(
                "rules:\n  - {id: CL-01, decision: eligibility, kind: clinic_default, text: Too young for us, action: block, severity: major, when: {age: {below: 60}}, binds: [], adopted_for: [all], sources: [], confidence: project}"
            ))
        let vignette = try #require(Vignette.all.first { $0.name == "a plain resistant depression is eligible" })
        let review = Review(of: try vignette.chart(knowledge), asOf: vignette.asOf, jurisdiction: .us, knowledge: knowledge)
        #expect(review.eligibility.verdict == .blocked)
        #expect(review.eligibility.findings.first?.rule.id == "CL-01")
    }
}
