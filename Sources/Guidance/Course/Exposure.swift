import Chart
import Notation
import Pharmacology

/// What the patient has received so far.
public struct Exposure: Sendable, Equatable {
    public struct Total: Sendable, Equatable {
        public var administrations = 0
        /// Sum of the doses whose mass is known.
        public var cumulative = Milligrams.zero
    }

    public var total = Total()
    public var byDrug: [Drug: Total] = [:]
    /// Sessions in which something was given.
    public var sessions = 0
    public var first: Moment?
    public var last: Moment?
    /// Doses given by weight for which no weight was on record; they are missing from the sums.
    public var withoutWeight: [FactID] = []
    public var because: [FactID] = []

    public init(_ view: ChartView, metrics: [String: Metric]) {
        for administration in view.administrations {
            let body = administration.body
            total.administrations += 1
            byDrug[body.drug, default: Total()].administrations += 1
            if let mass = body.dose.milligrams(weightKilograms: Self.weight(at: body.time.instant, view, metrics)) {
                total.cumulative += mass
                byDrug[body.drug, default: Total()].cumulative += mass
            } else {
                withoutWeight.append(administration.id)
            }
        }
        // Without a session id a day is a session.
        sessions = Set(view.administrations.map { $0.body.session ?? $0.body.time.day.description }).count
        first = view.administrations.first?.body.time
        last = view.administrations.last?.body.time
        because = view.administrations.map(\.id)
    }

    private static func weight(at instant: Instant, _ view: ChartView, _ metrics: [String: Metric]) -> Double? {
        guard let stated = view.latest("weight", by: instant), let metric = metrics["weight"] else { return nil }
        return (try? metric.check(stated.body, at: Place())) ?? nil
    }
}
