import Testing

@testable import ClinicServer

/// Names and words in every script, and marks that make them read as something else.
@Suite struct WritingTests {
    private let patient = #"{"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}"# + "\n"

    @Test(arguments: ["شدید بے چینی", "חרדה קלה", "e\u{301}tourdi", "😵‍💫 dizzy", "ก็ดี", "\u{200F}שלום", "Z̴͓̈́á̸l̷g̵o̶"])
    func wordsAreKeptAsWritten(words: String) async throws {
        let test = try TestClinic(patient)
        #expect(try await test.post("/patients/p1/history/notes", ["id": "n1", "text": words]).status == 303)
        let chart = try #require(try test.clinic.charts.chart(of: "p1"))
        guard case .note(let note) = chart.facts.last?.body else { return #expect(Bool(false), "no note") }
        #expect(note.text.unicodeScalars.elementsEqual(words.unicodeScalars))
        #expect(try await test.get("/patients/p1/history/notes")[0].body.contains(words))
    }

    /// 50 mg with an override in front is shown as gm 05.
    @Test(arguments: ["\u{202E}", "\u{202D}", "\u{202A}", "\u{2066}", "\u{2067}"])
    func whatTurnsTextAroundIsRefused(mark: String) async throws {
        let test = try TestClinic(patient)
        let answer = try await test.post("/patients/p1/history/notes", ["id": "n1", "text": "gave \(mark)50 mg"])
        #expect(answer.status == 422 && answer.body.contains("hidden marks of direction"))
        #expect(try test.clinic.store.factCount(of: "p1") == 1)
    }

    @Test func longTextIsRefusedWithItsLength() async throws {
        let test = try TestClinic(patient)
        let name = String(repeating: "a\u{308}", count: 5_000)
        let answer = try await test.post("/people", ["account": "x", "name": name, "roles": "nurse"], as: .administrator)
        #expect(answer.status == 422 && answer.body.contains("80 characters"))
        #expect(try await test.post("/patients/p1/history/conditions", ["id": "c1", "name": name]).status == 422)
        #expect(try test.clinic.store.factCount(of: "p1") == 1)
    }
}
