import Evidence
import Notation

/// A population pharmacokinetic model as its file states it: structure, parameters, how they vary between people, how a dose enters
/// and what is observed. `CompiledModel` turns it into something that runs.
public struct PopulationModel: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    public var title: String
    /// The drugs it can be dosed with; the first is meant when nothing else is said.
    public var drugs: [Drug]
    public var sampling: Sampling
    /// Whom it was estimated in.
    public var population: String
    /// Where it must not be trusted.
    public var traps: [String]?
    /// Takes the parameters of another model over, before its own.
    public var parametersFrom: String?
    public var covariates: [Covariate]?
    public var parameters: [Parameter]
    /// Quantities computed from parameters and covariates, each from those before or after it; never in a circle.
    public var derived: [Derived]?
    /// Parameters that vary together; those not named here vary alone.
    public var covariances: [Covariance]?
    public var structure: [Block]
    public var routes: [RouteEntry]
    public var outputs: [Output]
    public var residual: [Residual]?

    enum CodingKeys: String, CodingKey {
        case id, title, drugs, sampling, population, traps
        case parametersFrom = "parameters_from"
        case covariates, parameters, derived, covariances, structure, routes, outputs, residual
    }

    /// Where the blood was drawn. Arterial and venous concentrations differ during and shortly after an input and are never mixed.
    public enum Sampling: String, Codable, Sendable { case arterial, venous }
}

/// A property of a person that a model uses.
public struct Covariate: Codable, Sendable, Equatable {
    /// `weight`, `age`, or a yes-or-no property such as `japanese` with the values 0 and 1.
    public var id: String
    /// UCUM; absent for a yes-or-no property.
    public var unit: String?
    /// Whom the typical values describe.
    public var reference: Double

    public init(id: String, unit: String?, reference: Double) {
        self.id = id
        self.unit = unit
        self.reference = reference
    }
}

/// A fixed effect with its covariate relations and its variability between people.
public struct Parameter: Codable, Sendable, Equatable {
    public var id: String
    public var value: Double
    /// UCUM; `1` for a number without dimension.
    public var unit: String
    public var rsePercent: Double?
    /// Of a value calibrated here: the lines of Calibration/acute_effects.csv that determine it.
    public var rows: [Int]?
    /// Taken from elsewhere by the authors, not estimated.
    public var fixed: Bool?
    public var effects: [CovariateEffect]?
    public var variability: Variability?
    /// Upper bound of the individual value.
    public var maximum: Double?
    public var confidence: Confidence?
    public var sources: [String]?
    public var note: String?

    enum CodingKeys: String, CodingKey {
        case id, value, unit
        case rsePercent = "rse_percent"
        case rows, fixed, effects, variability, maximum, confidence, sources, note
    }
}

/// How a covariate changes a parameter; exactly one of `power`, `factor`, `slope`.
public struct CovariateEffect: Codable, Sendable, Equatable {
    public var covariate: String
    /// × (covariate / reference)^power.
    public var power: Double?
    /// In the covariate's unit, for `power`.
    public var reference: Double?
    /// × factor in those who have the property.
    public var factor: Double?
    /// + slope for each unit of the covariate above `above`, in the parameter's unit.
    public var slope: Double?
    public var above: Double?

    public init(covariate: String, power: Double?, reference: Double?, factor: Double?, slope: Double?, above: Double?) {
        self.covariate = covariate
        self.power = power
        self.reference = reference
        self.factor = factor
        self.slope = slope
        self.above = above
    }
}

/// How the individual values spread around the typical one.
public struct Variability: Codable, Sendable, Equatable {
    /// `normal` adds to the typical value, in its unit.
    public enum Scale: String, Codable, Sendable { case log, logit, normal }

    public var scale: Scale
    /// Between people, on that scale.
    public var variance: Double?
    /// Between occasions in one person, on that scale.
    public var occasionVariance: Double?
    public var note: String?

    enum CodingKeys: String, CodingKey {
        case scale, variance
        case occasionVariance = "occasion_variance"
        case note
    }
}

/// Covariances between people on the scale of each parameter's variability.
public struct Covariance: Codable, Sendable, Equatable {
    public var parameters: [String]
    public var matrix: [[Double]]
}

public struct Derived: Codable, Sendable, Equatable {
    public var id: String
    public var formula: String
    public var note: String?
}

/// What is measured: the sum of amounts per volume.
public struct Output: Codable, Sendable, Equatable {
    public struct Term: Codable, Sendable, Equatable {
        public var state: String
        /// Formula; the output is amount / volume.
        public var volume: String
    }

    public var id: String
    public var title: String
    /// UCUM.
    public var unit: String
    /// What it measures, for effects that need to know.
    public var analyte: Analyte?
    public var terms: [Term]
}

/// What acts. The hydroxynorketamines do not reach concentrations that matter at the receptor.
public enum Analyte: String, Codable, Sendable, CaseIterable {
    case sKetamine = "S-ketamine"
    case rKetamine = "R-ketamine"
    case sNorketamine = "S-norketamine"
    case rNorketamine = "R-norketamine"
}

public struct Residual: Codable, Sendable, Equatable {
    public var output: String
    /// Standard deviation of a factor (1 + ε).
    public var proportional: Double?
    /// Standard deviation on the log scale.
    public var log: Double?
    /// Standard deviation in `unit`.
    public var additive: Double?
    public var unit: String?
    public var note: String?
}

/// How a dose by one route reaches the states: each entry receives a fraction of the dose, at once or over a time.
public struct RouteEntry: Codable, Sendable, Equatable {
    public var route: Route
    /// A product of this route with its own absorption, for example `film`; absent for the ordinary one.
    public var formulation: String?
    /// For a device that delivers a fixed amount: a dose is a whole number of them.
    public var deviceMilligrams: Double?
    public var entries: [Entry]
    /// What the second and later devices of a session do instead.
    public var laterDevices: [Entry]?
    public var note: String?
    public var confidence: Confidence?
    public var sources: [String]?

    enum CodingKeys: String, CodingKey {
        case route, formulation
        case deviceMilligrams = "device_milligrams"
        case entries
        case laterDevices = "later_devices"
        case note, confidence, sources
    }

    public struct Entry: Codable, Sendable, Equatable {
        public var into: String
        /// Share of the dose, a formula; all of it when absent.
        public var fraction: String?
        /// Zero-order input over this formula's time; absent: at once, or over the time of the infusion.
        public var over: String?
        public var lag: String?
        /// Share of each drug that enters here; absent: all of it. A racemic dose is half of either enantiomer.
        public var share: [String: Double]?
    }
}
