import Notation
import Statistics

/// One invented patient: history first, then the course of treatment.
struct FictionalPatient {
    let id: String
    let stage: DemonstrationClinic.Stage
    let today: Day
    private(set) var facts: [JSONObject] = []
    var random: RandomStream
    /// MADRS total before treatment.
    let baseline: Double
    /// Body weight, kg.
    private(set) var weight = 0.0
    private var count = 0

    init(number: Int, stage: DemonstrationClinic.Stage, seed: UInt64, today: Day) {
        id = "demo-" + (number < 10 ? "0" : "") + String(number)
        self.stage = stage
        self.today = today
        random = RandomStream(seed: seed, subject: UInt32(number))
        baseline = min(max(random.normal(mean: 33, sd: 4.5).rounded(), 22), 48)
        write()
    }

    private mutating func write() {
        let course = stage == .induction || stage == .maintenance || stage == .stopped
        let firstSession = course ? today.number - daysSinceStart() : today.number + 7
        demographics()
        diagnosis(before: firstSession)
        treatmentTrials(before: firstSession)
        history(before: firstSession)
        screening(on: Day(number: firstSession - random.integer(in: 8...16)))
        if course { treat(from: Day(number: firstSession)) }
    }

    private mutating func daysSinceStart() -> Int {
        switch stage {
        case .induction: random.integer(in: 1...26)
        case .maintenance: random.integer(in: 60...330)
        default: random.integer(in: 90...260)
        }
    }

    // MARK: - Writing facts

    mutating func state(_ type: String, _ members: [(key: String, value: JSONValue)], author: String? = nil) {
        count += 1
        var fact = JSONObject([("type", .string(type)), ("id", .string("\(type)-\(count)")), ("patient", .string(id))])
        for member in members { fact[member.key] = member.value }
        if let author { fact["author"] = .string(author) }
        fact["source"] = .string(DemonstrationClinic.source)
        facts.append(fact)
    }

    /// A time of day on `day`, in UTC.
    func time(_ day: Day, _ hour: Int, _ minute: Double) -> Moment { Moment(day.start.adding(minutes: Double(hour * 60) + minute)) }

    static func json(_ moment: Moment) -> JSONValue { .string(moment.description) }
    static func json(_ day: Day) -> JSONValue { .string(day.description) }

    // MARK: - History

    private mutating func demographics() {
        let age = random.integer(in: 24...71)
        let birth = Day(number: today.number - age * 365 - random.integer(in: 0...364))
        count += 1
        facts.append([
            "type": "patient", "id": .string(id), "birth_date": Self.json(birth), "sex": random.chance(0.58) ? "female" : "male",
            "note": "Fictional person", "source": .string(DemonstrationClinic.source),
        ])
    }

    private mutating func diagnosis(before first: Int) {
        let start = Day(number: first - random.integer(in: 240...1100))
        let recurrent = random.chance(0.7)
        state(
            "diagnosis",
            [
                ("time", Self.json(Day(number: first - random.integer(in: 20...60)))),
                ("code", ["system": "ICD-10-CM", "code": .string(recurrent ? "F33.2" : "F32.2")]),
                ("name", .string(recurrent ? "Recurrent depressive disorder, current episode severe" : "Depressive episode, severe")),
                ("severity", "severe"), ("psychotic", false), ("episode_start", Self.json(start)),
            ], author: "paula")
    }

    /// Antidepressants with a usual adequate dose and one below it.
    private static let antidepressants: [(name: String, adequate: Double, low: Double)] = [
        ("sertraline", 150, 25), ("escitalopram", 20, 5), ("venlafaxine", 225, 75), ("bupropion", 300, 150), ("mirtazapine", 30, 7.5),
        ("duloxetine", 60, 30), ("nortriptyline", 100, 25), ("vortioxetine", 20, 5),
    ]

    private mutating func treatmentTrials(before first: Int) {
        let failures = stage == .notResistant ? random.integer(in: 0...1) : random.integer(in: 2...4)
        var drugs = Self.antidepressants
        var end = first - random.integer(in: 15...40)
        for trial in 0..<failures + 1 {
            let drug = drugs.remove(at: random.integer(in: 0...(drugs.count - 1)))
            // The one trial too many was stopped early or given too low: it shows what does not count.
            let adequate = trial < failures
            let days = adequate ? random.integer(in: 45...75) : random.integer(in: 10...30)
            let start = Day(number: end - days)
            state(
                "treatment_trial",
                [
                    ("treatment", .string(drug.name)), ("dose_mg_per_day", .init(adequate ? drug.adequate : drug.low)), ("start", Self.json(start)),
                    ("end", Self.json(Day(number: end))), ("adherence", adequate ? "adequate" : "unknown"),
                    ("outcome", adequate && random.chance(0.3) ? "partial" : "none"), ("stopped_for", adequate ? "inefficacy" : "intolerance"),
                ], author: "paula")
            if adequate, trial == 0, random.chance(0.4) {
                state(
                    "treatment_trial",
                    [
                        ("treatment", .string(random.pick(["lithium", "aripiprazole", "quetiapine XR"], or: "lithium"))), ("augments", .string(drug.name)),
                        ("start", Self.json(Day(number: start.number + 20))), ("end", Self.json(Day(number: end))), ("outcome", "none"),
                    ], author: "paula")
            }
            end = start.number - random.integer(in: 3...14)
        }
    }

    private mutating func history(before first: Int) {
        let background: [String] = ["hypertension", "hypothyroidism", "migraine", "asthma", "type 2 diabetes mellitus"]
        if random.chance(0.5) { condition(random.pick(background, or: "migraine"), daysAgo: random.integer(in: 900...4000)) }
        if stage == .contraindicated {
            let grave: [String] = ["abdominal aortic aneurysm", "intracerebral haemorrhage", "schizoaffective disorder", "alcohol use disorder"]
            condition(random.pick(grave, or: "aneurysm"), daysAgo: random.integer(in: 200...3000))
        }
        if random.chance(0.35) {
            state(
                "medication",
                [
                    ("drug", .string(random.pick(["lorazepam", "lamotrigine", "amlodipine", "levothyroxine"], or: "lorazepam"))),
                    ("dose", "as prescribed elsewhere"), ("start", Self.json(Day(number: first - random.integer(in: 60...500)))),
                ], author: "nina")
        }
    }

    private mutating func condition(_ name: String, daysAgo: Int) {
        state("condition", [("time", Self.json(Day(number: today.number - daysAgo))), ("name", .string(name))], author: "paula")
    }

    private mutating func screening(on day: Day) {
        guard day.number <= today.number else { return screening(on: Day(number: today.number - random.integer(in: 1...9))) }
        vitals(day, 9, 0, rise: 0, session: nil)
        weight = max(48, random.normal(mean: 78, sd: 13).rounded())
        state(
            "measurement",
            [("time", Self.json(time(day, 9, 5))), ("metric", "weight"), ("value", .init(weight)), ("unit", "kg")],
            author: "nina")
        state(
            "measurement", [("time", Self.json(time(day, 9, 40))), ("metric", "alt"), ("value", .init(Double(random.integer(in: 12...44)))), ("unit", "U/L")],
            author: "nina")
        scores(day, severity: baseline / 60, clinician: true)
        let answers: JSONValue = random.chance(0.25) ? ["q1": 1, "q2": 1, "q3": 0, "q4": 0, "q5": 0, "q6": 0] : ["q1": 0, "q2": 0, "q6": 0]
        state(
            "assessment", [("time", Self.json(time(day, 9, 55))), ("instrument", "C-SSRS-screener"), ("answers", answers), ("rater", "clinician")],
            author: "paula")
    }
}
