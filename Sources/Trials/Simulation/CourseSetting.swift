import Forecast
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is the same for everybody of one arm in one replicate, worked out once.
final class CourseSetting {
    let engine: TrialEngine
    let arm: ArmDesign
    let world: TrialWorld
    let acute: AcuteSessions
    let severity: SeveritySpread
    let layout: RowLayout
    let days: Double
    let followsDays: Bool
    let hasRunIn, keepsResponders: Bool
    let missedVisits: Double
    /// What they believe when that does not depend on what they feel; before randomisation everybody is sure.
    let belief: Double?
    let blinding: TrialSpecification.Blinding?
    /// The chance to feel something without drug.
    let placeboFelt: Double
    let rescue: TrialSpecification.Rescue?
    let rescueFrom: Double
    let isHypothetical: Bool
    let relapse: RelapseRule?
    let pressure: PressureRule?
    /// Of leaving, by the day, before its factors.
    let hazard, withoutResponse, afterDissociation: Double
    /// First day, and that of the first session.
    let firstDay, start: Double
    /// The scale by which people may enter, and its limits.
    let entryScale: Int
    let entry: ClosedRange<Double>
    let scales: [Int]
    /// By instrument: factor on the model's error of one rating.
    let noise: [Double]
    let remission: Double
    let feltAt: Double

    init(_ engine: TrialEngine, arm: ArmDesign, world: TrialWorld, acute: AcuteSessions) {
        (self.engine, self.arm, self.world, self.acute) = (engine, arm, world, acute)
        let design = engine.design
        let specification = design.specification
        days = Double(specification.days)
        hasRunIn = specification.runIn != nil
        keepsResponders = specification.runIn?.keep == .response
        missedVisits = specification.missedVisits ?? 0
        blinding = specification.blinding
        belief = arm.arm.belief ?? (specification.blinding == nil ? (arm.arm.placebo == nil ? 1 : 0) : nil)
        placeboFelt = arm.arm.placebo?.felt ?? 0
        rescue = specification.rescue
        rescueFrom = specification.rescue?.fromDay ?? .infinity
        isHypothetical = specification.estimand == .hypothetical
        relapse = engine.relapse.map { endpoint in
            RelapseRule(
                instrument: engine.relapseInstrument, atLeast: endpoint.atLeast ?? .infinity, ratings: endpoint.ratings ?? 2,
                hasEvents: endpoint.events == true)
        }
        pressure = engine.pressure.map(PressureRule.init)
        withoutResponse = specification.dropout?.withoutResponse ?? 1
        afterDissociation = specification.dropout?.afterDissociation ?? 1
        severity = SeveritySpread(world, design)
        (layout, followsDays, scales, feltAt) = (design.layout, design.followsDays, design.scales, design.feltAt ?? .infinity)
        hazard = specification.dropout.map { -log(1 - $0.perWeek) / 7 } ?? 0
        firstDay = specification.firstDay
        start = arm.sessions.first?.day ?? firstDay
        let limits = specification.population?.baseline
        entryScale = limits?.instrument.flatMap { id in world.constants.scales.firstIndex { $0.instrument == id } } ?? scales[0]
        entry = (limits?.atLeast ?? 0)...max(limits?.atMost ?? .infinity, limits?.atLeast ?? 0)
        noise = specification.instruments.map { $0.measurementError ?? 1 }
        remission = world.constants.scales[scales[0]].remission
    }
}

/// What a relapse is, by ratings in a row and by events.
struct RelapseRule {
    let instrument: Int
    let atLeast: Double
    let ratings: Int
    let hasEvents: Bool
}

/// mmHg that make a session one with a pressure event.
struct PressureRule {
    private let systolicRise, diastolicRise, systolic, diastolic: Double

    init(_ endpoint: TrialSpecification.Endpoint) {
        (systolicRise, diastolicRise) = (endpoint.systolicRise ?? .infinity, endpoint.diastolicRise ?? .infinity)
        (systolic, diastolic) = (endpoint.systolic ?? .infinity, endpoint.diastolic ?? .infinity)
    }

    func isEvent(_ now: (systolic: Double, diastolic: Double), before: (systolic: Double, diastolic: Double)) -> Bool {
        now.systolic - before.systolic >= systolicRise || now.diastolic - before.diastolic >= diastolicRise || now.systolic >= systolic
            || now.diastolic >= diastolic
    }
}
