import Chart
import Guidance
import Notation
import Synchronization

/// A chair taken for a while by a session that is booked or under way.
struct ChairUse: Sendable, Equatable {
    var chair: String
    var patient: PatientID
    var session: String
    var start: Instant
    var end: Instant

    /// Minutes a chair is taken around dosing and observation, and for observation where no protocol gives any: clinic defaults, for planning
    /// only. When somebody may leave is for the rules to say.
    private static let around = 30.0, usualObservation = 120.0

    static func minutes(_ plan: TreatmentProtocol?) -> Double { around + (plan?.infusionMinutes ?? 0) + (plan?.observationMinutes ?? usualObservation) }

    init(chair: String, patient: PatientID, session: String, start: Instant, plan: TreatmentProtocol?) {
        (self.chair, self.patient, self.session, self.start) = (chair, patient, session, start)
        end = start.adding(minutes: Self.minutes(plan))
    }

    /// Nil for a session that is over, or of which no time is known. One that is under way takes its chair until it is over.
    init?(_ session: BoardSession, at now: Instant) {
        guard session.review.state == .booked || session.review.state.isUnderWay, let start = session.start else { return nil }
        self.init(chair: session.chair, patient: session.patient, session: session.review.record.id, start: start, plan: session.review.record.plan)
        if session.review.state.isUnderWay { end = max(end, now) }
    }

    func overlaps(_ other: ChairUse) -> Bool { start < other.end && other.start < end }

    /// `Chair 7` and ` 7` are one chair.
    var key: String {
        let words = chair.lowercased().split(whereSeparator: \.isWhitespace)
        return words.drop { $0 == "chair" && words.count > 1 }.joined(separator: " ")
    }
}

/// Keeps two people from booking one chair at the same moment: who is about to be booked counts as booked.
final class Chairs: Sendable {
    private let claims = Mutex<[ChairUse]>([])

    /// Runs `body`, which stores the booking, unless something else takes the chair or the patient meanwhile.
    /// - Parameter others: every use there is, read once the claim stands.
    func claim(
        _ use: ChairUse, others: () throws -> [ChairUse], refuse: (_ clash: ChairUse, _ others: [ChairUse]) throws -> Void, body: () async throws -> Void
    )
        async throws
    {
        let earlier = claims.withLock { claims in
            defer { claims.append(use) }
            return claims
        }
        defer { claims.withLock { claims in if let index = claims.firstIndex(of: use) { claims.remove(at: index) } } }
        let others = (earlier + (try others())).filter { $0.session != use.session || $0.patient != use.patient }
        if let clash = others.first(where: { $0.overlaps(use) && ($0.patient == use.patient || !use.key.isEmpty && $0.key == use.key) }) {
            try refuse(clash, others)
        }
        try await body()
    }
}
