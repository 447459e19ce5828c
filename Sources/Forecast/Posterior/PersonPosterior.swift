import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the scores of one person say of them: the log posterior, and where the fluctuation stood at the last score.
///
/// A rating is a cell of the angular scale: its seen angle is the latent one (through the scale's crosswalk and this person's bias) plus a slow
/// fluctuation (Ornstein and Uhlenbeck) plus rater noise, and the total is the cell it falls into, the end cells open. A small share of ratings
/// is wide of the mark. The fluctuation is integrated out score by score: each cell updates its mean and variance by matching moments
/// (assumed density filtering; T. P. Minka, "Expectation propagation for approximate Bayesian inference", UAI 2001, arXiv 1301.2294).
public struct PersonPosterior: Sendable {
    let constants: SymptomConstants
    let history: SymptomHistory
    /// Scales that have a bias of their own, by model index.
    public let biased: [Int]
    private let cells: [(low: Double, high: Double)]
    /// By score, how likely it is wide of the mark before the others are looked at.
    private let doubts: [Double]
    /// Scores that others of the same day contradict.
    let contradicted: Set<Int>
    private let timeline: CourseTimeline
    /// Of a score that another of the same day contradicts (assumed: of three that go there and back, one is wrong).
    private static let doubt = 0.3

    /// Mean and variance of the fluctuation at a time.
    struct Fluctuation<Number: Analytic>: Sendable {
        var day: Double
        var mean: Number
        var variance: Number
    }

    public init(_ constants: SymptomConstants, _ history: SymptomHistory) {
        self.constants = constants
        self.history = history
        timeline = CourseTimeline(constants, history, at: history.scores.map(\.day))
        let contradicted = constants.contradicted(history.scores, doses: history.doses)
        self.contradicted = contradicted
        doubts = history.scores.indices.map { contradicted.contains($0) ? Self.doubt : constants.outlierShare }
        let room = Lanes.scalarCount - constants.axes.count
        biased = Array(history.scalesUsed.filter { constants.scales[$0].crosswalk > 0 }.prefix(room))
        cells = history.scores.map { score in
            let maximum = constants.scales[score.scale].maximum
            func edge(_ total: Double) -> Double { asin(max(0, min(1, total / (maximum + 1))).squareRoot()) }
            return (score.total <= 0 ? -.infinity : edge(score.total), score.total >= maximum ? .infinity : edge(score.total + 1))
        }
    }

    public var dimension: Int { constants.axes.count + biased.count }

    /// What the directions are called.
    public var names: [String] { constants.axes.map(\.id) + biased.map { "bias_" + constants.scales[$0].instrument } }

    func person(_ z: [Double]) -> [Dual] { z.indices.map { Dual(z[$0], direction: $0) } }

    /// How a scale sees a latent angle in this person.
    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    func seen<Number: Analytic>(_ angle: Number, scale index: Int, person: [Number]) -> Number {
        let scale = constants.scales[index]
        let plain = angle * scale.slope + scale.shift
        guard let number = biased.firstIndex(of: index) else { return plain }
        return plain + person[constants.axes.count + number] * scale.crosswalk
    }

    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    func volatility<Number: Analytic>(_ person: [Number]) -> Number { Number.exp(person[4] * constants.axes[4].spread + constants.axes[4].centre) }

    private static func logPrior(_ z: [Double]) -> Double { z.reduce(0) { $0 - 0.5 * $1 * $1 - 0.9189385332046727 } }

    /// With the standard normal prior, normalised.
    public func logDensity(_ z: [Double]) -> (value: Double, gradient: [Double]) {
        let likelihood = filter(person(z)).logLikelihood
        return (likelihood.value + Self.logPrior(z), z.indices.map { likelihood.slope[$0] - z[$0] })
    }

    /// The same of many people without its gradient, eight side by side.
    public func logValues(_ points: [[Double]]) -> [Double] {
        zip(Lanes.map(points) { filter($0).logLikelihood }, points).map { $0 + Self.logPrior($1) }
    }

    /// Draws from it.
    func sample(_ sampler: ImportanceSampler, seed: UInt64, subject: UInt32 = 0) -> ImportanceSampler.Sample {
        sampler.sample(dimension: dimension, seed: seed, subject: subject, values: logValues, logDensity)
    }

    /// Indices of the scores that are more likely wide of the mark than not, for a person.
    func oddScores(_ z: [Double]) -> [Int] {
        var chances: [Double] = []
        _ = filter(z) { chances.append($0) }
        return chances.indices.filter { chances[$0] > 0.5 }
    }

    /// The log likelihood, and the fluctuation after the last score.
    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    func filter<Number: Analytic>(_ person: [Number], each: ((_ chanceOfOutlier: Number) -> Void)? = nil) -> (
        logLikelihood: Number, fluctuation: Fluctuation<Number>
    ) {
        let angles = SeverityCourse(constants, person: person).angles(timeline)
        let volatility = volatility(person)
        let stationary = volatility * volatility * (constants.fluctuation * constants.fluctuation)
        var state = Fluctuation<Number>(day: history.scores.first?.day ?? 0, mean: Number(0), variance: stationary)
        var total = Number(0)
        for (number, score) in history.scores.enumerated() {
            let cell = cells[number]
            state.advance(to: score.day, stationary: stationary, time: constants.fluctuationTime)
            let scale = constants.scales[score.scale]
            let centre = seen(angles[number] + state.mean, scale: score.scale, person: person)
            let noise = volatility * scale.noise
            // The fluctuation is seen through the slope of the scale.
            let share = state.variance * (scale.slope * scale.slope)
            let narrow = CellFit(cell, centre: centre, variance: share + noise * noise)
            let wide = CellFit(cell, centre: centre, variance: share + noise * noise + constants.outlierSpread * constants.outlierSpread)
            let usual = narrow.probability * (1 - doubts[number])
            let odd = wide.probability * doubts[number]
            let probability = usual + odd + 1e-300
            total = total + Number.log(probability)
            // First and second derivative of ln Z with respect to the centre, of the mixture.
            let weight = usual / probability
            each?(1 - weight)
            let first = weight * narrow.slope + (1 - weight) * wide.slope
            let second = weight * narrow.curvature + (1 - weight) * wide.curvature - first * first
            let gain = state.variance * scale.slope
            state.mean = state.mean + gain * first
            state.variance = (state.variance + gain * gain * second).clamped(1e-12, .infinity)
        }
        return (total, state)
    }
}

extension SymptomConstants {
    /// Scores of one day on one scale that nobody can change between: further apart on the angular scale than two ratings wide of the mark, and not a fall
    /// after a dose.
    func contradicted(_ scores: [SymptomHistory.Score], doses: [SymptomHistory.Dose]) -> Set<Int> {
        let angles = scores.map { asin((($0.total + 0.5) / (scales[$0.scale].maximum + 1)).squareRoot()) }
        var found: Set<Int> = []
        for (later, score) in scores.enumerated() {
            for earlier in (0..<later).reversed() {
                guard score.day - scores[earlier].day <= 1 else { break }
                guard score.scale == scores[earlier].scale, abs(angles[later] - angles[earlier]) > 2 * outlierSpread else { continue }
                let isRelief = angles[later] < angles[earlier] && doses.contains { $0.day >= scores[earlier].day && $0.day < score.day }
                if !isRelief { found.formUnion([earlier, later]) }
            }
        }
        return found
    }
}

extension PersonPosterior.Fluctuation {
    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    mutating func advance(to target: Double, stationary: Number, time: Double) {
        let kept = exp(-max(target - day, 0) / time)
        mean = mean * kept
        variance = variance * (kept * kept) + stationary * (1 - kept * kept)
        day = target
    }
}

/// The probability that a normal variable falls into a cell, Z, with Z′/Z and Z″/Z for its mean.
private struct CellFit<Number: Analytic> {
    let probability: Number
    let slope: Number
    let curvature: Number

    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    init(_ cell: (low: Double, high: Double), centre: Number, variance: Number) {
        let deviation = variance.squareRoot()
        func standard(_ edge: Double) -> Number { edge.isFinite ? (edge - centre) / deviation : Number(edge) }
        let (low, high) = (standard(cell.low), standard(cell.high))
        let inside = Number.normalCell(from: low, to: high)
        probability = inside.probability
        // Beyond all reach the weight of this part is nothing, whatever stands here.
        slope = Number.ratio(inside.atLow - inside.atHigh, deviation * probability)
        let bent = (cell.low.isFinite ? low * inside.atLow : Number(0)) - (cell.high.isFinite ? high * inside.atHigh : Number(0))
        curvature = Number.ratio(bent, variance * probability)
    }
}
