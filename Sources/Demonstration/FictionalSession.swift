import Notation
import Statistics

extension FictionalPatient {
    /// Referral to consent, as a clinic records it; most of the baseline set, so that the page shows what is missing.
    mutating func enter(before first: Day, nasal: Bool) {
        func step(_ event: String, _ daysBefore: Int, _ more: [(key: String, value: JSONValue)] = [], by author: String) {
            let time = Self.json(time(Day(number: first.number - daysBefore), 14, 0))
            state("course", [("event", .string(event)), ("time", time)] + more, author: author)
        }
        step("referral.received", 40, by: "front-desk-1")
        step("screening.started", 16, by: "nina")
        step("trd.computed", 9, by: "psychiatrist-1")
        step("eligibility.signed", 7, [("protocol", .string(nasal ? "esk-us-trd" : "ket-iv-standard"))], by: "paula")
        step("consent.signed", 5, [("version", "demonstration"), ("signed_by", "the patient, who is invented")], by: "paula")
        if nasal { step("rems.enrolled", 4, by: "representative-1") }
        for (instrument, total, chance) in [("DAST-10", 1, 0.8), ("AUDIT-C", 2, 0.8), ("MoCA", 27, 0.6)] where random.chance(chance) {
            let time = Self.json(time(Day(number: first.number - 6), 10, 20))
            state(
                "assessment", [("time", time), ("instrument", .string(instrument)), ("total", .init(total)), ("rater", "clinician")], author: "nina")
        }
    }

    /// What is looked at between sessions.
    mutating func followUp(_ number: Int, on day: Day, since first: Day) {
        let days = day.number - first.number
        if number == 8, days < 40 {
            state(
                "course", [("event", random.chance(0.9) ? "benefit.evaluated" : "course.note"), ("time", Self.json(time(day, 16, 0)))], author: "paula")
        }
        if number > 8, number % 4 == 0, random.chance(0.8) {
            let answer: JSONValue = random.chance(0.93) ? "negative" : "positive"
            state("measurement", [("time", Self.json(time(day, 9, 20))), ("metric", "bladder_screen"), ("value", answer)], author: "nina")
        }
    }

    /// One session, recorded as the protocol has it, with what goes wrong on ordinary days: a check missed, a pressure that is high, a form
    /// not sent.
    mutating func session(_ number: Int, on day: Day, nasal: Bool) {
        let session = "\(id)-s\(number)"
        func at(_ minute: Double) -> JSONValue { Self.json(time(day, 9, minute)) }
        func event(_ name: String, _ minute: Double, _ more: [(key: String, value: JSONValue)] = [], by author: String = "nina") {
            state("session", [("session", .string(session)), ("event", .string(name)), ("time", at(minute))] + more, author: author)
        }
        func scale(_ instrument: String, _ minute: Double, _ total: Int) {
            state(
                "assessment",
                [("session", .string(session)), ("time", at(minute)), ("instrument", .string(instrument)), ("total", .init(total)), ("rater", "observer")],
                author: "nina")
        }
        event(
            "check_in", 25,
            [
                ("protocol", .string(nasal ? "esk-us-trd" : "ket-iv-standard")), ("escort", true),
                ("minutes_since_food", .init(random.chance(0.96) ? 150 : 90)),
                ("minutes_since_liquid", 45), ("minutes_since_nasal", 600), ("prescriber_onsite", true), ("hcp_and_oximeter", true),
            ], by: "front-desk-1")
        let strain = random.chance(0.06) ? 24.0 : 0
        vitals(day, 9, 50, rise: strain, session: session)
        scale("MOAA/S", 50, 5)
        scale("CADSS-23", 50, 0)
        state(
            "assessment",
            [
                ("session", .string(session)), ("time", at(51)), ("instrument", "C-SSRS-screener"), ("answers", ["q1": 0, "q2": 0, "q6": 0]),
                ("rater", "clinician"),
            ], author: "nina")
        event("clear", 55, by: "paula")
        event("issue_drug", 58, by: "pharmacist-1")

        let start = 60.0
        if nasal {
            for device in 0..<(number == 1 ? 2 : 3) {
                administer(
                    session, day, start + Double(device) * 5,
                    [("drug", "esketamine"), ("route", "intranasal"), ("dose", 28), ("unit", "mg"), ("lot", "DEMO-E")])
            }
        } else {
            administer(
                session, day, start,
                [
                    ("drug", "ketamine"), ("route", "intravenous"), ("dose", .init((weight / 2).rounded())), ("unit", "mg"), ("duration_min", 40),
                    ("lot", "DEMO-K"),
                ])
        }
        observe(session, day, start)
        sideEffects(session, day, start)
        event("ready", start + 162, [("gait", "steady"), ("clinically_stable", true)])
        event("discharge", start + 166, [("escort", true), ("ack_no_driving", true)], by: "paula")
        if nasal, day.number + 4 < today.number, random.chance(0.93) {
            let sent = Self.json(time(Day(number: day.number + random.integer(in: 1...4)), 15, 0))
            state("session", [("session", .string(session)), ("event", "rems_submitted"), ("time", sent)], author: "representative-1")
        }
    }

    /// The checks of the schedule.
    private mutating func observe(_ session: String, _ day: Day, _ start: Double) {
        let peak = random.chance(0.04) ? 62.0 : max(4, random.normal(mean: 18, sd: 8))
        let dissociation = max(0, random.normal(mean: 14, sd: 9))
        for (minute, share) in [(15.0, 0.7), (40.0, 1.0), (60.0, 0.7), (90.0, 0.35), (120.0, 0.12), (160.0, 0.02)] where minute == 160 || random.chance(0.985) {
            vitals(day, 9, start + minute, rise: peak * share, session: session)
            func scale(_ instrument: String, _ total: Double) {
                state(
                    "assessment",
                    [
                        ("session", .string(session)), ("time", Self.json(time(day, 9, start + minute))), ("instrument", .string(instrument)),
                        ("total", .init(total.rounded())), ("rater", "observer"),
                    ], author: "nina")
            }
            scale("MOAA/S", minute < 60 && random.chance(0.3) ? 4 : 5)
            if [40, 90, 160].contains(minute) { scale("CADSS-23", minute == 160 ? 0 : dissociation * share * share) }
        }
    }

    private mutating func administer(_ session: String, _ day: Day, _ minute: Double, _ members: [(key: String, value: JSONValue)]) {
        state("administration", [("session", .string(session)), ("time", Self.json(time(day, 9, minute)))] + members, author: "nina")
    }

    private mutating func sideEffects(_ session: String, _ day: Day, _ start: Double) {
        let usual: [(term: String, probability: Double)] = [("dissociation", 0.55), ("nausea", 0.15), ("dizziness", 0.2), ("headache", 0.1)]
        for effect in usual where random.chance(effect.probability) {
            let onset = start + Double(random.integer(in: 8...30))
            let severity: JSONValue = random.chance(0.7) ? "mild" : random.chance(0.85) ? "moderate" : "severe"
            state(
                "adverse_event",
                [
                    ("session", .string(session)), ("term", .string(effect.term)), ("onset", Self.json(time(day, 9, onset))),
                    ("resolved", Self.json(time(day, 9, onset + Double(random.integer(in: 20...60))))), ("severity", severity), ("serious", false),
                ], author: "nina")
        }
    }
}
