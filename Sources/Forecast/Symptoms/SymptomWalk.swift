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
    private let scene: SymptomScene
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
    public init(_ scene: SymptomScene, _ person: SymptomSimulator.Person, from day: Double, start: Double, belief: Double, _ stream: inout NormalStream) {
        self.scene = scene
        biases = person.biases
        (self.day, self.start, self.belief) = (day, start, belief)
        volatility = scene.constants.axes[4].value(person.axes[4])
        course = SeverityCourse(scene.constants, person: person.axes)
        wander = volatility * scene.constants.fluctuation * stream.next()
    }

    /// Time passes; nothing goes back.
    public mutating func advance(to next: Double, _ stream: inout NormalStream) {
        let days = next - day
        guard days > 0 else { return }
        day = next
        course.elapse(days, unfeltFast: scene.fastOnset.value(days), unfeltSlow: scene.slowOnset.value(days))
        let kept = days == 1 ? scene.keptOfDay : exp(-days / scene.constants.fluctuationTime)
        wander = wander * kept + volatility * scene.constants.fluctuation * (1 - kept * kept).squareRoot() * stream.next()
    }

    /// Time passes, eight days at a time. A day counts at its end, from the first after day 0 on.
    /// - Returns: on how many of them the person is in remission by what is latent.
    public mutating func wellDays(until end: Double, _ stream: inout NormalStream) -> Int {
        var count = 0
        while true {
            let next = day.rounded(.down) + 1
            guard next <= end else { break }
            let length = min(Int((end - next).rounded(.down)) + 1, Lanes.scalarCount)
            count += wellDays(from: next, length, &stream)
        }
        advance(to: end, &stream)
        return count
    }

    private mutating func wellDays(from next: Double, _ length: Int, _ stream: inout NormalStream) -> Int {
        var wanders = Lanes.zero
        let spread = volatility * scene.constants.fluctuation
        var (kept, fresh) = (scene.keptOfDay, spread * scene.newOfDay)
        if next - day != 1 {
            kept = exp((day - next) / scene.constants.fluctuationTime)
            fresh = spread * (1 - kept * kept).squareRoot()
        }
        withUnsafeMutableBytes(of: &wanders) { days in
            for index in 0..<length {
                wander = wander * kept + fresh * stream.next()
                days.storeBytes(of: wander, toByteOffset: index &* 8, as: Double.self)
                (kept, fresh) = (scene.keptOfDay, spread * scene.newOfDay)
            }
        }
        let background = scene.background(
            sinceFirst: next - start, sinceLast: lastVisit.map { next - $0 }, belief: belief,
            sinceAntidepressant: antidepressantDay.map { next - $0 })
        let drifted = scene.drifted(since: next - start)
        let share = course.elapse(from: next - day, length, scene.fastOnset, scene.slowOnset, background: background, drifted: drifted)
        day = next + Double(length - 1)
        // angle + wander < cut, as the squared sine of either side.
        let place = Lanes.smaller(Lanes.larger(scene.wellBelow - wanders, .zero), Lanes(repeating: .pi / 2))
        let limit = 0.5 - 0.5 * Lanes.cosine(turns: place * (1 / Double.pi))
        let days = DailyDecay.ramp + next
        let isWell = share .< limit .& days .> 0 .& DailyDecay.ramp .< Double(length)
        return Int(SIMD8<Int64>.zero.replacing(with: 1, where: isWell).wrappedSum())
    }

    /// A visit with a dose, or with what stands for one.
    public mutating func visit() { lastVisit = day }

    /// - Parameter occupancyHours: area under receptor occupancy, with what co-medication takes from it.
    public mutating func give(occupancyHours: Double) {
        let lift = scene.constants.lift(occupancyHours: occupancyHours)
        course.lift(fast: lift.fast, slow: lift.slow)
    }

    /// An antidepressant newly begun; the first counts.
    public mutating func beginAntidepressant(on begin: Double) { antidepressantDay = antidepressantDay ?? begin }

    /// The latent angle now, the fluctuation included.
    public var angle: Double {
        let background = scene.background(
            sinceFirst: day - start, sinceLast: lastVisit.map { day - $0 }, belief: belief, sinceAntidepressant: antidepressantDay.map { day - $0 })[0]
        return course.angle(background: background, drifted: scene.drifted(since: day - start)[0]) + wander
    }

    /// A rating at a latent angle.
    /// - Parameters:
    ///   - noise: factor on the scale's measurement error.
    ///   - rater: how far the rater sees things off, on the scale's angular axis.
    ///   - choice: whether it is wide of the mark.
    ///   - error: by how much.
    public func rate(
        _ angle: Double, scale index: Int, noise: Double = 1, rater: Double = 0, _ choice: inout RandomStream, _ error: inout NormalStream
    ) -> Int {
        let scale = scene.constants.scales[index]
        let isOdd = choice.chance(scene.constants.outlierShare)
        let seen = scale.seen(angle, bias: biases[index]) + rater
        return Int(scene.constants.rating(seen, on: scale, noise: noise * volatility * scale.noise, isOdd: isOdd, error: error.next()))
    }
}

extension SymptomConstants {
    /// The total of the reference scale whose cell a latent angle falls into: a rating without error.
    public func total(atAngle angle: Double) -> Int { Int(scales[0].total(atAngle: angle)) }

    /// The chance of a relapse by an event within a day, at a latent angle.
    public func chanceOfEvent(atAngle angle: Double, factor: Double) -> Double { 1 - exp(-factor * hazard(at: points(angle))) }
}
