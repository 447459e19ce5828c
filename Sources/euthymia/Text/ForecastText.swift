import Forecast
import Foundation
import Notation

private func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
private func points(_ value: Double) -> String { String(format: "%.1f", value) }

/// A forecast for reading.
struct ForecastText {
    let course: CourseForecast

    init(_ course: CourseForecast) { self.course = course }

    var text: String {
        let forecast = course.forecast
        let days = [0, 1, 3, 7, 14, 28, 42, 56, 84, course.horizon].filter { $0 <= course.horizon }
        let rows = Set(days).sorted().map { day in
            [
                "\(day)", points(forecast.latent[day].p50), "\(points(forecast.latent[day].p05)) to \(points(forecast.latent[day].p95))",
                "\(points(forecast.rated[day].p05)) to \(points(forecast.rated[day].p95))", percent(forecast.response[day]), percent(forecast.remission[day]),
                forecast.relapse.byDay.map { percent($0[day]) } ?? "",
            ]
        }
        let learnt = "\(course.chart.history.doses.count) doses and \(course.chart.history.scores.count) scores, \(course.plannedDoses.count) doses to come"
        return [
            Terminal.styled("\(course.review.view.patient)  \(forecast.scale.instrument)", .bold)
                + Terminal.styled("  from \(course.review.view.asOf), \(learnt)", .dim),
            Terminal.table(
                ["day", "median", "90 % of states", "90 % of ratings", "response", "remission", "relapse"], rows, rightAligned: [0, 1, 4, 5, 6]),
            (course.warnings + forecast.notes).map { "! " + $0 }.joined(separator: "\n"),
            Terminal.styled(
                "Model \(course.modelName), a construct of this project; \(forecast.sample.method.rawValue), ESS \(Int(forecast.sample.effectiveSize)), "
                    + "k̂ \(String(format: "%.2f", forecast.sample.shape)). A clinician decides.", .dim),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }
}

/// A session for reading.
struct SessionForecastText {
    let forecast: SessionForecast
    let session: String

    var text: String {
        let shown = SessionForecast.Quantity.allCases.filter { forecast.population[$0] != nil || forecast.individual[$0] != nil }
        let rows = forecast.minutes.enumerated().filter { Int($0.element) % 15 == 0 }.map { index, minute in
            ["\(Int(minute))"]
                + shown.map { quantity in
                    guard let values = forecast.individual[quantity] ?? forecast.population[quantity] else { return "" }
                    return "\(points(values[index].p50)) (\(points(values[index].p05)) to \(points(values[index].p95)))"
                }
        }
        let whose = forecast.used == 0 ? "people in general" : "this person, after \(forecast.used) readings"
        return [
            Terminal.styled("Session \(session)", .bold) + Terminal.styled("  minutes from the first dose; median and nine tenths of \(whose)", .dim),
            Terminal.table(["minute"] + shown.map { "\($0.rawValue), \($0.unit)" }, rows, rightAligned: [0]),
            forecast.notes.map { "! " + $0 }.joined(separator: "\n"),
            Terminal.styled(
                "Model \(forecast.model), \(forecast.draws) draws worth \(Int(forecast.effectiveSize)). Decision support; a clinician decides.", .dim),
        ].joined(separator: "\n")
    }
}

/// A plan for reading.
struct PlanText {
    let plan: VisitPlan

    init(_ plan: VisitPlan) { self.plan = plan }

    var text: String {
        let rows = plan.options.enumerated().map { index, option in
            [
                index == plan.recommended ? "▶" : "", option.day.description, option.dose.description, option.relapseBefore.map(percent) ?? "not well yet",
                points(option.scoreAtVisit), points(option.scoreWeekAfter), String(format: "%.1f", option.burden.visitsPer28Days),
            ]
        }
        let rules = plan.plainRules.map { advice in
            "\(advice.rule.name): every \(advice.interval.map(String.init).joined(separator: " or ")) days (\(advice.rule.kind.title.lowercased()), on a score of \(decimal(advice.score)))"
        }
        return
            ([Terminal.table(["", "visit", "dose", "relapse before", "score then", "a week after", "visits/28 d"], rows, rightAligned: [4, 5, 6])]
            + plan.why.map { "- " + $0 } + (rules.isEmpty ? [] : ["Beside it, the plain rules:"] + rules.map { "- " + $0 }))
            .joined(separator: "\n")
    }
}
