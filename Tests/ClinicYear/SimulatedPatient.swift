import Chart
import Dispensary
import Evidence
import Guidance
import Notation
import Statistics

/// One invented patient of a simulated clinic. Every step of every session is proposed to the real domain code, and taken only when it lets
/// it pass; what it refuses is mended as staff would mend it, or given up.
struct SimulatedPatient {
    let id: String
    let isNasal: Bool
    let knowledge: KnowledgeBase
    private(set) var chart: Chart
    private(set) var lines: [LedgerLine] = []
    private(set) var tally = ClinicYear.Tally()
    private(set) var violations: [String] = []
    private var random: RandomStream
    private let clock = ClinicClock()
    private var count = 0
    /// Sessions that were let go, with the instant.
    private(set) var discharges: [(session: String, at: Instant)] = []

    init(number: Int, seed: UInt64, knowledge: KnowledgeBase) {
        id = "y\(number)"
        self.knowledge = knowledge
        random = RandomStream(seed: seed, subject: UInt32(number), purpose: 40)
        isNasal = random.chance(0.6)
        chart = Chart(patient: id)
    }

    private var jurisdiction: Jurisdiction { .us }

    /// Everything from referral to the last session.
    mutating func live(from first: Day, sessions: Int) {
        state("patient", ["birth_date": "1980-05-01", "sex": "female"])
        state("measurement", at: clock.moment(Day(number: first.number - 7), minute: 600), ["metric": "weight", "value": 72, "unit": "kg"])
        if isNasal { state("course", at: clock.moment(Day(number: first.number - 3), minute: 600), ["event": "rems.enrolled"]) }
        var day = first
        for number in 0..<sessions {
            session("\(id)-\(number)", on: day)
            day.number += number < 8 ? (number % 2 == 0 ? 3 : 4) : 7 + 7 * random.integer(in: 0...1)
        }
    }

    // MARK: - One session

    private mutating func session(_ name: String, on day: Day) {
        tally.sessions += 1
        // A few sessions start early enough to lie across a change of the clocks.
        var minute = random.chance(0.1) ? 90.0 : Double(480 + 10 * random.integer(in: 0...40))
        let escort = random.chance(0.97)
        let details: JSONObject = [
            "protocol": .string(isNasal ? "esk-us-trd" : "ket-iv-standard"), "escort": .init(escort), "prescriber_onsite": true, "hcp_and_oximeter": true,
            "minutes_since_food": .init(random.chance(0.95) ? 150 : 100), "minutes_since_liquid": 40, "minutes_since_nasal": 200,
        ]
        guard step("check_in", name, day, minute, details) else { return }
        minute += 10
        var pressure = random.normal(mean: 132, sd: 18)
        vitals(name, day, minute, systolic: pressure)
        guard step("pre_checks.saved", name, day, minute + 1) else { return }
        minute += 4
        while !step("clear", name, day, minute) {
            // Rest and measure again; then the prescriber decides; else not today.
            if pressure >= 140, random.chance(0.6) {
                minute += 12
                pressure -= random.normal(mean: 12, sd: 6)
                vitals(name, day, minute - 1, systolic: pressure)
            } else if escort, random.chance(0.5), override(name, day, minute) {
                tally.overrides += 1
                minute += 1
            } else {
                _ = step("cancel", name, day, minute)
                tally.cancelled += 1
                return
            }
        }
        guard step("issue_drug", name, day, minute + 2) else { return }
        minute += 5
        guard dose(name, day, &minute, peak: random.chance(0.05) ? 65 : random.normal(mean: 20, sd: 8), resting: pressure) else { return }
        leave(name, day, minute)
    }

    /// Gives the dose, and the checks that are due.
    private mutating func dose(_ name: String, _ day: Day, _ minute: inout Double, peak: Double, resting: Double) -> Bool {
        let start = minute
        let devices = isNasal ? random.integer(in: 2...3) : 1
        ledger(name, day, start - 1, devices: devices)
        for device in 0..<devices {
            let fields: JSONObject =
                isNasal
                ? ["drug": "esketamine", "route": "intranasal", "dose": 28, "unit": "mg", "lot": "E"]
                : ["drug": "ketamine", "route": "intravenous", "dose": 36, "unit": "mg", "duration_min": 40, "lot": "K"]
            // Impatient hands: a device after two minutes is refused, and given when its time has come.
            if device > 0, random.chance(0.1), propose("administration", name, clock.moment(day, minute: minute + 2), fields) {
                violations.append("\(name): a device two minutes after the one before")
            }
            if device > 0 { minute += 5 }
            guard propose("administration", name, clock.moment(day, minute: minute), fields) else {
                violations.append("\(name): a dose that should be allowed was refused")
                return false
            }
            tally.doses += 1
        }
        for (due, share) in [(15.0, 0.7), (40, 1), (60, 0.7), (90, 0.35), (120, 0.1)] where random.chance(0.97) {
            let late = random.chance(0.1) ? Double(random.integer(in: 1...9)) : 0
            vitals(name, day, start + due + late, systolic: resting + peak * share, isLateEntry: random.chance(0.08))
        }
        if random.chance(0.3) { adverseEvent(name, day, start) }
        minute = max(start + 125, minute + (isNasal ? 0 : 40) + 118)
        return true
    }

    /// Asks to leave until the rules let the patient go.
    private mutating func leave(_ name: String, _ day: Day, _ earliest: Double) {
        var minute = earliest
        for _ in 0..<14 {
            vitals(name, day, minute - 1, systolic: random.normal(mean: 126, sd: 7))
            if step("ready", name, day, minute, ["clinically_stable": true, "gait": random.chance(0.9) ? "steady" : "unsteady"]) {
                let confirmed: JSONObject = ["escort": true, "ack_no_driving": .init(random.chance(0.9)), "gait": "steady"]
                for wait in 1...4 where step("discharge", name, day, minute + Double(wait), wait == 1 ? confirmed : ["escort": true, "ack_no_driving": true]) {
                    let at = clock.moment(day, minute: minute + Double(wait)).instant
                    discharges.append((name, at))
                    tally.discharged += 1
                    correct(name, day, minute + 60)
                    if isNasal { _ = step("rems_submitted", name, Day(number: day.number + random.integer(in: 0...6)), 1000) }
                    return
                }
            }
            minute += Double(random.integer(in: 3...15))
        }
        _ = step("emergency_transfer", name, day, minute)
        tally.transferred += 1
    }

    // MARK: - Facts

    private mutating func vitals(_ name: String, _ day: Day, _ minute: Double, systolic: Double, isLateEntry: Bool = false) {
        let time = clock.moment(day, minute: minute)
        let recorded: JSONValue? = isLateEntry ? .string(Moment(time.instant.adding(minutes: 25), offset: time.offset ?? 0).description) : nil
        if isLateEntry { tally.lateEntries += 1 }
        let values: [(String, Double, String)] = [
            ("sbp", systolic, "mm[Hg]"), ("dbp", systolic * 0.62, "mm[Hg]"), ("spo2", min(99, random.normal(mean: 97, sd: 1)), "%"), ("hr", 76, "/min"),
            ("rr", 14, "/min"),
        ]
        for (metric, value, unit) in values {
            var fields: JSONObject = ["session": .string(name), "metric": .string(metric), "value": .init(value.rounded()), "unit": .string(unit)]
            fields["recorded"] = recorded
            state("measurement", at: time, fields)
        }
        state("assessment", at: time, ["session": .string(name), "instrument": "MOAA/S", "total": 5, "rater": "observer"])
    }

    private mutating func adverseEvent(_ name: String, _ day: Day, _ start: Double) {
        let onset = start + Double(random.integer(in: 5...30))
        let resolved = clock.moment(day, minute: onset + Double(random.integer(in: 15...130)))
        count += 1
        take([
            "type": "adverse_event", "id": .string("f\(count)"), "patient": .string(id), "session": .string(name), "term": "dissociation",
            "onset": .string(clock.moment(day, minute: onset).description), "resolved": .string(resolved.description), "severity": "moderate",
        ])
    }

    /// An hour later somebody finds a value typed wrong, and corrects or withdraws it.
    private mutating func correct(_ name: String, _ day: Day, _ minute: Double) {
        guard random.chance(0.3), let wrong = chart.facts.last(where: { if case .measurement(let body) = $0.body { body.session == name } else { false } })
        else {
            return
        }
        tally.corrections += 1
        let recorded = clock.moment(day, minute: minute)
        count += 1
        if random.chance(0.3) {
            take([
                "type": "retraction", "id": .string("f\(count)"), "patient": .string(id), "supersedes": .string(wrong.id),
                "recorded": .string(recorded.description),
            ])
        } else if case .measurement(let body) = wrong.body {
            take([
                "type": "measurement", "id": .string("f\(count)"), "patient": .string(id), "supersedes": .string(wrong.id),
                "recorded": .string(recorded.description), "time": .string(body.time.description), "session": .string(name), "metric": .string(body.metric),
                "value": .init((body.number ?? 0) - 1), "unit": body.unit.map { .string($0) },
            ])
        }
    }

    /// The prescriber goes on against the blocks that may be overridden.
    private mutating func override(_ name: String, _ day: Day, _ minute: Double) -> Bool {
        let time = clock.moment(day, minute: minute)
        let review = Review(of: chart, asOf: time.instant, jurisdiction: jurisdiction, knowledge: knowledge)
        let open = review.sessions.first { $0.record.id == name }?.preDose.filter(\.isOpen) ?? []
        guard !open.isEmpty, open.allSatisfy({ $0.mayBeOverridden }) else { return false }
        for finding in open {
            state(
                "override", at: time,
                ["rule": .string(finding.rule.id), "session": .string(name), "reason": "benefit outweighs risk today", "author": "prescriber"])
        }
        return true
    }

    private mutating func ledger(_ name: String, _ day: Day, _ minute: Double, devices: Int) {
        func line(_ type: String, _ offset: Double, _ more: JSONObject) {
            count += 1
            var object = more
            object["type"] = .string(type)
            object["id"] = .string("\(id)-l\(count)")
            object["time"] = .string(clock.moment(day, minute: minute + offset).description)
            object["by"] = "pharmacist"
            object["session"] = .string(name)
            if let read = try? LedgerLine.read(.object(object)).line {
                lines.append(read)
            } else {
                violations.append("\(name): a ledger line that cannot be read")
            }
        }
        if isNasal {
            line("issue", 0, ["lot": "E", "devices": .init(devices)])
        } else {
            line("issue", 0, ["lot": "K", "volume_ml": 1])
            line("waste", 20, ["lot": "K", "volume_ml": 0.28.json, "witness": "nurse", "reason": "rest of the syringe"])
        }
    }

    private mutating func step(_ event: String, _ name: String, _ day: Day, _ minute: Double, _ details: JSONObject = [:]) -> Bool {
        var fields = details
        fields["event"] = .string(event)
        return propose("session", name, clock.moment(day, minute: minute), fields)
    }

    /// Records a session fact if the domain code lets it pass.
    private mutating func propose(_ type: String, _ name: String, _ time: Moment, _ fields: JSONObject) -> Bool {
        var object = fields
        object["session"] = .string(name)
        count += 1
        guard let fact = fact(type, time, object) else { return false }
        do {
            _ = try SessionReview.proposing(fact, in: chart, jurisdiction: jurisdiction, knowledge: knowledge)
        } catch {
            tally.refused += 1
            return false
        }
        append(fact)
        return true
    }

    private mutating func state(_ type: String, at time: Moment? = nil, _ fields: JSONObject) {
        count += 1
        if let fact = fact(type, time, fields) { append(fact) }
    }

    private mutating func fact(_ type: String, _ time: Moment?, _ fields: JSONObject) -> Fact? {
        var object = fields
        object["type"] = .string(type)
        object["id"] = .string(type == "patient" ? id : "f\(count)")
        object["patient"] = .string(id)
        if let time { object["time"] = .string(time.description) }
        guard let fact = try? Fact.read(.object(object)).fact else {
            violations.append("\(id): a \(type) that cannot be read")
            return nil
        }
        return fact
    }

    private mutating func take(_ object: JSONObject) {
        if let fact = try? Fact.read(.object(object)).fact { append(fact) } else { violations.append("\(id): a fact that cannot be read") }
    }

    private mutating func append(_ fact: Fact) {
        do { try chart.append(fact) } catch { violations.append("\(id): \(error)") }
        tally.facts += 1
    }

    // MARK: - What must hold

    /// Looks back at the whole course.
    mutating func audit() {
        for (session, at) in discharges { audit(session, at) }
        let end = (chart.facts.map(\.knownAt).max() ?? Instant(milliseconds: 0)).adding(days: 1)
        let whole = Review(of: chart, asOf: end, jurisdiction: jurisdiction, knowledge: knowledge)
        for session in whole.sessions {
            if let first = session.minutesFromFirst, let last = session.minutesFromLast, first < last || last < 0 {
                violations.append("\(session.record.id): \(first) min from the first dose, \(last) from the last")
            }
        }
        // What was recorded later cannot change what was known before; nor can the order in which facts came in.
        for _ in 0..<3 {
            guard let fact = chart.facts.randomElement(using: &random) else { continue }
            let instant = fact.knownAt.adding(minutes: Double(random.integer(in: 0...90)))
            let known = chart.facts.filter { $0.knownAt <= instant }
            guard let cut = try? Chart(patient: id, facts: known), let shuffled = try? Chart(patient: id, facts: chart.facts.shuffled(using: &random)) else {
                violations.append("\(id): facts that make no chart")
                continue
            }
            let now = Review(of: chart, asOf: instant, jurisdiction: jurisdiction, knowledge: knowledge).json
            if Review(of: cut, asOf: instant, jurisdiction: jurisdiction, knowledge: knowledge).json != now {
                violations.append("\(id): the review at \(instant) depends on facts recorded later")
            }
            if Review(of: shuffled, asOf: instant, jurisdiction: jurisdiction, knowledge: knowledge).json != now {
                violations.append("\(id): the review at \(instant) depends on the order of facts")
            }
        }
    }

    /// Nobody was let go against a blocking rule, by what was known then.
    private mutating func audit(_ session: String, _ at: Instant) {
        let then = Review(of: chart, asOf: at, jurisdiction: jurisdiction, knowledge: knowledge)
        guard let review = then.sessions.first(where: { $0.record.id == session }) else { return violations.append("\(session): lost") }
        if review.state != .discharged { violations.append("\(session): is \(review.state.rawValue) at its discharge") }
        for finding in review.unmet + review.toConfirm where finding.action == .block { violations.append("\(session): discharged against \(finding.rule.id)") }
        for irregularity in review.irregularities where irregularity.finding.action == .block {
            violations.append("\(session): \(irregularity.finding.rule.id) broken")
        }
        if let last = review.minutesFromLast, last < 120 { violations.append("\(session): \(last) min after the last dose") }
        tally.audited += 1
    }
}

extension Double {
    fileprivate var json: JSONValue { JSONValue(self) }
}

extension RandomStream: RandomNumberGenerator {
    public mutating func next() -> UInt64 { bits() }
}
