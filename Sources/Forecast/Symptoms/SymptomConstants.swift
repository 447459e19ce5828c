import Notation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The numbers of a `SymptomModel` as the equations use them. Days and points of the reference scale, unless said.
public struct SymptomConstants: Codable, Sendable, Equatable {
    /// One way in which people differ that the posterior infers: a standard normal value, times spread, about the centre.
    public struct Axis: Codable, Sendable, Equatable {
        public var id: String
        public var centre: Double
        public var spread: Double
        public var unit: String
        public var isLog: Bool

        /// On the natural scale.
        public func value(_ z: Double) -> Double { isLog ? exp(centre + spread * z) : centre + spread * z }
    }

    /// A rating scale beside the latent angle: seen angle = shift + slope × angle + bias.
    public struct Scale: Codable, Sendable, Equatable {
        public var instrument: String
        public var maximum: Double
        public var remission: Double
        public var noise: Double
        public var crosswalk: Double
        public var shift: Double
        public var slope: Double
    }

    /// Baseline (angle), sensitivity, durability, drift, volatility: the first directions of every person.
    public var axes: [Axis]
    public var scales: [Scale]

    var fastGain, slowGain, fastEffect, slowEffect: Double
    var fastTime, slowTime, fastOnset, slowOnset: Double
    var expectancyBase, expectancyBelief, expectancyTime, expectancyMemory: Double
    var transient, transientTime: Double
    var driftTime: Double
    /// Share of what improves without drug that comes with the first visit.
    var driftEarly: Double
    var antidepressantMost, antidepressantTime: Double
    var fluctuation, fluctuationTime: Double
    var outlierShare, outlierSpread: Double
    var hazard, hazardSlope, hazardReference, hazardSpread: Double
    /// Factor on the burst of a dose.
    public var benzodiazepine: Double
    /// Factor on the hazard.
    public var psychotherapy: Double

    /// - Throws: which number the model lacks.
    public init(_ model: SymptomModel) throws(Diagnostic) {
        let known = Dictionary(model.parameters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        func quantity(_ id: String) throws(Diagnostic) -> SymptomModel.Quantity {
            guard let quantity = known[id] else {
                throw Diagnostic("symptom_model.parameter", at: Place(file: "symptom model \(model.id)"), "lacks \(quoted(id))", expected: "the parameter")
            }
            return quantity
        }
        func value(_ id: String) throws(Diagnostic) -> Double { try quantity(id).value }
        guard let reference = model.scales.first else {
            throw Diagnostic("symptom_model.scales", at: Place(file: "symptom model \(model.id)"), "has no scale", expected: "the reference scale first")
        }
        let most = Double(reference.maximum)
        func angle(_ points: Double, of maximum: Double) -> Double { asin(max(0, min(1, points / maximum)).squareRoot()) }
        axes = []
        for id in ["baseline", "sensitivity", "durability", "drift", "volatility"] {
            let q = try quantity(id)
            let isBaseline = id == "baseline"
            let centre = isBaseline ? angle(q.value, of: most) : q.scale == .log ? log(q.value) : q.value
            axes.append(Axis(id: id, centre: centre, spread: q.spread, unit: isBaseline ? "rad" : q.unit, isLog: q.scale == .log))
        }
        scales = model.scales.map { scale in
            let maximum = Double(scale.maximum)
            let (low, high) = (angle(reference.remission, of: most), angle(reference.severe, of: most))
            let (seenLow, seenHigh) = (angle(scale.remission, of: maximum), angle(scale.severe, of: maximum))
            let slope = (seenHigh - seenLow) / (high - low)
            return Scale(
                instrument: scale.instrument, maximum: maximum, remission: scale.remission, noise: scale.noise, crosswalk: scale.crosswalk,
                shift: seenLow - slope * low, slope: slope)
        }
        fastGain = try value("gain_fast")
        slowGain = try value("gain_slow")
        fastEffect = try value("effect_fast")
        slowEffect = try value("effect_slow")
        fastTime = try value("tau_fast")
        slowTime = try value("tau_slow")
        fastOnset = try value("onset_fast") / 24
        slowOnset = try value("onset_slow") / 24
        expectancyBase = try value("expectancy_base")
        expectancyBelief = try value("expectancy_belief")
        expectancyTime = try value("tau_expectancy")
        expectancyMemory = try value("expectancy_memory")
        transient = try value("transient")
        transientTime = try value("tau_transient") / 24
        driftTime = try value("tau_drift")
        driftEarly = try value("drift_early")
        antidepressantMost = try value("antidepressant")
        antidepressantTime = try value("tau_antidepressant")
        fluctuation = try value("fluctuation")
        fluctuationTime = try value("tau_fluctuation")
        outlierShare = try value("outlier_share")
        outlierSpread = try value("outlier_spread")
        let relapse = try quantity("relapse_hazard")
        (hazard, hazardSpread) = (relapse.value, relapse.spread)
        hazardSlope = try value("relapse_slope")
        hazardReference = try value("relapse_reference")
        benzodiazepine = try value("benzodiazepine")
        psychotherapy = try value("psychotherapy")
    }

    /// Points of the reference scale at a latent angle.
    public func points(_ angle: Double) -> Double { Self.share(angle) * scales[0].maximum }

    /// sin² of an angle held between 0 and π/2.
    static func share(_ angle: Double) -> Double {
        let s = sin(max(0, min(.pi / 2, angle)))
        return s * s
    }
}
