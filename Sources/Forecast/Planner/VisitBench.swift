import Chart
import Guidance
import Notation
import Pharmacology

extension VisitPlan {
    /// Where visits are weighed: what is the same for all of them, once.
    struct Bench {
        let basis: CourseForecast
        let treatment: TreatmentProtocol
        let today: Day
        /// Of the last session.
        let last: Day?
        /// What comes when nothing more is given: what lies before a visit is told by it.
        private let untreated: Forecast

        private static let farthest = 56

        /// - Parameter latest: day that is weighed.
        init(_ basis: CourseForecast, treatment: TreatmentProtocol, latest: Day) {
            (self.basis, self.treatment) = (basis, treatment)
            today = basis.chart.asOf.day
            last = basis.review.course.run.lastDay
            let horizon = max(latest.number - today.number, Self.farthest)
            untreated =
                basis.plannedDoses.isEmpty && basis.horizon >= horizon
                ? basis.forecast
                : basis.desk.forecaster.forecast(
                    basis.known, .init(from: basis.chart.asOfDay, horizon: horizon, scale: basis.chart.scale, baseline: basis.chart.baseline),
                    seed: basis.seed)
        }

        private func milligrams(_ dose: ProtocolProgress.DoseOption) -> Double? {
            Dose(dose.low, unit: dose.unit)?.milligrams(weightKilograms: basis.chart.weight ?? ChartHistory.referenceWeight)?.value
        }

        private func area(_ milligrams: Double) -> Double? {
            basis.desk.occupancy.area(
                .init(
                    drug: treatment.drug, route: treatment.route, milligrams: milligrams, durationMinutes: treatment.infusionMinutes,
                    weight: basis.chart.weight)
            ).map { $0 * basis.chart.doseFactor }
        }

        /// A week after a dose on a day ahead.
        private func weekAfter(_ ahead: Int, area: Double, stride: Int = 1) -> Forecaster.Expectation {
            let chart = basis.chart
            let given = SymptomHistory.Dose(day: chart.asOfDay + Double(ahead), occupancyHours: area)
            return basis.desk.forecaster.expectation(
                basis.known, .init(from: chart.asOfDay, horizon: ahead + 7, doses: [given], scale: chart.scale, baseline: chart.baseline), stride: stride,
                seed: basis.seed)
        }

        private func burden(_ day: Day, milligrams: Double) -> Burden {
            let visits = 28 / Double(max(day.number - (last ?? today).number, 1))
            return Burden(
                visitsPer28Days: visits, milligramsPer28Days: visits * milligrams,
                observationHoursPer28Days: treatment.observationMinutes.map { visits * Double($0) / 60 })
        }

        /// Nil where no model knows the dose.
        func option(_ day: Day, _ dose: ProtocolProgress.DoseOption) -> Option? {
            guard let mass = milligrams(dose), let area = area(mass) else { return nil }
            let ahead = max(day.number - today.number, 0)
            let after = weekAfter(ahead, area: area)
            return Option(
                day: day, daysAhead: ahead, dose: dose, milligrams: mass, relapseBefore: untreated.relapse.byDay?[ahead],
                scoreAtVisit: untreated.latent[ahead].mean, scoreWeekAfter: after.state.mean, responseWeekAfter: after.response,
                burden: burden(day, milligrams: mass))
        }

        /// Every day of four weeks, then every week.
        func whatIf(_ dose: ProtocolProgress.DoseOption, isPermitted: (Day) -> Bool) -> [WhatIf] {
            guard let mass = milligrams(dose), let area = area(mass) else { return [] }
            return (Array(1...28) + [35, 42, 49, Self.farthest]).map { ahead in
                let day = Day(number: today.number + ahead)
                return WhatIf(
                    daysAhead: ahead, day: day, isPermitted: isPermitted(day), relapseBefore: untreated.relapse.byDay?[ahead],
                    score: untreated.latent[ahead], scoreWeekAfter: weekAfter(ahead, area: area, stride: 4).state.mean,
                    burden: burden(day, milligrams: mass))
            }
        }
    }
}
