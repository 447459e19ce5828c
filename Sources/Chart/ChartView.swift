import Notation

/// One statement of a chart with the fact that makes it.
///
/// A class, because readings, sessions and findings all hold the same statements.
public final class Stated<Body: Sendable & Equatable>: Sendable, Equatable {
    public let fact: Fact
    public let body: Body

    public var id: FactID { fact.id }

    public init(fact: Fact, body: Body) { (self.fact, self.body) = (fact, body) }

    public static func == (a: Stated, b: Stated) -> Bool { a === b || a.fact == b.fact && a.body == b.body }
}

/// A chart as it stood at one instant. Every finding is a function of this value, of knowledge, and of nothing else.
public struct ChartView: Sendable, Equatable {
    public let patient: PatientID
    public let asOf: Instant
    /// The facts in force, in time order.
    public let current: [Fact]

    public private(set) var demographics: Stated<Patient>?
    public private(set) var diagnoses: [Stated<Diagnosis>] = []
    public private(set) var treatmentTrials: [Stated<TreatmentTrial>] = []
    public private(set) var conditions: [Stated<Condition>] = []
    public private(set) var medications: [Stated<Medication>] = []
    public private(set) var measurements: [Stated<Measurement>] = []
    public private(set) var assessments: [Stated<Assessment>] = []
    public private(set) var sessionEvents: [Stated<SessionEvent>] = []
    public private(set) var administrations: [Stated<Administration>] = []
    public private(set) var adverseEvents: [Stated<AdverseEvent>] = []
    public private(set) var therapies: [Stated<Therapy>] = []
    public private(set) var procedures: [Stated<Procedure>] = []
    public private(set) var encounters: [Stated<Encounter>] = []
    public private(set) var courseEvents: [Stated<CourseEvent>] = []
    public private(set) var overrides: [Stated<Override>] = []
    public private(set) var notes: [Stated<Note>] = []
    public private(set) var signatures: [Stated<Signature>] = []

    init(patient: PatientID, asOf: Instant, current: [Fact]) {
        self.patient = patient
        self.asOf = asOf
        self.current = current
        for fact in current {
            switch fact.body {
            // Of several demographics in force the one known last stands.
            case .patient(let body):
                if demographics.map({ ($0.fact.knownAt, $0.id) < (fact.knownAt, fact.id) }) ?? true {
                    demographics = Stated(fact: fact, body: body)
                }
            case .diagnosis(let body): diagnoses.append(Stated(fact: fact, body: body))
            case .treatmentTrial(let body): treatmentTrials.append(Stated(fact: fact, body: body))
            case .condition(let body): conditions.append(Stated(fact: fact, body: body))
            case .medication(let body): medications.append(Stated(fact: fact, body: body))
            case .measurement(let body): measurements.append(Stated(fact: fact, body: body))
            case .assessment(let body): assessments.append(Stated(fact: fact, body: body))
            case .session(let body): sessionEvents.append(Stated(fact: fact, body: body))
            case .administration(let body): administrations.append(Stated(fact: fact, body: body))
            case .adverseEvent(let body): adverseEvents.append(Stated(fact: fact, body: body))
            case .therapy(let body): therapies.append(Stated(fact: fact, body: body))
            case .procedure(let body): procedures.append(Stated(fact: fact, body: body))
            case .encounter(let body): encounters.append(Stated(fact: fact, body: body))
            case .course(let body): courseEvents.append(Stated(fact: fact, body: body))
            case .override(let body): overrides.append(Stated(fact: fact, body: body))
            case .note(let body): notes.append(Stated(fact: fact, body: body))
            case .signature(let body): signatures.append(Stated(fact: fact, body: body))
            case .retraction: break
            }
        }
    }

    /// Completed years of age; nil without a birth date.
    public var age: Int? { demographics?.body.birthDate?.completedYears(to: asOf.day) }

    /// Who stands by a fact, first to last.
    public func signatures(of fact: FactID) -> [Stated<Signature>] { signatures.filter { $0.body.of.contains(fact) } }

    /// The signature by which a fact's own author stands by it; nil for a draft.
    public func ownSignature(of fact: Fact) -> Stated<Signature>? { signatures(of: fact.id).first { $0.fact.author == fact.author } }

    /// Notes their authors have not signed yet.
    public var unsignedNotes: [Stated<Note>] { notes.filter { ownSignature(of: $0.fact) == nil } }

    /// The last value of `metric` no later than `instant`.
    public func latest(_ metric: String, by instant: Instant? = nil) -> Stated<Measurement>? {
        measurements.last { $0.body.metric == metric && $0.body.time.instant <= (instant ?? asOf) }
    }
}
