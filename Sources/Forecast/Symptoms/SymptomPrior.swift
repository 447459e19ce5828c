import Evidence
import Notation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a clinic's own patients taught of its population, as its file holds it: forecasts start from it instead of from the shipped centre and spread.
public struct SymptomPrior: Codable, Sendable, Equatable {
    /// Always the clinic's own.
    public var kind: RuleKind
    /// `id@version` under which it was learnt; under another it means nothing.
    public var model: String
    public var patients: Int
    /// Gain of log evidence over the shipped prior, by patient that it had not seen.
    public var heldOutGain: Double
    public var axes: [Axis]

    /// One axis before and after, on its own scale: an angle, a logarithm or as it is.
    public struct Axis: Codable, Sendable, Equatable {
        public var id: String
        public var unit: String
        public var isLog: Bool
        public var shippedCentre: Double
        public var shippedSpread: Double
        public var centre: Double
        /// Between people of the clinic.
        public var spread: Double
        /// Of the centre.
        public var standardError: Double

        enum CodingKeys: String, CodingKey {
            case id, unit
            case isLog = "logarithm"
            case shippedCentre = "shipped_centre"
            case shippedSpread = "shipped_spread"
            case centre
            case spread = "between"
            case standardError = "standard_error"
        }
    }

    enum CodingKeys: String, CodingKey {
        case kind, model, patients
        case heldOutGain = "held_out_gain_per_patient"
        case axes
    }

    /// Said on every screen of a forecast that starts from it.
    public var notice: String { "starts from this clinic's own prior, learnt from \(patients) of its patients, not from the shipped one" }

    public var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "patients": JSONValue(patients), "held_out_gain_per_patient": JSONValue(heldOutGain), "shipped": .string(model),
            "axes": .object(
                JSONObject(
                    axes.map { axis in
                        (
                            axis.id,
                            [
                                "shipped_centre": JSONValue(axis.shippedCentre), "shipped_spread": JSONValue(axis.shippedSpread),
                                "centre": JSONValue(axis.centre), "between": JSONValue(axis.spread), "se": JSONValue(axis.standardError),
                            ]
                        )
                    })),
        ]
    }
}

extension SymptomModel {
    /// The shipped model with a clinic's people in it.
    /// - Parameter version: of the shipped model's file.
    /// - Throws: why the prior cannot be used with this model.
    public func starting(from prior: SymptomPrior, version: String) throws(Diagnostic) -> SymptomModel {
        func refuse(_ path: String, _ text: String, expected: String) -> Diagnostic {
            Diagnostic("clinic.prior", at: Place(path: "symptom_prior" + path), text, expected: expected)
        }
        guard prior.kind == .clinicDefault else { throw refuse(".kind", "claims to be more than the clinic's", expected: RuleKind.clinicDefault.rawValue) }
        guard prior.model == "\(id)@\(version)" else {
            throw refuse(".model", "was learnt under \(quoted(prior.model))", expected: "\(id)@\(version): learn it again with `euthymia fit --charts`")
        }
        guard prior.patients >= Int(planning.leastPatients.value) else {
            throw refuse(".patients", "are \(prior.patients)", expected: "at least \(Int(planning.leastPatients.value))")
        }
        guard prior.heldOutGain > 0 else {
            throw refuse(".held_out_gain_per_patient", "is not above 0", expected: "a prior for which patients that it had not seen speak")
        }
        return try starting(from: prior, refuse)
    }

    private func starting(from prior: SymptomPrior, _ refuse: (String, String, String) -> Diagnostic) throws(Diagnostic) -> SymptomModel {
        var model = self
        model.clinicPrior = prior
        let own = try SymptomConstants(self).axes
        guard prior.axes.map(\.id).sorted() == own.map(\.id).sorted() else {
            throw refuse(".axes", "are \(prior.axes.map(\.id).joined(separator: ", "))", own.map(\.id).joined(separator: ", "))
        }
        for axis in prior.axes {
            guard let shipped = own.first(where: { $0.id == axis.id }), let index = model.parameters.firstIndex(where: { $0.id == axis.id }) else { continue }
            guard abs(axis.centre - shipped.centre) <= 4 * shipped.spread, axis.spread > 0, axis.spread <= 4 * shipped.spread, axis.standardError >= 0,
                axis.standardError <= 4 * shipped.spread
            else {
                throw refuse(".axes.\(axis.id)", "lies where the shipped prior has nobody", "a centre and a spread within 4 shipped spreads")
            }
            let sine = sin(axis.centre)
            model.parameters[index].value =
                axis.id == "baseline" ? sine * sine * Double(model.scales.first?.maximum ?? 60) : axis.isLog ? exp(axis.centre) : axis.centre
            model.parameters[index].between = axis.spread
            model.parameters[index].betweenTrials = nil
            model.parameters[index].standardError = axis.standardError
            model.parameters[index].rows = nil
            func figure(_ value: Double) -> String { decimal(rounded(value, places: 3)) }
            model.parameters[index].note =
                "learnt from \(prior.patients) patients of the clinic; shipped: centre \(figure(shipped.centre)), spread \(figure(shipped.spread))"
        }
        return model
    }
}
