import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Forecaster {
    /// What is expected of one day.
    public struct Expectation: Sendable, Equatable {
        /// Of the person's state, in points of the scale.
        public var state: Quantiles
        /// The chance that a rating is at most half the baseline.
        public var response: Double
    }

    /// The last day of a question by itself: for plans that compare many, at the price of one day. The same persons, moved by the same chance, meet every
    /// question, so that what differs between two answers is what was asked.
    /// - Parameter stride: follows every so-manieth of the persons.
    public func expectation(_ known: Knowing, _ question: Question, stride: Int = 1, seed: UInt64, subject: UInt32 = 0) -> Expectation {
        let day = question.from + Double(question.horizon)
        let timeline = CourseTimeline(constants, known.history.adding(question.doses), at: [day])
        let scale = constants.scales[question.scale]
        var states: [Double] = []
        var responses = 0.0
        for number in Swift.stride(from: 0, to: known.persons.count, by: stride) {
            let (person, last) = known.persons[number]
            var stream = RandomStream(seed: seed, subject: subject, purpose: 0x4558_0000 + UInt32(number))
            let volatility = known.posterior.volatility(person)
            let spread = volatility * constants.fluctuation
            var fluctuation = last
            fluctuation.advance(to: day, stationary: spread * spread, time: constants.fluctuationTime)
            let course = SeverityCourse(constants, person: person)
            let angle = course.angles(timeline)[0] + fluctuation.mean + fluctuation.variance.squareRoot() * stream.normal()
            let seen = known.posterior.seen(angle, scale: question.scale, person: person)
            let start = known.posterior.seen(course.baselineAngle, scale: question.scale, person: person)
            let baseline = question.baseline ?? SymptomConstants.share(start) * scale.maximum
            // A rating is in the cells up to half the baseline with this chance.
            let edge = asin(max(0, min(1, ((0.5 * baseline).rounded(.down) + 1) / (scale.maximum + 1))).squareRoot())
            responses += 0.5 * erfc((seen - edge) / (volatility * scale.noise) * 0.7071067811865476)
            states.append(SymptomConstants.share(seen) * scale.maximum)
        }
        return Expectation(state: Quantiles(states), response: responses / Double(max(states.count, 1)))
    }
}
