import Foundation
import Notation
import Pharmacology
import Statistics

/// The quantities that the fit moves, each on a scale without bounds, with what was believed before (pd.md of the reference, section 6.3).
struct Unknown {
    enum Scale { case log, plain }

    var id: String
    var start: Double
    var scale: Scale = .log
    /// Standard deviation of the belief, on the scale.
    var spread: Double

    static let all: [Unknown] = [
        .init(id: "t_site", start: 5, spread: 0.5), .init(id: "t_habituation", start: 50, spread: 0.4), .init(id: "t_adaptation", start: 75, spread: 0.4),
        .init(id: "cadss_gain", start: 0.002, spread: 2), .init(id: "cadss_gain.spread", start: 1, spread: 1),
        .init(id: "cadss_placebo", start: -3, scale: .plain, spread: 2),
        .init(id: "pressure_gain", start: 0.1, spread: 0.4), .init(id: "pressure_gain.spread", start: 0.5, spread: 1),
        .init(id: "pressure_intravenous", start: 0.6, spread: 0.5), .init(id: "diastolic_share", start: 0.65, spread: 0.3),
        .init(id: "heart_rate_gain", start: 0.03, spread: 0.7),
        .init(id: "systolic.reading", start: 6, spread: 1), .init(id: "diastolic.reading", start: 4.7, spread: 1),
        .init(id: "heart_rate.reading", start: 4, spread: 1),
        .init(id: "sedation_base", start: -3.6, scale: .plain, spread: 2), .init(id: "sedation_gain", start: 0.03, spread: 1),
        .init(id: "sedation_base.spread", start: 1, spread: 0.7),
        .init(id: "nausea_base", start: -3.6, scale: .plain, spread: 2), .init(id: "nausea_gain", start: 0.02, spread: 1),
        .init(id: "nausea_base.spread", start: 1, spread: 0.7),
    ]

    func value(_ x: Double) -> Double { scale == .log ? exp(x) : x }
    var startOnScale: Double { scale == .log ? log(start) : start }
}

/// What the model says about a statistic, for values of the unknowns.
///
/// People are drawn from the population models with a fixed seed and the effects' own variability is integrated over, so that a
/// prediction is a smooth function of the unknowns.
struct Predictor {
    let nasal, infused: CompiledModel
    static let people = 128
    static let minutes = (0...30).map { Double($0) * 5 }
    /// When blood pressure is read after the dose: assumed.
    static let readings = [40.0, 60, 90, 120]
    /// Gauss and Hermite's rule with seven points: nodes in standard deviations, weights that sum to 1.
    static let normal: [(node: Double, weight: Double)] = [
        (-3.750439717725742, 0.000548268855972), (-2.366759410734541, 0.030757123967586), (-1.154405394739968, 0.240123178605013),
        (0, 0.457142857142857), (1.154405394739968, 0.240123178605013), (2.366759410734541, 0.030757123967586), (3.750439717725742, 0.000548268855972),
    ]

    enum Exposure: Hashable { case placebo, nasal(Int), infusion }

    /// The drug-caused signals of each person over `minutes`.
    struct Signals {
        /// For what is felt, and for pressure, S-ketamine equivalents in ng/mL.
        var felt, pressure: [[Double]]
    }

    private static func regimen(_ exposure: Exposure) -> Regimen {
        switch exposure {
        case .placebo, .nasal(0): Regimen(drug: .esketamine, doses: [])
        case .nasal(let milligrams):
            {
                var regimen = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, Double(milligrams), "mg", .intranasal)])
                regimen.deviceRestMinutes = 5
                return regimen
            }()
        case .infusion: Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, 0.5, "mg/kg", .intravenous, overMinutes: 40)])
        }
    }

    /// Which dose a row is about; "28-84" and "56/84" are taken as half 56 and half 84 mg.
    static func exposures(_ observation: Observation) -> [Exposure] {
        if observation.drug == "placebo" { return [.placebo] }
        if observation.drug == "ketamine" { return [.infusion] }
        switch observation.dose {
        case "28 mg": return [.nasal(28)]
        case "56 mg": return [.nasal(56)]
        case "84 mg": return [.nasal(84)]
        default: return [.nasal(56), .nasal(84)]
        }
    }

    func signals(_ exposures: Set<Exposure>, _ values: [String: Double]) throws -> [Exposure: Signals] {
        var result: [Exposure: Signals] = [:]
        for exposure in exposures {
            guard exposure != .placebo else {
                let nothing = [[Double]](repeating: Self.minutes.map { _ in 0 }, count: 1)
                result[exposure] = Signals(felt: nothing, pressure: nothing)
                continue
            }
            let model = exposure == .infusion ? infused : nasal
            let simulation = try Simulation(
                model, Self.regimen(exposure), times: Self.minutes.map { $0 / 60 }, outputs: ["signal_site", "habituation", "adaptation"])
            let moved = Dictionary(uniqueKeysWithValues: ["t_site", "t_habituation", "t_adaptation"].map { ($0, [(values[$0] ?? 1) / 60]) })
            let courses = simulation.courses(Subjects(model, count: Self.people, seed: 20261123, parameters: moved))
            result[exposure] = Signals(
                felt: courses.map { $0.map { max($0[0] - $0[1], 0) } }, pressure: courses.map { $0.map { max($0[0] - $0[2], 0) } })
        }
        return result
    }

    /// The prediction in the row's unit.
    func predict(_ observation: Observation, _ all: [Exposure: Signals], _ values: [String: Double]) -> Double {
        let parts = Self.exposures(observation).compactMap { exposure in
            all[exposure].map { predict(observation.statistic, $0, isInfusion: exposure == .infusion, isPlacebo: exposure == .placebo, values) }
        }
        return parts.reduce(0, +) / Double(max(parts.count, 1))
    }

    private func predict(_ statistic: Statistic, _ signals: Signals, isInfusion: Bool, isPlacebo: Bool, _ values: [String: Double]) -> Double {
        func value(_ id: String) -> Double { values[id] ?? .nan }
        func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
        func index(_ minute: Double) -> Int { Self.minutes.firstIndex(of: minute) ?? 0 }
        /// Change per unit of signal in the middle person, and the spread of its logarithm.
        func gain(_ sign: Statistic.Sign) -> (Double, Double) {
            if sign == .heartRate { return (value("heart_rate_gain"), 0) }
            let base = value("pressure_gain") * (isInfusion ? value("pressure_intravenous") : 1)
            return (base * (sign == .diastolic ? value("diastolic_share") : 1), value("pressure_gain.spread"))
        }
        func meanChange(_ sign: Statistic.Sign, _ minute: Double) -> Double {
            let (median, spread) = gain(sign)
            return median * exp(spread * spread / 2) * mean(signals.pressure.map { $0[index(minute)] })
        }
        func readingError(_ sign: Statistic.Sign) -> Double { value(sign == .heartRate ? "heart_rate.reading" : "\(sign.rawValue).reading") }
        /// Person by person and over their sensitivity: the changes at the readings, and a weight.
        func changes(_ sign: Statistic.Sign) -> [(weight: Double, drug: [Double])] {
            let (median, spread) = gain(sign)
            let readings = Self.readings.map(index)
            return signals.pressure.flatMap { course in
                (spread == 0 || isPlacebo ? [(0, 1)] : Self.normal.map { ($0.node, $0.weight) }).map { node, weight in
                    let gain = median * exp(spread * node)
                    return (weight / Double(signals.pressure.count), readings.map { course[$0] * gain })
                }
            }
        }
        func above4(_ signals: [Double]) -> Double {
            // 92 u/(1 + u) > 4.
            let needed = log(4.0 / 88 / value("cadss_gain"))
            let spread = value("cadss_gain.spread")
            let placebo = 1 / (1 + exp(-value("cadss_placebo")))
            let drug = mean(signals.map { $0 <= 0 ? 0 : Self.cumulative((log($0) - needed) / spread) })
            return 100 * (1 - (1 - placebo) * (1 - drug))
        }
        func happens(_ event: Statistic.Event, sessions: Int) -> Double {
            let (base, gain) = (value("\(event.rawValue)_base"), value("\(event.rawValue)_gain"))
            let spread = value("\(event.rawValue)_base.spread")
            return 100
                * mean(
                    signals.felt.map { course in
                        Self.normal.reduce(0) { sum, point in
                            let logit = base + spread * point.node + gain * (course.max() ?? 0)
                            let stays = 1 / (1 + exp(logit))
                            return sum + point.weight * (1 - pow(stays, Double(sessions)))
                        }
                    })
        }
        switch statistic {
        case .meanChange(let sign, let minute): return meanChange(sign, minute)
        case .greatestMeanChange(let sign): return [30.0, 35, 40].map { meanChange(sign, $0) }.max() ?? .nan
        case .meanHighestReading(let sign):
            let error = readingError(sign)
            return changes(sign).reduce(0) { $0 + $1.weight * Self.expectedMaximum($1.drug, error) }
        case .everRise(let sign, let threshold):
            let error = readingError(sign)
            return 100
                * changes(sign).reduce(0) { sum, person in
                    let stays = Self.normal.reduce(0) { sum, point in
                        sum + point.weight * person.drug.reduce(1) { $0 * Self.cumulative((threshold - $1) / error + point.node) }
                    }
                    return sum + person.weight * (1 - pow(stays, 8))
                }
        case .dissociated: return above4(signals.felt.map { $0.max() ?? 0 })
        case .dissociatedAt(let minute): return above4(signals.felt.map { $0[index(minute)] })
        case .ever(let event, let sessions): return happens(event, sessions: sessions)
        case .session(let event): return happens(event, sessions: 1)
        case .peakMinute(let peak):
            let courses = peak == .pressure ? signals.pressure : signals.felt
            let course = Self.minutes.indices.map { minute in mean(courses.map { $0[minute] }) }
            guard let top = course.indices.max(by: { course[$0] < course[$1] }), top > 0, top + 1 < course.count else { return 0 }
            // The top of the parabola through the greatest value and its neighbours.
            let (a, b, c) = (course[top - 1], course[top], course[top + 1])
            return Self.minutes[top] + 5 * 0.5 * (a - c) / (a - 2 * b + c)
        }
    }

    static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// E max_j (d_j + σ e_j) − σ e₀ for independent standard normal e: the reading before the dose has mean zero and falls out.
    static func expectedMaximum(_ drug: [Double], _ error: Double) -> Double {
        let low = (drug.min() ?? 0) - 5 * error
        let high = (drug.max() ?? 0) + 5 * error
        let count = 40
        let width = (high - low) / Double(count)
        var sum = low
        for step in 0..<count {
            let x = low + (Double(step) + 0.5) * width
            sum += width * (1 - drug.reduce(1) { $0 * cumulative((x - $1) / error) })
        }
        return sum
    }
}
