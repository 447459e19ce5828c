import Evidence
import Notation
import Statistics

extension TrialReport {
    /// Numbers to six decimals; the same bytes however the trial was cut.
    public var json: JSONValue {
        let design = merge.design
        let specification = design.specification
        return [
            "trial": .string(specification.trial), "title": .string(specification.title ?? specification.trial), "seed": .number("\(specification.runSeed)"),
            "replicates": JSONValue(specification.runs), "days": JSONValue(specification.days), "model": .string(merge.knowledge.modelName),
            "program": .string(merge.fingerprint.program), "fingerprint": .string(merge.fingerprint.digest),
            "uncertainty": .string((specification.uncertainty ?? .none).rawValue), "estimand": .string((specification.estimand ?? .treatmentPolicy).rawValue),
            "arms": .array(arms.map(\.json)), "contrasts": .array(contrasts.map(\.json)), "warnings": .init(warnings),
            "confidence": .string(Confidence.project.rawValue), "traps": .init(merge.knowledge.symptoms.traps),
        ]
    }

    /// What a reader must know.
    public var warnings: [String] {
        let specification = merge.design.specification
        var warnings: [String] = []
        let empty = merge.tallies.reduce(0) { $0 + $1.empty }
        if empty > 0 { warnings.append("\(empty) places stayed empty: nobody qualified for them") }
        for (id, value) in (specification.parameters ?? [:]).sorted(by: { $0.key < $1.key }) {
            warnings.append("the symptom model's \(id) was taken to be \(decimal(value))")
        }
        for contrast in contrasts where contrast.analysed < contrast.replicates {
            warnings.append(
                "\(contrast.method) of \(contrast.endpoint) could not be done in \(contrast.replicates - contrast.analysed) of \(contrast.replicates) replicates; they count as not significant"
            )
        }
        if !specification.isUncertain, !contrasts.isEmpty {
            warnings.append("power holds at the model's own values; how little they are known is not in it (uncertainty: all)")
        }
        if let estimand = specification.estimand, estimand == .hypothetical { warnings.append("ratings after rescue count as missing") }
        return warnings
    }
}

/// To six decimals.
func figure(_ value: Double?) -> JSONValue { value.map { JSONValue(rounded($0, places: 6)) } ?? .null }

extension TrialReport.Arm {
    var json: JSONValue {
        [
            "id": .string(id), "title": .string(title), "patients": JSONValue(patients), "randomised": JSONValue(randomised),
            "candidates": JSONValue(candidates), "left": JSONValue(left), "rescued": JSONValue(rescued), "missed_visits": JSONValue(missedVisits),
            "visits": .array(visits.map { $0.json(of: randomised) }), "relapse": relapse?.json ?? .null, "measures": .array(measures.map(\.json)),
            "sessions": .array(
                sessions.enumerated().map { number, session in
                    ["session": JSONValue(number + 1), "n": JSONValue(session.count), "mean_peak": figure(session.mean), "sd_peak": figure(session.sd)]
                }),
        ]
    }
}

extension TrialReport.Visit {
    func json(of randomised: Int) -> JSONValue {
        [
            "instrument": .string(instrument), "day": JSONValue(day), "n": JSONValue(rated), "mean": figure(mean), "sd": figure(sd),
            "mean_change": figure(meanChange), "sd_change": figure(sdChange), "responders": JSONValue(responses), "remitters": JSONValue(remissions),
            "response": figure(rated > 0 ? Double(responses) / Double(rated) : nil), "remission": figure(rated > 0 ? Double(remissions) / Double(rated) : nil),
            "response_of_randomised": figure(Double(responses) / Double(max(randomised, 1))),
            "remission_of_randomised": figure(Double(remissions) / Double(max(randomised, 1))),
        ]
    }
}

extension TrialReport.Relapse {
    var json: JSONValue {
        let limits = steps.map { KaplanMeier.limits($0) }
        return [
            "at_risk": JSONValue(atRisk), "relapsed": JSONValue(relapsed), "median_days": figure(medianDays),
            "curve": [
                "days": .array(steps.map { figure($0.time) }), "at_risk": .array(steps.map { JSONValue($0.atRisk) }),
                "events": .array(steps.map { JSONValue($0.events) }), "survival": .array(steps.map { figure($0.survival) }),
                "low": .array(limits.map { figure($0?.low) }), "high": .array(limits.map { figure($0?.high) }),
            ],
        ]
    }
}

extension TrialReport.MeasureSummary {
    var json: JSONValue {
        var object = JSONObject([
            ("id", .string(id)), ("unit", .string(unit)), ("n", JSONValue(count)), ("mean", figure(mean)), ("sd", figure(sd)),
        ])
        for (name, value) in zip(["p05", "p25", "p50", "p75", "p95"], quantiles ?? []) { object[name] = figure(value) }
        return .object(object)
    }
}

extension TrialReport.Contrast {
    var json: JSONValue {
        [
            "endpoint": .string(endpoint), "method": .string(method), "compare": .init(compare), "scale": .string(scale), "estimate": figure(estimate),
            "ci95": .array([figure(low), figure(high)]), "p": figure(p), "mean_standard_error": figure(meanStandardError), "replicates": JSONValue(replicates),
            "analysed": JSONValue(analysed), "power": figure(power), "power_standard_error": figure(powerError), "power_closed_form": figure(closedForm),
        ]
    }
}
