import Notation
import Statistics
import Testing

@testable import Forecast

/// A clinic's prior follows its patients, as far as they are many and say so.
@Suite struct ClinicPriorTests {
    /// Patients of a clinic whose people differ from the shipped ones by so many standard deviations along an axis.
    private static func clinic(_ count: Int, moved axis: Int, by shift: Double, seed: UInt64) throws -> [Forecaster.Knowing] {
        let forecaster = try Shipped.forecaster()
        let simulator = SymptomSimulator(forecaster.constants)
        return (0..<count).map { number in
            var stream = RandomStream(seed: seed, subject: UInt32(number), purpose: 0x4350_0001)
            var person = simulator.person(&stream)
            person.axes[axis] = 0.6 * person.axes[axis] + shift
            var history = SymptomHistory(doses: SyntheticPatient.doseDays.map { .init(day: $0, occupancyHours: 1.7) })
            history.scores = simulator.rate(person, history, at: SyntheticPatient.scoreDays.map { ($0, 0) }, &stream)
            return forecaster.learn(history, seed: 1, subject: UInt32(number))
        }
    }

    @Test func findsAClinicThatDiffers() throws {
        let prior = try ClinicPrior(try Self.clinic(60, moved: 0, by: 0.8, seed: 3), model: try Shipped.library.get().symptomModel)
        let baseline = try #require(prior.axes.first)
        let shift = (baseline.centre - baseline.shippedCentre) / baseline.shippedSpread
        #expect((0.5...1.0).contains(shift), "moved by \(shift) for 0.8")
        #expect(baseline.spread < 0.9 * baseline.shippedSpread)
        #expect(prior.isBetter && prior.heldOutGain > 0.02, "\(prior.heldOutGain) by patient")
        // The learnt model begins where the clinic's patients do.
        let constants = try SymptomConstants(prior.applied(to: try Shipped.library.get().symptomModel))
        #expect(abs(constants.axes[0].centre - baseline.centre) < 1e-6)
        #expect(abs(constants.axes[3].centre - prior.axes[3].centre) < 1e-9)
    }

    @Test func fewPatientsAreRefused() throws {
        let people = try Self.clinic(5, moved: 0, by: 0, seed: 4)
        let model = try Shipped.library.get().symptomModel
        #expect(throws: Diagnostic.self) { try ClinicPrior(people, model: model) }
    }

    @Test func threadsDoNotMatter() throws {
        let desk = try Shipped.desk()
        let charts = try (0..<4).map { number in
            try Shipped.chart(Charts.dose + Charts.madrs([(-1, 34), (1, 20 + number), (3, 18), (7, 22)]))
        }
        let (one, two) = (desk.learn(charts, seed: 1, threads: 1), desk.learn(charts, seed: 1, threads: 3))
        #expect(one.count == 4 && one.map(\.sample.mean) == two.map(\.sample.mean))
    }
}
