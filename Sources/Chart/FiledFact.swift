import Notation

/// A fact as it is filed: what identifies it and orders it, and the fact itself as it came.
public struct FiledFact: Sendable, Equatable {
    public var patient: PatientID
    public var fact: FactID
    public var kind: FactKind
    public var observed: Instant?
    public var recorded: Instant?
    /// Canonical JSON of the fact, with its id and patient.
    public var payload: String

    public init(patient: PatientID, fact: FactID, kind: FactKind, observed: Instant?, recorded: Instant?, payload: String) {
        self.patient = patient
        self.fact = fact
        self.kind = kind
        self.observed = observed
        self.recorded = recorded
        self.payload = payload
    }
}
