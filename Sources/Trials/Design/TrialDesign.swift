import Notation
import Pharmacology

/// A specification that holds, with everything settled that is the same for everybody: who is where, when what happens, how work is cut.
public struct TrialDesign: Sendable {
    public let specification: TrialSpecification
    public let arms: [ArmDesign]
    /// Distinct doses of all arms; the rescue dose among them.
    let doses: [PlannedDose]
    let rescueDose: Int?
    /// By instrument of the specification: index of the model's scale.
    let scales: [Int]
    /// Days of ratings from randomisation on, the first being 0.
    public let visitDays: [Double]
    let layout: RowLayout

    /// People of one arm that are simulated together: the least that a shard can hold.
    static let block = 256

    /// - Throws: the first problem of the specification.
    public init(_ specification: TrialSpecification, _ knowledge: TrialKnowledge) throws(Diagnostic) {
        if let problem = SpecificationCheck(specification, knowledge).problems.first { throw problem }
        self.specification = specification
        visitDays = [0] + specification.visits.filter { $0 > 0 }
        scales = specification.instruments.compactMap { knowledge.scale($0.id) }
        var doses: [PlannedDose] = []
        func index(_ dose: PlannedDose, _ drug: Drug?) -> Int {
            var dose = dose
            (dose.timeHours, dose.additional, dose.intervalHours, dose.steadyState, dose.missed) = (0, nil, nil, nil, nil)
            dose.drug = dose.drug ?? drug
            if let known = doses.firstIndex(of: dose) { return known }
            doses.append(dose)
            return doses.count - 1
        }
        func sessions(_ regimen: Regimen, from day: Double) throws(Diagnostic) -> [ArmDesign.Session] {
            try regimen.writtenOut().map { .init(day: day + $0.timeHours / 24, dose: index($0, regimen.drug)) }
        }
        let runIn = try specification.runIn.map { runIn throws(Diagnostic) in try sessions(runIn.regimen, from: specification.firstDay) } ?? []
        var arms: [ArmDesign] = []
        var offset = 0
        for arm in specification.arms {
            let own: [ArmDesign.Session]
            if let regimen = arm.regimen {
                own = try sessions(regimen, from: 0)
            } else {
                let other = specification.arms.first { $0.id == arm.placebo?.daysOf }
                let days = try other?.regimen?.writtenOut().map { $0.timeHours / 24 } ?? arm.placebo?.days ?? []
                own = Array(Set(days)).sorted().map { .init(day: $0, dose: nil) }
            }
            let patients = arm.patients ?? specification.patientsPerArm ?? 0
            arms.append(
                ArmDesign(
                    arm: arm, patients: patients, offset: specification.samePatients == true ? 0 : offset, sessions: runIn + own, visitDays: visitDays,
                    firstDay: specification.firstDay))
            offset += patients
        }
        guard offset <= Int(UInt32.max) else {
            throw Diagnostic("trial", at: Place(path: "arms"), "have \(offset) patients together", expected: "at most \(UInt32.max)")
        }
        let drug = specification.arms.compactMap(\.regimen).first?.drug ?? specification.runIn?.regimen.drug
        rescueDose = specification.rescue?.dose.map { index($0, drug) }
        self.doses = doses
        self.arms = arms
        let most = arms.map(\.drugSessions.count).max() ?? 0
        layout = RowLayout(instruments: scales.count, visits: visitDays.count, sessions: most + (rescueDose == nil ? 0 : 1))
    }

    public func endpoint(_ kind: TrialSpecification.Endpoint.Kind) -> TrialSpecification.Endpoint? { specification.endpoints.first { $0.kind == kind } }

    /// Index of the endpoint's instrument among the specification's.
    func instrument(of endpoint: TrialSpecification.Endpoint) -> Int {
        specification.instruments.firstIndex { $0.id == endpoint.instrument } ?? 0
    }

    /// Index of the visit at which the endpoint is read.
    func visit(of endpoint: TrialSpecification.Endpoint) -> Int {
        endpoint.day.flatMap { visitDays.firstIndex(of: $0) } ?? visitDays.count - 1
    }

    /// What is wrong with a dose, where the specification gives it.
    func placed(_ problem: Diagnostic, dose: Int) -> Diagnostic {
        let arm = arms.firstIndex { $0.sessions.contains { $0.dose == dose && $0.day >= 0 } }
        let path = dose == rescueDose ? "rescue" : arm.map { "arms[\($0)].regimen" } ?? "run_in.regimen"
        return Diagnostic("trial", at: Place(path: path).at(problem.place.path ?? "doses"), problem.problem, expected: problem.expected)
    }

    /// Whether every day matters, not only visits.
    var followsDays: Bool { endpoint(.timeInRemission) != nil || endpoint(.timeToRelapse)?.events == true }

    /// CADSS from which something was felt.
    var feltAt: Double? { specification.blinding?.feltAt ?? endpoint(.dissociation)?.atLeast }
}

/// One arm: its people and its calendar.
public struct ArmDesign: Sendable {
    /// A dose, or what stands for one.
    struct Session: Sendable, Equatable {
        var day: Double
        /// Index into the design's doses; nil: without drug.
        var dose: Int?
    }

    /// A day somebody comes.
    struct Stop: Sendable, Equatable {
        var day: Double
        /// Whether they are rated before randomisation's visits.
        var isEntry = false
        /// Index of the rating among the visits.
        var visit: Int?
        var session: Session?
    }

    let arm: TrialSpecification.Arm
    public let patients: Int
    /// Number of its first patient.
    let offset: Int
    let sessions: [Session]
    let stops: [Stop]

    public var id: String { arm.id }
    public var title: String { arm.title ?? arm.id }
    public var sessionDays: [Double] { sessions.map(\.day) }
    var drugSessions: [Session] { sessions.filter { $0.dose != nil } }
    var blocks: Int { (patients + TrialDesign.block - 1) / TrialDesign.block }

    init(arm: TrialSpecification.Arm, patients: Int, offset: Int, sessions: [Session], visitDays: [Double], firstDay: Double) {
        (self.arm, self.patients, self.offset, self.sessions) = (arm, patients, offset, sessions)
        var stops: [Stop] = firstDay < 0 ? [Stop(day: firstDay, isEntry: true)] : []
        stops += visitDays.enumerated().map { Stop(day: $1, visit: $0) }
        for session in sessions {
            if let same = stops.firstIndex(where: { abs($0.day - session.day) < 1e-9 }) {
                stops[same].session = session
            } else {
                stops.append(Stop(day: session.day, session: session))
            }
        }
        self.stops = stops.sorted { $0.day < $1.day }
    }
}
