import Evidence
import Psychometrics
import Testing

@Suite struct ChangeTests {
    @Test(arguments: [(12.0, 6.0, true), (12, 7, false), (11, 6, false), (11, 5, true), (0, 0, false), (36, 18, true)])
    func halfOfTheBaselineIsAResponse(baseline: Double, latest: Double, response: Bool) {
        let change = Scales.sum.change(baseline: baseline, latest: latest)
        #expect(change.response == response)
        #expect(change.percent == (baseline == 0 ? nil : (latest - baseline) / baseline * 100))
    }

    @Test(arguments: [(1.0, true, true), (2, true, false), (2.5, true, false), (3, false, false)])
    func cutsHoldAtTheirBoundary(latest: Double, remission: Bool, strict: Bool) {
        let change = Scales.sum.change(baseline: 12, latest: latest)
        #expect(change.remission == remission && change.remissionStrict == strict)
    }

    @Test func cutsGiveTheHighestWholeTotalWithin() {
        #expect(Scales.sum.change?.remission?.value == 2)
        #expect(Scales.sum.change?.remissionStrict?.value == 1)
    }

    @Test(arguments: [(7.0, true), (9, false), (8, true), (6, false), (13, false)])
    func partialLiesBetweenTheShareAndAResponse(latest: Double, partial: Bool) {
        #expect(Scales.sum.change(baseline: 12, latest: latest).isPartial(above: 0.25) == partial)
    }

    /// Jacobson-Truax with SD 2 and reliability 0.75: Sdiff = sqrt(2 · (2 · sqrt(0.25))²) = sqrt 2, so 1.96 Sdiff = 2.77.
    @Test func reliableChange() throws {
        let index = try #require(Scales.sum.change(baseline: 9, latest: 6).reliableChangeIndex)
        #expect(abs(index + 3 / 2.0.squareRoot()) < 1e-12)
        #expect(Scales.sum.change(baseline: 9, latest: 6).isReliable == true)
        #expect(Scales.sum.change(baseline: 6, latest: 9).isReliable == true)
        #expect(Scales.sum.change(baseline: 9, latest: 7).isReliable == false)
        #expect(Scales.domains.change(baseline: 6, latest: 0).isReliable == nil)
        #expect(Scales.domains.change(baseline: 6, latest: 0).whyNotReliable == "no reliability in the reference")
        #expect(Scales.sum.change(baseline: 9, latest: 6).whyNotReliable == nil)
    }

    @Test func smallestDifferenceThatMatters() {
        #expect(Scales.sum.change(baseline: 9, latest: 7).minimalImportant == true)
        #expect(Scales.sum.change(baseline: 9, latest: 11).minimalImportant == true)
        #expect(Scales.sum.change(baseline: 9, latest: 8).minimalImportant == false)
        #expect(Scales.percent.change(baseline: 9, latest: 8).minimalImportant == nil)
    }

    @Test func worseningFollowsTheDirection() {
        #expect(Scales.percent.change(baseline: 50, latest: 40).worsened == true)
        #expect(Scales.percent.change(baseline: 50, latest: 41).worsened == false)
        #expect(Scales.percent.change(baseline: 50, latest: 60).worsened == false)
        #expect(Scales.numbered.change(baseline: 4, latest: 5).worsened == true)
        #expect(Scales.numbered.change(baseline: 0, latest: 4).worsened == false)
        #expect(Scales.sum.change(baseline: 0, latest: 12).worsened == nil)
    }
}

@Suite struct CatalogTests {
    private let catalog = InstrumentCatalog(Scales.all)

    @Test(arguments: [("sum", "SUM"), ("s", "SUM"), ("SUM of-four", "SUM"), ("num/2", "NUM-2"), ("N_U_M 2", "NUM-2"), ("nothing", nil)])
    func findsByName(name: String, id: String?) { #expect(catalog.named(name)?.id == id) }

    @Test func findsByLOINC() {
        #expect(catalog.parts(loinc: "P-1").map(\.part) == [.panel])
        #expect(catalog.parts(loinc: "T-1").map(\.instrument.id) == ["SUM"])
        #expect(catalog.parts(loinc: "I-3").map(\.part) == [.item(0)])
        #expect(catalog.parts(loinc: "X-1").isEmpty)
        #expect(Scales.numbered.items[0].value(ofAnswer: "LA-4") == 4)
        #expect(Scales.numbered.items[0].value(ofAnswer: "LA-5") == nil)
    }
}
