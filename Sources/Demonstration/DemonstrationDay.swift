import Notation

/// What goes on in the fictional clinic right now: sessions at every step, so that board and rooms have something to show.
public enum DemonstrationDay {
    /// A session under way: when it was booked for, and what has happened since.
    private struct Plan {
        var chair: String
        /// Minutes from now to the planned start.
        var planned: Double
        /// Minutes ago at which things happened; nil: not yet.
        var arrived: Double?
        var vitals: [(ago: Double, sbp: Double, dbp: Double, hr: Double, spo2: Double)] = []
        var cleared: Double?
        var issued: Double?
        var devices: [Double] = []
        var infusion: Double?
        var scores: [(ago: Double, moaas: Double, cadss: Double)] = []
    }

    private static let plans: [Plan] = [
        Plan(
            chair: "1", planned: -150, arrived: 160,
            vitals: [(152, 121, 76, 70, 98), (100, 138, 84, 78, 97), (80, 132, 80, 74, 97), (50, 126, 78, 72, 98), (18, 122, 76, 70, 98)],
            cleared: 147, issued: 144, devices: [140, 135], scores: [(152, 5, 0), (125, 5, 4), (100, 5, 9), (80, 5, 3), (50, 5, 1), (18, 5, 0)]),
        Plan(
            chair: "2", planned: -65, arrived: 75, vitals: [(66, 128, 80, 74, 98), (6, 182, 112, 92, 96)], cleared: 60, issued: 56, devices: [52, 47, 42],
            scores: [(66, 5, 0), (37, 4, 8), (12, 4, 14)]),
        Plan(chair: "3", planned: -30, arrived: 36, vitals: [(28, 118, 74, 68, 99)], cleared: 24, issued: 20, infusion: 16, scores: [(28, 5, 0), (2, 5, 6)]),
        Plan(chair: "4", planned: -15, arrived: 21, vitals: [(12, 131, 79, 76, 97)], cleared: 7, issued: 5, devices: [2], scores: [(12, 5, 0)]),
        Plan(chair: "5", planned: -5, arrived: 11, vitals: [(6, 149, 93, 84, 98)]),
        Plan(chair: "1", planned: 25), Plan(chair: "6", planned: 40), Plan(chair: "2", planned: 90),
    ]

    /// Facts that a day has added to `charts` by `now`.
    public static func facts(of charts: [[JSONObject]], at now: Instant) -> [JSONObject] {
        let before = now.adding(days: -2)
        let nasal = charts.filter { lastDrug(of: $0, before: before) == "esketamine" }
        let infused = charts.filter { lastDrug(of: $0, before: before) == "ketamine" }
        var (next, facts): ((nasal: Int, infused: Int), [JSONObject]) = ((0, 0), [])
        for plan in plans {
            let isInfusion = plan.infusion != nil
            let patients = isInfusion ? infused : nasal
            let index = isInfusion ? next.infused : next.nasal
            guard index < patients.count, let patient = patients[index].first?["id"]?.string else { continue }
            if isInfusion { next.infused += 1 } else { next.nasal += 1 }
            facts += session(plan, of: patient, protocol: isInfusion ? "ket-iv-standard" : "esk-us-trd", at: now)
        }
        return facts
    }

    /// The drug of the last dose; nil when there was none, or one too near.
    private static func lastDrug(of chart: [JSONObject], before limit: Instant) -> String? {
        guard let last = chart.last(where: { $0["type"] == "administration" }), let time = last["time"]?.string.flatMap({ Instant($0) }),
            time < limit, time > limit.adding(days: -30)
        else { return nil }
        return last["drug"]?.string
    }

    private static func session(_ plan: Plan, of patient: String, protocol name: String, at now: Instant) -> [JSONObject] {
        let session = "\(patient)-today"
        var facts: [JSONObject] = []
        func state(_ type: String, _ ago: Double, _ members: JSONObject, by author: String) {
            var fact: JSONObject = [
                "type": .string(type), "id": .string("today-\(facts.count + 1)"), "patient": .string(patient), "session": .string(session),
                "time": .string(now.adding(minutes: -ago).description), "author": .string(author), "source": .string(DemonstrationClinic.source),
            ]
            for (key, value) in members.members { fact[key] = value }
            facts.append(fact)
        }
        func measure(_ metric: String, _ ago: Double, _ value: Double, _ unit: String) {
            state("measurement", ago, ["metric": .string(metric), "value": .init(value), "unit": .string(unit)], by: "nina")
        }
        let planned: JSONValue = .string(now.adding(minutes: plan.planned).description)
        state("session", 26 * 60, ["event": "book", "protocol": .string(name), "planned_start": planned, "chair": .string(plan.chair)], by: "rosa")
        if let ago = plan.arrived {
            state(
                "session", ago,
                [
                    "event": "check_in", "protocol": .string(name), "escort": true, "minutes_since_food": 180, "minutes_since_liquid": 60,
                    "minutes_since_nasal": 600, "prescriber_onsite": true, "hcp_and_oximeter": true, "rems_enrolled": true, "acute_illness": false,
                    "stimulant_today": false, "pregnancy": false, "hours_since_alcohol": 72,
                ], by: "rosa")
            state(
                "assessment", ago - 4,
                ["instrument": "C-SSRS-screener", "answers": ["q1": 0, "q2": 0, "q6": 0], "rater": "clinician"], by: "nina")
        }
        for vital in plan.vitals {
            for (metric, value, unit) in [
                ("sbp", vital.sbp, "mm[Hg]"), ("dbp", vital.dbp, "mm[Hg]"), ("hr", vital.hr, "/min"), ("spo2", vital.spo2, "%"), ("rr", 14, "/min"),
            ] {
                measure(metric, vital.ago, value, unit)
            }
        }
        for score in plan.scores {
            measure("moaas", score.ago, score.moaas, "{score}")
            measure("cadss23", score.ago, score.cadss, "{score}")
        }
        if let ago = plan.cleared { state("session", ago, ["event": "clear"], by: "paula") }
        if let ago = plan.issued { state("session", ago, ["event": "issue_drug"], by: "stefan") }
        for ago in plan.devices {
            state("administration", ago, ["drug": "esketamine", "route": "intranasal", "dose": 28, "unit": "mg", "lot": "DEMO-E"], by: "nina")
        }
        if let ago = plan.infusion {
            state(
                "administration", ago,
                ["drug": "ketamine", "route": "intravenous", "dose": 38, "unit": "mg", "duration_min": 40, "lot": "DEMO-K"], by: "nina")
        }
        return facts
    }
}
