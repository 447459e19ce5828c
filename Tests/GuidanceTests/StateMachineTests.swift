import Chart
import Evidence
import Guidance
import Notation
import Testing

/// Every step from every state: either the table has a way, or the refusal names the rule.
@Suite struct StateMachineTests {
    private let knowledge = Result { try Shipped.knowledge.get() }

    private func fact(_ json: JSONObject) throws -> Fact {
        var json = json
        json["patient"] = "p1"
        return try Fact.read(.object(json)).fact
    }

    private func event(_ name: String, _ minute: Double, _ details: JSONObject = [:]) throws -> Fact {
        var json = details
        json["type"] = "session"
        json["id"] = .string("\(name)-\(minute)")
        json["session"] = "s1"
        json["event"] = .string(name)
        json["time"] = .string(start.adding(minutes: minute).description)
        return try fact(json)
    }

    private var start: Instant { Instant(milliseconds: 1_717_405_200_000) }

    private func dose(_ minute: Double) throws -> Fact {
        try fact([
            "type": "administration", "id": .string("dose-\(minute)"), "session": "s1", "time": .string(start.adding(minutes: minute).description),
            "drug": "ketamine", "route": "intravenous", "dose": 36, "unit": "mg", "duration_min": 40,
        ])
    }

    private func vitals(_ minute: Double) throws -> [Fact] {
        let time: JSONValue = .string(start.adding(minutes: minute).description)
        let values: [(String, JSONValue, JSONValue?)] = [
            ("sbp", 120, "mm[Hg]"), ("dbp", 75, "mm[Hg]"), ("spo2", 98, "%"), ("moaas", 5, nil), ("gait", "steady", nil),
        ]
        return try values.map { metric, value, unit in
            try fact([
                "type": "measurement", "id": .string("\(metric)-\(minute)"), "session": "s1", "time": time, "metric": .string(metric), "value": value,
                "unit": unit,
            ])
        }
    }

    /// Also before anything was known, at the first and at the last day that can be written.
    @Test func aChartCanBeReviewedAtAnyInstant() throws {
        let knowledge = try knowledge.get()
        let (chart, _) = try chart(in: .dischargeReady)
        let ends = try ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"].map { try #require(Moment($0)).instant }
        for instant in [.beforeAll] + ends + chart.facts.map(\.knownAt) {
            for jurisdiction in Jurisdiction.allCases {
                let review = Review(of: chart, asOf: instant, jurisdiction: jurisdiction, knowledge: knowledge)
                #expect(review.view.current.allSatisfy { $0.knownAt <= instant })
            }
        }
        #expect(ends.allSatisfy { $0 > .beforeAll })
    }

    /// A chart whose session stands in `state`, by the ordinary way there, and the minute it is at.
    private func chart(in state: SessionState) throws -> (Chart, Double) {
        var facts = [try fact(["type": "patient", "id": "p1", "birth_date": "1980-01-01"])]
        let checkIn = try event("check_in", 0, ["protocol": "ket-iv-standard", "escort": true])
        let pre = try [checkIn] + vitals(5)
        let cleared = try pre + [event("clear", 10)]
        let issued = try cleared + [event("issue_drug", 12)]
        let dosed = try issued + [dose(15)]
        let observed = try dosed + vitals(170) + vitals(180)
        let ready = try observed + [event("ready", 181, ["clinically_stable": true])]
        let left = try ready + [event("discharge", 182, ["escort": true, "ack_no_driving": true])]
        let way: [SessionState: ([Fact], Double)] = [
            .booked: ([try event("book", -600)], 0), .checkedIn: ([checkIn], 4), .preChecks: (pre, 9), .held: (try pre + [event("hold", 10)], 11),
            .cleared: (cleared, 11), .drugIssued: (issued, 13), .dosing: (dosed, 20), .observation: (observed, 180), .dischargeReady: (ready, 181.5),
            .discharged: (left, 190), .documentationOpen: (try left + [event("open_documentation", 191)], 195),
            .remsSubmitted: (try left + [event("rems_submit", 195)], 200), .closed: (try left + [event("close", 195)], 200),
            .cancelled: (try pre + [event("cancel", 10)], 20), .emergencyTransfer: (try dosed + [event("emergency_transfer", 60)], 70),
        ]
        let (more, minute) = try #require(way[state])
        facts += more
        return (try Chart(patient: "p1", facts: facts), minute)
    }

    @Test(arguments: SessionState.allCases)
    func everyStepFromEveryState(state: SessionState) throws {
        let knowledge = try knowledge.get()
        let (chart, minute) = try chart(in: state)
        let before = Review(of: chart, asOf: start.adding(minutes: minute), jurisdiction: .us, knowledge: knowledge)
        #expect(before.sessions.first?.state == state)
        for step in SessionStep.allCases {
            let details: JSONObject = step == .discharge ? ["escort": true, "ack_no_driving": true] : step == .ready ? ["clinically_stable": true] : [:]
            let proposed = step == .dose ? try dose(minute + 0.5) : try event(step.rawValue, minute + 0.5, details)
            let transition = try #require(SessionTransition.of(step))
            do throws(SessionRefusal) {
                let after = try SessionReview.proposing(proposed, in: chart, jurisdiction: .us, knowledge: knowledge)
                let isFurtherDose = step == .dose && (state == .observation || state == .dischargeReady)
                let isRepeated = (transition.to ?? state) == state
                #expect(transition.from.contains(state) || isFurtherDose || isRepeated, "\(step) from \(state) was taken")
                #expect(after?.state == transition.to ?? state, "\(step) from \(state)")
            } catch {
                #expect(!transition.from.contains(state), "\(step) from \(state): \(error)")
                guard case .outOfOrder(let refused, _, let rule) = error else {
                    Issue.record("\(step) from \(state): \(error)")
                    continue
                }
                #expect(refused == step)
                #expect(["SS-01", "SS-03"].contains(rule?.id))
            }
        }
    }

    /// The rules that forbid a step are named with it.
    @Test func forbiddenStepsNameTheirRules() throws {
        let knowledge = try knowledge.get()
        func refused(_ fact: Fact, _ chart: Chart) throws -> [String] {
            do throws(SessionRefusal) {
                _ = try SessionReview.proposing(fact, in: chart, jurisdiction: .us, knowledge: knowledge)
                return []
            } catch {
                guard case .forbidden(_, let findings) = error else { return ["\(error)"] }
                return findings.map(\.rule.id).sorted()
            }
        }
        let (observed, minute) = try chart(in: .observation)
        #expect(try refused(try event("ready", minute - 10, ["clinically_stable": true]), observed).contains("DC-01"))
        #expect(try refused(try event("ready", minute + 1, ["clinically_stable": false]), observed) == ["DC-02"])
        let (ready, later) = try chart(in: .dischargeReady)
        #expect(try refused(try event("discharge", later + 1, ["escort": false, "ack_no_driving": true]), ready) == ["DC-09"])
        #expect(try refused(try event("discharge", later + 1), ready) == ["DC-09", "DC-10"])
        var (held, at) = try chart(in: .preChecks)
        try held.append(
            try fact([
                "type": "measurement", "id": "high", "session": "s1", "time": .string(start.adding(minutes: at).description), "metric": "sbp", "value": 165,
                "unit": "mm[Hg]",
            ]))
        #expect(try refused(try event("clear", at + 1), held) == ["PR-03"])
        try held.append(
            try fact([
                "type": "override", "id": "go", "rule": "PR-03", "session": "s1", "time": .string(start.adding(minutes: at + 0.5).description),
                "author": "prescriber", "reason": "white coat; 128/78 at home",
            ]))
        #expect(try refused(try event("clear", at + 1), held) == [])
    }

    /// The same for a course: a step has a way, or is refused with the state it has none from.
    @Test func everyStepOfACourse() throws {
        let knowledge = try knowledge.get()
        let way: [(String, CourseState)] = [
            ("referral.received", .referred), ("screening.started", .screening), ("trd.insufficient", .optimiseFirst), ("screening.started", .screening),
            ("trd.computed", .trdAssessed), ("eligibility.signed", .eligible), ("consent.signed", .consented), ("rems.enrolled", .remsEnrolled),
            ("payer.approved", .authorised), ("course.paused", .paused), ("course.resumed", .authorised), ("session.completed", .induction),
            ("review.due", .inductionReview), ("benefit.evaluated", .maintenanceWeekly), ("interval.set", .maintenance), ("relapse.flagged", .relapseReview),
            ("reinduction.started", .reInduction), ("benefit.evaluated", .maintenanceWeekly), ("course.closed", .closed), ("referral.received", .referred),
        ]
        var chart = Chart(patient: "p1")
        var seen: Set<CourseState> = []
        for (index, (name, state)) in way.enumerated() {
            let time = start.adding(days: Double(index))
            try chart.append(try fact(["type": "course", "id": .string("c\(index)"), "event": .string(name), "time": .string(time.description)]))
            let history = Review(of: chart, asOf: time, jurisdiction: .us, knowledge: knowledge).course.history
            #expect(history.state == state, "\(name)")
            #expect(history.outOfOrder.isEmpty)
            seen.insert(state)
            for step in CourseStep.allCases {
                let transition = try #require(CourseTransition.of(step))
                let allowed = transition.from.isEmpty ? state != .closed : transition.from.contains(state)
                do throws(CourseRefusal) {
                    let next = try history.proposing(step)
                    #expect(allowed && (transition.to == nil || next == transition.to), "\(step) from \(state)")
                } catch {
                    #expect(!allowed && error.step == step && error.state == state, "\(step) from \(state)")
                }
            }
        }
        #expect(seen.count >= 16)
    }

    /// A fact out of order is kept and named; it moves nothing.
    @Test func whatHasNoWayIsNamed() throws {
        var (chart, minute) = try chart(in: .discharged)
        try chart.append(try event("check_in", minute + 1))
        let review = Review(of: chart, asOf: start.adding(minutes: minute + 2), jurisdiction: .us, knowledge: try knowledge.get())
        #expect(review.sessions.first?.state == .discharged)
        #expect(review.sessions.first?.irregularities.map(\.finding.rule.id) == ["SS-01"])
    }
}
