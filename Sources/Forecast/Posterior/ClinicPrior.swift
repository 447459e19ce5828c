import Notation
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a clinic's own patients say of its population: centre and spread of every axis, learnt from everyone's posterior.
///
/// Empirical Bayes by expectation maximisation: each patient's draws, made under the shipped prior, are weighed again by the prior learnt so far. The shipped
/// model says how far a clinic may lie from it (differences between trials, standard errors), and how sure it is of the spread between people; few patients
/// therefore move it little. Whether it forecasts better is told by patients it has not seen: each half of the clinic judges what the other half teaches.
public struct ClinicPrior: Sendable {
    /// Fewer patients are refused.
    public static func least(_ model: SymptomModel) -> Int { Int(model.planning.leastPatients.value) }

    public let patients: Int
    public let axes: [SymptomPrior.Axis]
    /// Gain of log evidence over the shipped prior, by patient: in all, and of patients that the prior learnt from the others.
    public let gain: Double
    public let heldOutGain: Double
    /// Least effective share of a patient's draws under the learnt prior.
    public let leastEfficiency: Double

    /// Whether patients whom it has not seen speak for it, and the draws can bear it.
    public var isBetter: Bool { heldOutGain > 0 && leastEfficiency > 0.02 }

    /// - Parameter people: what was learnt of each patient under the shipped model.
    /// - Throws: when there are too few.
    public init(_ people: [Forecaster.Knowing], model: SymptomModel) throws(Diagnostic) {
        let constants = try SymptomConstants(model)
        let least = Self.least(model)
        guard people.count >= least else {
            throw Diagnostic(
                "fit.charts", at: Place(path: "charts"), "are \(people.count) with doses and scores", expected: "at least \(least) for a prior of their own")
        }
        let believed = constants.axes.map { axis in Believed(axis, model) }
        let draws = people.map { person in person.persons.map { Array($0.z.prefix(constants.axes.count)) } }
        let whole = Learnt(draws, believed)
        let (even, odd) = (Learnt(Self.half(draws, 0), believed), Learnt(Self.half(draws, 1), believed))
        let heldOut = even.gain(Self.half(draws, 1)) + odd.gain(Self.half(draws, 0))
        patients = people.count
        gain = whole.gain(draws) / Double(people.count)
        heldOutGain = heldOut / Double(people.count)
        leastEfficiency = whole.leastEfficiency(draws)
        axes = constants.axes.enumerated().map { index, axis in
            SymptomPrior.Axis(
                id: axis.id, unit: axis.unit, isLog: axis.isLog, shippedCentre: axis.centre, shippedSpread: axis.spread,
                centre: axis.centre + axis.spread * whole.centres[index], spread: axis.spread * whole.variances[index].squareRoot(),
                standardError: axis.spread * whole.errors[index])
        }
    }

    private static func half<Value>(_ values: [Value], _ remainder: Int) -> [Value] {
        values.enumerated().filter { $0.offset % 2 == remainder }.map(\.element)
    }

    /// As the clinic's file holds it.
    /// - Parameter model: `id@version` of the shipped model.
    public func file(model: String) -> SymptomPrior {
        func figure(_ value: Double) -> Double { rounded(value, places: 6) }
        return SymptomPrior(
            kind: .clinicDefault, model: model, patients: patients, heldOutGain: figure(heldOutGain),
            axes: axes.map { axis in
                var axis = axis
                for path in [\SymptomPrior.Axis.shippedCentre, \.shippedSpread, \.centre, \.spread, \.standardError] {
                    axis[keyPath: path] = figure(axis[keyPath: path])
                }
                return axis
            })
    }
}

/// What is believed of a clinic before, in standard deviations of the shipped prior.
private struct Believed {
    /// Of the clinic's centre.
    var centreSpread: Double
    /// Between people, and how many patients that is worth.
    var variance: Double
    var weight: Double

    init(_ axis: SymptomConstants.Axis, _ model: SymptomModel) {
        let quantity = model.parameters.first { $0.id == axis.id }
        let between = quantity?.between ?? axis.spread
        let known = ((quantity?.betweenTrials ?? 0) * (quantity?.betweenTrials ?? 0) + (quantity?.standardError ?? 0) * (quantity?.standardError ?? 0))
            .squareRoot()
        centreSpread = (known > 0 ? known : model.planning.clinicShift.value * between) / axis.spread
        variance = between * between / (axis.spread * axis.spread)
        weight = model.planning.spreadWeight.value
    }
}

/// Centres and variances in standard deviations of the shipped prior.
private struct Learnt {
    private(set) var centres: [Double]
    private(set) var variances: [Double]
    private(set) var errors: [Double]

    private static let rounds = 60

    init(_ draws: [[[Double]]], _ believed: [Believed]) {
        centres = believed.map { _ in 0 }
        variances = believed.map(\.variance)
        errors = believed.map(\.centreSpread)
        for _ in 0..<Self.rounds {
            let moments = draws.map { person in Self.moments(person, weights: weights(of: person)) }
            for axis in believed.indices {
                let (v, prior) = (variances[axis], believed[axis])
                let precision = Double(draws.count) / v + 1 / (prior.centreSpread * prior.centreSpread)
                let centre = moments.reduce(0) { $0 + $1[axis].mean / v } / precision
                let scatter = moments.reduce(0) { sum, person in
                    sum + person[axis].variance + (person[axis].mean - centre) * (person[axis].mean - centre)
                }
                centres[axis] = centre
                variances[axis] = max((prior.weight * prior.variance + scatter) / (prior.weight + Double(draws.count)), 1e-4)
                // Observed information: what a patient's own scores leave open tells nothing of the centre (T. A. Louis, J. R. Stat. Soc. B 44 (1982) 226,
                // DOI 10.1111/j.2517-6161.1982.tb01203.x).
                let information = moments.reduce(1 / (prior.centreSpread * prior.centreSpread)) { $0 + max(v - $1[axis].variance, 0) / (v * v) }
                errors[axis] = 1 / information.squareRoot()
            }
        }
    }

    /// Ratio of the learnt prior to the shipped, by draw.
    private func ratios(_ person: [[Double]]) -> [Double] {
        person.map { z in
            exp(
                z.indices.reduce(0.0) { sum, axis in
                    let distance = z[axis] - centres[axis]
                    return sum + 0.5 * (z[axis] * z[axis] - distance * distance / variances[axis] - log(variances[axis]))
                })
        }
    }

    private func weights(of person: [[Double]]) -> [Double] {
        let ratios = ratios(person)
        let sum = max(ratios.reduce(0, +), 1e-300)
        return ratios.map { $0 / sum }
    }

    private static func moments(_ person: [[Double]], weights: [Double]) -> [(mean: Double, variance: Double)] {
        (0..<(person.first?.count ?? 0)).map { axis in
            let mean = zip(person, weights).reduce(0) { $0 + $1.1 * $1.0[axis] }
            return (mean, zip(person, weights).reduce(0) { $0 + $1.1 * ($1.0[axis] - mean) * ($1.0[axis] - mean) })
        }
    }

    /// Sum of the gains of log evidence over the shipped prior.
    func gain(_ draws: [[[Double]]]) -> Double {
        draws.reduce(0) { sum, person in sum + log(max(ratios(person).reduce(0, +) / Double(max(person.count, 1)), 1e-300)) }
    }

    func leastEfficiency(_ draws: [[[Double]]]) -> Double {
        draws.map { person in 1 / (weights(of: person).reduce(0) { $0 + $1 * $1 } * Double(max(person.count, 1))) }.min() ?? 0
    }
}

extension ClinicPrior {
    /// - Parameter model: `id@version` of the shipped model.
    public func json(model: String, seconds: Double) -> JSONValue {
        func number(_ value: Double) -> JSONValue { JSONValue(rounded(value, places: 5)) }
        let parameters = axes.map { axis -> (key: String, value: JSONValue) in
            (
                axis.id,
                [
                    "scale": axis.id == "baseline" ? "angle" : axis.isLog ? "log" : "normal", "shipped_centre": number(axis.shippedCentre),
                    "shipped_spread": number(axis.shippedSpread), "centre": number(axis.centre), "between": number(axis.spread),
                    "se": number(axis.standardError),
                ]
            )
        }
        return [
            "patients": JSONValue(patients), "prior": .object(JSONObject(parameters)), "gain_per_patient": number(gain),
            "held_out_gain_per_patient": number(heldOutGain), "least_efficiency": number(leastEfficiency), "better_than_shipped": .bool(isBetter),
            "shipped": .string(model), "kind": "clinic_default", "confidence": "project", "seconds": number(seconds),
        ]
    }
}
