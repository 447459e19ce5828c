import Forecast
import Notation
import Statistics

/// Somebody the trial could take: what they bring, before anything happens.
struct Participant: Sendable {
    /// Where severity stands is drawn at the first rating.
    var person: SymptomSimulator.Person
    /// By covariate, in the order of `ParticipantSource.covariates`.
    var covariates: [Double]
    /// By instrument: how far their rater sees things off, on the scale's angular axis; empty where raters do not differ.
    var raters: [Double]
    /// Factor of co-medication on what a dose does.
    var burst: Double
    /// Factor on the hazard of a relapse by an event.
    var hazard: Double
    var antidepressantDay: Double?
    /// On the latent axis, in standard deviations; nil: drawn from the population.
    var severity: Double?
}

/// Draws participants: who somebody is depends on seed and number only.
struct ParticipantSource: Sendable {
    let design: TrialDesign
    let cohort: Cohort?
    /// Names, in order.
    let covariates: [String]
    /// By covariate, as the specification has it.
    private let spreads: [TrialSpecification.Spread?]
    private let hasRaters: Bool

    /// What random numbers are for.
    enum Purpose {
        static let person: UInt32 = 0x5452_0200
        static let member: UInt32 = 0x5452_0201
        static let severity: UInt32 = 0x5452_0202
        static let fluctuation: UInt32 = 0x5452_0203
        static let rating: UInt32 = 0x5452_0204
        static let conduct: UInt32 = 0x5452_0205
        static let pressure: UInt32 = 0x5452_0206
        static let event: UInt32 = 0x5452_0207
        static let ratingError: UInt32 = 0x5452_0208
        static func covariate(_ number: Int) -> UInt32 { 0x5452_1000 + UInt32(number) }
        static func coTreatment(_ number: Int) -> UInt32 { 0x5452_2000 + UInt32(number) }
        static func rater(_ instrument: Int) -> UInt32 { 0x5452_3000 + UInt32(instrument) }
    }

    init(_ design: TrialDesign, cohort: Cohort?) {
        (self.design, self.cohort) = (design, cohort)
        let stated = design.specification.population?.covariates ?? [:]
        covariates = Set(stated.keys.map { $0 } + (cohort?.members.flatMap { $0.covariates.keys } ?? [])).sorted()
        spreads = covariates.map { stated[$0] }
        hasRaters = design.specification.instruments.contains { ($0.raters?.sd ?? 0) > 0 }
    }

    func draw(_ world: TrialWorld, arm: ArmDesign, seed: UInt64, number: UInt32) -> Participant {
        func stream(_ purpose: UInt32) -> RandomStream { RandomStream(seed: seed, subject: number, purpose: purpose) }
        var own = NormalStream(seed: seed, subject: number, purpose: Purpose.person)
        var person = world.scene.person(&own)
        for axis in person.axes.indices { person.axes[axis] += world.shifts[axis] }
        let member = cohort.map { cohort in
            var choosing = stream(Purpose.member)
            return cohort.members[choosing.integer(in: 0...cohort.members.count - 1)]
        }
        let values = covariates.indices.map { index -> Double in
            if let known = member?.covariates[covariates[index]] { return known }
            guard let spread = spreads[index] else { return .nan }
            var drawing = stream(Purpose.covariate(index))
            return spread.draw(&drawing)
        }
        var participant = Participant(
            person: person, covariates: values, raters: hasRaters ? raters(world, seed: seed, number: number) : [], burst: 1, hazard: 1,
            antidepressantDay: nil, severity: nil)
        if let member {
            if member.takesBenzodiazepine { participant.burst *= world.constants.benzodiazepine }
            if let baseline = member.baseline, let scale = world.constants.scales.first(where: { $0.instrument == baseline.instrument }) {
                participant.severity = world.constants.axes[0].place(of: scale.angle(showing: baseline.total))
            }
        }
        guard let treatments = arm.arm.coTreatments else { return participant }
        for (index, treatment) in treatments.enumerated() {
            var drawing = stream(Purpose.coTreatment(index))
            guard drawing.chance(treatment.share ?? 1) else { continue }
            switch treatment.kind {
            case .antidepressant: participant.antidepressantDay = treatment.startDay ?? design.specification.firstDay
            case .psychotherapy: participant.hazard *= world.constants.psychotherapy
            case .benzodiazepine: participant.burst *= member?.takesBenzodiazepine == true ? 1 : world.constants.benzodiazepine
            case .lamotrigine: participant.burst *= world.lamotrigine
            }
        }
        return participant
    }

    /// Everybody keeps their rater, and a rater is the same for all of a replicate.
    private func raters(_ world: TrialWorld, seed: UInt64, number: UInt32) -> [Double] {
        design.specification.instruments.enumerated().map { index, instrument in
            guard let raters = instrument.raters, raters.sd > 0 else { return 0 }
            var choosing = RandomStream(seed: seed, subject: number, purpose: Purpose.rater(index))
            let rater = UInt32(choosing.integer(in: 1...raters.count))
            var drawing = RandomStream(seed: world.seed, subject: rater, purpose: Purpose.rater(index) + 0x1000)
            // At the middle of a scale a radian is as many points as the scale has.
            return drawing.normal(sd: raters.sd / world.constants.scales[design.scales[index]].maximum)
        }
    }
}

/// How ill the people are who come, on the latent axis, in standard deviations.
struct SeveritySpread: Sendable {
    private let mean, sd: Double

    init(_ world: TrialWorld, _ design: TrialDesign) {
        let constants = world.constants
        guard let baseline = design.specification.population?.baseline, let points = baseline.mean,
            let scale = constants.scales.first(where: { $0.instrument == baseline.instrument ?? design.specification.instruments[0].id })
        else {
            (mean, sd) = (world.shifts[0], 1)
            return
        }
        // A point of the scale is the less of an angle the nearer the middle: by the slope at the mean.
        let spread = baseline.sd ?? 0
        let (low, high) = (scale.angle(showing: max(points - spread, 0.5)), scale.angle(showing: min(points + spread, scale.maximum - 0.5)))
        let (axis, middle) = (constants.axes[0], scale.angle(showing: points))
        mean = axis.place(of: middle)
        sd = axis.place(of: middle + 0.5 * (high - low)) - mean
    }

    /// Drawn again for everyone who is looked at, of whom it is not known.
    func draw(_ participant: Participant, _ stream: inout NormalStream) -> Double {
        let drawn = stream.next()
        return participant.severity ?? mean + sd * drawn
    }
}

extension SymptomConstants.Axis {
    /// In standard deviations.
    func place(of value: Double) -> Double { spread > 0 ? (value - centre) / spread : 0 }
}

extension TrialSpecification.Spread {
    /// Of a property 0 or 1; of a number within its limits.
    func draw(_ stream: inout RandomStream) -> Double {
        if let share { return stream.chance(share) ? 1 : 0 }
        let (mean, sd) = (mean ?? 0, sd ?? 0)
        // A quantity of a person is above 0, whatever the spread.
        let (low, high) = (min ?? mean * 0.1, max ?? .infinity)
        for _ in 0..<1000 {
            let value = stream.normal(mean: mean, sd: sd)
            if value >= low, value <= high { return value }
        }
        return mean
    }
}
