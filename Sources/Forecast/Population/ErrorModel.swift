import Notation
import Statistics

/// How a measurement scatters around what the model says: sd² = a² + (b·f)², or sd = a + b·f, or a spread of the logarithm.
struct ErrorModel: Sendable, Equatable {
    enum Part: String, Sendable, CaseIterable { case additive, proportional, log }

    var additive: Double?
    var proportional: Double?
    var log: Double?
    var addsDeviations: Bool

    init(_ residual: FitModel.Residual, at path: String) throws(Diagnostic) {
        additive = residual.additive
        proportional = residual.proportional
        log = residual.log
        addsDeviations = residual.sum == .deviations
        let given = Part.allCases.compactMap { self.given($0) }
        guard !given.isEmpty, given.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw Diagnostic("fit.model", at: Place(path: path), "has no usable error", expected: "additive, proportional, both, or log, above 0")
        }
        guard log == nil || given.count == 1 else {
            throw Diagnostic("fit.model", at: Place(path: path), "mixes log with another error", expected: "log alone")
        }
    }

    private func given(_ part: Part) -> Double? {
        switch part {
        case .additive: additive
        case .proportional: proportional
        case .log: log
        }
    }

    var parts: [Part] { Part.allCases.filter { given($0) != nil } }

    subscript(part: Part) -> Double {
        get { given(part) ?? 0 }
        set {
            switch part {
            case .additive: additive = newValue
            case .proportional: proportional = newValue
            case .log: log = newValue
            }
        }
    }

    /// Standard deviation where the model says `f`, and its slope; on the log scale for `log`.
    @inline(__always)
    func deviation(_ f: Double) -> (value: Double, slope: Double) {
        if let log { return (log, 0) }
        let (a, b) = (additive ?? 0, proportional ?? 0)
        if addsDeviations { return (a + b * abs(f), f < 0 ? -b : b) }
        let value = (a * a + b * b * f * f).squareRoot()
        return (value, value > 0 ? b * b * f / value : 0)
    }

    /// −log likelihood of one measurement, its slope in f and the expected (for censored ones the observed) curvature.
    struct Term {
        var value: Double
        var slope: Double
        var curvature: Double
    }

    static let halfLogTwoPi = 0.9189385332046727

    @inline(__always)
    func term(_ observed: Double, _ f: Double, _ censoring: PopulationData.Censoring) -> Term {
        if log != nil {
            guard f > 0 else { return Term(value: .infinity, slope: 0, curvature: 0) }
            var term = plain(Scalar.log(observed), Scalar.log(f), censoring)
            // The density of the measurement itself, not of its logarithm.
            if censoring == .none { term.value += Scalar.log(observed) }
            term.slope /= f
            term.curvature /= f * f
            return term
        }
        return plain(observed, f, censoring)
    }

    @inline(__always)
    private func plain(_ observed: Double, _ f: Double, _ censoring: PopulationData.Censoring) -> Term {
        let (s, ds) = deviation(f)
        guard s > 0 else { return Term(value: .infinity, slope: 0, curvature: 0) }
        let r = observed - f
        let z = r / s
        switch censoring {
        case .none:
            return Term(
                value: 0.5 * z * z + Scalar.log(s) + Self.halfLogTwoPi, slope: -z / s + (1 - z * z) * ds / s,
                curvature: (1 + 2 * ds * ds) / (s * s))
        case .below(let floor?):
            let low = (log == nil ? floor : Scalar.log(max(floor, 1e-300))) - f
            return interval(low / s, z, s, ds)
        case .below(nil):
            let (chance, hazard) = StandardNormal.logProbability(below: z)
            let dz = -1 / s - z * ds / s
            return Term(value: -chance, slope: -hazard * dz, curvature: max(hazard * (hazard + z), 1e-12) * dz * dz)
        case .above:
            let (chance, hazard) = StandardNormal.logProbability(below: -z)
            let dz = 1 / s + z * ds / s
            return Term(value: -chance, slope: -hazard * dz, curvature: max(hazard * (hazard - z), 1e-12) * dz * dz)
        }
    }

    /// Between two limits in units of the deviation.
    private func interval(_ low: Double, _ high: Double, _ s: Double, _ ds: Double) -> Term {
        let share = max(StandardNormal.probability(below: high) - StandardNormal.probability(below: low), 1e-300)
        let (a, b) = (StandardNormal.density(low), StandardNormal.density(high))
        let (dLow, dHigh) = (-1 / s - low * ds / s, -1 / s - high * ds / s)
        let slope = -(b * dHigh - a * dLow) / share
        return Term(value: -Scalar.log(share), slope: slope, curvature: max(slope * slope, 1e-12 / (s * s)))
    }
}
