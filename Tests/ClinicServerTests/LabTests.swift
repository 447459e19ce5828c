import Access
import Foundation
import Notation
import Testing
import Trials

@testable import ClinicServer

/// The protocol lab: what is asked becomes a specification, and the answer comes when it is there.
@Suite struct LabTests {
    private func asked(_ form: LabForm, _ change: [String: String] = [:]) -> [String: String] {
        var sent = ["weeks": "4", "severity": "34", "people": "50"]
        for letter in LabForm.letters {
            sent["\(letter)_dose"] = form.start(letter)
            for slider in LabForm.sliders(letter) { sent[slider.name] = "\(slider.start)" }
        }
        return sent.merging(change) { $1 }
    }

    @Test func whatIsAskedIsComparedAndCanBeTakenAway() async throws {
        let test = try TestClinic()
        let desk = try #require(test.clinic.lab)
        let page = try await test.get("/lab", as: .researcher)[0]
        #expect(page.body.contains("Protocol D") && page.body.contains("esketamine intranasal 84 mg"))
        let answer = try await test.post("/lab", asked(desk.form, ["people": "50"]), as: .researcher)
        #expect(answer.status == 303)
        let run = try #require(desk.all.first)
        for _ in 0..<600 where run.outcome == nil { try await Task.sleep(for: .milliseconds(100)) }
        guard case .compared(let comparison) = run.outcome else { return #expect(Bool(false), "the comparison did not end") }
        #expect(comparison.options.map(\.id) == ["a", "b", "c", "none"])
        #expect(comparison.options[0].value(.visits)?.mean == 8)
        let paths = ["", "/state", "/specification.json", "/report.html"].map { "/lab/\(run.id)\($0)" }
        let answers = try await test.get(paths[0], paths[1], paths[2], paths[3], as: .researcher)
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(answers[0].body.contains("<svg") && answers[0].body.contains("Days in remission"))
        #expect(try JSONReader.read(answers[1].body)["done"] == true)
        let specification = try JSONDecoder().decode(TrialSpecification.self, from: Data(answers[2].body.utf8))
        #expect(specification == run.specification)
        #expect(answers[3].body.hasPrefix("<!DOCTYPE html>") && answers[3].body.contains("<svg") && !answers[3].body.contains("href="))
    }

    @Test func sessionsFallWhereTheSlidersStand() {
        #expect(LabForm.days(weekly: 2, weeks: 2, every: 0, until: 84) == [0, 3, 7, 10])
        #expect(LabForm.days(weekly: 2, weeks: 1, every: 14, until: 40) == [0, 3, 17, 31])
        #expect(LabForm.days(weekly: 1, weeks: 4, every: 7, until: 42) == [0, 7, 14, 21, 28, 35])
        #expect(LabForm.days(weekly: 3, weeks: 12, every: 7, until: 10) == [0, 2, 4, 7, 9])
    }

    @Test func whatCannotBeComparedIsSaid() async throws {
        let test = try TestClinic()
        let form = try #require(test.clinic.lab).form
        let nothing = Dictionary(uniqueKeysWithValues: LabForm.letters.map { ("\($0)_dose", LabForm.none) })
        for change in [nothing, ["weeks": "0"], ["a_dose": "cocaine"], ["people": "1000000"], ["b_every": "-1"]] {
            #expect(try await test.post("/lab", asked(form, change), as: .researcher).status == 422, "\(change.keys)")
        }
        #expect(try await test.get("/lab/nowhere", as: .researcher)[0].status == 404)
        #expect(try await test.get("/lab", as: .frontDesk)[0].status == 403)
    }
}
