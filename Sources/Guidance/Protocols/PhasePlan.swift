import Notation

/// A protocol's phases laid on the calendar of one course.
struct PhasePlan {
    private let phases: [TreatmentProtocol.Phase]
    /// Days with a session, in order.
    private let sessions: [Day]

    init(_ treatment: TreatmentProtocol, sessions: [Day]) {
        let unscheduled = TreatmentProtocol.Phase(name: "unscheduled", rule: "the source gives no schedule")
        self.init(phases: treatment.phases.isEmpty ? [unscheduled] : treatment.phases, sessions: sessions)
    }

    private init(phases: [TreatmentProtocol.Phase], sessions: [Day]) {
        self.phases = phases
        self.sessions = sessions
    }

    private struct Stretch {
        var phase: TreatmentProtocol.Phase
        var begin: Day
        /// The first day after it; nil while it is open.
        var end: Day?
    }

    /// The phases with their days, as far as the sessions given tell.
    private var stretches: [Stretch] {
        guard let start = sessions.first else {
            return phases.first.map { [Stretch(phase: $0, begin: Day(number: .min / 2), end: nil)] } ?? []
        }
        var begin = start
        var stretches: [Stretch] = []
        for phase in phases {
            let from = phase.weeks?.low.map { Day(number: start.number + (Int($0) - 1) * 7) } ?? begin
            let end = end(of: phase, from: from, start: start)
            stretches.append(Stretch(phase: phase, begin: from, end: end))
            guard let end else { break }
            begin = end
        }
        return stretches
    }

    private func end(of phase: TreatmentProtocol.Phase, from begin: Day, start: Day) -> Day? {
        if let weeks = phase.weeks { return weeks.high.map { Day(number: start.number + Int($0) * 7) } }
        if let months = phase.months { return begin.adding(months: months) }
        let inPhase = sessions.filter { $0 >= begin }
        if let count = phase.sessions, inPhase.count >= count { return Day(number: inPhase[count - 1].number + 1) }
        return nil
    }

    /// The phase a day falls into; nil after the last one.
    func phase(on day: Day) -> TreatmentProtocol.Phase? { stretch(on: day)?.phase }

    private func stretch(on day: Day) -> Stretch? { stretches.first { $0.begin <= day && $0.end.map { day < $0 } ?? true } }

    /// The first day for the next session, today or later, and the last on which the course is on schedule, which may be past.
    func next(after last: Day?, today: Day) -> (phase: TreatmentProtocol.Phase, earliest: Day, latest: Day?, why: [String])? {
        guard let last else {
            return phases.first.map { ($0, today, nil, ["no dose of this course yet"]) }
        }
        guard let onSchedule = permitted(after: last, from: Day(number: last.number + 1)),
            let permitted = permitted(after: last, from: max(today, onSchedule.day))
        else { return nil }
        let longest = onSchedule.phase.intervalDays?.high ?? onSchedule.phase.perWeek?.low.map { (7 / $0).rounded(.up) }
        let latest = longest.map { Day(number: max(last.number + Int($0), onSchedule.day.number)) }
        return (permitted.phase, permitted.day, latest, why(permitted.phase))
    }

    /// The first day from `start` on which nothing of its phase speaks against a session.
    private func permitted(after last: Day, from start: Day) -> (phase: TreatmentProtocol.Phase, day: Day)? {
        // Two years on, no protocol of the library has anything more to say.
        for number in start.number...max(start.number, last.number + 731) {
            let day = Day(number: number)
            if let stretch = stretch(on: day), obstacles(to: day, in: stretch).isEmpty { return (stretch.phase, day) }
        }
        return nil
    }

    private func why(_ phase: TreatmentProtocol.Phase) -> [String] {
        [
            phase.perWeek.map { "\(phase.name): \(text($0)) a week" }, phase.intervalDays.map { "\(phase.name): every \(text($0)) days" },
            phase.sessions.map { "\($0) sessions in this phase" }, phase.rule,
        ].compactMap { $0 }
    }

    private func text(_ span: TreatmentProtocol.Span) -> String {
        unique([span.low, span.high].compactMap { $0.map { decimal($0) } }).joined(separator: " to ")
    }

    /// Why a session on `day`, after those given before it, is not as the phase has it.
    private func obstacles(to day: Day, in stretch: Stretch) -> [(what: ProtocolProgress.Deviation.What, text: String)] {
        let before = sessions.filter { $0 < day }
        let phase = stretch.phase
        var obstacles: [(what: ProtocolProgress.Deviation.What, text: String)] = []
        if let most = phase.perWeek?.high {
            // The week before belongs to the phase before: twice weekly up to Thursday, weekly from Monday on.
            let recent = before.count { day.number - $0.number < 7 && $0 >= stretch.begin }
            if Double(recent) >= most {
                obstacles.append((.frequency, "session \(recent + 1) within 7 days where \(phase.name) has \(decimal(most)) a week"))
            }
        }
        if let least = phase.intervalDays?.low, let last = before.last, Double(day.number - last.number) < least {
            obstacles.append(
                (.frequency, "\(day.number - last.number) days after the last session where \(phase.name) has at least \(decimal(least))"))
        }
        if let most = phase.sessions, phase.weeks != nil {
            let number = before.count { $0 >= stretch.begin } + 1
            if number > most { obstacles.append((.sessionCount, "session \(number) of \(phase.name), which has \(most)")) }
        }
        return obstacles
    }

    /// Frequency and number of one session of the course.
    func deviations(of session: CourseRun.Session, number: Int) -> [ProtocolProgress.Deviation] {
        func deviation(_ what: ProtocolProgress.Deviation.What, _ text: String) -> ProtocolProgress.Deviation {
            .init(what: what, text: text, session: session.id, because: session.administrations.prefix(1).map(\.id))
        }
        guard number > 0 else { return [] }
        if sessions[number - 1] == session.day { return [deviation(.frequency, "a second session on the same day")] }
        // A phase that ends with its sessions is laid out by those up to this one.
        let plan = PhasePlan(phases: phases, sessions: Array(sessions.prefix(number + 1)))
        guard let stretch = plan.stretch(on: session.day) else { return [deviation(.sessionCount, "after the end of the protocol")] }
        return (plan.obstacles(to: session.day, in: stretch) + plan.delays(of: session.day, in: stretch)).map { deviation($0.what, $0.text) }
    }

    /// Why a session on `day` is later than the phase has it: longer after the last than its interval, or in a week short of its sessions.
    private func delays(of day: Day, in stretch: Stretch) -> [(what: ProtocolProgress.Deviation.What, text: String)] {
        let (phase, before) = (stretch.phase, sessions.filter { $0 < day })
        guard let last = before.last else { return [] }
        let gap = day.number - last.number
        if let most = phase.intervalDays?.high, Double(gap) > most {
            return [(.frequency, "\(gap) days after the last session where \(phase.name) has at most \(decimal(most))")]
        }
        // The seven days after the session so many before hold as many as the phase has in a week; a phase begins with a week of its own.
        guard let least = phase.perWeek?.low, least >= 1 else { return [] }
        let anchor = before.count >= Int(least) ? before[before.count - Int(least)] : nil
        guard let anchor, day.number - max(anchor.number, stretch.begin.number) > 7 else { return [] }
        return [(.frequency, "\(gap) days after the last session where \(phase.name) has \(text(phase.perWeek ?? .init())) a week")]
    }
}
