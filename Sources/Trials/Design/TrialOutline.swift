import Notation

/// What a trial would do, told before it is done.
public struct TrialOutline: Sendable {
    public struct Arm: Sendable {
        public var id, title: String
        public var patients: Int
        /// Days of doses, or of sessions without drug.
        public var days: [Double]
        /// mg a person of 70 kg receives over the trial when nothing is missed; nil without drug.
        public var milligrams: Double?
    }

    public let trial: String
    public let fingerprint: String
    public let arms: [Arm]
    public let visits: [Double]
    public let replicates: Int
    public let patients: Int
    /// The most shards that each have something to do.
    public let units: Int

    public init(_ run: TrialRun) {
        let design = run.design
        trial = design.specification.trial
        fingerprint = run.fingerprint.digest
        visits = design.visitDays
        replicates = design.specification.runs
        patients = design.patientsInReplicate * replicates
        units = design.unitCount
        arms = design.arms.map { arm in
            let doses = arm.drugSessions.compactMap(\.dose)
            return Arm(
                id: arm.id, title: arm.title, patients: arm.patients, days: arm.sessionDays,
                milligrams: doses.isEmpty ? nil : doses.reduce(0) { $0 + run.engine.areas[$1].milligrams(weight: DoseArea.referenceWeight) })
        }
    }

    public var json: JSONValue {
        [
            "trial": .string(trial), "fingerprint": .string(fingerprint), "replicates": JSONValue(replicates), "patients": JSONValue(patients),
            "units": JSONValue(units), "visits": .array(visits.map { JSONValue($0) }),
            "arms": .array(
                arms.map { arm in
                    [
                        "id": .string(arm.id), "title": .string(arm.title), "patients": JSONValue(arm.patients), "sessions": JSONValue(arm.days.count),
                        "days": .array(arm.days.map { figure($0) }), "milligrams_of_70_kg": figure(arm.milligrams),
                    ]
                }),
        ]
    }
}
