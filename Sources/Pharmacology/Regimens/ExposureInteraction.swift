import Evidence
import Notation

/// What another drug does to the exposure by one route, as a measured ratio. Empirical: no mechanism fits all routes at once.
public struct ExposureInteraction: Codable, Sendable, Equatable {
    /// The other drug.
    public var with: String
    /// Of the drug that is dosed, as studied.
    public var drug: Drug
    public var route: Route
    public var aucRatio: Double
    public var cmaxRatio: Double?
    /// As studied.
    public var dose: String?
    public var confidence: Confidence
    public var sources: [String]

    enum CodingKeys: String, CodingKey {
        case with, drug, route
        case aucRatio = "auc_ratio"
        case cmaxRatio = "cmax_ratio"
        case dose, confidence, sources
    }

    /// Only by mouth does another drug change the exposure enough to matter.
    public var isWarning: Bool { route == .oral && (aucRatio >= 1.25 || aucRatio <= 0.8) }
}

extension Regimen {
    /// The interactions that a dose of this regimen meets, in the order of the co-medication.
    /// - Throws: when a drug taken alongside has no measured ratio by any route.
    public func met(_ known: [ExposureInteraction]) throws(Diagnostic) -> [ExposureInteraction] {
        var met: [ExposureInteraction] = []
        for (index, taken) in (coMedication ?? []).enumerated() {
            guard known.contains(where: { $0.with == taken.drug }) else {
                throw Diagnostic(
                    "regimen.co_medication", at: Place(path: "co_medication[\(index)]"), "is \(quoted(taken.drug)), for which no exposure ratio is known",
                    expected: Set(known.map(\.with)).sorted().joined(separator: ", "))
            }
            guard taken.fromHours < taken.toHours else {
                throw Diagnostic("regimen.co_medication", at: Place(path: "co_medication[\(index)]"), "ends before it begins", expected: "from_h below to_h")
            }
            let routes = Set(doses.map(\.route))
            met += known.filter { $0.with == taken.drug && routes.contains($0.route) && !met.contains($0) }
        }
        return met
    }

    /// The factor on a dose given at `hours` by `route`: the product of the ratios of what is taken then.
    func exposureFactor(_ route: Route, at hours: Double, _ known: [ExposureInteraction]) -> Double {
        (coMedication ?? []).filter { $0.fromHours <= hours && hours < $0.toHours }.reduce(1) { factor, taken in
            factor * (known.first { $0.with == taken.drug && $0.route == route }?.aucRatio ?? 1)
        }
    }
}
