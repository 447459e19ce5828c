import Notation

extension Fact {
    /// A fact read from JSON, with what the reader did not understand.
    public struct Reading: Sendable {
        public var fact: Fact
        /// Keys no kind of fact of this type has. They stay in the stored payload; no rule reads them.
        public var unknownKeys: [String]
    }

    /// Reads one fact in the shape of the contract.
    ///
    /// `id` and `patient` must be present; whoever imports puts them in (see Interchange).
    /// - Throws: a diagnostic with code `fact.<key>` naming the member that is missing or wrong.
    public static func read(_ json: JSONValue, at place: Place = Place()) throws(Diagnostic) -> Reading {
        guard let object = json.object else {
            throw Diagnostic("fact.shape", at: place, "is \(json.kind)", expected: "an object with a type")
        }
        var fields = FieldReader(object, place: place)
        let isAllergy = fields.value("type")?.string == "allergy"
        let kind = isAllergy ? .condition : try fields.word("type", FactKind.self)
        let fact = Fact(
            id: try fields.identifier("id"), patient: try fields.identifier("patient"), recorded: try fields.optionalInstant("recorded"),
            author: try fields.optionalText("author"), source: try fields.optionalText("source"),
            supersedes: try fields.optionalIdentifier("supersedes"), note: try fields.optionalText("note"),
            signed: try fields.optionalText("signed"), body: try Body.read(kind, from: &fields))
        if fact.supersedes == fact.id { throw fields.wrong("supersedes", "is the fact itself", expected: "the id of an earlier fact") }
        if let start = fact.observed, let end = fact.body.ended, end.latest < start.instant {
            throw Diagnostic("fact.end", at: place, "ends before it starts", expected: "an end no earlier than the start")
        }
        return Reading(fact: fact, unknownKeys: fields.unused)
    }
}

extension Fact.Body {
    fileprivate static func read(_ kind: FactKind, from fields: inout FieldReader) throws(Diagnostic) -> Fact.Body {
        switch kind {
        case .patient: .patient(try Patient(from: &fields))
        case .diagnosis: .diagnosis(try Diagnosis(from: &fields))
        case .treatmentTrial: .treatmentTrial(try TreatmentTrial(from: &fields))
        case .condition: .condition(try Condition(from: &fields))
        case .medication: .medication(try Medication(from: &fields))
        case .measurement: .measurement(try Measurement(from: &fields))
        case .assessment: .assessment(try Assessment(from: &fields))
        case .session: .session(try SessionEvent(from: &fields))
        case .administration: .administration(try Administration(from: &fields))
        case .adverseEvent: .adverseEvent(try AdverseEvent(from: &fields))
        case .therapy: .therapy(try Therapy(from: &fields))
        case .procedure: .procedure(try Procedure(from: &fields))
        case .encounter: .encounter(try Encounter(from: &fields))
        case .course: .course(try CourseEvent(from: &fields))
        case .override: .override(try Override(from: &fields))
        case .note: .note(try Note(from: &fields))
        case .signature: .signature(try Signature(from: &fields))
        case .retraction: .retraction(try Retraction(from: &fields))
        }
    }
}

private let anyNumber = -1e9...1e9
private let positive = Double.leastNonzeroMagnitude...1e6

extension Patient {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        birthDate = try fields.optionalDay("birth_date")
        sex = try fields.optionalWord("sex", Sex.self)
        deceased = try fields.optionalMoment("deceased")
        if let birthDate, let deceased, deceased.latest < birthDate.start {
            throw fields.wrong("deceased", "is before the birth date", expected: "a time after birth")
        }
    }
}

extension Diagnosis {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.moment("time")
        code = try fields.optionalCode()
        name = try fields.optionalText("name")
        severity = try fields.optionalWord("severity", EpisodeSeverity.self)
        psychotic = try fields.optionalFlag("psychotic")
        episodeStart = try fields.optionalMoment("episode_start")
        end = try fields.optionalMoment("end")
        if code == nil, name == nil { throw fields.wrong("code", "is missing, and so is name", expected: "a code or a name") }
    }
}

extension TreatmentTrial {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        treatment = try fields.text("treatment")
        code = try fields.optionalCode()
        augments = try fields.optionalText("augments")
        milligramsPerDay = try fields.optionalNumber("dose_mg_per_day", expected: "mg per day", in: 0...1e5)
        sessions = try fields.optionalCount("sessions", in: 0...10_000)
        start = try fields.optionalMoment("start")
        end = try fields.optionalMoment("end")
        adherence = try Self.adherence(&fields)
        outcome = try fields.optionalWord("outcome", Outcome.self)
        stoppedFor = try fields.optionalWord("stopped_for", StopReason.self)
    }

    private static func adherence(_ fields: inout FieldReader) throws(Diagnostic) -> Adherence? {
        let expected = "adequate, inadequate, unknown or the share of doses taken, 0 to 1"
        switch fields.value("adherence") {
        case nil: return nil
        case .string("adequate"): return .adequate
        case .string("inadequate"): return .inadequate
        case .string("unknown"): return .unknown
        case .string: throw fields.wrong("adherence", "is another word", expected: expected)
        case let value?:
            guard let share = value.double, (0...1).contains(share) else { throw fields.wrong("adherence", "is \(value.kind)", expected: expected) }
            return .share(share)
        }
    }
}

extension Condition {
    /// An `allergy` is a condition of that name: its `name` or `substance` is what the patient does not tolerate.
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.optionalMoment("time")
        let text = try fields.optionalText("name")
        code = try fields.optionalCode()
        end = try fields.optionalMoment("end")
        standing = try Standing(from: &fields)
        if fields.object["type"] == "allergy" {
            name = (try fields.optionalText("substance") ?? text ?? code?.display ?? code?.code).map { "allergy to \($0)" }
        } else {
            name = text
        }
        if code == nil, name == nil { throw fields.wrong("name", "is missing, and so is code", expected: "a name or a code") }
    }
}

extension Condition.Standing {
    /// FHIR's clinical and verification status in a word (`status`, `clinical_status`, `verification_status`), and `active`.
    /// Words not listed change nothing.
    private static let words: [String: Self] = [
        "refuted": .refuted, "entered-in-error": .refuted, "entered_in_error": .refuted, "ruled-out": .refuted, "ruled_out": .refuted,
        "resolved": .over, "inactive": .over, "remission": .over,
        "suspected": .suspected, "provisional": .suspected, "differential": .suspected, "unconfirmed": .suspected,
    ]

    init(from fields: inout FieldReader) throws(Diagnostic) {
        var found: [Self] = []
        for key in ["status", "clinical_status", "verification_status"] {
            if let word = try fields.optionalText(key), let standing = Self.words[word.lowercased()] { found.append(standing) }
        }
        if try fields.optionalFlag("active") == false { found.append(.over) }
        self = [.refuted, .over, .suspected].first(where: found.contains) ?? .stated
    }
}

extension Medication {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        drug = try fields.text("drug")
        code = try fields.optionalCode()
        dose = try fields.optionalText("dose")
        milligramsPerDay = try fields.optionalNumber("dose_mg_per_day", expected: "mg per day", in: 0...1e5)
        start = try fields.optionalMoment("start")
        end = try fields.optionalMoment("end")
        stopped = try fields.optionalFlag("stopped")
    }
}

extension Measurement {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.instant("time")
        metric = try fields.text("metric")
        session = try fields.optionalText("session")
        switch fields.value("value") {
        case let number? where number.double != nil:
            value = .number(try fields.number("value", expected: "a number", in: anyNumber))
            unit = try fields.optionalText("unit", expected: "a UCUM unit").map { Unit.everyday[$0] ?? $0 }
            upperLimit = try fields.optionalNumber("upper_limit", expected: "the upper limit of the reference range", in: positive)
            if let unit, Unit(unit) == nil { throw fields.wrong("unit", "is \(quoted(unit))", expected: "a UCUM unit such as mm[Hg], /min, %, kg") }
        case .bool(let flag):
            value = .flag(flag)
        case .string:
            value = .text(try fields.text("value"))
            unit = try fields.optionalText("unit").map { Unit.everyday[$0] ?? $0 }
        case let other:
            throw fields.wrong("value", "is \(other?.kind ?? "missing")", expected: "a number with its unit, or a qualitative result as text")
        }
    }
}

extension Assessment {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.moment("time")
        instrument = try fields.text("instrument")
        answers = fields.value("answers")
        total = try fields.optionalNumber("total", expected: "the total score", in: anyNumber)
        rater = try fields.optionalWord("rater", Rater.self)
        session = try fields.optionalText("session")
        if answers == nil, total == nil { throw fields.wrong("answers", "is missing, and so is total", expected: "item answers or a total") }
        if let answers, answers.array == nil, answers.object == nil {
            throw fields.wrong("answers", "is \(answers.kind)", expected: "a list in item order or an object by item")
        }
    }
}

extension SessionEvent {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        session = try fields.text("session")
        event = try fields.text("event")
        time = try fields.instant("time")
        protocolID = try fields.optionalText("protocol")
        _ = try fields.optionalFlag("escort")
        details = try fields.details()
    }
}

extension CourseEvent {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        event = try fields.text("event")
        time = try fields.moment("time")
        protocolID = try fields.optionalText("protocol")
        details = try fields.details()
    }
}

extension Override {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.instant("time")
        rule = try fields.identifier("rule")
        session = try fields.optionalText("session")
        reason = try fields.text("reason", expected: "why the rule is overridden")
        try fields.requireAuthor(expected: "who overrides")
    }
}

extension Note {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.moment("time")
        text = try fields.text("text")
        session = try fields.optionalText("session")
        try fields.requireAuthor(expected: "who writes")
    }
}

extension Signature {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.instant("time")
        of = try fields.identifiers("of")
        meaning = try fields.text("meaning", expected: "the sentence that was signed")
        try fields.requireAuthor(expected: "who signs")
    }
}

extension AdverseEvent {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        onset = try fields.moment("onset")
        resolved = try fields.optionalMoment("resolved")
        session = try fields.optionalText("session")
        term = try fields.text("term")
        severity = try fields.optionalWord("severity", Severity.self)
        serious = try fields.optionalFlag("serious")
    }
}

extension Therapy {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.moment("time")
        modality = try fields.text("modality")
        durationMinutes = try fields.optionalNumber("duration_min", expected: "minutes", in: positive)
    }
}

extension Procedure {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.moment("time")
        end = try fields.optionalMoment("end")
        name = try fields.optionalText("name")
        code = try fields.optionalCode()
        if code == nil, name == nil { throw fields.wrong("name", "is missing, and so is code", expected: "a name or a code") }
    }
}

extension Encounter {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        setting = try fields.optionalText("class")
        reason = try fields.optionalText("reason")
        time = try fields.moment("time")
        end = try fields.optionalMoment("end")
        name = try fields.optionalText("name")
        code = try fields.optionalCode()
    }
}

extension Retraction {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        reason = try fields.optionalText("reason")
        if fields.object["supersedes"]?.string == nil { throw fields.wrong("supersedes", "is missing", expected: "the id of the fact withdrawn") }
        if fields.object["recorded"]?.string == nil { throw fields.wrong("recorded", "is missing", expected: "when it was withdrawn") }
    }
}
