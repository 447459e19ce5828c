import Notation
import Statistics

/// How an invented patient answers treatment.
private struct Answer {
    /// Share of the baseline severity that treatment takes away in the end.
    var depth: Double
    /// Days after the first dose from which relief is lost again; nil when it lasts.
    var relapse: Int?
}

extension FictionalPatient {
    /// Sessions twice a week for four weeks, weekly for four, then every one or two weeks, up to today.
    mutating func treat(from first: Day) {
        let nasal = random.chance(0.55)
        enter(before: first, nasal: nasal)
        let answer = drawAnswer()
        let therapy = random.chance(0.5)
        let interval = random.chance(0.6) ? 14 : 7
        let stop = stage == .stopped ? first.number + random.integer(in: 27...60) : today.number
        var day = first.number
        var number = 0
        while day <= min(stop, today.number) {
            number += 1
            let date = Day(number: day)
            let severity = severity(on: day - first.number, answer)
            scores(date, severity: severity, clinician: number == 1 || number % 2 == 0)
            session(number, on: date, nasal: nasal)
            followUp(number, on: date, since: first)
            if therapy, random.chance(0.7), day < today.number {
                state("therapy", [("time", Self.json(time(Day(number: day + 1), 15, 0))), ("modality", "CBT"), ("duration_min", 50)], author: "therapist-1")
            }
            day += number < 8 ? (number % 2 == 1 ? 3 : 4) : number < 12 ? 7 : interval
        }
        if stage == .stopped, stop < today.number - 20 {
            scores(Day(number: stop + 14), severity: severity(on: stop + 14 - first.number, answer), clinician: true)
        }
    }

    private mutating func drawAnswer() -> Answer {
        if stage == .stopped { return Answer(depth: random.normal(mean: 0.15, sd: 0.08)) }
        let relapse = stage == .maintenance && random.chance(0.25) ? random.integer(in: 55...150) : nil
        return Answer(depth: min(max(random.normal(mean: relapse == nil ? 0.58 : 0.65, sd: 0.2), 0.02), 0.92), relapse: relapse)
    }

    /// Severity as a share of the scale, 0 to 1.
    private mutating func severity(on day: Int, _ answer: Answer) -> Double {
        let days = Double(day)
        var relief = answer.depth * days / (days + 6)
        if let relapse = answer.relapse, day > relapse { relief *= max(0.1, 1 - Double(day - relapse) / 30) }
        return min(max(baseline / 60 * (1 - relief) + random.normal(sd: 0.03), 0), 1)
    }

    /// PHQ-9 by the patient at each visit, MADRS by the clinician at some.
    mutating func scores(_ day: Day, severity: Double, clinician: Bool) {
        let total = min(max(Int((severity * 30 + random.normal(sd: 1)).rounded()), 0), 26)
        state("assessment", [("time", Self.json(time(day, 9, 30))), ("instrument", "PHQ-9"), ("answers", phq9(total)), ("rater", "self")], author: id)
        guard clinician else { return }
        let madrs = min(max((severity * 60).rounded(), 0), 60)
        state(
            "assessment", [("time", Self.json(time(day, 9, 45))), ("instrument", "MADRS"), ("total", .init(madrs)), ("rater", "clinician")],
            author: "paula")
    }

    /// Nine answers that add up to `total`; the last, on thoughts of death, rises last.
    private mutating func phq9(_ total: Int) -> JSONValue {
        var answers = Array(repeating: 0, count: 9)
        for step in 0..<total {
            let open = (0..<(step < 16 ? 8 : 9)).filter { answers[$0] < 3 }
            answers[random.pick(open, or: 8)] += 1
        }
        return .array(answers.map { JSONValue($0) })
    }

    mutating func vitals(_ day: Day, _ hour: Int, _ minute: Double, rise: Double, session: String?) {
        func value(_ metric: String, _ number: Double, _ unit: String) {
            var members: [(key: String, value: JSONValue)] = [
                ("time", Self.json(time(day, hour, minute))), ("metric", .string(metric)), ("value", .init(number.rounded())), ("unit", .string(unit)),
            ]
            if let session { members.append(("session", .string(session))) }
            state("measurement", members, author: "nina")
        }
        value("sbp", random.normal(mean: 122 + rise, sd: 7), "mm[Hg]")
        value("dbp", random.normal(mean: 76 + rise * 0.6, sd: 5), "mm[Hg]")
        value("hr", random.normal(mean: 72 + rise * 0.3, sd: 6), "/min")
        value("spo2", min(99, random.normal(mean: 97, sd: 1)), "%")
        value("rr", random.normal(mean: 14, sd: 1), "/min")
    }
}
