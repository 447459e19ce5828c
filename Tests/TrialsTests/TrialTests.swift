import Notation
import Testing

@testable import Trials

/// What is wrong with a specification is said in one line, before anything is simulated.
@Suite struct SpecificationTests {
    private func problem(_ change: (inout TrialSpecification) -> Void) throws -> String {
        let specification = try Shipped.example("trial.yaml", change)
        var found = ""
        do { _ = try Shipped.run(specification) } catch { found = "\(error)" }
        return found
    }

    @Test func examplesHold() throws {
        for name in ["trial.yaml", "relapse-prevention.yaml", "protocols.yaml", "null-trial.yaml", "trial-benchmark.yaml"] {
            _ = try Shipped.run(try Shipped.example(name))
        }
    }

    @Test func whatCannotBeIsRefusedWithItsPlace() throws {
        let cases: [(String, (inout TrialSpecification) -> Void)] = [
            ("arms[1]: has no dose; expected a regimen, or placebo", { $0.arms[1].placebo = nil }),
            ("visits[5]: is on day 35, after the end of the trial; expected at most day 28", { $0.visits[5] = 35 }),
            ("missed_visits: is 1.3; expected a proportion from 0 to 1", { $0.missedVisits = 1.3 }),
            ("arms[1].placebo.felt: is -0.1; expected a proportion from 0 to 1", { $0.arms[1].placebo?.felt = -0.1 }),
            (
                "instruments[1].id: is \"PHQ-99\", which the symptom model does not know; expected MADRS, PHQ-9, QIDS-SR16, HAM-D17",
                { $0.instruments[1].id = "PHQ-99" }
            ),
            ("endpoints[0].day: is 27, on which nobody is rated; expected a day of visits", { $0.endpoints[0].day = 27 }),
            ("analyses[0].method: is cox for change; expected ancova, mmrm", { $0.analyses?[0].method = .cox }),
            ("analyses[0].compare: is not two arms; expected two of esketamine, placebo", { $0.analyses?[0].compare = ["esketamine", "other"] }),
            (
                "arms[0].regimen: gives a dose on day 24, outside the trial; expected days from 0 to before 24",
                {
                    $0.days = 24
                    $0.visits = [0, 7]
                    for index in $0.endpoints.indices { $0.endpoints[index].day = nil }
                }
            ),
            ("replicates: is 0; expected 1 to 1000000", { $0.replicates = 0 }),
            ("population.baseline.mean: is 360; expected points from 1 to 59", { $0.population?.baseline?.mean = 360 }),
            ("arms[1]: has the id \"esketamine\" again; expected each id once", { $0.arms[1].id = "esketamine" }),
        ]
        for (expected, change) in cases { #expect(try problem(change) == expected) }
        #expect(try problem { $0.arms[0].regimen?.doses[0].unit = "ml" }.hasPrefix("arms[0].regimen.doses[0]"))
        #expect(try problem { $0.arms[0].regimen?.doses[0].route = .rectal }.isEmpty)
        #expect(try problem { _ in }.isEmpty)
    }

    @Test func aKeyThatNobodyReadsIsRefused() throws {
        #expect(throws: Diagnostic.self) {
            try Shipped.specification("trial: a\ndays: 7\narms: []\nvisits: [7]\ninstruments: []\nendpoints: []\ndropuot: {}\n")
        }
        let problem = #expect(throws: Diagnostic.self) {
            try Shipped.specification("trial: a\ndays: 7\narms: []\nvisits: [7]\ninstruments: []\nendpoints: []\nestimand: composit\n")
        }
        #expect(problem?.problem == "is \"composit\", none of treatment_policy, hypothetical, composite")
    }
}

/// A trial in pieces is the trial.
@Suite struct ShardTests {
    private func small(_ change: (inout TrialSpecification) -> Void = { _ in }) throws -> TrialSpecification {
        try Shipped.example("trial.yaml") {
            $0.replicates = 3
            $0.patientsPerArm = 40
            // A replicate of two units in each arm.
            $0.arms[0].patients = 300
            change(&$0)
        }
    }

    private func lines(_ run: TrialRun, _ count: Int, threads: Int = 1) throws -> [(place: Place, text: String)] {
        try (1...count).map { (Place(file: "part-\($0)"), try run.part(try Shard("\($0)/\(count)"), threads: threads).line) }
    }

    private func merged(_ lines: [(place: Place, text: String)], program: String = "test") throws -> String {
        TrialReport(try TrialMerge(lines, program: program, knowledge: try Shipped.knowledge.get())).json.pretty
    }

    @Test(arguments: [1, 2, 7, 64]) func anyNumberOfPartsInAnyOrderGivesTheSameBytes(_ count: Int) throws {
        let run = try Shipped.run(try small())
        let whole = TrialReport(try run.outcome(threads: 2)).json.pretty
        var lines = try lines(run, count, threads: 1 + count % 2)
        // Shuffled, and one part made twice.
        lines = lines.enumerated().sorted { ($0.offset * 37) % 64 < ($1.offset * 37) % 64 }.map(\.element) + [lines[count / 2]]
        #expect(try merged(lines) == whole)
    }

    @Test func threadsChangeNothing() throws {
        let run = try Shipped.run(try small())
        #expect(try run.part(threads: 1).line == run.part(threads: 3).line)
    }

    @Test func withoutAnalysesNoRowsAreCarried() throws {
        let run = try Shipped.run(try small { $0.analyses = nil })
        let parts = try lines(run, 5)
        #expect(parts.allSatisfy { $0.text.contains("\"pieces\":[]") })
        #expect(try merged(parts) == TrialReport(run.outcome()).json.pretty)
    }

    @Test func partsThatDoNotBelongTogetherAreRefused() throws {
        let run = try Shipped.run(try small())
        let parts = try lines(run, 3)
        func problem(_ lines: [(place: Place, text: String)], program: String = "test") -> String {
            do { return try merged(lines, program: program) } catch { return "\(error)" }
        }
        #expect(problem([parts[0], parts[2]]) == "parts: lack 2/3; expected all 3 parts")
        let other = try lines(try Shipped.run(try small { $0.seed = 2 }), 3)
        #expect(problem([parts[0], other[1], parts[2]]) == "part-2: is of another specification than part-1; expected parts of one trial")
        let version = try lines(try Shipped.run(try small(), program: "older"), 3)
        #expect(problem([parts[0], version[1], parts[2]]) == "part-2: is of another version of the program than part-1; expected parts of one trial")
        #expect(problem(version).hasPrefix("part-1: was made by euthymia \"older\""))
        let division = try lines(run, 2)
        #expect(problem([parts[0], division[1], parts[2]]) == "part-2: is one of 2 parts and part-1 is one of 3; expected parts of one division")
        #expect(problem([parts[0], parts[1], (Place(file: "cut"), String(parts[2].text.dropLast(100)))]).hasPrefix("cut: is cut short, or no part of a trial"))
        let changed = parts[1].text.replacingOccurrences(of: "\"places\":[", with: "\"places\":[1")
        #expect(problem([parts[0], (Place(file: "changed"), changed), parts[2]]).hasPrefix("changed: was changed after it was written"))
        #expect(problem([]) == "parts: are none; expected the output of `euthymia trial shard`")
    }

    @Test func shardsAreNamedAsKOfM() throws {
        for text in ["0/3", "4/3", "1/0", "1", "1/x", "-1/3", "1/2/3", ""] { #expect(throws: Diagnostic.self) { try Shard(text) } }
        #expect(try Shard("3/3").description == "3/3")
    }
}

/// What a trial says follows from its models and its conduct.
@Suite struct TrialCourseTests {
    /// 600 people in each arm; nobody leaves or is missed unless said.
    private func trial(_ change: (inout TrialSpecification) -> Void = { _ in }) throws -> TrialReport {
        try Shipped.report(
            try Shipped.example("trial.yaml") {
                $0.replicates = 1
                $0.patientsPerArm = 600
                $0.dropout = nil
                $0.missedVisits = nil
                $0.analyses = nil
                change(&$0)
            })
    }

    @Test func peopleAreTakenByTheirRatingAndRegressToTheirMean() throws {
        let report = try trial()
        let base = try report.arm("placebo").visit(0)
        #expect(base.rated == 600)
        #expect(try #require(base.mean) > 36.5 && #require(base.mean) < 40, "a floor of 28 on a latent mean of 36 lifts the rated mean")
    }

    @Test func drugAndBeliefWork() throws {
        let report = try trial()
        let (drug, placebo) = (try report.arm("esketamine").visit(28), try report.arm("placebo").visit(28))
        #expect(try #require(drug.meanChange) < (#require(placebo.meanChange)) - 2)
        #expect(drug.responses > placebo.responses && drug.remissions > placebo.remissions)
        #expect(try #require(report.arm("placebo").visit(0).meanChange) == 0)
        let sure = try trial { $0.blinding?.beliefNotFelt = 0.9 }
        #expect(try #require(sure.arm("placebo").visit(28).meanChange) < (#require(placebo.meanChange)), "who believes improves more")
    }

    @Test func moreExpectancyMeansMorePlaceboResponse() throws {
        let plain = try #require(try trial().arm("placebo").visit(7).meanChange)
        let none = try #require(try trial { $0.placeboResponse = .init(expectancy: 0, drift: nil) }.arm("placebo").visit(7).meanChange)
        let drifted = try #require(try trial { $0.placeboResponse = .init(expectancy: nil, drift: 0.3) }.arm("placebo").visit(28).meanChange)
        #expect(none > plain + 0.5)
        #expect(try drifted < (#require(trial().arm("placebo").visit(28).meanChange)) - 2)
    }

    @Test func missedVisitsTakeDosesAndRatings() throws {
        let report = try trial { $0.missedVisits = 0.2 }
        let arm = try report.arm("esketamine")
        // 7 of 8 sessions can be missed.
        #expect(try abs(arm.mean("sessions") - (1 + 7 * 0.8)) < 0.15)
        #expect(try abs(Double(arm.visit(28).rated) / 600 - 0.8) < 0.05)
        #expect(try arm.visit(0).rated == 600)
        #expect(try abs(arm.mean("exposure") - 84 * (arm.mean("sessions"))) < 0.01)
    }

    @Test func whoLeavesIsNotRatedAgain() throws {
        let report = try trial { $0.dropout = .init(perWeek: 0.1, withoutResponse: nil, afterDissociation: nil) }
        let arm = try report.arm("placebo")
        // 0.9⁴ stay for four weeks.
        #expect(abs(Double(arm.left) / 600 - (1 - 0.6561)) < 0.06)
        #expect(try arm.visit(28).rated == 600 - arm.left)
        let worse = try trial { $0.dropout = .init(perWeek: 0.1, withoutResponse: 3, afterDissociation: nil) }
        #expect(try worse.arm("placebo").left > arm.left)
    }

    @Test func rescueFollowsTheEstimand() throws {
        func rescued(_ estimand: TrialSpecification.Estimand?, _ give: TrialSpecification.Rescue.Action) throws -> TrialReport {
            try trial {
                $0.rescue = .init(
                    fromDay: 7, atLeast: 25, give: give, dose: give == .dose ? .init(at: 0, 84, "mg", .intranasal, drug: .esketamine) : nil)
                $0.estimand = estimand
            }
        }
        let policy = try rescued(nil, .dose).arm("placebo")
        #expect(policy.rescued > 150)
        #expect(try abs(policy.mean("sessions") - Double(policy.rescued) / 600) < 1e-9, "one session of drug for everybody rescued")
        let hypothetical = try rescued(.hypothetical, .dose).arm("placebo")
        #expect(hypothetical.rescued == policy.rescued)
        // Whoever is rescued on the last day was rated before.
        #expect(try hypothetical.visit(28).rated < 600 && hypothetical.visit(28).rated >= 600 - policy.rescued)
        #expect(try hypothetical.visit(7).rated == 600 && policy.visit(28).rated == 600)
        let composite = try rescued(.composite, .dose).arm("placebo")
        #expect(try composite.visit(28).rated == 600)
        #expect(try composite.visit(28).responses < policy.visit(28).responses)
        let withdrawn = try rescued(nil, .withdraw).arm("placebo")
        #expect(withdrawn.left == withdrawn.rescued)
    }

    @Test func acuteEffectsComeFromTheSimulator() throws {
        let report = try trial()
        let arm = try report.arm("esketamine")
        #expect(arm.sessions.count == 8)
        #expect(arm.sessions[0].mean > arm.sessions[7].mean, "dissociation fades from session to session")
        #expect(try arm.mean("dissociation") > 0 && (arm.mean("pressure_events")) > 0)
        #expect(try report.arm("placebo").mean("dissociation") == 0)
        let half = try trial {
            $0.arms[0].regimen?.doses[0].amount = 56; $0.arms[0].regimen?.doses[1].amount = 56
        }.arm("esketamine")
        #expect(try half.mean("dissociation") < (arm.mean("dissociation")))
    }

    @Test func ratersSpreadScores() throws {
        func spread(_ sd: Double) throws -> Double {
            try #require(try trial { $0.instruments[0].raters = .init(count: 1000, sd: sd) }.arm("placebo").visit(28).sd)
        }
        #expect(try spread(10) > (spread(0)) + 1)
    }

    @Test func coTreatmentsAct() throws {
        let without = try #require(try trial { $0.arms[1].coTreatments = nil }.arm("placebo").visit(28).meanChange)
        #expect(try #require(trial().arm("placebo").visit(28).meanChange) < without - 2, "an antidepressant begun")
        let sedated = try #require(
            try trial { $0.arms[0].coTreatments?.append(.init(kind: .benzodiazepine, startDay: nil, share: 1)) }.arm("esketamine").visit(1).meanChange)
        #expect(try sedated > (#require(trial().arm("esketamine").visit(1).meanChange)), "a benzodiazepine takes from a dose")
    }

    @Test func uncertaintyWidensReplicates() throws {
        func spread(_ uncertainty: TrialSpecification.Uncertainty) throws -> Double {
            let changes = try (1...12).map { seed in
                try #require(
                    try Shipped.report(
                        try Shipped.example("trial.yaml") {
                            ($0.seed, $0.replicates, $0.patientsPerArm, $0.uncertainty, $0.analyses) = (UInt64(seed), 1, 100, uncertainty, nil)
                        }
                    ).arm("esketamine").visit(28).meanChange)
            }
            let mean = changes.reduce(0, +) / 12
            return (changes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 11).squareRoot()
        }
        let (none, all) = (try spread(.none), try spread(.all))
        #expect(all > 1.5 * none)
    }

    @Test func aCohortGivesItsPeople() throws {
        let members = [40.0, 120].map { Cohort.Member(covariates: ["weight": $0], baseline: ("MADRS", 30), takesBenzodiazepine: false) }
        let specification = try Shipped.example("trial.yaml") {
            ($0.replicates, $0.patientsPerArm, $0.analyses, $0.missedVisits, $0.dropout) = (1, 200, nil, nil, nil)
            $0.population = .init(
                covariates: ["systolic": .init(mean: 120, sd: 10), "diastolic": .init(mean: 80, sd: 5)], baseline: nil, cohort: "charts.ndjson")
            $0.arms[0].regimen = .init(drug: .ketamine, doses: [.init(at: 0, 0.5, "mg/kg", .intravenous, overMinutes: 40)])
        }
        let report = TrialReport(try Shipped.run(specification, cohort: try Cohort(members)).outcome())
        let arm = try report.arm("esketamine")
        let exposure = try #require(arm.measures.first { $0.id == "exposure" })
        // 0.5 mg/kg of 40 or 120 kg.
        #expect(exposure.mean > 35 && exposure.mean < 45)
        #expect(try abs(#require(exposure.sd) - 20) < 0.5)
        #expect(try abs(#require(arm.visit(0).mean) - 30) < 1)
        #expect(throws: Diagnostic.self) { try Cohort([]) }
    }
}

/// Randomised withdrawal: who responds goes on or stops.
@Suite struct WithdrawalTests {
    @Test func onlyRespondersAreRandomisedAndStoppingRelapsesSooner() throws {
        let report = try Shipped.report(
            try Shipped.example("relapse-prevention.yaml") {
                ($0.replicates, $0.patientsPerArm) = (4, 60)
            })
        let (weekly, stopped) = (try report.arm("weekly"), try report.arm("stopped"))
        #expect(weekly.randomised == 240 && weekly.candidates > 300, "some were looked at and did not respond")
        #expect(try weekly.visit(0).responses == 240 && (stopped.visit(0)).responses == 240)
        let (going, ended) = (try #require(weekly.relapse), try #require(stopped.relapse))
        #expect(going.atRisk == 240 && ended.atRisk == 240)
        #expect(ended.relapsed > going.relapsed)
        #expect(zip(ended.steps, ended.steps.dropFirst()).allSatisfy { $0.survival > $1.survival && $0.atRisk > $1.atRisk })
        let hazard = try #require(report.contrasts.first { $0.method == "cox" }?.estimate)
        let peto = try #require(report.contrasts.first { $0.method == "log_rank" }?.estimate)
        #expect(hazard < 0.8 && abs(hazard - peto) < 0.1)
    }
}
