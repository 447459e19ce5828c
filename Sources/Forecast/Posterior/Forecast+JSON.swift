import Notation

extension Forecast {
    /// The contract's JSON, without what only the caller knows (patient, time, inputs).
    /// - Parameter model: `id@version`.
    public func json(model: String) -> JSONValue {
        func points(_ values: [Double]) -> JSONValue { .array(values.map { JSONValue(rounded($0, places: 2)) }) }
        func chances(_ values: [Double]) -> JSONValue { .array(values.map { JSONValue(rounded($0, places: 4)) }) }
        return [
            "instrument": .string(scale.instrument), "times_days": points(days), "p05": points(latent.map(\.p05)), "p50": points(latent.map(\.p50)),
            "p95": points(latent.map(\.p95)), "mean": points(latent.map(\.mean)), "predictive_p05": points(rated.map(\.p05)),
            "predictive_p50": points(rated.map(\.p50)), "predictive_p95": points(rated.map(\.p95)), "p_response": chances(response),
            "p_remission": chances(remission), "relapse": relapse.json, "parameters": .object(JSONObject(parameters.map { ($0.name, $0.json) })),
            "diagnostics": diagnostics, "model": .string(model),
        ]
    }

    private var diagnostics: JSONValue {
        [
            "method": .string(sample.method.rawValue), "ess": JSONValue(rounded(sample.effectiveSize, places: 1)),
            "pareto_k": JSONValue(rounded(sample.shape, places: 3)),
            "log_evidence": .orNull(sample.logEvidence.map { rounded($0, places: 4) }),
            "draws": JSONValue(sample.points.count), "evaluations": JSONValue(sample.evaluations),
            "r_hat": .orNull(sample.scaleReduction.map { rounded($0, places: 4) }), "reliable": .bool(isReliable), "notes": .init(notes),
        ]
    }

    /// Whether the computation can be trusted; the model is another question.
    public var isReliable: Bool {
        switch sample.method {
        case .importance: sample.shape < 0.7 && sample.effectiveSize >= 200
        case .noUTurn: (sample.scaleReduction ?? .infinity) < 1.05 && sample.effectiveSize >= 200
        }
    }
}

extension Forecast.Relapse {
    /// Days at which the chance of relapse is told, as far as the horizon goes.
    private static let milestones = [7, 14, 21, 28, 42, 56, 84, 112, 168, 364]

    var json: JSONValue {
        let last = (byDay?.count ?? 1) - 1
        let days = Set(Self.milestones.filter { $0 <= last } + [last]).filter { $0 > 0 }.sorted()
        let told = byDay.map { chances in days.map { ("\($0)", JSONValue(rounded(chances[$0], places: 4))) } }
        return [
            "median_days": .orNull(medianDays.map { rounded($0, places: 1) }), "p_by_day": told.map { .object(JSONObject($0)) } ?? .object(JSONObject()),
            "p_well_now": JSONValue(rounded(wellNow, places: 4)),
        ]
    }
}

extension Forecast.Parameter {
    var json: JSONValue {
        func number(_ value: Double) -> JSONValue { JSONValue(rounded(value, places: 5)) }
        return ["mean": number(mean), "sd": number(deviation), "p05": number(p05), "p50": number(p50), "p95": number(p95)]
    }
}
