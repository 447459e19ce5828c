import Notation
import Pharmacology

/// What a model file of `euthymia fit` says (docs/fit.md): structure as in docs/adding-a-model.md, where to begin, what is estimated, and
/// which rows of the table each output answers to.
///
/// A hypothesis about a table, where `PopulationModel` is published knowledge: what that must state (drug, sampling, population, sources, confidence) has no
/// meaning here, and what this needs (start values to vary, columns, effects to estimate) none there. Structure, derived quantities, covariances and output
/// terms are the same types; `compiled` makes one of the other.
public struct FitModel: Codable, Sendable, Equatable {
    public var id: String
    public var title: String?
    public var covariates: [Covariate]?
    public var parameters: [Parameter]
    public var derived: [Derived]?
    /// Blocks of parameters that vary together, with the values to begin from.
    public var covariances: [Covariance]?
    public var structure: [Block]
    public var doses: [DoseEntry]
    public var outputs: [Output]
    public var residual: [Residual]
    public var data: Table?

    public struct Covariate: Codable, Sendable, Equatable {
        public var id: String
        /// UCUM; absent for a yes-or-no property.
        public var unit: String?
        public var reference: Double?
        /// The table's column; the id when absent.
        public var column: String?
        /// The cell that means 1, all others meaning 0.
        public var equals: String?
    }

    public struct Parameter: Codable, Sendable, Equatable {
        public var id: String
        /// Where to begin.
        public var value: Double
        public var unit: String
        public var fixed: Bool?
        public var effects: [Effect]?
        public var variability: Variability?
        public var maximum: Double?
        public var note: String?
    }

    /// Exactly one of `power`, `factor`, `slope`, as in a population model; kept as it is unless `estimate`.
    public struct Effect: Codable, Sendable, Equatable {
        public var covariate: String
        public var power: Double?
        public var reference: Double?
        public var factor: Double?
        public var slope: Double?
        public var above: Double?
        public var estimate: Bool?

        var value: Double { power ?? factor ?? slope ?? 0 }
    }

    /// Without a variance everyone has the typical value, estimated on this scale.
    public struct Variability: Codable, Sendable, Equatable {
        public var scale: Pharmacology.Variability.Scale?
        public var variance: Double?
        /// Between occasions in one person, on the same scale; estimated unless `fixed`.
        public var occasionVariance: Double?
        public var fixed: Bool?

        public init(scale: Pharmacology.Variability.Scale? = nil, variance: Double? = nil, occasionVariance: Double? = nil, fixed: Bool? = nil) {
            (self.scale, self.variance, self.occasionVariance, self.fixed) = (scale, variance, occasionVariance, fixed)
        }

        enum CodingKeys: String, CodingKey {
            case scale, variance
            case occasionVariance = "occasion_variance"
            case fixed
        }
    }

    /// How the doses of one compartment number (CMT) enter.
    public struct DoseEntry: Codable, Sendable, Equatable {
        /// 1 when absent.
        public var cmt: Int?
        public var into: String
        public var fraction: String?
        public var over: String?
        public var lag: String?
    }

    public struct Output: Codable, Sendable, Equatable {
        public var id: String
        public var title: String?
        public var unit: String
        public var terms: [Pharmacology.Output.Term]
    }

    /// The error of one output, and the rows that measure it.
    public struct Residual: Codable, Sendable, Equatable {
        /// A concentration, or a response or effect of the structure.
        public var output: String
        /// DVID of its rows.
        public var dvid: String?
        /// CMT of its rows.
        public var cmt: Int?
        public var additive: Double?
        public var proportional: Double?
        /// Standard deviation on the log scale.
        public var log: Double?
        /// `variances` (when absent): sd² = a² + (b·f)²; `deviations`: sd = a + b·f.
        public var sum: Sum?
        public var fixed: Bool?

        public enum Sum: String, Codable, Sendable { case variances, deviations }
    }

    public struct Table: Codable, Sendable, Equatable {
        /// The table's own names of ID, TIME, AMT, RATE, DV, EVID, MDV, CMT, DVID, ADDL, II, SS, CENS, LIMIT, DOSE.
        public var columns: [String: String]?
        /// UCUM; h when absent.
        public var timeUnit: String?
        /// UCUM; mg when absent.
        public var doseUnit: String?
        /// Rows with another value in one of these columns are left out.
        public var only: [String: String]?
        /// Columns that are not what their name says, and are left unread.
        public var drop: [String]?
        /// A column with each change of which a person begins anew, with nothing in the body: occasions whose times begin again.
        public var resetOn: String?
        /// The column whose cells tell occasions apart; OCC when absent.
        public var occasion: String?

        public init(columns: [String: String]? = nil, resetOn: String? = nil) {
            self.columns = columns
            self.resetOn = resetOn
        }

        enum CodingKeys: String, CodingKey {
            case columns
            case timeUnit = "time_unit"
            case doseUnit = "dose_unit"
            case only, drop
            case resetOn = "reset_on"
            case occasion
        }
    }
}

extension FitModel {
    /// The same as a population model that runs. Doses enter by `route(ofCompartment:)`.
    func compiled() throws(Diagnostic) -> CompiledModel {
        do {
            return try CompiledModel(population)
        } catch {
            var error = error
            error.place.file = nil
            throw error
        }
    }

    private var population: PopulationModel {
        PopulationModel(
            id: id, title: title ?? id, drugs: [Self.drug], sampling: .venous, population: "the table's",
            covariates: (covariates ?? []).map {
                Pharmacology.Covariate(id: $0.id, unit: $0.equals == nil ? $0.unit ?? "1" : nil, reference: $0.startingReference)
            },
            parameters: parameters.enumerated().map { index, parameter in
                // Start values serve the planning only. Two rates equal by chance would have the simulator take its slow way.
                Pharmacology.Parameter(
                    id: parameter.id, value: parameter.value * (1 - 1e-3 * Double(index)), unit: parameter.unit,
                    effects: parameter.effects?.map { effect in
                        CovariateEffect(
                            covariate: effect.covariate, power: effect.power,
                            reference: effect.power == nil ? nil : effect.reference ?? reference(effect.covariate),
                            factor: effect.factor, slope: effect.slope, above: effect.above ?? (effect.slope == nil ? nil : reference(effect.covariate)))
                    },
                    variability: .init(scale: parameter.scale, variance: 0), maximum: parameter.maximum)
            },
            derived: derived, structure: structure,
            routes: Dictionary(grouping: doses, by: { $0.cmt ?? 1 }).sorted { $0.key < $1.key }.map { compartment, entries in
                RouteEntry(
                    route: Self.route, formulation: Self.formulation(compartment),
                    entries: entries.map { .init(into: $0.into, fraction: $0.fraction, over: $0.over, lag: $0.lag) })
            },
            outputs: outputs.map { Pharmacology.Output(id: $0.id, title: $0.title ?? $0.id, unit: $0.unit, terms: $0.terms) })
    }

    private func reference(_ covariate: String) -> Double? { covariates?.first { $0.id == covariate }?.reference }

    // The table's drug is whatever it is; the simulator wants one of its own and a way in that may be an infusion.
    static let drug = Drug.ketamine
    static let route = Route.intravenous
    static func formulation(_ compartment: Int) -> String { "\(compartment)" }
}

extension FitModel.Covariate {
    fileprivate var startingReference: Double { reference ?? (equals == nil ? 1 : 0) }
}

extension FitModel.Parameter {
    /// Positive parameters are estimated as logarithms unless the file says otherwise.
    var scale: Pharmacology.Variability.Scale { variability?.scale ?? (value > 0 ? .log : .normal) }
    var varies: Bool { (variability?.variance ?? 0) > 0 }
    var variesByOccasion: Bool { (variability?.occasionVariance ?? 0) > 0 }
}

extension FitModel {
    /// The column, lower case, that tells occasions apart; nil where nothing varies between them.
    var occasionColumn: String? { parameters.contains(where: \.variesByOccasion) ? (data?.occasion ?? "occ").lowercased() : nil }
}
