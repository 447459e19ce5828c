import Foundation
import Statistics
import Testing

@Suite struct DistributionTests {
    private let degrees = ["1", "2.5", "7", "40", "600"]

    /// Tails and quantiles against R's, each relative to its own size. R's own quantiles of F are right to about 1e-12.
    @Test func tailsAndQuantilesAgreeWithR() throws {
        let reference = try Reference.shared.get()
        for name in degrees {
            let df = try #require(Double(name))
            let t = try reference("t.\(name)")
            let student = StudentT(degrees: df)
            let x = Array(t[..<5])
            expectClose(
                x + x.map { student.probability(above: $0) } + [0.6, 0.975, 0.9999].map(student.quantile) + x.map(student.density), t, 2e-13, relative: true,
                "t \(df)")
            let chi = ChiSquare(degrees: df)
            expectClose(
                x + x.map(chi.probability(below:)) + x.map(chi.probability(above:)) + [0.05, 0.5, 0.999].map(chi.quantile), try reference("chisq.\(name)"),
                1e-11, relative: true, "chi-square \(df)")
            for other in ["1", "9.5", "300"] {
                let f = FisherF(numerator: df, denominator: try #require(Double(other)))
                expectClose(
                    x + x.map(f.probability(below:)) + x.map(f.probability(above:)) + [0.05, 0.5, 0.999].map(f.quantile), try reference("f.\(name).\(other)"),
                    1e-11, relative: true, "F \(df) \(other)")
            }
        }
    }

    /// t² is F with one degree, F with a known variance is χ², t with many degrees is normal; tails add up; quantiles invert.
    @Test func distributionsMeetWhereTheyMust() {
        for t in [-3.0, -0.4, 0, 0.7, 2.2, 11] {
            for df in [0.7, 3, 12.5, 1e5] {
                let student = StudentT(degrees: df)
                let beyond = FisherF(numerator: 1, denominator: df).probability(above: t * t)
                #expect(abs(student.probability(beyond: t) - beyond) < 1e-13)
                #expect(abs(student.probability(below: t) + student.probability(above: t) - 1) < 1e-14)
            }
            #expect(abs(StudentT(degrees: .infinity).probability(below: t) - StandardNormal.probability(below: t)) < 1e-15)
            #expect(abs(StudentT(degrees: 1e9).probability(below: t) - StandardNormal.probability(below: t)) < 1e-8)
        }
        let ratio = FisherF(numerator: 4, denominator: .infinity)
        #expect(abs(ratio.probability(above: 2.1) - ChiSquare(degrees: 4).probability(above: 8.4)) < 1e-15)
        for p in [1e-12, 0.01, 0.3, 0.5, 0.9, 0.9999] {
            #expect(abs(StudentT(degrees: 5).probability(below: StudentT(degrees: 5).quantile(p)) / p - 1) < 1e-12, "\(p)")
            #expect(abs(ChiSquare(degrees: 0.5).probability(below: ChiSquare(degrees: 0.5).quantile(p)) / p - 1) < 1e-12, "\(p)")
        }
    }
}
