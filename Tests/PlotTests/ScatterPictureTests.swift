import Foundation
import Plot
import Testing

@Suite struct ScatterPictureTests {
    @Test func everyPointIsDrawnAndCensoredOnesAreHollow() {
        let points = (0..<10).map { ScatterPicture.Point(x: Double($0), y: Double($0 * $0), isCensored: $0 == 3) } + [.init(x: .nan, y: 1)]
        let svg = ScatterPicture(title: "Fit & check", panels: [.init(title: "cp", across: "time", points: points, reference: .identity)]).svg(id: "fit")
        #expect(svg.components(separatedBy: "<circle").count == 11)
        #expect(svg.components(separatedBy: "score hollow").count == 2)
        #expect(svg.contains("Fit &amp; check") && !svg.contains("nan"))
    }
}
