import Foundation
import Statistics
import Testing

/// Against R's survival, on data sets it ships: lung, veteran, ovarian, and colon where R is installed.
@Suite struct SurvivalTests {
    private let r: Reference

    init() throws { r = try Reference.shared.get() }

    private func subjects(_ name: String, late: Bool = false) throws -> [FollowUp] {
        zip(try r("\(name).time"), try r("\(name).status")).map { FollowUp(start: late ? $0 / 3 : -.infinity, end: $0, cause: $1 > 0 ? 1 : 0) }
    }

    private func codes(_ name: String) throws -> [Int] { try r(name).map { Int($0) } }

    private var sets: [String] { ["lung", "veteran", "ovarian"] + (r.numbers["colon.time"] == nil ? [] : ["colon"]) }

    @Test func kaplanMeierWithItsLimitsAndQuantiles() throws {
        for name in sets {
            let curve = KaplanMeier(try subjects(name))
            // R gives the error of ln S.
            let steps = curve.steps.flatMap { [$0.time, Double($0.atRisk), Double($0.events), $0.survival, $0.logVariance.squareRoot()] }
            expectClose(steps, try r("\(name).km"), 1e-12, name)
            for kind in KaplanMeier.Interval.allCases {
                let limits = curve.steps.flatMap { step in
                    KaplanMeier.limits(step, kind).map { [$0.low, $0.high] } ?? (step.survival == 1 ? [.nan, .nan] : [.nan, .nan])
                }
                expectClose(limits, try r("\(name).km.\(kind.rawValue)"), 1e-12, "\(name) \(kind)")
                let quantiles = [0.25, 0.5, 0.75].map { curve.quantile($0, kind) }.flatMap { [$0.time ?? .nan, $0.low ?? .nan, $0.high ?? .nan] }
                expectClose(quantiles, try r("\(name).quantile.\(kind.rawValue)"), 1e-12, "\(name) quantiles \(kind)")
            }
        }
        let expected = try r("lung.rmst")
        let mean = try #require(KaplanMeier(try subjects("lung")).restrictedMean(to: expected[0]))
        expectClose([mean.mean, mean.standardError], Array(expected[1...]), 1e-10, "restricted mean")
    }

    @Test func lateEntry() throws {
        let expected = try r("lung.late.km")
        let curve = KaplanMeier(try subjects("lung", late: true))
        expectClose(curve.steps.flatMap { [$0.time, Double($0.atRisk), $0.survival, $0.logVariance.squareRoot()] }, expected, 1e-12, "late entry")
        let design = Design(
            [("age", .number(try r("lung.age"))), ("sex", .factor(codes: try codes("lung.sex").map { $0 - 1 }, levels: ["1", "2"]))], terms: [["age"], ["sex"]])
        try expect(CoxModel(try subjects("lung", late: true), design), agreesWith: "lung.late.cox")
    }

    @Test func logRank() throws {
        func check(_ test: LogRank, _ name: String) throws {
            expectClose([test.statistic] + test.observed.map(Double.init) + test.expected, try r(name), 1e-10, name)
        }
        let sex = try codes("lung.sex").map { $0 - 1 }
        try check(LogRank(try subjects("lung"), group: sex), "lung.logrank")
        try check(LogRank(try subjects("lung"), group: sex, stratum: try r("lung.age").map { $0 > 60 ? 1 : 0 }), "lung.logrank.strata")
        let cells = LogRank(try subjects("veteran"), group: try codes("veteran.celltype"))
        try check(cells, "veteran.logrank")
        #expect(cells.degrees == 3)
        if r.numbers["colon.time"] != nil { try check(LogRank(try subjects("colon"), group: try codes("colon.rx")), "colon.logrank") }
    }

    private func expect(_ model: CoxModel?, agreesWith name: String) throws {
        let model = try #require(model)
        #expect(model.hasConverged)
        let standing = model.coefficients.indices.filter { model.coefficients[$0] != nil }
        let covariance = standing.flatMap { i in standing.map { model.covariance[i][$0] } }
        let found =
            [model.logLikelihood.null, model.logLikelihood.fitted, model.score.statistic] + standing.map { model.coefficients[$0] ?? .nan } + covariance
        expectClose(found, try r(name), 1e-8, name)
    }

    @Test func coxModelsWithBothTreatmentsOfTies() throws {
        var designs: [String: Design] = [
            "lung": Design(
                [("age", .number(try r("lung.age"))), ("sex", .factor(codes: try codes("lung.sex").map { $0 - 1 }, levels: ["1", "2"]))],
                terms: [["age"], ["sex"]]),
            "veteran": Design(
                [
                    ("cell", .factor(codes: try codes("veteran.celltype"), levels: ["squamous", "smallcell", "adeno", "large"])),
                    ("trt", .number(try r("veteran.trt"))), ("karno", .number(try r("veteran.karno"))), ("age", .number(try r("veteran.age"))),
                ], terms: [["cell"], ["trt"], ["karno"], ["age"]]),
            "ovarian": Design([("rx", .number(try r("ovarian.rx"))), ("age", .number(try r("ovarian.age")))], terms: [["rx"], ["age"]]),
        ]
        if r.numbers["colon.time"] != nil {
            designs["colon"] = Design(
                [("rx", .factor(codes: try codes("colon.rx"), levels: ["Obs", "Lev", "Lev+5FU"])), ("age", .number(try r("colon.age")))],
                terms: [["rx"], ["age"]])
        }
        for (name, design) in designs {
            for ties in CoxModel.Ties.allCases {
                let model = CoxModel(try subjects(name), design, ties: ties)
                try expect(model, agreesWith: "\(name).cox.\(ties.rawValue)")
                let hazard = try #require(model).baseline().flatMap { [$0.time, $0.cumulativeHazard] }
                expectClose(hazard, try r("\(name).hazard.\(ties.rawValue)"), 1e-8, "\(name) baseline \(ties)")
            }
        }
        let age = Design([("age", .number(try r("lung.age")))], terms: [["age"]])
        try expect(CoxModel(try subjects("lung"), age, stratum: try codes("lung.sex")), agreesWith: "lung.cox.strata")
    }

    @Test func competingRisksWithTheirErrors() throws {
        var causes: [String: [FollowUp]] = [
            "veteran": try zip(subjects("veteran"), r("veteran.karno")).map { FollowUp(end: $0.end, cause: $0.isEvent ? $1 < 60 ? 1 : 2 : 0) }
        ]
        if r.numbers["colon.first"] != nil { causes["colon"] = zip(try r("colon.first"), try codes("colon.cause")).map { FollowUp(end: $0, cause: $1) } }
        for (name, subjects) in causes {
            let steps = CompetingRisks(subjects).steps
            expectClose(steps.flatMap { [$0.time] + $0.incidence + $0.standardError }, try r("\(name).incidence"), 1e-10, name)
            for step in steps { #expect(abs(step.free + step.incidence.reduce(0, +) - 1) < 1e-12) }
        }
    }

    /// With one cause the incidence is what Kaplan and Meier's curve leaves.
    @Test func oneCauseIsKaplanMeier() throws {
        let subjects = try subjects("lung")
        for (risk, step) in zip(CompetingRisks(subjects).steps, KaplanMeier(subjects).steps) {
            #expect(abs(risk.incidence[0] + step.survival - 1) < 1e-12)
            #expect(abs(risk.standardError[0] - step.standardError) < 0.002)
        }
    }

    @Test func nothingToEstimateIsNoEstimate() {
        #expect(KaplanMeier([]).survival(at: 3) == 1)
        #expect(KaplanMeier([FollowUp(end: 2)]).quantile(0.5).time == nil)
        let alike = Design([("x", .number([1, 1, 1]))], terms: [["x"]])
        #expect(CoxModel([FollowUp(end: 1, cause: 1), FollowUp(end: 2, cause: 1), FollowUp(end: 3)], alike) == nil)
        // All who die have x = 1: the hazard ratio has no bound.
        let apart = Design([("x", .number([1, 1, 0, 0]))], terms: [["x"]])
        let model = CoxModel([FollowUp(end: 1, cause: 1), FollowUp(end: 2, cause: 1), FollowUp(end: 3), FollowUp(end: 4)], apart)
        #expect(model?.hasConverged != true)
        #expect(LogRank([FollowUp(end: 1, cause: 1)], group: [0]).p == 1)
    }
}
