import Testing

@testable import Plot

@Suite struct CurvesPictureTests {
    private func picture(notes: [String] = [], doses: [Double] = [0, 84]) -> CurvesPicture {
        let times = (0...48).map { Double($0) * 3.5 }
        let middle = times.map { 100 * $0 / (20 + $0) }
        let band = CurvesPicture.Band(low: middle.map { $0 / 2 }, high: middle.map { $0 * 2 })
        return CurvesPicture(
            title: "56 mg", doses: doses,
            panels: [
                .init(name: "Esketamine", unit: "ng/mL", times: times, middle: middle, bands: [band]),
                .init(name: "Score", unit: "{score}", times: times, middle: middle),
            ],
            notes: notes)
    }

    @Test func everythingStaysInsideThePicture() throws {
        for width in [320.0, 390, 960] {
            let markup = try Markup(picture(notes: [String(repeating: "long words ", count: 60)]).svg(id: "c", width: width))
            let height = try #require(markup.tags.first?.attributes["viewBox"]?.split(separator: " ").last.flatMap { Double($0) })
            for label in markup.named("text") {
                let (x, y) = (label.number("x") ?? -1, label.number("y") ?? -1)
                #expect(x >= 0 && x <= width && y >= 0 && y <= height, "\(label)")
                if label.attributes["text-anchor"] == nil { #expect(x + textWidth(label.text, size: 11) <= width + 2, "\(label.text)") }
            }
        }
    }

    @Test func aLongNoteIsBrokenNotCut() {
        let note = "one " + (2...60).map { "word\($0)" }.joined(separator: " ") + " last"
        let svg = picture(notes: [note]).svg(id: "c", width: 390)
        #expect(svg.contains("one ") && svg.contains(" last") && !svg.contains("…"))
        #expect(wrapped(note, width: 300, size: 11).joined(separator: " ") == note)
    }

    @Test func dosesAreMarkedWhereTheyFallIntoTheTimes() throws {
        #expect(try Markup(picture(doses: [0, 84, 400]).svg(id: "c")).with(class: "dose-line").count == 4)
    }

    @Test func unitsAreWrittenAsReadersDo() {
        let svg = picture().svg(id: "c")
        #expect(svg.contains("Esketamine, ng/mL") && svg.contains(">Score<") && !svg.contains("{score}"))
    }

    @Test func valuesThatAreNotNumbersAreLeftOut() {
        var picture = picture()
        picture.panels[0].middle[3] = .nan
        let svg = picture.svg(id: "c")
        #expect(!svg.contains("nan"))
    }
}
