import Chart
import Notation
import Pharmacology

/// Has something happened in this session that a code set names?
public struct AdverseEventQuestion: Question {
    /// Code set id; nil: any adverse event.
    public var set: String?
    /// Only while it has not resolved.
    public var open: Bool?
    /// Only at this severity or above.
    public var atLeast: AdverseEvent.Severity?
    /// Only when it began within this many minutes after a dose.
    public var withinMinutesOfDose: Double?

    enum CodingKeys: String, CodingKey {
        case set, open
        case atLeast = "at_least"
        case withinMinutesOfDose = "within_minutes_of_dose"
    }

    public var watched: Watched { Watched(adverseEvents: true) }

    public func judge(in context: RuleContext) -> Answer {
        guard let session = context.session?.record else { return .no }
        let named = set.map { context.chart.codeSets[$0] }
        if case .some(.none) = named { return .unknown(missing: ["code set \(set ?? "")"]) }
        let found = session.adverseEvents.filter { event in
            let body = event.body
            guard body.onset.instant <= context.now else { return false }
            if let set = named ?? nil, !context.chart.isNamed(set, in: body.term) { return false }
            if open == true, let resolved = body.resolved, resolved.instant <= context.now { return false }
            if let atLeast { guard let severity = body.severity, severity >= atLeast else { return false } }
            if let withinMinutesOfDose {
                return session.administrations.contains {
                    (0...withinMinutesOfDose).contains(body.onset.instant.minutes(since: $0.body.time.instant))
                }
            }
            return true
        }
        return found.isEmpty ? .no : .yes(because: found.map(\.id))
    }
}

extension AdverseEvent.Severity: Codable, Comparable {
    public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Is this the product given?
public struct ProductQuestion: Question {
    public var product: Product

    public init(from decoder: any Decoder) throws { product = try Product(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try product.encode(to: encoder) }

    public var watched: Watched { Watched() }

    public func judge(in context: RuleContext) -> Answer { context.product == product ? .yes(because: []) : .no }
}

/// Is this the route it is given by?
public struct RouteQuestion: Question {
    public var route: Route

    public init(from decoder: any Decoder) throws { route = try Route(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try route.encode(to: encoder) }

    public var watched: Watched { Watched() }

    public func judge(in context: RuleContext) -> Answer {
        let session = context.session?.record
        return (session?.administrations.last?.body.route ?? session?.plan?.route) == route ? .yes(because: []) : .no
    }
}

/// How much has been given in this session?
public struct SessionDoseQuestion: Question {
    /// Milligrams; yes strictly above.
    public var above: Double

    public var watched: Watched { Watched(doses: true) }
    public var threshold: Threshold? {
        get { Threshold(name: "session_dose", value: above, appliesAbove: true) }
        set { above = newValue?.value ?? above }
    }

    public func judge(in context: RuleContext) -> Answer {
        let (given, milligrams) = given(in: context)
        guard let milligrams else { return .unknown(missing: ["body weight"]) }
        return milligrams > above ? .yes(because: given) : .no
    }

    public func measured(in context: RuleContext) -> Reading.Value? { given(in: context).milligrams.map { .number(rounded($0, places: 3)) } }

    /// What was given so far; nil milligrams when a dose by weight meets no weight.
    private func given(in context: RuleContext) -> (facts: [FactID], milligrams: Double?) {
        let given = (context.session?.record.administrations ?? []).filter { $0.body.time.instant <= context.now }
        let weight = context.readings("weight", in: .any).last?.number
        let masses = given.map { $0.body.dose.milligrams(weightKilograms: weight)?.value }
        return (given.map(\.id), masses.contains(nil) ? nil : masses.compactMap { $0 }.reduce(0, +))
    }
}

/// Was a nasal device given too soon after the one before?
public struct DeviceRestQuestion: Question {
    static let name = "between_devices"

    /// Minutes; yes strictly below.
    public var below: Double

    public var watched: Watched { Watched(doses: true) }
    public var threshold: Threshold? {
        get { Threshold(name: Self.name, value: below, appliesAbove: false) }
        set { below = newValue?.value ?? below }
    }

    public func judge(in context: RuleContext) -> Answer {
        guard let rest = rest(in: context) else { return .no }
        return rest.minutes < below ? .yes(because: rest.facts) : .no
    }

    public func measured(in context: RuleContext) -> Reading.Value? { rest(in: context).map { .number(rounded($0.minutes, places: 2)) } }

    /// Between the last two devices.
    private func rest(in context: RuleContext) -> (minutes: Double, facts: [FactID])? {
        let devices = (context.session?.record.devices ?? []).filter { $0.time <= context.now }
        guard let last = devices.last, let previous = devices.dropLast().last else { return nil }
        return (last.time.minutes(since: previous.time), [last.fact, previous.fact])
    }
}

/// How long ago was the dose?
public struct ElapsedQuestion: Question {
    public enum Clock: String, Codable, Sendable, CaseIterable {
        /// From the start of the first dose or device of the session.
        case firstDose = "first_dose"
        /// From the end of the last dose or device of the session.
        case lastDose = "last_dose"
        /// From the first dose of the course.
        case courseStart = "course_start"
    }

    public var since: Clock
    /// Minutes within a session, days over a course; yes strictly below.
    public var below: Double?
    /// Yes at or above.
    public var atLeast: Double?

    enum CodingKeys: String, CodingKey {
        case since, below
        case atLeast = "at_least"
    }

    public var watched: Watched { Watched(doses: true) }
    public var threshold: Threshold? {
        get {
            below.map { Threshold(name: since.rawValue, value: $0, appliesAbove: false) }
                ?? atLeast.map { Threshold(name: since.rawValue, value: $0, appliesAbove: true) }
        }
        set { if below != nil { below = newValue?.value } else { atLeast = newValue?.value } }
    }

    public func judge(in context: RuleContext) -> Answer {
        let (start, facts): (Instant?, [FactID]) =
            switch since {
            case .firstDose: (context.session?.record.firstDose(by: context.now), context.session?.record.doses.first.map { [$0.fact] } ?? [])
            case .lastDose: (context.session?.record.lastDoseEnd(by: context.now), context.session?.record.doses.last.map { [$0.fact] } ?? [])
            case .courseStart: (context.chart.run.start, context.chart.run.first.map { [$0] } ?? [])
            }
        // Nothing given: no time to wait for.
        guard let start else { return .no }
        let elapsed = since == .courseStart ? context.now.days(since: start) : context.now.minutes(since: start)
        // Counted from an end that may have been later, the time passed is shorter.
        if since == .lastDose, context.session?.record.isEndKnown(by: context.now) == false, elapsed >= below ?? atLeast ?? 0 {
            return .unknown(missing: ["duration or end of the infusion"])
        }
        return below.map { elapsed < $0 } ?? atLeast.map { elapsed >= $0 } ?? false ? .yes(because: facts) : .no
    }
}

/// Is a check of the monitoring schedule overdue, or was it missed?
public struct CheckQuestion: Question {
    /// Check id, for example `bp`.
    public var check: String
    /// Minutes after the first dose; nil: any point of the schedule.
    public var minute: Double?

    public var watched: Watched { Watched(checks: [self]) }

    func asks(_ scheduled: ScheduledCheck) -> Bool { scheduled.check == check && (minute == nil || scheduled.minute == minute) }

    /// Minutes by which the check was, or is, late.
    public func measured(in context: RuleContext) -> Reading.Value? {
        guard let missed = context.session?.checks.first(where: { $0.isOverdue && asks($0) }) else { return nil }
        return .number(context.now.minutes(since: missed.due).rounded(.down))
    }

    public func judge(in context: RuleContext) -> Answer {
        guard let session = context.session else { return .no }
        let missed = session.checks.filter { $0.isOverdue && asks($0) }
        return missed.isEmpty ? .no : .yes(because: session.record.doses.first.map { [$0.fact] } ?? [])
    }
}

/// Was a check of the monitoring schedule done near its time, and after the last dose? Not known until it was.
public struct CheckDoneQuestion: Question {
    /// Check id, for example `bp`.
    public var check: String
    /// Minutes after the first dose.
    public var minute: Double

    public var watched: Watched { Watched() }

    public func judge(in context: RuleContext) -> Answer {
        let schedule = context.chart.schedule
        guard let session = context.session, let dose = session.record.firstDose(by: context.now),
            let check = schedule.checks.first(where: { $0.id == check })
        else { return .no }
        let lastStart = session.record.doses.last { $0.start <= context.now }?.start ?? dose
        let from = max(dose.adding(minutes: minute - schedule.early.value), lastStart)
        let done = check.done(in: session.readings, from: from, to: context.now, isLast: true)
        return done == nil ? .unknown(missing: ["\(check.title) before leaving"]) : .yes(because: [])
    }
}
