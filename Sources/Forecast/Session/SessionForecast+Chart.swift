import Chart
import Evidence
import Guidance
import Notation

/// The metric that reads a quantity; nothing is read of the drug in plasma.
extension SessionForecast.Quantity {
    public var metric: String? {
        switch self {
        case .concentration: nil
        case .dissociation: "cadss23"
        case .systolic: "sbp"
        case .diastolic: "dbp"
        }
    }

    public var unit: String {
        switch self {
        case .concentration: "ng/mL"
        case .dissociation: "{score}"
        case .systolic, .diastolic: "mm[Hg]"
        }
    }
}

extension SessionForecast.Cause {
    /// What was given in a session; nil when nothing was, or when the amount of it is not known.
    /// - Parameter weight: kg.
    public init?(_ record: SessionRecord, weight: Double?) {
        guard let first = record.administrations.first, let start = record.administrations.first?.body.time.instant else { return nil }
        var doses: [Dose] = []
        for stated in record.administrations {
            let body = stated.body
            guard body.drug == first.body.drug, body.route == first.body.route, let amount = body.dose.milligrams(weightKilograms: weight)?.value else {
                return nil
            }
            doses.append(Dose(minute: body.time.instant.minutes(since: start), milligrams: amount, duration: body.durationMinutes))
        }
        self.init(drug: first.body.drug, route: first.body.route, weight: weight, doses: doses)
    }
}

extension SessionForecast {
    /// What a session of a chart rests on: what was given and what was read by the time of the review.
    public static func inputs(_ record: SessionRecord, _ review: Review) -> (cause: Cause, readings: [Reading], because: [FactID])? {
        let weight = review.readings.all("weight").last { $0.time <= review.view.asOf }?.number
        guard let cause = Cause(record, weight: weight), let start = record.administrations.first?.body.time.instant else { return nil }
        var because = record.administrations.map(\.id)
        let readings = Quantity.allCases.flatMap { quantity -> [Reading] in
            (quantity.metric.map { review.readings.all($0, in: record.id) } ?? []).compactMap { reading in
                guard let value = reading.number, reading.time <= review.view.asOf else { return nil }
                because.append(reading.fact)
                return Reading(quantity, minute: rounded(reading.time.minutes(since: start), places: 1), value: value)
            }
        }
        return (cause, readings, because)
    }

    /// What a reader must know.
    public var notes: [String] {
        var notes = [
            "Effects are calibrated on published figures, part of them recalled, not verified; how far single readings scatter is partly assumed.",
            "What a person shows counts, not the band: a check is never left out because a band is low.",
        ]
        if !hasWeight { notes.append("no weight on record: the model's reference weight is assumed") }
        if !isReliable {
            notes.append("what was measured lies outside what the model expects of nearly everybody: do not rely on this person's curves")
        }
        return notes
    }

    /// - Parameters:
    ///   - effects: `id@version` of the knowledge file of effects.
    ///   - because: facts it rests on.
    public func json(patient: String, session: String, asOf: Instant, effects: String, because: [FactID]) -> JSONValue {
        func points(_ values: [Double]) -> JSONValue { .array(values.map { JSONValue(rounded($0, places: 2)) }) }
        func band(_ values: [Quantiles]?) -> JSONValue {
            guard let values else { return .null }
            return ["p05": points(values.map(\.p05)), "p50": points(values.map(\.p50)), "p95": points(values.map(\.p95))]
        }
        let quantities = Quantity.allCases.map { quantity -> (key: String, value: JSONValue) in
            (
                quantity.rawValue,
                [
                    "unit": .string(quantity.unit), "population": band(population[quantity]), "individual": band(individual[quantity]),
                    "predictive": band(predicted[quantity]),
                ]
            )
        }
        return [
            "patient": .string(patient), "session": .string(session), "as_of": .string(asOf.description), "minutes": points(minutes),
            "quantities": .object(JSONObject(quantities)), "readings_used": JSONValue(used),
            "diagnostics": [
                "method": "importance sampling from the population", "draws": JSONValue(draws), "ess": JSONValue(rounded(effectiveSize, places: 1)),
                "pareto_k": shape.isFinite ? JSONValue(rounded(shape, places: 3)) : .null, "reliable": .bool(isReliable),
            ],
            "model": .string(model), "effects": .string(effects), "kind": .string(RuleKind.clinicDefault.rawValue),
            "confidence": .string(Confidence.recalled.rawValue), "because": .init(because), "notes": .init(notes),
            "decides": "a clinician; this is decision support",
        ]
    }
}
