import Notation
import Statistics
import Testing

@testable import Trials

/// Analyses of simulated trials err as often as they say, and find what is there as often as the textbook says. In short; ten thousand
/// replicates: `Benchmarks trial-error`.
@Suite struct ErrorRateTests {
    /// Within four standard errors of Monte Carlo.
    private func isNear(_ share: Double, _ expected: Double, of count: Int) -> Bool {
        abs(share - expected) < 4 * (expected * (1 - expected) / Double(count)).squareRoot()
    }

    @Test func nothingIsFoundWhereNothingIs() throws {
        let report = try Shipped.report(try Shipped.example("null-trial.yaml"))
        for contrast in report.contrasts {
            #expect(contrast.analysed >= 399, "\(contrast.method)")
            #expect(isNear(contrast.power, 0.05, of: 400), "\(contrast.method) of \(contrast.endpoint): \(contrast.power)")
        }
        #expect(Set(report.contrasts.map(\.method)) == ["ancova", "mmrm", "proportions", "means", "log_rank", "cox", "kaplan_meier"])
    }

    /// Schoenfeld's for relapses, the normal approximation for adjusted change.
    @Test func powerOfRelapseAndOfAdjustedChangeIsTheTextbooks() throws {
        let relapses = try Shipped.report(
            try Shipped.example("relapse-prevention.yaml") {
                $0.replicates = 200
                $0.patientsPerArm = 45
                $0.endpoints = [.init(id: "relapse", kind: .timeToRelapse, atLeast: 22, ratings: 2)]
                let pair = [$0.arms[0].id, $0.arms[1].id]
                $0.analyses = [.init(endpoint: "relapse", method: .logRank, compare: pair), .init(endpoint: "relapse", method: .cox, compare: pair)]
            })
        let changes = try Shipped.report(
            try Shipped.example("trial.yaml") {
                ($0.replicates, $0.patientsPerArm) = (300, 50)
                $0.analyses = [.init(endpoint: "madrs", method: .ancova, compare: ["esketamine", "placebo"])]
            })
        for contrast in relapses.contrasts + changes.contrasts {
            let expected = try #require(contrast.closedForm)
            #expect(expected > 0.3 && expected < 0.98, "\(contrast.method): neither hopeless nor certain: \(expected)")
            #expect(abs(contrast.power - expected) < 0.03 + 4 * contrast.powerError, "\(contrast.method): \(contrast.power), formula \(expected)")
        }
    }

    @Test func powerIsTheTextbooks() throws {
        let report = try Shipped.report(
            try Shipped.example("trial.yaml") {
                ($0.replicates, $0.patientsPerArm) = (400, 60)
                $0.endpoints.append(.init(id: "well", kind: .timeInRemission))
                $0.analyses = [
                    .init(endpoint: "response", method: .proportions, compare: ["esketamine", "placebo"]),
                    .init(endpoint: "remission", method: .proportions, compare: ["esketamine", "placebo"]),
                    .init(endpoint: "well", method: .means, compare: ["esketamine", "placebo"]),
                ]
            })
        for contrast in report.contrasts {
            let expected = try #require(contrast.closedForm)
            #expect(expected > 0.3 && expected < 0.98, "\(contrast.endpoint): neither hopeless nor certain")
            // The formula takes the distribution for normal: two percentage points beside Monte Carlo.
            #expect(abs(contrast.power - expected) < 0.02 + 4 * contrast.powerError, "\(contrast.endpoint): \(contrast.power), formula \(expected)")
        }
    }

    @Test func sharesAreComparedAsNewcombeDid() throws {
        // Newcombe 1998, table II: 56/70 and 48/80, method 10: 0.0524 to 0.3339.
        let value = try #require(TwoProportions((56, 70), (48, 80)).result.value)
        #expect(abs(value.estimate - 0.2) < 1e-12)
        #expect(abs(value.low - 0.0524) < 5e-5 && abs(value.high - 0.3339) < 5e-5)
    }
}
