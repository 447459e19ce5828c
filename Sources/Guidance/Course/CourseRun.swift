import Chart
import Evidence
import Notation

/// The treatment going on: the doses since the last long pause, by session.
public struct CourseRun: Sendable, Equatable {
    /// What was given in one session.
    public struct Session: Sendable, Equatable {
        /// Nil for doses that name no session; a day is then a session.
        public var id: String?
        public var time: Moment
        public var administrations: [Stated<Administration>]

        public var day: Day { time.day }
    }

    /// Those that gave a dose, in time order.
    public var sessions: [Session]
    /// The last dose of the course before; nil when this is the first.
    public var earlierEnd: Instant?

    public var start: Instant? { sessions.first?.time.instant }
    public var first: FactID? { sessions.first?.administrations.first?.id }
    public var lastDay: Day? { sessions.last?.day }

    /// - Parameter pauseDays: a longer time without a dose ends one course and begins another.
    init(_ view: ChartView, pauseDays: Double) {
        var sessions: [Session] = []
        let grouped = Dictionary(grouping: view.administrations) { $0.body.session ?? "day " + $0.body.time.day.description }
        for doses in grouped.values {
            guard let first = doses.first else { continue }
            sessions.append(Session(id: first.body.session, time: first.body.time, administrations: doses))
        }
        sessions.sort { ($0.time.instant, $0.id ?? "") < ($1.time.instant, $1.id ?? "") }
        let start = sessions.indices.last { index in
            index > 0 && sessions[index].time.instant.days(since: sessions[index - 1].time.instant) > pauseDays
        }
        self.sessions = Array(sessions[(start ?? 0)...])
        earlierEnd = start.map { sessions[$0 - 1].time.instant }
    }
}
