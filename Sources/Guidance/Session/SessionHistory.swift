import Chart
import Evidence
import Notation

/// The way a session went, replayed from its facts.
///
/// Facts are what happened, so the replay never refuses one: a step that skips others is taken and the skipped states are listed, a step that
/// has no way from where the session stood changes nothing and is listed as out of order.
public struct SessionHistory: Sendable {
    public struct Passage: Sendable, Equatable {
        public var step: SessionStep
        public var from: SessionState
        public var state: SessionState
        public var time: Instant
        public var fact: FactID?
        /// States on the way that no fact documents.
        public var skipped: [SessionState]
    }

    public private(set) var state = SessionState.booked
    public private(set) var passages: [Passage] = []
    /// Steps that had no way from where the session stood.
    public private(set) var outOfOrder: [(step: SessionStep, state: SessionState, time: Instant, fact: FactID)] = []

    /// Replays what is known at `now`.
    /// - Parameter rest: minutes between two nasal devices.
    public init(_ session: SessionRecord, readings: Readings, rest: Double, at now: Instant) {
        var steps: [(time: Instant, order: Int, step: SessionStep, fact: FactID)] = []
        for event in session.events {
            guard let step = SessionStep(event.body.event) else { continue }
            steps.append((event.body.time.instant, step.order, step, event.id))
        }
        for administration in session.administrations {
            steps.append((administration.body.time.instant, SessionStep.dose.order, .dose, administration.id))
        }
        // A vital sign before the first dose, and the first one after a hold, is a pre-dose check, recorded as such or not.
        let firstDose = session.administrations.first?.body.time.instant
        let vitals = readings.all("sbp", in: session.id).filter { reading in firstDose.map { reading.time <= $0 } ?? true }
        let holds = session.events.filter { SessionStep($0.body.event) == .hold }.map(\.body.time.instant)
        let checks = [vitals.first] + holds.map { hold in vitals.first { $0.time > hold } }
        let implied = Dictionary(checks.compactMap { $0.map { ($0.fact, $0.time) } }, uniquingKeysWith: { first, _ in first })
        steps += implied.map { ($0.value, SessionStep.preChecksSaved.order, .preChecksSaved, $0.key) }
        steps.sort { ($0.time, $0.order, $0.fact) < ($1.time, $1.order, $1.fact) }
        for entry in steps.prefix(while: { $0.time <= now }) {
            settle(session, rest, at: entry.time)
            take(entry.step, at: entry.time, fact: entry.fact, isImplied: implied[entry.fact] != nil)
        }
        settle(session, rest, at: now)
    }

    /// Time alone ends dosing: when all that was given is in, observation begins. While the protocol's least dose is not reached, a further
    /// nasal device is awaited for the rest between two of them.
    private mutating func settle(_ session: SessionRecord, _ rest: Double, at now: Instant) {
        guard state == .dosing, let last = session.lastDoseEnd(by: now) else { return }
        let end = session.awaitsDevice(at: now) ? last.adding(minutes: rest) : last
        guard end < now else { return }
        pass(.lastDevice, to: .observation, at: end, fact: nil, skipped: [])
    }

    /// - Parameter isImplied: the fact only implies the step, and cannot be out of order.
    private mutating func take(_ step: SessionStep, at time: Instant, fact: FactID, isImplied: Bool) {
        guard let transition = SessionTransition.of(step) else { return }
        let to = transition.to ?? state
        if transition.from.contains(state) || step == .book && passages.isEmpty {
            pass(step, to: to, at: time, fact: fact, skipped: [])
        } else if step == .dose, state == .observation || state == .dischargeReady {
            // A further device after a pause.
            pass(step, to: .dosing, at: time, fact: fact, skipped: [])
        } else if step == .dose, state >= .discharged {
            // Whatever the record says, the drug works: the patient is observed again.
            outOfOrder.append((step, state, time, fact))
            pass(step, to: .dosing, at: time, fact: fact, skipped: [])
        } else if step == .clear, state == .held {
            pass(step, to: to, at: time, fact: fact, skipped: [.preChecks])
        } else if to == state {
            return
        } else if let first = transition.from.filter({ $0 > state }).min(), state < .discharged || to > .discharged, state < .cancelled {
            let skipped = SessionState.allCases.filter { $0 > state && $0 <= first && $0 != .held }
            pass(step, to: to, at: time, fact: fact, skipped: skipped)
        } else if !isImplied {
            outOfOrder.append((step, state, time, fact))
        }
    }

    private mutating func pass(_ step: SessionStep, to: SessionState, at time: Instant, fact: FactID?, skipped: [SessionState]) {
        passages.append(Passage(step: step, from: state, state: to, time: time, fact: fact, skipped: skipped))
        state = to
    }

    /// How the patient left; nil while the patient is here, or is observed again after another dose.
    var departure: Passage? { passages.last { $0.step.leavesTheRoom || $0.step == .dose }.flatMap { $0.step.leavesTheRoom ? $0 : nil } }

    /// When the session last came into `state`.
    public func time(of state: SessionState) -> Instant? { passages.last { $0.state == state }?.time }
}

extension SessionStep {
    /// Which of several steps at the same time goes first.
    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
