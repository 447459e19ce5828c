import Evidence
import Guidance
import Notation
import Pharmacology

/// The next visits a protocol permits, each with what is to be expected of it. It proposes; a clinician decides.
public struct VisitPlan: Sendable {
    /// One dose on one day.
    public struct Option: Sendable {
        public var day: Day
        /// From the time of the plan.
        public var daysAhead: Int
        public var dose: ProtocolProgress.DoseOption
        public var milligrams: Double
        /// The chance that somebody who is well has relapsed before the visit; nil when hardly anybody is well.
        public var relapseBefore: Double?
        /// Expected score, in points of the forecast's scale, at the visit and a week after its dose.
        public var scoreAtVisit: Double
        public var scoreWeekAfter: Double
        public var responseWeekAfter: Double
        public var burden: Burden
    }

    /// What an option costs the patient.
    public struct Burden: Sendable, Equatable {
        /// If the interval were kept.
        public var visitsPer28Days: Double
        public var milligramsPer28Days: Double
        public var observationHoursPer28Days: Double?
    }

    /// One more day on which the visit might be, permitted or not, with the dose that is proposed.
    public struct WhatIf: Sendable {
        public var daysAhead: Int
        public var day: Day
        public var isPermitted: Bool
        public var relapseBefore: Double?
        /// At the visit, before its dose.
        public var score: Quantiles
        public var scoreWeekAfter: Double
        public var burden: Burden
    }

    public let basis: CourseForecast
    public let options: [Option]
    /// By day ahead, up to eight weeks; empty when nothing is permitted.
    public let whatIf: [WhatIf]
    /// Index into `options`; nil when nothing is permitted.
    public let recommended: Int?
    public let why: [String]
    /// What the published frequency rules say, beside it.
    public let plainRules: [FrequencyAdvice]
    public let acceptedRisk: Double

    public init(_ basis: CourseForecast, acceptedRisk: Double? = nil) {
        self.basis = basis
        let planning = basis.desk.forecaster.model.planning
        let accepted = acceptedRisk ?? planning.acceptedRisk.value
        self.acceptedRisk = accepted
        let course = basis.review.course
        plainRules = course.frequency
        guard let progress = course.progress, let next = progress.next, let treatment = course.progress?.treatment else {
            (options, whatIf, recommended) = ([], [], nil)
            why = [course.progress == nil ? "no session or event of the course names a protocol of the library" : "the protocol permits no further session now"]
            return
        }
        let bench = Bench(basis, treatment: treatment, latest: next.latest ?? next.earliest)
        let days = Self.days(next, today: bench.today, last: bench.last)
        let doses = Self.representative(next.doses)
        let found = days.flatMap { day in doses.compactMap { bench.option(day, $0) } }
        options = found
        let choice = Self.choose(found, accepted: accepted)
        recommended = choice?.index
        why = (choice?.why ?? ["no dose of the protocol can be forecast"]) + next.why
        whatIf =
            (choice.map { found[$0.index].dose } ?? doses.first).map { dose in
                bench.whatIf(dose) { $0 >= next.earliest && $0 <= next.latest ?? $0 }
            } ?? []
    }

    /// Every permitted day while they are few; then the first, the last and whole weeks after the last session.
    private static func days(_ next: ProtocolProgress.NextSession, today: Day, last: Day?) -> [Day] {
        let latest = max(next.latest ?? Day(number: next.earliest.number + 28), next.earliest)
        let all = (next.earliest.number...latest.number).map(Day.init(number:))
        guard all.count > 5 else { return all }
        let anchor = last ?? today
        return all.filter { $0 == next.earliest || $0 == latest || ($0.number - anchor.number) % 7 == 0 }
    }

    /// The ends of a range of doses.
    private static func representative(_ doses: [ProtocolProgress.DoseOption]) -> [ProtocolProgress.DoseOption] {
        doses.flatMap { dose in
            dose.low == dose.high
                ? [dose]
                : [dose.low, dose.high].filter { $0 > 0 }.map { amount in
                    var one = dose
                    (one.low, one.high) = (amount, amount)
                    return one
                }
        }
    }

    /// The least burden among the options whose risk is accepted; the soonest visit when there is none, or when the person is not well.
    private static func choose(_ options: [Option], accepted: Double) -> (index: Int, why: [String])? {
        guard let soonest = options.map(\.daysAhead).min() else { return nil }
        func percent(_ share: Double) -> String { "\(decimal(rounded(100 * share, places: 1))) %" }
        func burden(_ index: Int) -> (Double, Double, Int) {
            (options[index].burden.visitsPer28Days, options[index].milligrams, index)
        }
        func best(_ indices: [Int]) -> Int? {
            // A larger dose must earn its milligrams: a point of score a week after.
            indices.min { a, b in
                let (x, y) = (options[a], options[b])
                if x.daysAhead == y.daysAhead, abs(x.scoreWeekAfter - y.scoreWeekAfter) > 1 { return x.scoreWeekAfter < y.scoreWeekAfter }
                return burden(a) < burden(b)
            }
        }
        let acceptable = options.indices.filter { options[$0].relapseBefore.map { $0 <= accepted } ?? false }
        if let index = best(acceptable), let risk = options[index].relapseBefore {
            return (index, ["least burden among the permitted visits before which relapse is at most \(percent(accepted)) likely: \(percent(risk))"])
        }
        guard let index = best(options.indices.filter { options[$0].daysAhead == soonest }) else { return nil }
        let reason =
            options[index].relapseBefore.map { "relapse is \(percent($0)) likely even before the soonest permitted visit; accepted are \(percent(accepted))" }
            ?? "the person is hardly ever well in the forecast: there is nothing to keep yet, so the soonest permitted visit"
        return (index, [reason])
    }
}
