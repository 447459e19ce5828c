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

    /// The first and last day for the next session.
    func next(after last: Day?, today: Day) -> (phase: TreatmentProtocol.Phase, earliest: Day, latest: Day?, why: [String])? {
        guard let last else {
            return phases.first.map { ($0, today, nil, ["no dose of this course yet"]) }
        }
        // Two years on, no protocol of the library has anything more to say.
        for number in (last.number + 1)...(last.number + 731) {
            let day = Day(number: number)
            guard let stretch = stretch(on: day) else { continue }
            let reasons = obstacles(to: day, in: stretch)
            if reasons.isEmpty {
                let phase = stretch.phase
                let days = phase.intervalDays?.high ?? phase.perWeek?.low.map { (7 / $0).rounded(.up) }
                return (phase, day, days.map { Day(number: max(last.number + Int($0), number)) }, why(phase))
            }
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
        return plan.obstacles(to: session.day, in: stretch).map { deviation($0.what, $0.text) }
    }
}
