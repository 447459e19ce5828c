import Chart
import Evidence
import Notation
import Pharmacology

/// When which check is due in a session, and what answers it.
public struct MonitoringSchedule: Codable, Sendable, Equatable {
    /// Minutes after the due time from which a check that was not done is overdue.
    public var overdueAfter: Sourced<Double>
    /// Minutes before the due time from which a reading counts for it.
    public var early: Sourced<Double>
    public var checks: [Check]
    public var points: [Point]
    /// What is asked and recorded together with a step.
    public var questions: [StepQuestions]
    /// Which population model tells what to expect of a dose; the first that fits.
    public var expectations: [ExpectationModel]

    /// Something to be read: any of these metrics will do, or all of them.
    public struct Check: Codable, Sendable, Equatable, Identifiable {
        public var id: String
        public var title: String
        public var allOf: [String]?
        public var anyOf: [String]?

        enum CodingKeys: String, CodingKey {
            case id, title
            case allOf = "all_of"
            case anyOf = "any_of"
        }
    }

    public struct Point: Codable, Sendable, Equatable {
        /// Minutes after the first dose; negative ones are before it.
        public var minute: Double
        public var due: [Due]
    }

    public struct Due: Codable, Sendable, Equatable {
        public var check: String
        /// The rule that asks for it.
        public var rule: String
        public var kind: RuleKind
        public var confidence: Confidence
        public var sources: [String]?
    }

    /// The check list of one step.
    public struct StepQuestions: Codable, Sendable, Equatable {
        public var step: String
        public var questions: [Question]
    }

    /// A question whose answer is a reading of a metric.
    public struct Question: Codable, Sendable, Equatable {
        public var metric: String
        /// As it is put to a person.
        public var ask: String
        /// Words to choose from; nil: a number where the metric has a unit, else yes or no.
        public var choices: [String]?
        /// Products of which it is asked; nil: of all.
        public var products: [Product]?
    }

    public struct ExpectationModel: Codable, Sendable, Equatable {
        public var drug: Drug?
        public var route: Route?
        public var model: String
        public var confidence: Confidence
        public var note: String?
    }

    enum CodingKeys: String, CodingKey {
        case overdueAfter = "overdue_after"
        case early, checks, points, questions, expectations
    }

    /// What is asked with a step when `product` is given; everything when the product is not known.
    public func questions(of step: SessionStep, product: Product?) -> [Question] {
        (questions.first { $0.step == step.rawValue }?.questions ?? []).filter { question in
            product == nil || question.products.map { $0.contains(product ?? .other) } ?? true
        }
    }

    /// The model for a dose; nil when none fits.
    public func model(drug: Drug, route: Route) -> ExpectationModel? {
        expectations.first { ($0.drug ?? drug) == drug && ($0.route ?? route) == route }
    }
}

/// One check of a session: due when, done or not.
public struct ScheduledCheck: Sendable, Equatable {
    public var check: String
    public var title: String
    /// Minutes after the first dose.
    public var minute: Double
    public var due: Instant
    /// When it was done; nil when it was not.
    public var done: Instant?
    /// When the next check of its kind takes its place; nil for the last.
    public var closes: Instant?
    /// Not done, and later than the schedule allows.
    public var isOverdue: Bool
    public var rule: String
    public var kind: RuleKind
    public var confidence: Confidence
}

/// The checks after a first dose, laid out once for all sessions.
struct ObservationPlan: Sendable {
    /// `next` is the minute at which the next check of the kind takes its place.
    private let planned: [(minute: Double, due: MonitoringSchedule.Due, check: MonitoringSchedule.Check, next: Double?)]
    private let early: Double
    private let overdueAfter: Double

    init(_ schedule: MonitoringSchedule) {
        (early, overdueAfter) = (schedule.early.value, schedule.overdueAfter.value)
        planned = schedule.points.filter { $0.minute > 0 }.flatMap { point in
            point.due.compactMap { due in
                let next = schedule.points.first { later in later.minute > point.minute && later.due.contains { $0.check == due.check } }
                return schedule.checks.first { $0.id == due.check }.map { (point.minute, due, $0, next?.minute) }
            }
        }
    }

    /// The checks after the first dose of `session`, as they stand at `now`; empty before the first dose.
    func checks(of session: SessionRecord, in taken: [String: [Reading]], at now: Instant) -> [ScheduledCheck] {
        guard let dose = session.firstDose(by: now) else { return [] }
        return planned.map { minute, due, check, next in
            let at = dose.adding(minutes: minute)
            let window = (from: at.adding(minutes: -early), to: next.map { dose.adding(minutes: $0 - early) })
            let done = check.done(in: taken, from: window.from, to: min(window.to ?? now, now), isLast: window.to.map { $0 > now } ?? true)
            return ScheduledCheck(
                check: due.check, title: check.title, minute: minute, due: at, done: done, closes: window.to,
                isOverdue: done == nil && now > at.adding(minutes: overdueAfter), rule: due.rule, kind: due.kind, confidence: due.confidence)
        }
    }
}

extension MonitoringSchedule.Check {
    /// When the check was complete within a time; nil when it was not.
    /// - Parameter isLast: whether `to` itself belongs to the time.
    func done(in readings: [String: [Reading]], from: Instant, to: Instant, isLast: Bool) -> Instant? {
        func first(_ metric: String) -> Instant? {
            readings[metric]?.first { $0.time >= from && (isLast ? $0.time <= to : $0.time < to) }?.time
        }
        if let anyOf { return anyOf.compactMap(first).min() }
        let times = (allOf ?? []).map(first)
        return times.contains(nil) ? nil : times.compactMap { $0 }.max()
    }
}
