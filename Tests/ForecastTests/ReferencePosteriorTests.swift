import Foundation
import Statistics
import Testing

@testable import Forecast

/// Against an independent program of the same model (Benchmarks/reference/symptom_posterior.py; its numbers with their provenance stand there): posterior
/// means within 0.1 and quantiles within 0.15 standard deviations for twenty patients.
@Suite struct ReferencePosteriorTests {
    private struct Stored: Decodable {
        struct Patient: Decodable {
            struct Numbers: Decodable { var mean, sd, p05, p50, p95: Double }
            var history: SymptomHistory
            var reference: [Numbers]
        }
        var constants: SymptomConstants
        var patients: [Patient]
    }

    @Test func meansAndQuantilesAgree() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let stored = try JSONDecoder().decode(Stored.self, from: Data(contentsOf: root.appendingPathComponent("Benchmarks/reference/symptom_posterior.json")))
        #expect(stored.patients.count == 20)
        var (worstMean, worstQuantile) = (0.0, 0.0)
        for (number, patient) in stored.patients.enumerated() {
            let posterior = PersonPosterior(stored.constants, patient.history)
            let sample = posterior.sample(ImportanceSampler(), seed: 1, subject: UInt32(number))
            #expect(patient.reference.count == posterior.dimension)
            for (index, reference) in patient.reference.enumerated() {
                let own = Forecast.Parameter(name: "", WeightedValues(sample.points.map { $0[index] }, weights: sample.weights))
                worstMean = max(worstMean, abs(own.mean - reference.mean) / reference.sd)
                for (a, b) in [(own.p05, reference.p05), (own.p50, reference.p50), (own.p95, reference.p95)] {
                    worstQuantile = max(worstQuantile, abs(a - b) / reference.sd)
                }
            }
        }
        print("against NumPyro: means within \(worstMean) SD, quantiles within \(worstQuantile) SD")
        #expect(worstMean < 0.1)
        #expect(worstQuantile < 0.15)
    }
}
