import Foundation
import Statistics
import Testing

@Suite struct StandardNormalTests {
    /// Against erfc of the platform, and R 4.2: pnorm(-8), pnorm(-38, log.p = TRUE).
    @Test func probabilitiesAndTails() {
        for step in -80...80 {
            let z = Double(step) / 10
            let exact = 0.5 * erfc(-z / 2.0.squareRoot())
            #expect(abs(StandardNormal.probability(below: z) - exact) < 1e-12 * exact, "\(z)")
            #expect(abs(StandardNormal.logProbability(below: z).value - Foundation.log(exact)) < 1e-12 * max(1, abs(Foundation.log(exact))))
        }
        #expect(abs(StandardNormal.probability(below: -8) / 6.220960574271786e-16 - 1) < 1e-12)
        #expect(abs(StandardNormal.logProbability(below: -38).value - -726.557216019) < 1e-8)
        let h = 1e-6
        let slope = (StandardNormal.logProbability(below: -3 + h).value - StandardNormal.logProbability(below: -3 - h).value) / (2 * h)
        #expect(abs(StandardNormal.logProbability(below: -3).slope - slope) < 1e-7)
    }

    /// Eight side by side say what one by one says, into the tails and at infinity.
    @Test func lanesAgreeWithSingleNumbers() {
        for z in stride(from: -36.0, through: 36, by: 0.37) {
            let (density, tail) = Lanes.normal(Lanes(repeating: z))
            #expect(abs(density[3] / StandardNormal.density(z) - 1) < 1e-14, "density at \(z)")
            #expect(abs(tail[3] / StandardNormal.probability(below: -abs(z)) - 1) < 1e-12, "tail at \(z)")
        }
        let (density, tail) = Lanes.normal(Lanes(repeating: -.infinity))
        #expect(density[0] == 0 && tail[0] == 0)
        for p in stride(from: 0.0, through: 1, by: 1 / 512) {
            #expect(abs(Lanes.angle(ofShare: Lanes(repeating: p))[5] - asin(p.squareRoot())) < 1e-15, "angle of \(p)")
        }
    }

    /// Points that do not fill the last lanes are not lost, and spare lanes tell nothing.
    @Test func lanesMapEveryPoint() {
        let points = (0..<19).map { [Double($0), 2] }
        #expect(Lanes.map(points) { $0[0] * $0[1] } == (0..<19).map { 2 * Double($0) })
        #expect(Lanes.map([]) { $0[0] }.isEmpty)
    }
}

@Suite struct WeightedValuesTests {
    /// As the definition has it, over a sorted list, with ties.
    @Test func quantilesAreThoseOfTheSortedDraws() {
        for number in 0..<40 {
            var stream = RandomStream(seed: 3, subject: UInt32(number))
            let values = (0..<(1 + number * 7)).map { _ in (stream.normal() * 8).rounded() }
            let raw = values.map { _ in stream.uniform() }
            let weights = raw.map { $0 / raw.reduce(0, +) }
            let found = WeightedValues(values, weights: weights)
            let shares = [0.05, 0.5, 0.95]
            let expected = shares.map { share in
                var sum = 0.0
                for (value, weight) in zip(values, weights).sorted(by: { $0.0 < $1.0 }) {
                    sum += weight
                    if sum >= share { return value }
                }
                return values.max() ?? .nan
            }
            #expect(found.quantiles(shares) == expected, "list \(number)")
        }
        #expect(WeightedValues([], weights: []).quantile(0.5).isNaN)
    }
}
