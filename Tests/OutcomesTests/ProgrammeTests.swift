import Chart
import Foundation
import Guidance
import Knowledge
import Notation
import Pharmacology
import Psychometrics
import Statistics
import Testing

@testable import Outcomes

private typealias FollowUp = Statistics.FollowUp

/// A treated person on MADRS, made by hand.
func person(
    _ number: Int = 0, site: String = "North", baseline: Double = 30, scores: [(day: Int, total: Double)], sessions: [Int] = [0], therapy: [Int] = [],
    relapse: Int? = nil, followed: Int = 400, age: Int? = 50, drug: Drug = .esketamine, route: Route = .intranasal, end: Int? = nil, death: Int? = nil
) throws -> Programme.Row {
    let instrument = try #require(try library.get().base.instruments.named("MADRS"))
    var outcome = ChartOutcome.empty(start: Day(number: now.day.number - followed))
    outcome.age = age
    outcome.sex = number.isMultiple(of: 2) ? .female : .male
    outcome.failedTrials = 2 + number % 3
    outcome.sessions = sessions
    outcome.therapy = therapy
    outcome.end = end.map { ($0, .closed) }
    outcome.death = death
    outcome.doses = [.init(drug: drug, route: route, count: sessions.count, milligrams: (56, 84, 84))]
    let points = scores.map { day, total -> ChartOutcome.Point in
        let change = instrument.change(baseline: baseline, latest: total)
        var flags: ChartOutcome.Flags = []
        if change.response { flags.insert(.response) }
        if change.remission == true { flags.insert(.remission) }
        return .init(day: day, total: total, flags: flags)
    }
    outcome.scales = [.init(instrument: "MADRS", hasBaseline: true, baseline: baseline, points: points, relapse: relapse)]
    return Programme.Row(patient: "p\(number)", site: site, outcome: outcome)
}

func programme(_ rows: [Programme.Row], unread: Int = 0) throws -> Programme {
    let published = try PublishedOutcome.read(try KnowledgeLibrary.publishedOutcomes(), file: "trial_outcomes.csv")
    return Programme(rows: rows, asOf: now, knowledge: try library.get().base, published: published, unread: unread)
}

extension ChartOutcome {
    static func empty(start: Day?) -> ChartOutcome { ChartOutcome(sex: .unknown, failedTrials: 0, start: start) }
}

extension ReportSection {
    func rows(_ table: String) throws -> [[String: JSONValue]] {
        let found = try #require(tables.first { $0.id == table }, "\(id) has no table \(table)")
        return found.rows.map { row in Dictionary(uniqueKeysWithValues: zip(found.columns.map(\.key), row.map(\.json))) }
    }
}

@Suite struct ProgrammeTests {
    private func madrs() throws -> Instrument { try #require(try library.get().base.instruments.named("MADRS")) }

    /// Of nobody there is nothing to tell but that, and of one person nothing that would be about that person.
    @Test func anEmptyProgrammeSaysSoAndOnePersonIsNotDescribed() throws {
        let none = try programme([]).report
        #expect(none.sections.map(\.id) == ["people"] && none.sections[0].notes == ["There is no chart here yet."])
        let untreated = Programme.Row(patient: "p1", site: "A", outcome: .empty(start: nil))
        #expect(try programme([untreated]).report.sections.map(\.id) == ["people"])
        let one = try programme([person(1, scores: [(7, 20), (28, 12)], sessions: [0, 7, 14, 21])]).report
        #expect(!one.sections.contains { $0.id.hasPrefix("visits") || $0.id.hasPrefix("response") || $0.id == "sites" || $0.id == "comparison" })
        let doses = try #require(one.sections.first { $0.id == "doses" })
        #expect(try doses.rows("doses").allSatisfy { $0["people"]?.int == 1 && $0["first_mg"] == .null && $0["raised"] == .null })
        #expect(try doses.rows("pace").allSatisfy { $0["sessions_median"] == .null && $0["days_between"] == .null })
        for section in none.sections + one.sections { #expect(!section.html(pictureWidth: 900).isEmpty) }
    }

    /// 4 respond of 6 seen of 10 due at week 4; 2 ended, 1 died, 1 missing; 2 are not due yet.
    @Test func visitsCountWhoWasSeenAndWhoWasNot() throws {
        var rows: [Programme.Row] = []
        for number in 0..<4 { rows.append(try person(number, scores: [(28, 15)])) }
        for number in 4..<6 { rows.append(try person(number, scores: [(27, 29), (36, 10)])) }
        for number in 6..<8 { rows.append(try person(number, scores: [(7, 28)], end: 20)) }
        rows.append(try person(8, scores: [], death: 12))
        rows.append(try person(9, scores: [(7, 28)]))
        for number in 10..<12 { rows.append(try person(number, scores: [(7, 20)], followed: 30)) }
        let programme = try programme(rows)
        let week4 = try #require(programme.visitCounts(programme.courses(madrs())).first { $0.visit.id == "week 4" })
        #expect(week4.due == 10 && week4.seen == 6 && week4.responses == 4 && week4.remissions == 0)
        #expect(week4.ended == 2 && week4.died == 1)
        let section = programme.visitSection(try madrs(), programme.courses(try madrs()), programme.visitCounts(programme.courses(try madrs())))
        let row = try #require(try section.rows("visits").first { $0["visit"] == "week 4" })
        #expect(row["response"]?.double == 66.6667 && row["response_of_due"]?.double == 40)
        let attrition = try #require(try section.rows("attrition").first { $0["visit"] == "week 4" })
        #expect(attrition["missing"]?.double == 1 && attrition["ended"]?.double == 2)
        #expect(section.notes.contains { $0.contains("at most 12") })
    }

    /// The curves are those of Statistics over the same people.
    @Test func responseAndDurabilityAreTheCurvesOfTheSamePeople() throws {
        let rows = try (0..<20).map { number in
            let response = 7 * (1 + number % 4)
            let relapse = number % 3 == 0 ? response + 40 + number : nil
            return try person(number, scores: [(3, 29), (response, 12), (response + 100, 14)], relapse: relapse, end: number % 5 == 1 ? response + 60 : nil)
        }
        let programme = try programme(rows)
        let section = programme.responseSection(try madrs(), programme.courses(try madrs()))
        let medians = try section.rows("medians")
        #expect(medians[0]["median_days"]?.double == 17.5 || medians[0]["median_days"]?.double == 14)
        let followUps = rows.enumerated().map { number, _ -> FollowUp in
            let relapse = number % 3 == 0 ? 40.0 + Double(number) : .infinity
            let end = number % 5 == 1 ? 60.0 : .infinity
            return min(relapse, end) == .infinity ? FollowUp(end: 100) : FollowUp(end: min(relapse, end), cause: relapse <= end ? 1 : 2)
        }
        let row = try #require(try section.rows("shares").first { $0["day"]?.double == 84 })
        let expected = try #require(CompetingRisks(followUps, causes: 3).step(at: 84))
        #expect(abs(try #require(row["relapsed_first"]?.double) - 100 * expected.incidence[0]) < 0.001)
        #expect(abs(try #require(row["ended_first"]?.double) - 100 * expected.incidence[1]) < 0.001)
        #expect(row["at_risk"]?.double == Double(followUps.count { $0.end >= 84 }))
    }

    /// Weekly until day 56, then every two weeks; the relapse on day 90 belongs to the interval that was in force, and ends the time.
    @Test func timeAndRelapsesBelongToTheIntervalInForce() throws {
        let sessions = Array(stride(from: 0, through: 56, by: 7)) + [70, 84]
        let rows = try (0..<6).map { try person($0, scores: [(7, 10), (90, 26)], sessions: sessions, relapse: 90) }
        let programme = try programme(rows)
        let stretches = programme.intervalStretches(programme.courses(try madrs()))
        let first = stretches.filter { $0.course.index == 0 }
        // From the response on day 7: the second session knows the interval of 7 days, until the session of day 70 knows 14.
        #expect(first.map(\.followUp) == [FollowUp(start: 0, end: 63), FollowUp(start: 63, end: 83, cause: 1)])
        #expect(first.map(\.group) == [0, 1])
        let rates = try programme.intervalSection(try madrs(), programme.courses(try madrs())).rows("rates")
        #expect(rates[0]["relapses"]?.double == 0 && rates[0]["person_weeks"]?.double == 54)
        #expect(rates[1]["relapses"]?.double == 6 && rates[1]["people"]?.double == 6)
        #expect(abs(try #require(rates[1]["per_100_person_weeks"]?.double) - 600 / (120.0 / 7)) < 0.001)
    }

    /// Who stops coming is not under the last interval for ever.
    @Test func timeEndsWhenSessionsDo() throws {
        let rows = try [person(0, scores: [(7, 10), (300, 30)], sessions: [0, 7, 14], relapse: 300)]
        let stretches = try programme(rows).intervalStretches(try programme(rows + rows + rows + rows + rows).courses(madrs()))
        #expect(stretches.first?.followUp == FollowUp(start: 0, end: 21))
        #expect(!stretches.contains { $0.followUp.isEvent })
    }

    /// Nobody counts as with psychotherapy before the first hour.
    @Test func psychotherapyCountsFromItsFirstHour() throws {
        let rows = try (0..<6).map { try person($0, scores: [(10, 10), (80, 26)], therapy: [40, 47], relapse: 80) }
        let programme = try programme(rows)
        let own = programme.therapyStretches(programme.courses(try madrs())).filter { $0.course.index == 0 }
        #expect(own.map(\.followUp) == [FollowUp(start: 0, end: 30), FollowUp(start: 30, end: 70, cause: 1)])
        #expect(own.map(\.group) == [0, 1])
    }

    /// Over visits: whoever was seen at one of them is in it, and with the same constant at every visit the model finds it, whoever is missing.
    @Test func treatmentsAreComparedOverVisits() throws {
        let rows = try (0..<60).map { number in
            let (isNasal, baseline) = (number < 30, 26 + Double(number * 7 % 13))
            var noise = RandomStream(seed: 4, subject: UInt32(number))
            let scores = [(day: 7, fall: 4.0), (14, 8), (28, 12)].map { day, fall in
                (day: day, total: baseline - fall + (isNasal ? 3 : 0) + noise.normal(sd: 0.5))
            }
            // Every fifth stops coming after two weeks.
            return try person(
                number, baseline: baseline, scores: number.isMultiple(of: 5) ? Array(scores.prefix(2)) : scores, age: 30 + number * 11 % 37,
                drug: isNasal ? .esketamine : .ketamine, route: isNasal ? .intranasal : .intravenous)
        }
        let programme = try programme(rows)
        let section = try #require(programme.repeatedSection(try madrs(), programme.courses(try madrs())))
        let means = try section.rows("means")
        #expect(means.map { $0["visit"]?.string } == ["week 1", "week 2", "week 4", "week 1", "week 2", "week 4"])
        #expect(means.map { $0["people"]?.double } == [30, 30, 24, 30, 30, 24])
        for row in means.dropFirst(3) {
            let difference = try #require(row["difference"]?.double)
            #expect(abs(abs(difference) - 3) < 0.6 && (row["degrees"]?.double ?? 0) > 20)
        }
        #expect(section.notes.contains { $0.contains("not the effect of a treatment") } && section.notes.contains { $0.contains("Satterthwaite") })
        #expect(programme.report.sections.contains { $0.id == "repeated" })
        let alone = try OutcomesTests.programme(Array(rows.prefix(30)))
        #expect(alone.repeatedSection(try madrs(), alone.courses(try madrs())) == nil, "one group only")
    }

    /// The adjusted difference is that of the linear model; with groups alike but for a constant it is the constant.
    @Test func treatmentsAreComparedByTheModelStated() throws {
        let rows = try (0..<40).map { number in
            let (isNasal, baseline) = (number < 20, 26 + Double(number * 7 % 13))
            // Change: −10 − 0.5 (baseline − 30), 3 points less with the nasal spray.
            let change = -10 - 0.5 * (baseline - 30) + (isNasal ? 3 : 0)
            return try person(
                number, baseline: baseline, scores: [(28, baseline + change + (number.isMultiple(of: 4) ? 0.5 : -0.5))], age: 30 + number * 11 % 37,
                drug: isNasal ? .esketamine : .ketamine, route: isNasal ? .intranasal : .intravenous)
        }
        let programme = try programme(rows)
        let section = try #require(programme.comparisonSection(try madrs(), programme.courses(try madrs())))
        let means = try section.rows("means")
        #expect(means.count == 2 && means[0]["difference"] == .null)
        let difference = try #require(means[1]["difference"]?.double)
        #expect(abs(abs(difference) - 3) < 0.4, "\(difference)")
        #expect(section.notes.contains { $0.contains("not the effect of a treatment") })
    }

    @Test func oneGroupOrOneSiteIsNotCompared() throws {
        let programme = try programme((0..<12).map { try person($0, scores: [(28, 15)]) })
        #expect(programme.comparisonSection(try madrs(), programme.courses(try madrs())) == nil)
        #expect(programme.siteSection(try madrs(), programme.courses(try madrs())) == nil)
    }

    /// 40 sites' worth of people at 50 %, and one site where nobody responds.
    @Test func aSiteOutsideTheLimitsIsNamed() throws {
        var rows = try (0..<200).map { try person($0, site: "Site \($0 % 4)", scores: [(28, $0 % 8 < 4 ? 10 : 28)]) }
        rows += try (0..<20).map { try person(300 + $0, site: "Other", scores: [(28, 29)]) }
        rows += try (0..<2).map { try person(400 + $0, site: "Small", scores: [(28, 29)]) }
        let programme = try programme(rows)
        let sites = try #require(programme.siteSection(try madrs(), programme.courses(try madrs()))).rows("sites")
        #expect(sites.first { $0["site"] == "Other" }?["place"] == "outside 99.8 %")
        #expect(sites.first { $0["site"] == "Site 1" }?["place"] == "within")
        #expect(!sites.contains { $0["site"] == "Small" })
    }

    @Test func publishedFiguresStandBesideTheSameScaleAndTime() throws {
        let programme = try programme((0..<30).map { try person($0, scores: [(1, 29), (14, $0 < 15 ? 10 : 25), (28, 9)]) })
        let rows = try programme.benchmarkSection([(madrs(), programme.visitCounts(programme.courses(madrs())))]).rows("benchmarks")
        let murrough = try #require(rows.first { $0["trial"] == "Murrough2013-serial" })
        #expect(murrough["own_visit"] == .string("week 2"))
        #expect(murrough["own"]?.double == 50)
        #expect(murrough["own_n"]?.double == 30 && murrough["published"]?.double == 70.8)
        #expect(rows.allSatisfy { ($0["scale"]?.string ?? "").hasPrefix("MADRS") })
        #expect(!rows.contains { $0["arm"]?.string?.contains("placebo") ?? false })
        // Newcombe (1998), table II, method 10: 56/70 against 48/80.
        let limits = try #require(Programme.difference(Proportion(56, of: 70), Proportion(48, of: 80)))
        #expect(abs(limits.low - 0.0524) < 5e-5 && abs(limits.high - 0.3339) < 5e-5)
    }

    @Test func nothingIsSaidOfNobody() throws {
        for rows in [[], try [person(scores: [(7, 10)])]] {
            let report = try programme(rows, unread: 3).report
            #expect(report.sections.contains { $0.id == "people" } && !report.sections.contains { $0.id == "comparison" })
            let people = try #require(report.sections.first).rows("people")
            #expect(people.first { $0["what"] == "Charts" }?["people"]?.double == Double(rows.count + 3))
        }
    }

    /// The file needs nothing else, holds no patient's id, and says what it does not say.
    @Test func theReportIsOneFileWithoutNames() throws {
        let rows = try (0..<40).map { number -> Programme.Row in
            var outcome = try person(number, scores: [(7, 20), (28, 12)], sessions: [0, 7, 14, 21]).outcome
            outcome.adverseEvents = [.init(term: "nausea & <i>", count: 2, serious: 0)]
            return Programme.Row(patient: "patient-\(number)", site: "<b>\(number % 2)", outcome: outcome)
        }
        let report = try programme(rows).report
        let file = report.file(title: "Outcomes <1>")
        #expect(!file.contains("patient-") && !report.json.text.contains("patient-"))
        #expect(!file.contains("<b>") && !file.contains("<i>") && file.contains("&lt;i&gt;"))
        for word in ["<script", "src=", "href=\"http", "url(", "@import"] { #expect(!file.contains(word), "\(word)") }
        #expect(file.contains(ProgrammeReport.warning) && file.contains("<svg") && file.contains("--accent:"))
        #expect(try JSONReader.read(report.json.pretty)["sections"]?["visits-madrs"]?["tables"]?["visits"]?.array?.count ?? 0 > 2)
    }

    /// The same rows in another order give the same report.
    @Test func theOrderOfChartsDoesNotMatter() throws {
        let rows = try (0..<60).map { number in
            try person(
                number, site: "Site \(number % 3)", baseline: 25 + Double(number % 11), scores: [(7, 20), (28, Double(8 + number % 15)), (84, 14)],
                sessions: [0, 7, 14, 28, 49], therapy: number % 3 == 0 ? [20] : [], relapse: number % 4 == 0 ? 84 : nil)
        }
        var random = RandomStream(seed: 1, subject: 0)
        var shuffled = rows
        for index in shuffled.indices.reversed() { shuffled.swapAt(index, random.integer(in: 0...index)) }
        #expect(try programme(rows).report.json.text == programme(shuffled).report.json.text)
    }
}
