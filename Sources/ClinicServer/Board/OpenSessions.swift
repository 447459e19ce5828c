import Chart
import Guidance
import Notation
import ServiceLifecycle
import Storage
import Synchronization

/// One session as the board shows it.
struct BoardSession: Sendable {
    var patient: PatientID
    var review: SessionReview
    var planned: Instant?
    var chair: String

    /// When it is on today's board: from when somebody came, or when it is planned.
    var start: Instant? { review.history.time(of: .checkedIn) ?? planned }

    init(_ review: SessionReview, of patient: PatientID) {
        self.patient = patient
        self.review = review
        let details = review.record.events.flatMap(\.body.details)
        planned = review.record.plannedStart?.instant
        chair =
            details.last { $0.name == "chair" }.map { detail in
                switch detail.value {
                case .text(let text): text
                case .number(let number): decimal(number)
                case .flag: ""
                }
            } ?? ""
    }
}

/// The sessions of a day, over all patients: judged from their charts, kept while nothing has changed.
final class OpenSessions: Sendable {
    private struct Kept {
        var facts: Int
        var judged: Instant
        var until: Instant
        var sessions: [BoardSession]
    }

    private let clinic: Clinic
    /// Patients who may have a session today: told by their facts, and taken in once at the start.
    private let patients: Mutex<[PatientID: Int]?> = Mutex(nil)
    private let touches = Atomic(0)
    private let kept = Mutex<[PatientID: Kept]>([:])
    /// A session that began longer ago is over; one may be booked as long ahead as `BookingRoutes.furthestDays`.
    private static let underWayDays = 60.0
    /// Without new facts a session is judged again after this many minutes: checks fall due, gates open.
    private static let keptMinutes = 0.25

    init(_ clinic: Clinic) { self.clinic = clinic }

    /// Something was recorded of a patient.
    func touch(_ patient: PatientID) {
        let number = touches.add(1, ordering: .relaxed).newValue
        patients.withLock { $0?[patient] = number }
    }

    /// Sessions of the clinic's day of `now`: under way, still to come, or over.
    func all(at now: Instant) throws -> [BoardSession] {
        let day = Moment(now, offset: clinic.offset(now)).day
        return try withComing(at: now).filter { isToday($0, day) }
    }

    /// Those of today, and those booked for later days.
    /// - Parameter minutes: how long what is kept must hold from now on.
    func withComing(at now: Instant, for minutes: Double = 0) throws -> [BoardSession] {
        let known = try patients.withLock { patients in
            if let patients { return patients }
            let found = Dictionary(uniqueKeysWithValues: try candidates(at: now).map { ($0, 0) })
            patients = found
            return found
        }
        let day = Moment(now, offset: clinic.offset(now)).day
        var sessions: [BoardSession] = []
        var idle: [PatientID] = []
        for patient in known.keys.sorted() {
            let found = try self.sessions(of: patient, on: day, at: now, for: minutes)
            sessions += found
            if found.isEmpty { idle.append(patient) }
        }
        // Of whom something was recorded meanwhile is looked at again.
        patients.withLock { patients in for patient in idle where patients?[patient] == known[patient] { patients?[patient] = nil } }
        kept.withLock { kept in for patient in idle { kept[patient] = nil } }
        return sessions
    }

    /// Whose charts are looked at: with a session today or to come, with one that nobody has left, and where what was said of one was changed.
    private func candidates(at now: Instant) throws -> Set<PatientID> {
        let (store, start) = (clinic.store, now.adding(days: -Self.underWayDays))
        var isOpen: [[String]: Bool] = [:]
        for (patient, session, event) in try store.sessionEvents(since: start) {
            let key = [patient, session]
            switch event.map({ SessionStep($0) }) ?? .dose {
            case let step? where step.leavesTheRoom: isOpen[key] = false
            case .openDocumentation, .submitREMS, .close, nil: isOpen[key] = isOpen[key] ?? true
            // A dose without any event of its session is no visit to this clinic.
            case .dose where event == nil && isOpen[key] == nil: break
            default: isOpen[key] = true
            }
        }
        return Set(isOpen.filter(\.value).map { $0.key[0] })
            .union(try store.patients(with: .session, since: now.adding(days: -1)))
            .union(try store.patients(withSessionsCorrectedSince: start))
            .union(try store.patients(bookedSince: now.adding(days: -BookingRoutes.furthestDays), for: now.day))
    }

    private func isToday(_ session: BoardSession, _ day: Day) -> Bool {
        session.review.state.isUnderWay || session.start.map { Moment($0, offset: clinic.offset($0)).day == day } ?? false
    }

    /// Sessions of the day and later; none: nothing of the patient is to come.
    private func sessions(of patient: PatientID, on day: Day, at now: Instant, for minutes: Double) throws -> [BoardSession] {
        guard let chart = try clinic.charts.chart(of: patient) else { return [] }
        if let found = kept.withLock({ $0[patient] }), found.facts == chart.facts.count,
            // What somebody else judged a moment later is an answer, too; after a clock was set back it is none.
            found.judged <= now.adding(minutes: Self.keptMinutes), now.adding(minutes: minutes) < found.until
        {
            return found.sessions
        }
        let review = Review(of: chart, asOf: now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        let sessions = review.sessions.map { BoardSession($0, of: patient) }.filter {
            isToday($0, day) || $0.review.state == .booked && $0.planned.map { $0 > now } ?? false
        }
        let isRunning = sessions.contains { $0.review.state.isUnderWay }
        kept.withLock {
            $0[patient] = Kept(facts: chart.facts.count, judged: now, until: now.adding(minutes: isRunning ? Self.keptMinutes : 30), sessions: sessions)
        }
        return sessions
    }
}

extension OpenSessions: Service {
    private static let round = Duration.seconds(4)
    /// A round and what it takes, in minutes.
    private static let untilNextRound = 5.0 / 60

    /// Judges the sessions of the day before what is kept of them grows old, so that nobody who looks at the board waits for it.
    func run() async throws {
        await withTaskExecutorPreference(OwnThread.sessions) {
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                _ = try? withComing(at: clinic.now(), for: Self.untilNextRound)
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.round) }
            }
        }
    }
}
