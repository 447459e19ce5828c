import Forecast
import Notation
import Statistics

/// Somebody the trial could take: what they bring, before anything happens.
struct Participant: Sendable {
    /// Where severity stands is drawn at the first rating.
    var person: SymptomSimulator.Person
    /// By covariate, in the order of `ParticipantSource.covariates`.
    var covariates: [Double]
    /// By instrument: how far their rater sees things off, on the scale's angular axis.
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
        static func covariate(_ number: Int) -> UInt32 { 0x5452_1000 + UInt32(number) }
        static func coTreatment(_ number: Int) -> UInt32 { 0x5452_2000 + UInt32(number) }
        static func rater(_ instrument: Int) -> UInt32 { 0x5452_3000 + UInt32(instrument) }
    }

    init(_ design: TrialDesign, cohort: Cohort?) {
        (self.design, self.cohort) = (design, cohort)
        let stated = design.specification.population?.covariates?.keys.map { $0 } ?? []
        covariates = Set(stated + (cohort?.members.flatMap { $0.covariates.keys } ?? [])).sorted()
    }

    func draw(_ world: TrialWorld, arm: ArmDesign, seed: UInt64, number: UInt32) -> Participant {
        let constants = world.constants
        func stream(_ purpose: UInt32) -> RandomStream { RandomStream(seed: seed, subject: number, purpose: purpose) }
        var own = stream(Purpose.person)
        var person = SymptomSimulator(constants).person(&own)
        for axis in person.axes.indices { person.axes[axis] += world.shifts[axis] }
        var choosing = stream(Purpose.member)
        let member = cohort.map { $0.members[choosing.integer(in: 0...$0.members.count - 1)] }
        let values = covariates.enumerated().map { index, name -> Double in
            var drawing = stream(Purpose.covariate(index))
            let drawn = design.specification.population?.covariates?[name]?.draw(&drawing)
            return member?.covariates[name] ?? drawn ?? .nan
        }
        var participant = Participant(
            person: person, covariates: values, raters: raters(world, seed: seed, number: number), burst: 1, hazard: 1, antidepressantDay: nil, severity: nil)
        if let member {
            if member.takesBenzodiazepine { participant.burst *= constants.benzodiazepine }
            if let baseline = member.baseline, let scale = constants.scales.first(where: { $0.instrument == baseline.instrument }) {
                participant.severity = constants.axes[0].place(of: scale.angle(showing: baseline.total))
            }
        }
        for (index, treatment) in (arm.arm.coTreatments ?? []).enumerated() {
            var drawing = stream(Purpose.coTreatment(index))
            guard drawing.chance(treatment.share ?? 1) else { continue }
            switch treatment.kind {
            case .antidepressant: participant.antidepressantDay = treatment.startDay ?? design.specification.firstDay
            case .psychotherapy: participant.hazard *= constants.psychotherapy
            case .benzodiazepine: participant.burst *= member?.takesBenzodiazepine == true ? 1 : constants.benzodiazepine
            case .lamotrigine: participant.burst *= world.lamotrigine
            }
        }
        return participant
    }

    /// Severity as the population has it, in standard deviations; drawn again for everyone who is looked at.
    func severity(_ world: TrialWorld, _ participant: Participant, _ stream: inout RandomStream) -> Double {
        let drawn = stream.normal()
        if let severity = participant.severity { return severity }
        let constants = world.constants
        guard let baseline = design.specification.population?.baseline, let mean = baseline.mean,
            let scale = constants.scales.first(where: { $0.instrument == baseline.instrument ?? design.specification.instruments[0].id })
        else { return drawn + world.shifts[0] }
        // A point of the scale is the less of an angle the nearer the middle: by the slope at the mean.
        let sd = baseline.sd ?? 0
        let (low, high) = (scale.angle(showing: max(mean - sd, 0.5)), scale.angle(showing: min(mean + sd, scale.maximum - 0.5)))
        return constants.axes[0].place(of: scale.angle(showing: mean) + 0.5 * (high - low) * drawn)
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
