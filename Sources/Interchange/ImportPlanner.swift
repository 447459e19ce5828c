import Chart
import Guidance
import Notation

/// Turns drafts into a plan: assigns patient and id, reads each fact, checks it by knowledge, and at the end checks what only
/// shows when the whole file is known.
///
/// One wrong fact refuses the file: either all of a file is stored or nothing.
public struct ImportPlanner {
    /// What the planner needs to know of the store it imports into.
    public struct Existing: Sendable {
        public var hasFact: @Sendable (PatientID, FactID) -> Bool
        public var birthDate: @Sendable (PatientID) -> Day?
        public var hasPatient: @Sendable (PatientID) -> Bool

        public init(
            hasPatient: @escaping @Sendable (PatientID) -> Bool, hasFact: @escaping @Sendable (PatientID, FactID) -> Bool,
            birthDate: @escaping @Sendable (PatientID) -> Day?
        ) {
            self.hasPatient = hasPatient
            self.hasFact = hasFact
            self.birthDate = birthDate
        }

        /// No store: a file looked at on its own.
        public static let none = Existing(hasPatient: { _ in false }, hasFact: { _, _ in false }, birthDate: { _ in nil })
    }

    private var plan: ImportPlan
    private let check: FactCheck
    private let now: Instant
    private let existing: Existing
    private var pending: [Draft] = []
    private var ids = DerivedIDs()
    private var people: [PatientID: Person] = [:]
    private var stated: [FactKey: (place: Place, isDerived: Bool)] = [:]
    private var replacements: [(key: FactKey, by: FactID, place: Place)] = []

    private struct FactKey: Hashable {
        var patient: PatientID
        var fact: FactID
    }

    /// What must be remembered of one patient until the file has been read.
    private struct Person {
        var birthDates: [FactID: Day] = [:]
        var superseded: Set<FactID> = []
        var deceased: Moment?
        var earliest: (moment: Moment, place: Place)?
        var latest: (moment: Moment, place: Place)?
        var isStated = false
    }

    public init(file: String, knowledge: KnowledgeBase, now: Instant, existing: Existing = .none) {
        plan = ImportPlan(file: file)
        check = FactCheck(knowledge: knowledge)
        self.now = now
        self.existing = existing
    }

    /// Adds what a reader gave back as a whole.
    public mutating func add(_ reading: SourceReading) throws(Diagnostic) {
        plan.account = reading.account
        for warning in reading.warnings { plan.warn(warning.code, "\(warning.problem); expected \(warning.expected)", at: warning.place) }
        for draft in reading.drafts { try add(draft) }
    }

    public mutating func count(_ record: String) { plan.account.read(record) }

    public mutating func add(_ draft: Draft) throws(Diagnostic) {
        var draft = draft
        if draft.json["patient"] == nil, draft.json["type"] == "patient" { draft.json["patient"] = draft.json["id"] }
        if draft.json["patient"] == nil { pending.append(draft) } else { try take(draft) }
    }

    /// The finished plan.
    public mutating func finish() throws(Diagnostic) -> ImportPlan {
        let drafts = pending
        pending = []
        if let first = drafts.first {
            let stated = people.filter(\.value.isStated).map(\.key)
            guard let only = stated.first, stated.count == 1 else {
                throw Diagnostic(
                    "fact.patient", at: first.place.at("patient"), "is missing, and the file states \(stated.count) patients",
                    expected: "a patient key on every fact, or exactly one patient fact in the file")
            }
            for var draft in drafts {
                draft.json["patient"] = .string(only)
                try take(draft)
            }
        }
        try checkReplacements()
        for (patient, person) in people.sorted(by: { $0.key < $1.key }) { try checkLife(of: patient, person) }
        plan.patients = people.keys.sorted()
        plan.repeatedEvents = ids.repeatedEvents
        if plan.entries.isEmpty {
            throw Diagnostic("import.empty", at: Place(file: plan.file), "holds no fact", expected: "at least one")
        }
        return plan
    }

    // MARK: - One fact

    private mutating func take(_ draft: Draft) throws(Diagnostic) {
        var draft = draft
        let isDerived = draft.json["id"] == nil
        if isDerived { draft.json["id"] = .string(ids.id(of: draft.json, isEvent: draft.json["type"]?.string == FactKind.administration.rawValue)) }
        let reading = try Fact.read(.object(draft.json), at: draft.place)
        let fact = reading.fact
        if let written = draft.json["unit"]?.string, let unit = Unit.everyday[written] {
            plan.warn("fact.unit", "units that are not UCUM, read as \(unit): \(quoted(written))", at: draft.place.at("unit"))
        }
        for key in reading.unknownKeys { plan.unknownKeys["\(fact.kind.rawValue).\(key)", default: 0] += 1 }
        for warning in try check.check(fact, at: draft.place) { plan.warn(warning.code, warning.problem, at: warning.place) }
        try checkTimes(of: fact, at: draft.place)

        let key = FactKey(patient: fact.patient, fact: fact.id)
        if let earlier = stated[key] {
            guard isDerived, earlier.isDerived else {
                throw Diagnostic(
                    "import.duplicate", at: draft.place.at("id"), "is also the id of the fact at \(earlier.place)", expected: "each id once for a patient")
            }
            plan.repeated += 1
            return
        }
        stated[key] = (draft.place, isDerived)
        remember(fact, at: draft.place)
        plan.add(
            FiledFact(
                patient: fact.patient, fact: fact.id, kind: fact.kind, observed: fact.observed?.instant, recorded: fact.recorded?.instant,
                payload: JSONValue.object(draft.json).canonical),
            line: draft.place.line)
    }

    private mutating func remember(_ fact: Fact, at place: Place) {
        var person = people[fact.patient] ?? Person()
        if case .patient(let demographics) = fact.body {
            person.isStated = true
            person.birthDates[fact.id] = demographics.birthDate
            person.deceased = demographics.deceased ?? person.deceased
        }
        if let superseded = fact.supersedes {
            person.superseded.insert(superseded)
            replacements.append((FactKey(patient: fact.patient, fact: superseded), fact.id, place))
        }
        for moment in [fact.observed, fact.body.episodeStart] {
            guard let moment else { continue }
            if person.earliest.map({ moment.latest < $0.moment.latest }) ?? true { person.earliest = (moment, place) }
            if person.latest.map({ moment.instant > $0.moment.instant }) ?? true { person.latest = (moment, place) }
        }
        people[fact.patient] = person
    }

    // MARK: - Times

    /// A clock may run a few minutes ahead; a whole day may already have begun further east.
    private func isInFuture(_ moment: Moment) -> Bool {
        moment.isWholeDay ? moment.day.number > now.day.number + 1 : moment.instant > now.adding(minutes: 10)
    }

    private func checkTimes(of fact: Fact, at place: Place) throws(Diagnostic) {
        var moments: [(key: String, moment: Moment?)] = [("recorded", fact.recorded), ("time", fact.observed), ("episode_start", fact.body.episodeStart)]
        switch fact.body {
        // A prescription or a planned course may run on into the future.
        case .medication, .treatmentTrial: break
        case .patient(let demographics):
            moments.append(("birth_date", demographics.birthDate.map { Moment($0) }))
            moments.append(("deceased", demographics.deceased))
        default: moments.append(("end", fact.body.ended))
        }
        for (key, moment) in moments {
            if let moment, isInFuture(moment) {
                throw Diagnostic("fact.future", at: place.at(key), "lies in the future", expected: "a time up to now")
            }
        }
        if let recorded = fact.recorded, let observed = fact.observed, recorded.instant < observed.instant.adding(minutes: -10), !observed.isWholeDay {
            throw Diagnostic("fact.recorded", at: place.at("recorded"), "is before the time of the fact", expected: "recorded when it happened or later")
        }
    }

    // MARK: - The whole file

    private mutating func checkLife(of patient: PatientID, _ person: Person) throws(Diagnostic) {
        let birth = person.birthDates.filter { !person.superseded.contains($0.key) }.values.max() ?? existing.birthDate(patient)
        if let birth, let earliest = person.earliest, earliest.moment.latest < birth.start {
            throw Diagnostic("fact.before_birth", at: earliest.place, "is dated before the patient's birth", expected: "a time after the birth date")
        }
        if let deceased = person.deceased, let latest = person.latest, latest.moment.instant > deceased.latest {
            plan.warn("fact.after_death", "facts dated after the patient's death", at: latest.place)
        }
        if !person.isStated, !existing.hasPatient(patient) {
            plan.warn("import.no_patient", "patients without a patient fact: no birth date and sex on record", at: Place(file: plan.file))
        }
    }

    private mutating func checkReplacements() throws(Diagnostic) {
        let next = Dictionary(
            replacements.map { (FactKey(patient: $0.key.patient, fact: $0.by), $0.key.fact) }, uniquingKeysWith: { first, _ in first })
        // Facts from which every chain of corrections is known to end.
        var settled: Set<FactKey> = []
        for replacement in replacements {
            if stated[replacement.key] == nil, !existing.hasFact(replacement.key.patient, replacement.key.fact) {
                plan.warn("fact.supersedes", "facts that supersede one nobody has stated yet", at: replacement.place.at("supersedes"))
            }
            var path: Set<FactKey> = [FactKey(patient: replacement.key.patient, fact: replacement.by)]
            var current: FactKey? = replacement.key
            while let key = current, !settled.contains(key) {
                guard path.insert(key).inserted else {
                    throw Diagnostic(
                        "fact.supersedes", at: replacement.place.at("supersedes"), "closes a circle of facts that supersede each other",
                        expected: "the id of an earlier fact")
                }
                current = next[key].map { FactKey(patient: key.patient, fact: $0) }
            }
            settled.formUnion(path)
        }
    }
}

extension Fact.Body {
    /// When the depressive episode a diagnosis speaks of began.
    fileprivate var episodeStart: Moment? { if case .diagnosis(let body) = self { body.episodeStart } else { nil } }
}
