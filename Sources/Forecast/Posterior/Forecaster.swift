import Notation
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Forecasts one person's course. The same history, model and seed give the same bytes.
public struct Forecaster: Sendable {
    public let model: SymptomModel
    public let constants: SymptomConstants
    public let version: String
    public var sampler = ImportanceSampler()
    /// Courses that are followed into the future.
    public var courses = 1000
    /// Whether forecasts keep every course's ratings.
    public var keepsDraws = false

    /// - Parameter version: of the knowledge file.
    public init(_ model: SymptomModel, version: String) throws(Diagnostic) {
        self.model = model
        self.version = version
        constants = try SymptomConstants(model)
    }

    /// What is known of a person.
    public struct Knowing: Sendable {
        public var posterior: PersonPosterior
        public var sample: ImportanceSampler.Sample
        public var history: SymptomHistory
        /// Equally likely persons, each with where the fluctuation stood at the last score: what forecasts follow.
        let persons: [(z: [Double], fluctuation: PersonPosterior.Fluctuation<Double>)]
    }

    /// The posterior of a person.
    public func learn(_ history: SymptomHistory, seed: UInt64, subject: UInt32 = 0) -> Knowing {
        let posterior = PersonPosterior(constants, history)
        let sample = posterior.sample(sampler, seed: seed, subject: subject)
        let drawn = Self.resampled(sample, count: courses, seed: seed, subject: subject)
        return Knowing(posterior: posterior, sample: sample, history: history, persons: drawn.map { ($0, posterior.filter($0).fluctuation) })
    }

    /// What is asked of a forecast.
    public struct Question: Sendable {
        /// Day of the history from which it runs.
        public var from: Double
        /// Whole days from then.
        public var horizon: Int
        public var doses: [SymptomHistory.Dose]
        public var scale: Int
        /// Against which response counts; nil: each course's own.
        public var baseline: Double?

        public init(from: Double, horizon: Int, doses: [SymptomHistory.Dose] = [], scale: Int = 0, baseline: Double? = nil) {
            (self.from, self.horizon, self.doses, self.scale, self.baseline) = (from, horizon, doses, scale, baseline)
        }
    }

    /// Follows courses of that person into the future.
    public func forecast(_ known: Knowing, _ question: Question, seed: UInt64, subject: UInt32 = 0) -> Forecast {
        let history = known.history.adding(question.doses)
        let days = (0...question.horizon).map(Double.init)
        let timeline = CourseTimeline(constants, history, at: days.map { question.from + $0 })
        let kept = exp(-1 / constants.fluctuationTime)
        let scale = constants.scales[question.scale]
        var latent = [[Double]](repeating: [], count: days.count)
        var rated = latent
        var responses = [Int](repeating: 0, count: days.count)
        var remissions = responses
        var relapses = RelapseTally(days: days.count)
        for index in latent.indices {
            latent[index].reserveCapacity(known.persons.count)
            rated[index].reserveCapacity(known.persons.count)
        }
        for (number, (person, last)) in known.persons.enumerated() {
            var stream = RandomStream(seed: seed, subject: subject, purpose: 0x464F_0000 + UInt32(number))
            let posterior = known.posterior
            let volatility = posterior.volatility(person)
            let spread = volatility * constants.fluctuation
            var fluctuation = last
            fluctuation.advance(to: question.from, stationary: spread * spread, time: constants.fluctuationTime)
            var wander = fluctuation.mean + fluctuation.variance.squareRoot() * stream.normal()
            let step = spread * (1 - kept * kept).squareRoot()
            let course = SeverityCourse(constants, person: person)
            let angles = course.angles(timeline)
            let start = posterior.seen(course.baselineAngle, scale: question.scale, person: person)
            let baseline = question.baseline ?? SymptomConstants.share(start) * scale.maximum
            let hazard = exp(constants.hazardSpread * stream.normal()) * (history.hasPsychotherapy ? constants.psychotherapy : 1)
            var relapse = RelapseTally.Course(least: model.planning.relapseAtLeast.value, lasting: Int(model.planning.relapseDays.value.rounded()))
            for index in days.indices {
                let (move, error) = stream.normalPair()
                if index > 0 { wander = wander * kept + step * move }
                let angle = angles[index] + wander
                let seen = posterior.seen(angle, scale: question.scale, person: person)
                let state = SymptomConstants.share(seen) * scale.maximum
                latent[index].append(state)
                let isOdd = stream.chance(constants.outlierShare)
                let noise = volatility * scale.noise
                let deviation = isOdd ? (noise * noise + constants.outlierSpread * constants.outlierSpread).squareRoot() : noise
                let place = scale.place(ofAngle: seen + deviation * error)
                let total = (place + 0.5).rounded(.down)
                rated[index].append(place)
                if total <= 0.5 * baseline { responses[index] += 1 }
                if total <= scale.remission { remissions[index] += 1 }
                let points = question.scale == 0 ? state : constants.points(angle)
                relapse.add(points, hazard: hazard * constants.hazard(at: points))
            }
            relapses.add(relapse)
        }
        return Forecast(
            scale: scale, days: days, latent: latent.map(Quantiles.init), rated: rated.map(Quantiles.init),
            response: responses.map { Double($0) / Double(known.persons.count) }, remission: remissions.map { Double($0) / Double(known.persons.count) },
            relapse: relapses.summary(outOf: known.persons.count), parameters: parameters(known), sample: known.sample, notes: notes(known),
            draws: keepsDraws ? rated : [])
    }

    /// Systematic resampling: equally weighted draws.
    static func resampled(_ sample: ImportanceSampler.Sample, count: Int, seed: UInt64, subject: UInt32) -> [[Double]] {
        var stream = RandomStream(seed: seed, subject: subject, purpose: 0x5253_0001)
        return resampledIndices(sample.weights, count: count, shift: stream.uniform()).map { sample.points[$0] }
    }

    /// - Parameters:
    ///   - weights: sum to 1.
    ///   - shift: 0 to 1, at random.
    static func resampledIndices(_ weights: [Double], count: Int, shift: Double) -> [Int] {
        var (sum, index) = (0.0, 0)
        return (0..<count).map { number in
            let target = (Double(number) + shift) / Double(count)
            while index < weights.count - 1, sum + weights[index] < target {
                sum += weights[index]
                index += 1
            }
            return index
        }
    }

    private func parameters(_ known: Knowing) -> [Forecast.Parameter] {
        let sample = known.sample
        return known.posterior.names.enumerated().map { axis, name in
            let values = sample.points.map { point -> Double in
                guard axis < constants.axes.count else { return point[axis] * constants.scales[known.posterior.biased[axis - constants.axes.count]].crosswalk }
                let value = constants.axes[axis].value(point[axis])
                return axis == 0 ? constants.points(value) : value
            }
            return Forecast.Parameter(name: name, WeightedValues(values, weights: sample.weights))
        }
    }

    /// What the data and the computation have to say for themselves.
    private func notes(_ known: Knowing) -> [String] {
        var notes: [String] = []
        let sample = known.sample
        let mean = sample.mean
        let contradicted = known.posterior.contradicted
        if !contradicted.isEmpty {
            notes.append("\(contradicted.count) scores of one day lie further apart than anybody changes in a day: each is doubted, and the bands are wider")
        }
        let odd = known.posterior.oddScores(mean)
        if !odd.isEmpty {
            notes.append(
                "\(odd.count) of \(known.history.scores.count) scores lie far from the course the others tell; the forecast counts them little and is wider for them"
            )
        }
        for (number, scale) in known.posterior.biased.enumerated() where abs(mean[constants.axes.count + number]) > 1.5 {
            notes.append("\(constants.scales[scale].instrument) and the other scales contradict each other by more than people usually differ")
        }
        if !odd.isEmpty || mean[4] > 1.5 { notes.append("this person's scores vary more than most people's; the bands are wider") }
        if sample.method == .noUTurn {
            let reduction = sample.scaleReduction ?? .infinity
            notes.append("importance sampling did not do (k̂ \(decimal(rounded(sample.shape, places: 2)))); the no-u-turn sampler answered")
            if !(reduction < 1.05) || sample.effectiveSize < 200 { notes.append("the sampler has not settled: do not rely on this forecast") }
        }
        return notes
    }
}

extension SymptomConstants.Scale {
    /// An angle on the scale's own axis, without rounding to whole totals: bands made of totals would cover too much.
    func place(ofAngle angle: Double) -> Double { max(0, min((maximum + 1) * SymptomConstants.share(angle) - 0.5, maximum)) }

    /// The total whose cell an angle falls into.
    func total(atAngle angle: Double) -> Double { min(((maximum + 1) * SymptomConstants.share(angle)).rounded(.down), maximum) }
}
