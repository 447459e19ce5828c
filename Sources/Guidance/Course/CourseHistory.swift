import Chart
import Notation

/// The course as its events tell it. A chart without course events, taken over from elsewhere, has the state its doses imply.
public struct CourseHistory: Sendable {
    /// Something the course had no way for from where it stood.
    public struct Departure: Sendable, Equatable {
        public var step: CourseStep
        public var state: CourseState?
        public var time: Instant
        public var fact: FactID
        /// The session of a dose.
        public var session: String?
        /// What happened, in words.
        public var text: String
        var order: RuleBook.OrderRule
    }

    /// Nil: nothing in the chart speaks of a course.
    public private(set) var state: CourseState?
    public private(set) var since: Moment?
    /// In time order.
    public private(set) var outOfOrder: [Departure] = []
    private var beforePause: CourseState?
    private let run: CourseRun
    /// Days of the course from which an evaluation of benefit is one of the whole induction.
    private let evaluationFromDays: Double
    /// Enrolment in the REMS goes before the first dose.
    private let asksREMS: Bool

    fileprivate struct Entry {
        var time: Moment
        var step: CourseStep
        var fact: FactID
        var session: String?
    }

    init(_ chart: ChartContext, run: CourseRun, schedule: FollowUpSchedule) {
        self.run = run
        evaluationFromDays = schedule.evaluationFromDays
        asksREMS = chart.product == .esketamineNasal && chart.jurisdiction == .us
        let events = chart.view.courseEvents.compactMap { event in
            CourseStep(event.body, metrics: chart.metrics).map { Entry(time: event.body.time, step: $0, fact: event.id) }
        }
        let doses = run.sessions.compactMap { session in
            session.administrations.first.map { Entry(time: session.time, step: .firstDose, fact: $0.id, session: session.id) }
        }
        for entry in (events + doses).sorted(by: { ($0.time.instant, $0.step.order, $0.fact) < ($1.time.instant, $1.step.order, $1.fact) }) { take(entry) }
        // The end of the induction comes by itself; what follows it is a decision.
        if state == .induction, let start = run.start, chart.view.asOf.days(since: start) >= schedule.reviewDays {
            state = .inductionReview
            since = Moment(start.adding(days: schedule.reviewDays))
        }
    }

    private mutating func take(_ entry: Entry) {
        guard let transition = CourseTransition.of(entry.step) else { return }
        guard let current = state else { return enter(transition.to, at: entry.time) }
        if entry.step == .firstDose, current.isUnderTreatment || entry.isOfTheDay(of: since, in: current) { return }
        guard current.has(transition) else { return depart(entry, from: current) }
        if entry.step == .benefit, let start = run.start, current == .induction || current == .inductionReview,
            entry.time.latest.days(since: start) < evaluationFromDays
        {
            let day = Int(max(0, entry.time.instant.days(since: start)))
            return note(entry, from: current, "benefit_evaluated on day \(day) of an induction; it counts from day \(Int(evaluationFromDays)) on")
        }
        if entry.step == .firstDose, asksREMS, current == .consented {
            note(entry, from: current, "first dose without rems_enrolled and payer_approved on record", .skipped)
        }
        if entry.step == .pause { beforePause = current }
        enter(transition.to ?? beforePause, at: entry.time)
    }

    /// A step with no way changes nothing; a dose that was given was given, and is one more or the first of the course.
    private mutating func depart(_ entry: Entry, from current: CourseState) {
        let what = entry.step == .firstDose ? "dose" + (entry.session.map { " of \($0)" } ?? "") : entry.step.rawValue
        note(entry, from: current, "\(what) in a course that is \(current.rawValue)")
        if entry.step == .firstDose, !current.isHalted { enter(.induction, at: entry.time) }
    }

    private mutating func note(_ entry: Entry, from state: CourseState, _ text: String, _ order: RuleBook.OrderRule = .outOfOrder) {
        outOfOrder.append(
            Departure(step: entry.step, state: state, time: entry.time.instant, fact: entry.fact, session: entry.session, text: text, order: order))
    }

    private mutating func enter(_ next: CourseState?, at time: Moment) {
        state = next
        since = time
    }

    /// Whether the course has a way for `step`; one that no event speaks of yet may begin anywhere.
    public func allows(_ step: CourseStep) -> Bool { state == nil || (try? proposing(step)) != nil }

    /// The state after `step`.
    /// - Throws: the step and the state it has no way from.
    public func proposing(_ step: CourseStep) throws(CourseRefusal) -> CourseState {
        guard let transition = CourseTransition.of(step), let current = state else {
            guard state == nil, step == .refer else { throw CourseRefusal(step: step, state: state) }
            return .referred
        }
        guard current.has(transition), let next = transition.to ?? beforePause else { throw CourseRefusal(step: step, state: current) }
        return next
    }
}

/// A step of the course that has no way from where it stands.
public struct CourseRefusal: Error, Sendable, Equatable {
    public var step: CourseStep
    public var state: CourseState?
}

extension CourseHistory.Entry {
    /// A dose on the day of which only the date says that the course was halted: nobody knows which came first.
    fileprivate func isOfTheDay(of since: Moment?, in state: CourseState) -> Bool {
        state.isHalted && since.map { $0.isWholeDay && $0.day == time.day } ?? false
    }
}

extension CourseState {
    fileprivate func has(_ transition: CourseTransition) -> Bool { transition.from.isEmpty ? self != .closed : transition.from.contains(self) }
}

extension CourseStep {
    /// What an event means by its name and its answers: an evaluation that did not take place is none, and one that found no benefit ends the course.
    init?(_ event: CourseEvent, metrics: MetricIndex) {
        guard let step = CourseStep(event.event) else { return nil }
        let answers = Dictionary(metrics.values(event: event.event, details: event.details).map { ($0.metric, $0.value.flag) }, uniquingKeysWith: { $1 })
        switch step {
        case .benefit where answers["benefit_evaluated"] == false: return nil
        case .benefit where answers["benefit_shown"] == false: self = .noBenefit
        default: self = step
        }
    }
}
