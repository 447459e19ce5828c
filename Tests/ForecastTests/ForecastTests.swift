import Foundation
import Notation
import Statistics
import Testing

@testable import Forecast

@Suite struct PosteriorTests {
    /// The gradient is that of the value.
    @Test func gradientAgreesWithDifferences() throws {
        let constants = try Shipped.constants()
        for number in 0..<5 {
            let patient = SyntheticPatient(constants, seed: 11, number: UInt32(number), scales: { $0 % 4 })
            let posterior = PersonPosterior(constants, patient.history)
            var stream = RandomStream(seed: 3, subject: UInt32(number))
            let z = (0..<posterior.dimension).map { _ in stream.normal() }
            let gradient = posterior.logDensity(z).gradient
            for index in z.indices {
                var (low, high) = (z, z)
                low[index] -= 1e-5
                high[index] += 1e-5
                let difference = (posterior.logDensity(high).value - posterior.logDensity(low).value) / 2e-5
                #expect(abs(difference - gradient[index]) < 1e-5 * max(1, abs(difference)), "patient \(number), direction \(index)")
            }
        }
    }

    /// Eight people side by side are worth what each is alone.
    @Test func manyAtOnceAgreeWithOneByOne() throws {
        let constants = try Shipped.constants()
        let patient = SyntheticPatient(constants, seed: 12, number: 1, scales: { $0 % 3 })
        let posterior = PersonPosterior(constants, patient.history)
        var stream = RandomStream(seed: 4, subject: 1)
        let points = (0..<21).map { number in (0..<posterior.dimension).map { _ in (number > 18 ? 6 : 1) * stream.normal() } }
        for (point, value) in zip(points, posterior.logValues(points)) {
            #expect(abs(posterior.logDensity(point).value - value) < 1e-9 * max(1, abs(value)))
        }
    }

    /// Importance sampling says what a long run of the No-U-Turn sampler says: means within 0.1, quantiles within 0.15 standard deviations.
    @Test func agreesWithNoUTurn() throws {
        let constants = try Shipped.constants()
        var worst = Comparison()
        for number in 0..<3 {
            let patient = SyntheticPatient(constants, seed: 21, number: UInt32(number))
            let difference = Comparison.importanceAgainstNoUTurn(patient.history, constants: constants, draws: 2500)
            worst.figures += difference.figures
        }
        #expect(worst.mean < 0.1, "means differ by \(worst.mean) SD")
        #expect(worst.quantile < 0.15, "quantiles differ by \(worst.quantile) SD")
    }

    /// Without scores the posterior is the prior, and evidence is one.
    @Test func noScoreGivesThePopulation() throws {
        let known = try Shipped.forecaster().learn(SymptomHistory(doses: [.init(day: 0, occupancyHours: 1.7)]), seed: 1)
        #expect(known.sample.method == .importance)
        #expect(abs(known.sample.logEvidence ?? 9) < 0.02)
        for index in 0..<5 { #expect(abs(known.sample.mean[index]) < 0.08) }
    }

    @Test func sameSeedSameBytes() throws {
        let lines = Charts.response
        let first = try Shipped.forecast(lines).json.text
        #expect(try Shipped.forecast(lines).json.text == first)
        #expect(try Shipped.forecast(lines, seed: 2).json.text != first)
    }
}

@Suite struct CalibrationOfUncertaintyTests {
    /// Ranks of the true values among posterior draws are uniform (S. Talts and others 2018, arXiv 1804.06788); in full in Benchmarks.
    @Test func ranksAreUniform() throws {
        let run = try SimulationBasedCalibration.run(Shipped.forecaster(), patients: 120, seed: 5)
        for (name, p) in run.pValues { #expect(p > 0.001, "\(name): chi-square p \(p)") }
        #expect((0.86...0.94).contains(run.coverage), "90 % intervals of new ratings cover \(run.coverage)")
    }
}

@Suite struct ForecastInputTests {
    /// A person whose chart tells impossible things gets a diagnostic and a wider band, never a narrow one.
    @Test func impossibleTrajectoryIsSaidAndWidens() throws {
        let steady = try Shipped.forecast(Charts.dose + Charts.phq([(0, 14), (1, 14), (2, 14), (3, 14)]))
        let wild = try Shipped.forecast(Charts.dose + Charts.phq([(0, 0), (0.4, 27), (0.8, 0), (3, 14)]))
        func width(_ course: CourseForecast) -> Double { course.forecast.latent[14].p95 - course.forecast.latent[14].p05 }
        #expect(width(wild) > 1.15 * width(steady), "\(width(wild)) against \(width(steady))")
        #expect(wild.forecast.notes.contains { $0.contains("far from the course") || $0.contains("vary more") })
        #expect(steady.forecast.notes.isEmpty)
    }

    /// Nothing, everything, nothing within a day: no band may be as narrow as where the scores agree.
    @Test func thereAndBackInADayIsDoubted() throws {
        let steady = try Shipped.forecast(Charts.dose + Charts.phq([(1, 0), (1.25, 0), (1.5, 0)]))
        let wild = try Shipped.forecast(Charts.dose + Charts.phq([(1, 0), (1.25, 27), (1.5, 0)]))
        for day in [0, 1, 7, 14] {
            func width(_ course: CourseForecast) -> Double { course.forecast.rated[day].p95 - course.forecast.rated[day].p05 }
            #expect(width(wild) > 1.25 * width(steady), "day \(day): \(width(wild)) against \(width(steady))")
        }
        #expect(wild.forecast.notes.contains { $0.contains("3 scores of one day lie further apart") })
        #expect(!steady.forecast.notes.contains { $0.contains("further apart") })
        // Relief within a day of a dose is no contradiction.
        let relieved = try Shipped.forecast(Charts.phq([(-0.2, 26)]) + Charts.dose + Charts.phq([(0.6, 2)]))
        #expect(!relieved.forecast.notes.contains { $0.contains("further apart") })
    }

    /// Ten thousand scores are answered, and said to be too many; equal doses at one minute too.
    @Test func floodsAreAnsweredAndSaid() throws {
        let flood = try Shipped.forecast(Charts.dose + Charts.phq((0..<10_000).map { (1 + Double($0) / 96, [9, 12, 10, 11][$0 % 4]) }))
        #expect(flood.warnings.contains { $0.contains("10000 scores stand in the chart: 400") })
        #expect(flood.forecast.isReliable)
        let repeated = try Shipped.forecast(Charts.dose + (0..<300).flatMap { _ in Charts.phq([(1, 12)]) })
        let once = try Shipped.forecast(Charts.dose + Charts.phq([(1, 12)]))
        #expect(repeated.chart.history.scores == once.chart.history.scores)
        let early = try Shipped.forecast(Charts.dose + Charts.phq([(-400, 24), (1, 12)]))
        #expect(early.warnings.contains { $0.contains("1 scores from more than 90 days before") } && early.forecast.latent[7] == once.forecast.latent[7])
        let twice = try Shipped.forecast(Charts.dose + Charts.dose)
        #expect(twice.warnings.contains { $0.contains("2 doses stand in the chart at the same minute") })
    }

    @Test func contradictingScalesAreNamed() throws {
        let course = try Shipped.forecast(
            Charts.dose + Charts.phq([(1, 2), (4, 1), (7, 2), (10, 2)]) + Charts.madrs([(1, 40), (4, 42), (7, 41), (10, 40)]))
        #expect(course.forecast.notes.contains { $0.contains("contradict") || $0.contains("far from the course") })
    }

    @Test func chartWithoutAScoreGivesThePopulationForecast() throws {
        let course = try Shipped.forecast(Charts.dose)
        #expect(course.warnings.contains { $0.contains("population") })
        #expect(course.forecast.latent[7].p95 - course.forecast.latent[7].p05 > 15)
    }

    /// The more scores, the narrower.
    @Test func scoresNarrowTheBand() throws {
        let few = try Shipped.forecast(Charts.dose + Charts.madrs([(-1, 34)]))
        let many = try Shipped.forecast(Charts.dose + Charts.madrs([(-1, 34), (1, 20), (2, 20), (3, 21), (5, 22), (7, 24)]))
        func width(_ course: CourseForecast) -> Double { course.forecast.latent[3].p95 - course.forecast.latent[3].p05 }
        #expect(width(many) < 0.7 * width(few))
    }

    /// Shares stay shares, points stay on the scale, chances of relapse do not fall.
    @Test func outputsStayInRange() throws {
        for lines in [Charts.dose, Charts.response, Charts.dose + Charts.phq([(0, 27), (5, 27)]), Charts.dose + Charts.phq([(0, 0), (5, 0)])] {
            let forecast = try Shipped.forecast(lines).forecast
            for index in forecast.days.indices {
                #expect((0...1).contains(forecast.response[index]) && (0...1).contains(forecast.remission[index]))
                let (state, rating) = (forecast.latent[index], forecast.rated[index])
                #expect(state.p05 <= state.p50 && state.p50 <= state.p95 && rating.p05 >= 0 && rating.p95 <= forecast.scale.maximum)
            }
            let chances = forecast.relapse.byDay ?? []
            #expect(zip(chances, chances.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
        }
    }

    /// More doses, or a larger one, never make the typical person iller.
    @Test func doseHelps() throws {
        let constants = try Shipped.constants()
        let person = (0..<5).map { _ in Dual(0) }
        func angle(_ doses: [SymptomHistory.Dose], _ day: Double) -> Double {
            SeverityCourse(constants, person: person).angles(CourseTimeline(constants, SymptomHistory(doses: doses), at: [day]))[0].value
        }
        let one = [SymptomHistory.Dose(day: 0, occupancyHours: 1.7)]
        let larger = [SymptomHistory.Dose(day: 0, occupancyHours: 2.5)]
        let two = one + [SymptomHistory.Dose(day: 3, occupancyHours: 1.7)]
        for day in [0.1, 1, 5, 10, 30, 80] {
            #expect(angle(larger, day) <= angle(one, day))
            #expect(angle(two, day) <= angle(one, day) + 1e-12)
        }
    }
}

@Suite struct PlanTests {
    /// Options are days the protocol permits; the one proposed keeps the risk accepted, at least burden.
    @Test func proposesWithinTheProtocol() throws {
        let course = try Shipped.forecast(Charts.response)
        let plan = VisitPlan(course)
        let next = try #require(course.review.course.progress?.next)
        #expect(!plan.options.isEmpty)
        for option in plan.options { #expect(option.day >= next.earliest) }
        let chosen = plan.options[try #require(plan.recommended)]
        let acceptable = plan.options.filter { $0.relapseBefore.map { $0 <= plan.acceptedRisk } ?? false }
        if !acceptable.isEmpty {
            #expect(chosen.relapseBefore ?? 1 <= plan.acceptedRisk)
            #expect(acceptable.allSatisfy { $0.burden.visitsPer28Days >= chosen.burden.visitsPer28Days })
        }
    }

    /// Waiting longer never lowers the risk, costs fewer visits, and tells of a permitted day what its option tells.
    @Test func whatIfAgreesWithTheOptions() throws {
        let plan = VisitPlan(try Shipped.forecast(Charts.response))
        #expect(plan.whatIf.count == 32 && plan.whatIf.contains { !$0.isPermitted })
        for (sooner, later) in zip(plan.whatIf, plan.whatIf.dropFirst()) {
            #expect((sooner.relapseBefore ?? 0) <= (later.relapseBefore ?? 1))
            #expect(sooner.burden.visitsPer28Days > later.burden.visitsPer28Days)
        }
        for option in plan.options where option.daysAhead > 0 {
            let day = try #require(plan.whatIf.first { $0.daysAhead == option.daysAhead })
            #expect(day.isPermitted && day.relapseBefore == option.relapseBefore && day.score.mean == option.scoreAtVisit)
        }
    }

    /// One day by itself says what the whole forecast says of it.
    @Test func aDayByItself() throws {
        let course = try Shipped.forecast(Charts.response)
        let forecaster = course.desk.forecaster
        let question = Forecaster.Question(from: course.chart.asOfDay, horizon: 20, baseline: course.chart.baseline)
        let (whole, one) = (forecaster.forecast(course.known, question, seed: 1), forecaster.expectation(course.known, question, seed: 1))
        let width = whole.latent[20].p95 - whole.latent[20].p05
        #expect(abs(whole.latent[20].mean - one.state.mean) < 0.06 * width)
        #expect(abs(whole.latent[20].p95 - one.state.p95) < 0.12 * width)
        #expect(abs(whole.response[20] - one.response) < 0.06)
    }

    /// Nobody is told to come when no protocol is named.
    @Test func noProtocolNoProposal() throws {
        let plan = VisitPlan(try Shipped.forecast(Charts.dose))
        #expect(plan.recommended == nil && plan.options.isEmpty && plan.why.count == 1)
    }
}

/// Charts as facts; days count from a dose on 4 March 2024.
enum Charts {
    static func time(_ day: Double) -> String { "\(Instant(milliseconds: 1_709_542_800_000).adding(days: day))" }

    static let dose = [
        #"{"type":"measurement","time":"2024-03-04T08:00:00Z","metric":"weight","value":70,"unit":"kg"}"#,
        #"{"type":"administration","session":"s1","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40}"#,
    ]

    static func phq(_ scores: [(Double, Int)]) -> [String] { rated("PHQ-9", scores) }
    static func madrs(_ scores: [(Double, Int)]) -> [String] { rated("MADRS", scores) }
    private static func rated(_ instrument: String, _ scores: [(Double, Int)]) -> [String] {
        scores.map { #"{"type":"assessment","time":"\#(time($0.0))","instrument":"\#(instrument)","total":\#($0.1)}"# }
    }

    static let response =
        [#"{"type":"session","session":"s1","event":"check_in","time":"2024-03-04T08:30:00Z","protocol":"ket-iv-standard"}"#] + dose
        + madrs([(-0.1, 34), (1, 14), (3, 12), (5, 11)])
}
