import Guidance
import Knowledge
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
        let library = try Shipped.library.get()
        let name = try ForecastDesk(library.base, library.symptomModel).modelName
        let file = try KnowledgeLibrary.clinicFile(prior.file(model: name), date: "2026-11-26")
        let own = try KnowledgeLibrary.shipped(clinic: file, path: "prior.yaml")
        let constants = try SymptomConstants(own.symptomModel)
        #expect(abs(constants.axes[0].centre - baseline.centre) < 1e-5)
        #expect(abs(constants.axes[3].centre - prior.axes[3].centre) < 1e-5)
        #expect(
            abs(constants.axes[0].spread * constants.axes[0].spread - baseline.spread * baseline.spread - baseline.standardError * baseline.standardError)
                < 1e-5)
        // A forecast that starts from it says so, and is another.
        let chart = try Shipped.chart(Charts.dose + Charts.madrs([(1, 20)]))
        let desk = try ForecastDesk(own.base, own.symptomModel)
        let review = Review(of: chart, asOf: try #require(ChartHistory.lastKnown(chart)), jurisdiction: .us, knowledge: own.base)
        let (course, plain) = (try CourseForecast(review, desk: desk), try CourseForecast(review, desk: try Shipped.desk()))
        #expect(course.modelName == name + "+clinic" && plain.modelName == name)
        #expect(course.warnings.contains { $0.contains("own prior, learnt from 60") } && !plain.warnings.contains { $0.contains("own prior") })
        #expect(course.json.object?["clinic_prior"]?.object?["patients"] == 60 && plain.json.object?["clinic_prior"] == nil)
        #expect(course.forecast.latent[28].p50 != plain.forecast.latent[28].p50)
        for (change, expected) in [
            (("model: \(name)", "model: \(name)9"), "was learnt under"), (("patients: 60", "patients: 6"), "are 6"),
            (("kind: clinic_default", "kind: label"), "claims to be more"), (("id: drift", "id: drifting"), "expected baseline"),
        ] {
            #expect(file.contains(change.0), "\(file)")
            do {
                _ = try KnowledgeLibrary.shipped(clinic: file.replacing(change.0, with: change.1), path: "prior.yaml")
                Issue.record("\(change.1) was taken")
            } catch { #expect("\(error)".contains(expected), "\(error)") }
        }
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
