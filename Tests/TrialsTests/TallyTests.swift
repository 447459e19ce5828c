import Foundation
import Notation
import Statistics
import Testing

@testable import Trials

/// Counts add up exactly and survive being written down.
@Suite struct TallyTests {
    @Test func sumsAreExactWhateverTheOrder() throws {
        var stream = RandomStream(seed: 5, subject: 0)
        let values = (0..<1000).map { _ in stream.integer(in: -2_000_000_000...2_000_000_000) }
        var whole = ExactMoments()
        for value in values { whole.insert(value) }
        var parts = [ExactMoments](repeating: .init(), count: 7)
        for (index, value) in values.enumerated() { parts[(index * index) % 7].insert(value) }
        var merged = ExactMoments()
        for part in parts.reversed() { merged.merge(part) }
        #expect(merged == whole)
        let mean = values.reduce(0.0) { $0 + Double($1) } / 1000
        let sd = (values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 999).squareRoot()
        #expect(abs(try #require(whole.mean) / mean - 1) < 1e-12)
        #expect(abs(try #require(whole.standardDeviation) / sd - 1) < 1e-12)
        #expect(ExactMoments(count: 2, sum: 10, squares: 10) == nil, "no two numbers have these sums")
        #expect(ExactMoments(count: whole.count, sum: whole.sum, squares: whole.squares) == whole)
    }

    @Test(arguments: [0, 1, 500, 20_000]) func aSketchSurvivesBeingWrittenDown(_ count: Int) throws {
        var stream = RandomStream(seed: 6, subject: 0)
        var sketch = QuantileSketch()
        var values: [Double] = []
        for _ in 0..<count {
            let value = stream.normal(mean: 100, sd: 40).rounded()
            sketch.insert(value)
            values.append(value)
        }
        let content = sketch.content
        let read = try #require(QuantileSketch(values: content.values, bins: content.bins))
        #expect(read == sketch)
        if count > 0 {
            let sorted = values.sorted()
            for share in [0.05, 0.5, 0.95] {
                let exact = sorted[Int(share * Double(count - 1))]
                #expect(abs(read.quantile(share) - exact) <= 0.002 * abs(exact) + 1, "the stated error is 0.1 %")
            }
        }
        #expect(QuantileSketch(values: [1], bins: [(1, 1)]) == nil)
        #expect(QuantileSketch(values: [], bins: [(2, 3000), (1, 3000)]) == nil)
    }

    @Test func rowsSurviveBeingWrittenDown() throws {
        var stream = RandomStream(seed: 7, subject: 0)
        let edge: [Int32] = [RowLayout.none, 0, 1, -1, .max, .min + 1, 127, 128, -64, -65]
        let rows = edge + (0..<1000).map { _ in Int32(truncatingIfNeeded: Int64(bitPattern: stream.bits())) }
        #expect(RowCode.rows(RowCode.text(rows)) == rows)
        #expect(RowCode.rows("not base 64!") == nil)
        #expect(RowCode.rows(Data([0x80]).base64EncodedString()) == nil, "a number cut short")
        #expect(RowCode.rows(Data([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).base64EncodedString()) == nil, "a number too large")
    }

    @Test func everyUnitIsInOnePart() throws {
        let design = try Shipped.run(
            try Shipped.example("trial.yaml") {
                $0.replicates = 5
                $0.arms[0].patients = 700
                $0.arms[1].patients = 3
            }
        ).design
        #expect(design.unitCount == 5 * 4)
        for count in [1, 2, 3, 7, 20, 33] {
            var seen: [TrialUnit] = []
            for number in 1...count {
                let shard = try Shard("\(number)/\(count)")
                let units = shard.units(of: design.unitCount).map(design.unit)
                seen += units
                let held = design.replicates(in: shard)
                #expect(Set(units.map(\.replicate)) == Set(held.whole).union(held.partial))
                #expect(held.partial.count <= 2)
            }
            #expect(seen == (0..<design.unitCount).map(design.unit))
        }
        #expect(design.unit(2).patients == 512..<700 && design.unit(3).arm == 1)
    }
}
