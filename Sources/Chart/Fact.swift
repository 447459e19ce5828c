import Notation
import Pharmacology

/// Identifies a fact within one patient's chart.
public typealias FactID = String
/// Identifies a patient within a store.
public typealias PatientID = String

/// One thing stated about a patient: who said what, about when, and since when it was known.
///
/// Facts are never changed. A correction is a new fact that `supersedes` the old one; a `retraction` supersedes without a
/// replacement.
public struct Fact: Sendable, Equatable, Identifiable {
    public var id: FactID
    public var patient: PatientID
    /// When the fact became known to the clinic. Nil: as soon as it was true (see `knownAt`).
    public var recorded: Moment?
    public var author: String?
    /// The system or file it came from.
    public var source: String?
    public var supersedes: FactID?
    public var note: String?
    /// What the author put their name to with it, in words; they proved who they are when they did.
    public var signed: String?
    public var body: Body

    /// Indirect, because charts copy their facts often and look into few of them.
    public indirect enum Body: Sendable, Equatable {
        case patient(Patient)
        case diagnosis(Diagnosis)
        case treatmentTrial(TreatmentTrial)
        case condition(Condition)
        case medication(Medication)
        case measurement(Measurement)
        case assessment(Assessment)
        case session(SessionEvent)
        case administration(Administration)
        case adverseEvent(AdverseEvent)
        case therapy(Therapy)
        case procedure(Procedure)
        case encounter(Encounter)
        case course(CourseEvent)
        case override(Override)
        case note(Note)
        case signature(Signature)
        case retraction(Retraction)
    }

    public var kind: FactKind { body.kind }

    /// When what it states happened or began; nil for facts without a time of their own (demographics, retractions).
    public var observed: Moment? { body.observed }

    /// From this instant on the fact counts as known: when it was recorded or, unrecorded, when it happened.
    /// Facts with neither were always known.
    public var knownAt: Instant {
        (recorded ?? observed)?.instant ?? .beforeAll
    }
}

/// The kinds of fact, by their `type` in the contract.
public enum FactKind: String, Sendable, CaseIterable {
    case patient, diagnosis
    case treatmentTrial = "treatment_trial"
    case condition, medication, measurement, assessment, session, administration
    case adverseEvent = "adverse_event"
    case therapy, procedure, encounter, course, override, note, signature, retraction
}

/// A code from a named terminology.
public struct Code: Sendable, Hashable {
    /// The terminology's usual short name: `ICD-10-CM`, `SNOMED CT`, `RxNorm`, `LOINC`.
    public let system: String
    public let code: String
    public let display: String?
    /// How it compares with the codes of knowledge.
    let key: Key

    /// - Parameter system: a terminology by its short name, its FHIR URI or its OID.
    public init(system: String, code: String, display: String? = nil) {
        self.system = Terminology.name(system)
        self.code = code
        self.display = display
        key = Key(system: system, code: code)
    }
}

public enum Sex: String, Codable, Sendable, CaseIterable { case female, male, other, unknown }

/// Demographics.
public struct Patient: Sendable, Equatable {
    public var birthDate: Day?
    public var sex: Sex?
    public var deceased: Moment?
}

/// How severe a depressive episode is; the first five levels of Maudsley staging without psychosis.
public enum EpisodeSeverity: String, Sendable, CaseIterable { case subsyndromal, mild, moderate, severe }

/// A diagnosis of depression, with what staging needs to know of the episode.
public struct Diagnosis: Sendable, Equatable {
    public var time: Moment
    public var code: Code?
    public var name: String?
    public var severity: EpisodeSeverity?
    public var psychotic: Bool?
    public var episodeStart: Moment?
    /// When the episode or the diagnosis ended.
    public var end: Moment?
}

/// A past or running attempt to treat depression with one drug, device or psychotherapy.
public struct TreatmentTrial: Sendable, Equatable {
    public enum Outcome: String, Sendable, CaseIterable { case none, partial, response, remission, unknown }
    public enum StopReason: String, Sendable, CaseIterable { case inefficacy, intolerance, other }

    /// Whether the patient took it.
    public enum Adherence: Sendable, Equatable {
        case adequate, inadequate, unknown
        /// Share of doses taken, 0 to 1.
        case share(Double)
    }

    public var treatment: String
    public var code: Code?
    /// The treatment this one was added to; nil when it stands alone.
    public var augments: String?
    /// Highest sustained dose, mg per day.
    public var milligramsPerDay: Double?
    /// Treatments or sessions given (ECT, TMS, psychotherapy).
    public var sessions: Int?
    public var start: Moment?
    public var end: Moment?
    public var adherence: Adherence?
    public var outcome: Outcome?
    public var stoppedFor: StopReason?
}

/// A condition other than the depression treated, or an allergy.
public struct Condition: Sendable, Equatable {
    /// What is said of it beyond its name.
    public enum Standing: Sendable, Equatable {
        case stated
        /// Provisional: it may turn out not to be there.
        case suspected
        /// It was there and is no more, also where nobody knows since when.
        case over
        /// Refuted, or entered in error: it never was there.
        case refuted
    }

    public var time: Moment?
    public var name: String?
    public var code: Code?
    public var end: Moment?
    public var standing: Standing
}

/// A drug the patient takes or took outside sessions.
public struct Medication: Sendable, Equatable {
    public var drug: String
    public var code: Code?
    /// As prescribed, in words.
    public var dose: String?
    public var milligramsPerDay: Double?
    public var start: Moment?
    public var end: Moment?
    /// True when it is known to have been stopped, also where nobody knows when.
    public var stopped: Bool?
}

/// One value of one vital sign or laboratory metric.
public struct Measurement: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case number(Double)
        /// A qualitative result such as `negative`.
        case text(String)
        /// The answer to a question of yes or no.
        case flag(Bool)
    }

    public var time: Moment
    /// Metric id from the knowledge file `metrics`.
    public var metric: String
    public var value: Value
    /// UCUM; nil for qualitative results and for scores.
    public var unit: String?
    /// Upper limit of the laboratory's reference range, in `unit`.
    public var upperLimit: Double?
    public var session: String?

    public var number: Double? { if case .number(let value) = value { value } else { nil } }
}

/// One completed rating scale.
public struct Assessment: Sendable, Equatable {
    public enum Rater: String, Sendable, CaseIterable { case `self`, clinician, observer }

    public var time: Moment
    public var instrument: String
    /// Item answers: a list in item order, or an object by item id. Null or `"NA"` is a missing answer.
    public var answers: JSONValue?
    /// The total as entered, for score-entry instruments.
    public var total: Double?
    public var rater: Rater?
    public var session: String?
}

/// An event of one treatment session, for example `check_in` or `discharge`.
public struct SessionEvent: Sendable, Equatable {
    public var session: String
    public var event: String
    public var time: Moment
    public var protocolID: String?
    /// What was asked or confirmed with the event, by name: `escort`, `ack_no_driving`, `minutes_since_food`.
    public var details: [Detail]
}

/// An event of the whole course of treatment, for example `consent.signed` or `interval.set`.
public struct CourseEvent: Sendable, Equatable {
    public var event: String
    public var time: Moment
    public var protocolID: String?
    public var details: [Detail]
}

/// A named answer given with an event.
public struct Detail: Sendable, Equatable {
    public var name: String
    public var value: Measurement.Value
}

/// A clinician's decision to go on although a rule speaks against it: which rule, who (the fact's author), when and why.
public struct Override: Sendable, Equatable {
    public var time: Moment
    /// Rule id, for example `PR-03`.
    public var rule: String
    /// The session it is for; nil: the course.
    public var session: String?
    public var reason: String
}

/// A dose given.
public struct Administration: Sendable, Equatable {
    public var time: Moment
    public var session: String?
    public var drug: Drug
    public var route: Route
    public var dose: Dose
    public var durationMinutes: Double?
    public var lot: String?
}

/// Harm or discomfort during or after treatment.
public struct AdverseEvent: Sendable, Equatable {
    public enum Severity: String, Sendable, CaseIterable {
        case mild, moderate, severe
        case lifeThreatening = "life_threatening"
        case fatal
    }

    public var onset: Moment
    public var resolved: Moment?
    public var session: String?
    public var term: String
    public var severity: Severity?
    public var serious: Bool?
}

extension AdverseEvent {
    /// An adverse event as an event of a session tells it (`ae.started`), with what it says under `term`, `severity` and `serious`.
    public init(started event: SessionEvent) {
        let answers = Dictionary(event.details.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        onset = event.time
        session = event.session
        term = answers["term"].map { "\($0)" } ?? "adverse event"
        severity = answers["severity"].flatMap { Severity(rawValue: "\($0)") }
        serious = if case .flag(let flag) = answers["serious"] { flag } else { nil }
    }
}

/// One hour of psychotherapy.
public struct Therapy: Sendable, Equatable {
    public var time: Moment
    public var modality: String
    public var durationMinutes: Double?
}

/// A procedure done elsewhere, for example an electrocardiogram.
public struct Procedure: Sendable, Equatable {
    public var time: Moment
    public var end: Moment?
    public var name: String?
    public var code: Code?
}

/// A contact with the health service.
public struct Encounter: Sendable, Equatable {
    /// Its class, for example `inpatient`.
    public var setting: String?
    /// Why, in words.
    public var reason: String?
    public var time: Moment
    public var end: Moment?
    public var name: String?
    public var code: Code?
}

/// What a clinician writes down in their own words. Its author is the fact's; until they sign it, it is a draft.
public struct Note: Sendable, Equatable {
    public var time: Moment
    public var text: String
    /// The session it is about; nil: the patient.
    public var session: String?
}

/// A person stands by facts: which ones, when, and what they mean by it. Who signs is the fact's author.
public struct Signature: Sendable, Equatable {
    public var time: Moment
    /// Ids of the facts signed; at least one.
    public var of: [FactID]
    /// The sentence that was read when signing.
    public var meaning: String
}

/// Withdraws the fact it supersedes without putting another in its place.
public struct Retraction: Sendable, Equatable {
    public var reason: String?
}
