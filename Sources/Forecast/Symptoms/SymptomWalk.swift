import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One person followed from moment to moment, where what comes next depends on how they are: a virtual trial. The same equations as
/// `SymptomSimulator`, which knows a whole history beforehand.
///
/// What happens at a moment comes after what is read at it: `advance`, then `angle` and `rate`, then `visit` and `give`.
public struct SymptomWalk: Sendable {
    private let c: SymptomConstants
    private let biases: [Double]
    private let start: Double
    private let volatility: Double
    private var course: SeverityCourse<Double>
    /// The fluctuation about the course.
    private var wander: Double
    private var lastVisit: Double?
    private var antidepressantDay: Double?
    public private(set) var day: Double
    /// How sure the person is to receive the drug, 0 to 1.
    public var belief: Double

    /// - Parameters:
    ///   - from: the day.
    ///   - start: the day of the first visit, from which what improves without drug counts.
    public init(_ constants: SymptomConstants, _ person: SymptomSimulator.Person, from day: Double, start: Double, belief: Double, _ stream: inout RandomStream)
    {
        c = constants
        biases = person.biases
        (self.day, self.start, self.belief) = (day, start, belief)
        volatility = constants.axes[4].value(person.axes[4])
        course = SeverityCourse(constants, person: person.axes)
        wander = volatility * constants.fluctuation * stream.normal()
    }

    /// Time passes; nothing goes back.
    public mutating func advance(to next: Double, _ stream: inout RandomStream) {
        let days = next - day
        guard days > 0 else { return }
        day = next
        course.elapse(days, unfeltFast: exp(-days / c.fastOnset), unfeltSlow: exp(-days / c.slowOnset))
        let kept = exp(-days / c.fluctuationTime)
        wander = wander * kept + volatility * c.fluctuation * (1 - kept * kept).squareRoot() * stream.normal()
    }

    /// A visit with a dose, or with what stands for one.
    public mutating func visit() { lastVisit = day }

    /// - Parameter occupancyHours: area under receptor occupancy, with what co-medication takes from it.
    public mutating func give(occupancyHours: Double) {
        let lift = c.lift(occupancyHours: occupancyHours)
        course.lift(fast: lift.fast, slow: lift.slow)
    }

    /// An antidepressant newly begun; the first counts.
    public mutating func beginAntidepressant(on begin: Double) { antidepressantDay = antidepressantDay ?? begin }

    /// The latent angle now, the fluctuation included.
    public var angle: Double {
        var background = 0.0
        if let lastVisit { background += c.expectancy(belief: belief, sinceFirst: day - start, sinceLast: day - lastVisit) }
        if let antidepressantDay { background += c.antidepressant(since: day - antidepressantDay) }
        return course.angle(background: background, drifted: c.drifted(since: max(day - start, 0))) + wander
    }

    /// A rating at a latent angle.
    /// - Parameters:
    ///   - noise: factor on the scale's measurement error.
    ///   - rater: how far the rater sees things off, on the scale's angular axis.
    public func rate(_ angle: Double, scale index: Int, noise: Double = 1, rater: Double = 0, _ stream: inout RandomStream) -> Int {
        let scale = c.scales[index]
        return Int(c.rating(scale.seen(angle, bias: biases[index]) + rater, on: scale, noise: noise * volatility * scale.noise, &stream))
    }
}

extension SymptomConstants {
    /// The total of the reference scale whose cell a latent angle falls into: a rating without error.
    public func total(atAngle angle: Double) -> Int { Int(scales[0].total(atAngle: angle)) }

    /// The chance of a relapse by an event within a day, at a latent angle.
    public func chanceOfEvent(atAngle angle: Double, factor: Double) -> Double { 1 - exp(-factor * hazard(at: points(angle))) }
}
