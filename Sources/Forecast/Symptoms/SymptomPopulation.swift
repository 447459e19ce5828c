import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Many people through the same history: what a trial's arm is expected to show.
public struct SymptomPopulation: Sendable {
    public var constants: SymptomConstants
    /// Everyone's place along the axes, in standard deviations.
    public let people: [[Double]]

    /// People who fill the population evenly.
    public init(_ constants: SymptomConstants, count: Int, seed: UInt64 = 1) {
        self.constants = constants
        var stream = RandomStream(seed: seed, subject: 0, purpose: 0x5350_0001)
        // Volatility hardly moves a mean: everyone has the typical one.
        var points = EvenPoints(dimension: constants.axes.count - 1, stream: &stream)
        people = (0..<count).map { _ in points.normals() + [0] }
    }

    /// What is expected of a rating on one day.
    public struct Outlook: Sendable {
        /// Points, and their standard deviation over people and ratings.
        public var mean, deviation: Double
        /// Mean change from baseline, and its standard deviation.
        public var change, changeDeviation: Double
        /// Share with a fall by half or more.
        public var response: Double
        /// Share at or below a cut, by cut.
        public var atMost: @Sendable (Double) -> Double
    }

    /// By day, on one scale.
    public func outlook(_ history: SymptomHistory, scale index: Int = 0, days: [Double]) -> [Outlook] {
        let scale = constants.scales[index]
        let (noise, fluctuation) = (scale.noise, constants.fluctuation * scale.slope)
        let variance = noise * noise + fluctuation * fluctuation + scale.crosswalk * scale.crosswalk
        let deviation = variance.squareRoot()
        let order = days.indices.sorted { days[$0] < days[$1] }
        var angles = [[Double]](repeating: [Double](repeating: 0, count: people.count), count: days.count)
        var baselines = [Double](repeating: 0, count: people.count)
        let timeline = CourseTimeline(constants, history, at: order.map { days[$0] })
        for (number, person) in people.enumerated() {
            let course = SeverityCourse(constants, person: person)
            baselines[number] = scale.shift + scale.slope * course.baselineAngle
            for (day, angle) in zip(order, course.angles(timeline)) { angles[day][number] = scale.shift + scale.slope * angle }
        }
        let start = baselines.map { Self.moments($0, variance) }
        return days.indices.map { day in
            let now = angles[day].map { Self.moments($0, variance) }
            let count = Double(people.count)
            let mean = now.reduce(0) { $0 + $1.mean } / count
            let before = start.reduce(0) { $0 + $1.mean } / count
            let spread = now.reduce(0) { $0 + $1.variance + ($1.mean - mean) * ($1.mean - mean) } / count
            var changes = 0.0
            for (a, b) in zip(start, now) {
                let change = b.mean - a.mean - (mean - before)
                changes += change * change + a.variance + b.variance
            }
            let found = angles[day]
            @Sendable func below(_ cut: (Int) -> Double) -> Double {
                found.indices.reduce(0) { sum, person in
                    let edge = asin(max(0, min(1, (cut(person) + 1) / (scale.maximum + 1))).squareRoot())
                    return sum + 0.5 * erfc((found[person] - edge) / deviation * 0.7071067811865476)
                } / count
            }
            return Outlook(
                mean: mean * scale.maximum, deviation: spread.squareRoot() * scale.maximum, change: (mean - before) * scale.maximum,
                changeDeviation: (changes / count).squareRoot() * scale.maximum, response: below { 0.5 * start[$0].mean * scale.maximum },
                atMost: { cut in below { _ in cut } })
        }
    }

    /// Share of those who had responded on one day that are ill again on later days (ascending): at or above the cut of the reference scale.
    public func relapse(_ history: SymptomHistory, scale index: Int = 0, responseDay: Double, days: [Double], atLeast cut: Double) -> [Double] {
        let (scale, reference) = (constants.scales[index], constants.scales[0])
        func deviation(_ scale: SymptomConstants.Scale) -> Double {
            let seen = constants.fluctuation * scale.slope
            return (scale.noise * scale.noise + seen * seen).squareRoot()
        }
        let edge = asin((cut / (reference.maximum + 1)).squareRoot())
        var (responders, ill) = (0.0, [Double](repeating: 0, count: days.count))
        let timeline = CourseTimeline(constants, history, at: [responseDay] + days)
        for person in people {
            let course = SeverityCourse(constants, person: person)
            let found = course.angles(timeline)
            let half = asin((0.5 * SymptomConstants.share(scale.shift + scale.slope * course.baselineAngle)).squareRoot())
            let then = scale.shift + scale.slope * found[0]
            let response = 0.5 * erfc((then - half) / deviation(scale) * 0.7071067811865476)
            responders += response
            for number in days.indices {
                let angle = found[number + 1]
                ill[number] += response * 0.5 * erfc((edge - angle) / deviation(reference) * 0.7071067811865476)
            }
        }
        return ill.map { $0 / max(responders, 1e-9) }
    }

    /// Mean and variance of sin² of a normal angle.
    private static func moments(_ angle: Double, _ variance: Double) -> (mean: Double, variance: Double) {
        let second = cos(2 * angle) * exp(-2 * variance)
        let fourth = cos(4 * angle) * exp(-8 * variance)
        let mean = 0.5 - 0.5 * second
        return (mean, max(0.375 - 0.5 * second + 0.125 * fourth - mean * mean, 0))
    }
}

extension SymptomModel {
    /// The same model with other values.
    public func setting(_ values: [String: Double]) -> SymptomModel {
        var model = self
        for index in model.parameters.indices { if let value = values[model.parameters[index].id] { model.parameters[index].value = value } }
        return model
    }
}

extension SymptomPopulation {
    /// The same people under other constants.
    public init(_ constants: SymptomConstants, people: [[Double]]) { (self.constants, self.people) = (constants, people) }
}
