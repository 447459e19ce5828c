import Evidence
import Guidance
import Notation

extension VisitPlan {
    /// The contract's JSON: that of the forecast, with the options.
    public var json: JSONValue {
        basis.json.adding("protocol", .orNull(basis.review.course.progress?.treatment.id))
            .adding("options", .array(options.map { $0.json(route: basis.review.course.progress?.treatment) }))
            .adding("what_if", .array(whatIf.map(\.json))).adding("recommended", .orNull(recommended)).adding("why", .init(why)).adding(
                "accepted_risk", JSONValue(acceptedRisk)
            )
            .adding("plain_rules", .array(plainRules.map(\.planJSON)))
            .adding("source", .init(basis.review.course.progress?.treatment.sources ?? []))
            .adding("decides", "a clinician; this is a proposal")
    }
}

extension VisitPlan.Option {
    func json(route treatment: TreatmentProtocol?) -> JSONValue {
        func number(_ value: Double, _ places: Int = 2) -> JSONValue { JSONValue(rounded(value, places: places)) }
        return [
            "regimen": [
                "drug": .orNull(treatment?.drug.rawValue), "route": .orNull(treatment?.route.rawValue), "amount": JSONValue(dose.low),
                "unit": .string(dose.unit),
                "devices": .orNull(dose.devices), "duration_min": .orNull(treatment?.infusionMinutes), "milligrams": number(milligrams),
            ],
            "next_visit": .string(day.description), "days_ahead": JSONValue(daysAhead),
            "p_relapse_before": .orNull(relapseBefore.map { rounded($0, places: 4) }),
            "expected_score": number(scoreAtVisit), "expected_score_week_after": number(scoreWeekAfter), "p_response_week_after": number(responseWeekAfter, 4),
            "burden": burden.json,
        ]
    }
}

extension VisitPlan.Burden {
    fileprivate var json: JSONValue {
        [
            "visits_per_28_days": JSONValue(rounded(visitsPer28Days, places: 2)), "mg_per_28_days": JSONValue(rounded(milligramsPer28Days, places: 2)),
            "observation_h_per_28_days": .orNull(observationHoursPer28Days.map { rounded($0, places: 2) }),
        ]
    }
}

extension VisitPlan.WhatIf {
    fileprivate var json: JSONValue {
        func number(_ value: Double) -> JSONValue { JSONValue(rounded(value, places: 2)) }
        return [
            "days_ahead": JSONValue(daysAhead), "day": .string(day.description), "permitted": .bool(isPermitted),
            "p_relapse_before": .orNull(relapseBefore.map { rounded($0, places: 4) }),
            "score": ["mean": number(score.mean), "p05": number(score.p05), "p50": number(score.p50), "p95": number(score.p95)],
            "expected_score_week_after": number(scoreWeekAfter), "burden": burden.json,
        ]
    }
}

extension FrequencyAdvice {
    fileprivate var planJSON: JSONValue {
        [
            "rule": .string(rule.id), "kind": .string(rule.kind.rawValue), "score": JSONValue(score), "interval_days": .array(interval.map { JSONValue($0) }),
            "confidence": .string(rule.confidence.rawValue), "source": .init(rule.sources), "because": .init(because),
        ]
    }
}
