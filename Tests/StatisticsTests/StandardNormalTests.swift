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
}
