import Chart
import Evidence
import Forecast
import Guidance
import Notation
import Plot

/// An outlook in a page's words.
struct OutlookModel {
    let outlook: Outlook
    let knowledge: KnowledgeBase

    private var forecast: Forecast { outlook.forecast }
    private var scale: String { forecast.scale.instrument }

    /// A share of draws: even all of them are no certainty.
    static func percent(_ share: Double) -> String {
        let value = rounded(100 * share, places: 0)
        if share > 0, value == 0 { return "below 1 %" }
        return value == 100 ? "above 99 %" : "\(decimal(value)) %"
    }

    static func points(_ value: Double) -> String { decimal(rounded(value, places: 0)) }

    private func band(_ quantiles: Quantiles) -> String {
        "\(Self.points(quantiles.p50)) (\(Self.points(quantiles.p05)) to \(Self.points(quantiles.p95)))"
    }

    /// On the axis of a course.
    var picture: CoursePicture.Outlook {
        let start = Double(outlook.asOf.milliseconds)
        return .init(
            times: forecast.days.map { start + $0 * 86_400_000 }, low: forecast.latent.map(\.p05), middle: forecast.latent.map(\.p50),
            high: forecast.latent.map(\.p95),
            title: "\(scale) expected without further doses: the median and nine tenths of what is likely, by \(outlook.model). Decision support.")
    }

    /// One sentence for the patient's page.
    var summary: String {
        let days = [14, 28].filter { $0 < forecast.latent.count }
        let states = days.map { "in \($0) days \(band(forecast.latent[$0]))" }
        let relapse = forecast.relapse.byDay.map { chances in
            days.map { "\(Self.percent(chances[$0])) by day \($0)" }.joined(separator: ", ")
        }
        return "Without further doses, \(scale) \(states.joined(separator: ", ")). "
            + (relapse.map { "Well now: \(Self.percent(forecast.relapse.wellNow)) likely; of those, relapse \($0)." }
                ?? "Hardly likely to be well now: no relapse is forecast.")
    }

    /// How sure the computation is, and of what.
    var diagnostics: String {
        let sample = forecast.sample
        return "Model \(outlook.model). From \(counted(outlook.doses, "administration")) and \(counted(outlook.scores, "score")), as of "
            + "\(Moment(outlook.asOf).reading). \(sample.method.rawValue.capitalizedFirst), \(decimal(rounded(sample.effectiveSize, places: 0))) effective draws, "
            + "k̂ \(decimal(rounded(sample.shape, places: 2)))" + (forecast.isReliable ? "." : ": not reliable, do not use.")
    }

    /// What a patient's page shows.
    var patientValues: [String: Any] {
        ["outlookText": summary, "outlookModel": diagnostics, "outlookWarnings": outlook.warnings.map { ["warning": $0.capitalizedFirst + "."] }]
    }

    /// What the plan shows; the picture is made with the chart's others.
    func planValues(picture: String, plainRules: [[String: Any]]) -> [String: Any] {
        var values = patientValues
        values["outlookSVG"] = picture
        values["scaleName"] = scale
        values["acceptedText"] = Self.percent(outlook.acceptedRisk)
        values["why"] = outlook.why.map { ["reason": $0.capitalizedFirst + "."] }
        values["options"] = outlook.options.enumerated().map { index, option in
            [
                "isProposed": index == outlook.recommended, "visitDay": Moment(option.day).reading, "visitDose": option.dose.description,
                "visitRisk": option.relapseBefore.map(Self.percent) ?? "not well yet", "visitScore": Self.points(option.scoreAtVisit),
                "weekAfter": Self.points(option.scoreWeekAfter), "visitBurden": burden(option.burden),
            ] as [String: Any]
        }
        values["days"] = outlook.whatIf.map { day in
            [
                "ahead": "\(day.daysAhead)", "whatDay": Moment(day.day).reading, "whatRisk": day.relapseBefore.map(Self.percent) ?? "not well yet",
                "whatScore": band(day.score), "whatAfter": Self.points(day.scoreWeekAfter), "whatBurden": burden(day.burden),
                "standing": standing(day), "isWeek": day.daysAhead % 7 == 0,
            ] as [String: Any]
        }
        if let last = outlook.whatIf.last { values["slider"] = ["lastDay": "\(last.daysAhead)", "firstDay": "\(chosen)"] }
        values["plainRules"] = plainRules
        values["traps"] = outlook.traps.map { ["trap": $0] }
        values["citations"] = outlook.sources.compactMap { key in
            knowledge.sources[key].map { ["sourceKey": key, "citation": $0.citation] }
        }
        return values
    }

    /// Where the slider stands first: at the visit proposed.
    private var chosen: Int { outlook.recommended.map { max(outlook.options[$0].daysAhead, 1) } ?? 7 }

    private func standing(_ day: VisitPlan.WhatIf) -> String {
        let risk = day.relapseBefore.map { $0 <= outlook.acceptedRisk ? "risk accepted" : "risk above what is accepted" }
        return [day.isPermitted ? "within the protocol" : "outside the protocol's schedule", risk].compactMap { $0 }.joined(separator: "; ")
    }

    private func burden(_ burden: VisitPlan.Burden) -> String {
        let visits = "\(decimal(rounded(burden.visitsPer28Days, places: 1))) visits and \(decimal(rounded(burden.milligramsPer28Days, places: 0))) mg"
        return visits + (burden.observationHoursPer28Days.map { ", \(decimal(rounded($0, places: 0))) h observed" } ?? "") + " in 28 days"
    }
}
