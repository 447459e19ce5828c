import Notation

extension Fact.Body {
    public var kind: FactKind {
        switch self {
        case .patient: .patient
        case .diagnosis: .diagnosis
        case .treatmentTrial: .treatmentTrial
        case .condition: .condition
        case .medication: .medication
        case .measurement: .measurement
        case .assessment: .assessment
        case .session: .session
        case .administration: .administration
        case .adverseEvent: .adverseEvent
        case .therapy: .therapy
        case .procedure: .procedure
        case .encounter: .encounter
        case .course: .course
        case .override: .override
        case .note: .note
        case .signature: .signature
        case .retraction: .retraction
        }
    }

    /// When what is stated happened or began.
    public var observed: Moment? {
        switch self {
        case .patient, .retraction: nil
        case .diagnosis(let body): body.time
        case .treatmentTrial(let body): body.start ?? body.end
        case .condition(let body): body.time
        case .medication(let body): body.start ?? body.end
        case .measurement(let body): body.time
        case .assessment(let body): body.time
        case .session(let body): body.time
        case .administration(let body): body.time
        case .adverseEvent(let body): body.onset
        case .therapy(let body): body.time
        case .procedure(let body): body.time
        case .encounter(let body): body.time
        case .course(let body): body.time
        case .override(let body): body.time
        case .note(let body): body.time
        case .signature(let body): body.time
        }
    }

    /// When what is stated ended, where it lasts.
    public var ended: Moment? {
        switch self {
        case .patient(let body): body.deceased
        case .diagnosis(let body): body.end
        case .treatmentTrial(let body): body.end
        case .condition(let body): body.end
        case .medication(let body): body.end
        case .adverseEvent(let body): body.resolved
        case .procedure(let body): body.end
        case .encounter(let body): body.end
        case .measurement, .assessment, .session, .administration, .therapy, .course, .override, .note, .signature, .retraction: nil
        }
    }

    /// The same statement as it stood at `instant`, where that differs: an end that lies later, and the outcome that came with it, were not
    /// known yet.
    func masked(after instant: Instant) -> Fact.Body? {
        guard let ended, ended.instant > instant else { return nil }
        switch self {
        case .patient(var body):
            body.deceased = nil
            return .patient(body)
        case .diagnosis(var body):
            body.end = nil
            return .diagnosis(body)
        case .treatmentTrial(var body):
            (body.end, body.outcome, body.stoppedFor) = (nil, nil, nil)
            return .treatmentTrial(body)
        case .condition(var body):
            body.end = nil
            return .condition(body)
        case .medication(var body):
            body.end = nil
            return .medication(body)
        case .adverseEvent(var body):
            body.resolved = nil
            return .adverseEvent(body)
        case .procedure(var body):
            body.end = nil
            return .procedure(body)
        case .encounter(var body):
            body.end = nil
            return .encounter(body)
        case .measurement, .assessment, .session, .administration, .therapy, .course, .override, .note, .signature, .retraction:
            return nil
        }
    }
}
