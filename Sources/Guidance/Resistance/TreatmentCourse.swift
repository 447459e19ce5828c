import Chart
import Notation

/// All records of one treatment that belong together: one attempt, with dose changes and short interruptions.
struct TreatmentCourse {
    var name: String
    var treatment: Treatment?
    var augments: String?
    /// In time order.
    var records: [Record]

    /// One statement of the course, from either kind of fact.
    struct Record {
        var fact: Fact
        var dose: Double?
        var sessions: Int?
        var start: Moment?
        var end: Moment?
        /// Stopped at a time nobody stated: how long it lasted cannot be said.
        var hasUnknownEnd = false
        var adherence: TreatmentTrial.Adherence?
        var outcome: TreatmentTrial.Outcome?
        var stoppedFor: TreatmentTrial.StopReason?
        /// Only prescribed: nobody stated it as a treatment trial.
        var isPrescription: Bool
    }

    var start: Moment? { records.first?.start }
    var end: Moment? { records.contains { $0.end == nil } ? nil : records.compactMap(\.end).max { $0.instant < $1.instant } }
    var hasUnknownEnd: Bool { records.contains(where: \.hasUnknownEnd) }
    var isPrescription: Bool { records.allSatisfy(\.isPrescription) }
    var outcome: TreatmentTrial.Outcome? { records.last { $0.outcome != nil }?.outcome }
    var stoppedFor: TreatmentTrial.StopReason? { records.last { $0.stoppedFor != nil }?.stoppedFor }
    var adherence: TreatmentTrial.Adherence? { records.last { $0.adherence != nil }?.adherence }
    var sessions: Int? {
        let counts = records.compactMap(\.sessions)
        return counts.isEmpty ? nil : counts.reduce(0, +)
    }

    /// Days inside `window` covered by records whose dose is at least `dose` (any record when nil).
    func days(atLeast dose: Double?, from windowStart: Instant?, to windowEnd: Instant) -> Double {
        var covered = 0.0
        var reached = Instant.beforeAll
        for record in records where !record.hasUnknownEnd && dose.map({ (record.dose ?? -1) >= $0 }) ?? true {
            guard let start = record.start?.instant else { continue }
            let from = max(start, windowStart ?? start, reached)
            let to = min(record.end?.instant ?? windowEnd, windowEnd)
            if to > from { covered += to.days(since: from) }
            reached = max(reached, to)
        }
        return covered
    }

    /// Every course in the chart: the stated trials, and prescriptions of antidepressants that no stated trial covers.
    static func all(in view: ChartView, table: TreatmentTable, maxGapDays: Double) -> [TreatmentCourse] {
        let trials = view.treatmentTrials.map { trial in
            let body = trial.body
            return TreatmentCourse(
                name: body.treatment, treatment: table.find(code: body.code, text: body.treatment), augments: body.augments,
                records: [
                    Record(
                        fact: trial.fact, dose: body.milligramsPerDay, sessions: body.sessions, start: body.start, end: body.end,
                        adherence: body.adherence, outcome: body.outcome, stoppedFor: body.stoppedFor, isPrescription: false)
                ])
        }
        let prescriptions = view.medications.compactMap { medication -> TreatmentCourse? in
            let body = medication.body
            guard let treatment = table.find(code: body.code, text: body.drug), treatment.category == .antidepressant else { return nil }
            let covered = trials.contains { $0.treatment?.id == treatment.id && $0.overlaps(start: body.start, end: body.end, asOf: view.asOf) }
            guard !covered else { return nil }
            return TreatmentCourse(
                name: treatment.title, treatment: treatment, augments: nil,
                records: [
                    Record(
                        fact: medication.fact, dose: body.milligramsPerDay, start: body.start, end: body.end,
                        hasUnknownEnd: body.stopped == true && body.end == nil, isPrescription: true)
                ])
        }
        return merged(trials + prescriptions, maxGapDays: maxGapDays, asOf: view.asOf)
    }

    private func overlaps(start other: Moment?, end otherEnd: Moment?, asOf: Instant) -> Bool {
        guard let start, let other else { return true }
        return start.instant <= (otherEnd?.instant ?? asOf) && other.instant <= (end?.instant ?? asOf)
    }

    /// Joins courses of the same treatment in the same role when at most `maxGapDays` lie between them.
    private static func merged(_ courses: [TreatmentCourse], maxGapDays: Double, asOf: Instant) -> [TreatmentCourse] {
        var result: [TreatmentCourse] = []
        for course in courses.sorted(by: precedes) {
            let index = result.lastIndex { earlier in
                guard earlier.treatment != nil, earlier.treatment?.id == course.treatment?.id, earlier.augments == course.augments,
                    earlier.isPrescription == course.isPrescription, let start = course.start, earlier.start != nil
                else { return false }
                return start.instant.days(since: earlier.end?.instant ?? asOf) <= maxGapDays
            }
            if let index { result[index].records += course.records } else { result.append(course) }
        }
        return result
    }

    private static func precedes(_ a: TreatmentCourse, _ b: TreatmentCourse) -> Bool {
        func key(_ course: TreatmentCourse) -> (Int64, FactID) {
            (course.start?.instant.milliseconds ?? .min, course.records.first?.fact.id ?? "")
        }
        return key(a) < key(b)
    }
}
