import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// People made up by the model, with the ratings they would give: for virtual trials and to test what is learnt from charts.
public struct SymptomSimulator: Sendable {
    public let constants: SymptomConstants

    public init(_ constants: SymptomConstants) { self.constants = constants }

    /// One person's place along the axes and the biases of every scale, in standard deviations.
    public struct Person: Sendable {
        public var axes: [Double]
        /// By scale.
        public var biases: [Double]

        /// As a posterior over `names` would have it.
        public func point(for posterior: PersonPosterior) -> [Double] { axes + posterior.biased.map { biases[$0] } }
    }

    public func person(_ stream: inout RandomStream) -> Person {
        Person(axes: constants.axes.map { _ in stream.normal() }, biases: constants.scales.map { _ in stream.normal() })
    }

    /// Ratings at the times asked for, in time order.
    /// - Parameter history: doses and visits; its scores are not looked at.
    public func rate(_ person: Person, _ history: SymptomHistory, at times: [(day: Double, scale: Int)], _ stream: inout RandomStream) -> [SymptomHistory.Score]
    {
        let times = times.sorted { ($0.day, $0.scale) < ($1.day, $1.scale) }
        let timeline = CourseTimeline(constants, history, at: times.map(\.day))
        let angles = SeverityCourse(constants, person: person.axes).angles(timeline)
        let volatility = constants.axes[4].value(person.axes[4])
        let spread = volatility * constants.fluctuation
        var wander = spread * stream.normal()
        var last = times.first?.day ?? 0
        return zip(times, angles).map { time, plain in
            let kept = exp(-(time.day - last) / constants.fluctuationTime)
            wander = wander * kept + spread * (1 - kept * kept).squareRoot() * stream.normal()
            last = time.day
            let scale = constants.scales[time.scale]
            let seen = scale.seen(plain + wander, bias: person.biases[time.scale])
            return .init(day: time.day, scale: time.scale, total: constants.rating(seen, on: scale, noise: volatility * scale.noise, &stream))
        }
    }
}

extension SymptomConstants {
    /// A rating of what a scale sees; a small share is wide of the mark.
    /// - Parameters:
    ///   - seen: on the scale's own axis.
    ///   - noise: standard deviation of one rating, on that axis.
    func rating(_ seen: Double, on scale: Scale, noise: Double, _ stream: inout RandomStream) -> Double {
        let isOdd = stream.chance(outlierShare)
        return rating(seen, on: scale, noise: noise, isOdd: isOdd, error: stream.normal())
    }

    /// - Parameter error: a standard normal value.
    func rating(_ seen: Double, on scale: Scale, noise: Double, isOdd: Bool, error: Double) -> Double {
        let deviation = isOdd ? (noise * noise + outlierSpread * outlierSpread).squareRoot() : noise
        return scale.total(atAngle: seen + deviation * error)
    }
}

extension SymptomConstants.Scale {
    /// A latent angle as the scale sees it.
    /// - Parameter bias: of the person on this scale, in standard deviations.
    func seen(_ angle: Double, bias: Double) -> Double { shift + slope * angle + bias * crosswalk }

    /// The latent angle at which the scale shows so many points.
    public func angle(showing points: Double) -> Double {
        (asin(max(0, min(1, points / maximum)).squareRoot()) - shift) / slope
    }
}
