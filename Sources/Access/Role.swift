/// What a person is in the clinic. A person may be several things; what they may do is the union.
///
/// Reference: pathway.md, "Actors". Who may do what is this project's proposal; a clinic must own it.
public enum Role: String, Sendable, CaseIterable {
    case frontDesk = "front_desk"
    case nurse, prescriber, psychiatrist, pharmacy, therapist, compliance, researcher, administrator
    /// No person: a screen on a wall, which anybody who passes may read.
    case wallBoard = "wall_board"

    public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst().map { $0 == "_" ? " " : String($0) }.joined() }

    public var permissions: Set<Permission> { Self.table[self, default: []] }

    /// Whether the role reaches only patients whose care team names the person. The others reach every patient who is not restricted.
    public var isCareTeamOnly: Bool { self == .therapist }

    private static let table: [Role: Set<Permission>] = [
        .frontDesk: [.ownAccount, .readBoard, .listPatients, .registerPatient, .schedule, .linkRatings],
        .nurse: [
            .ownAccount, .readBoard, .listPatients, .registerPatient, .schedule, .readChart, .writeChart, .recordSession, .linkRatings, .answerRisk,
            .readStock, .writeStock, .witnessStock, .readREMS, .submitREMS,
        ],
        .prescriber: prescribing,
        .psychiatrist: prescribing,
        .pharmacy: [.ownAccount, .readBoard, .readStock, .writeStock, .witnessStock, .readREMS],
        .therapist: [.ownAccount, .listPatients, .readChart, .writeTherapy, .linkRatings, .answerRisk],
        .compliance: [.ownAccount, .readBoard, .readStock, .readREMS, .submitREMS, .readAudit, .exportData],
        .researcher: [.ownAccount, .readOutcomes],
        .administrator: [.ownAccount, .managePeople, .readAudit],
        .wallBoard: [.ownAccount, .readWall],
    ]

    private static let prescribing: Set<Permission> = [
        .ownAccount, .readBoard, .listPatients, .registerPatient, .schedule, .readChart, .writeChart, .recordSession, .decideSession, .writePlan,
        .writeTherapy, .linkRatings, .answerRisk, .readStock, .witnessStock, .readREMS, .submitREMS, .readOutcomes,
    ]
}
