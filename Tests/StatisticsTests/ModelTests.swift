import Foundation
import Statistics
import Testing

/// Against R's lm and nlme's gls, on data sets they ship and on a trial of an antidepressant.
@Suite struct ModelTests {
    private let r: Reference
    private let trial: [[String: String]]

    init() throws {
        r = try Reference.shared.get()
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Reference/antidepressant.csv")
        let lines = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        trial = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    private func codes(_ name: String) throws -> [Int] { try r(name).map { Int($0) } }

    /// 0, 1, … in the order of the values.
    private func ranks<Value: Hashable & Comparable>(_ values: [Value]) -> [Int] {
        let order = Dictionary(uniqueKeysWithValues: Set(values).sorted().enumerated().map { ($1, $0) })
        return values.map { order[$0] ?? 0 }
    }

    private func expect(_ design: Design, _ response: [Double], agreesWith name: String, means: [[Double]]) throws {
        let model = try #require(LinearModel(design, response: response))
        let coefficients = model.coefficients.map { $0 ?? .nan }
        expectClose(
            [model.residualSumOfSquares, Double(model.residualDegrees)] + coefficients + model.covariance.flatMap(\.self), try r("\(name).lm"), 1e-10, name)
        let rows = try design.terms.indices.flatMap { term in
            let test = try #require(model.sequentialTest(term))
            return [test.numerator, model.sequential[term].sumOfSquares, test.statistic, test.p]
        }
        expectClose(
            rows + [Double(model.residualDegrees), model.residualSumOfSquares, .nan, .nan], try r("\(name).anova"), 1e-10, "\(name) analysis of variance")
        let found = try means.map { try #require(model.contrast($0)) }
        expectClose(found.flatMap { [$0.estimate, $0.standardError] }, try r("\(name).means"), 1e-10, "\(name) means")
        let own = try coefficients.indices.map { try #require(model.contrast(column: $0)) }
        expectClose(own.flatMap { [$0.statistic, $0.p] }, try r("\(name).tests"), 1e-10, "\(name) tests")
        expectClose(own.flatMap { [$0.interval().low, $0.interval().high] }, try r("\(name).intervals"), 1e-10, "\(name) intervals")
    }

    @Test func analysisOfVariance() throws {
        let doses = ["0.5", "1", "2"]
        let tooth = Design(
            [("supp", .factor(codes: try codes("tooth.supp"), levels: ["OJ", "VC"])), ("dose", .factor(codes: ranks(try r("tooth.dose")), levels: doses))],
            terms: [["supp"], ["dose"], ["supp", "dose"]])
        try expect(
            tooth, try r("tooth.len"), agreesWith: "tooth",
            means: ["OJ", "VC"].flatMap { supp in doses.map { tooth.mean(at: ["supp": .level(supp), "dose": .level($0)]) } })
        let tensions = ["L", "M", "H"]
        let warp = Design(
            [("wool", .factor(codes: try codes("warp.wool"), levels: ["A", "B"])), ("tension", .factor(codes: try codes("warp.tension"), levels: tensions))],
            terms: [["wool"], ["tension"]])
        try expect(
            warp, try r("warp.breaks").map { log($0) }, agreesWith: "warp",
            means: ["A", "B"].flatMap { wool in tensions.map { warp.mean(at: ["wool": .level(wool), "tension": .level($0)]) } })
    }

    private func rows(_ rows: [[String: String]]) throws -> (arm: [Int], baseline: [Double], change: [Double]) {
        (
            rows.map { $0["THERAPY"] == "DRUG" ? 1 : 0 }, try rows.map { try #require(Double($0["BASVAL"] ?? "")) },
            try rows.map { try #require(Double($0["CHANGE"] ?? "")) }
        )
    }

    @Test func analysisOfCovarianceOfATrial() throws {
        let last = try rows(trial.filter { $0["VISIT"] == "7" })
        let design = Design(
            [("arm", .factor(codes: last.arm, levels: ["PLACEBO", "DRUG"])), ("baseline", .number(last.baseline))], terms: [["arm"], ["baseline"]])
        try expect(design, last.change, agreesWith: "trial", means: ["DRUG", "PLACEBO"].sorted(by: >).map { design.mean(at: ["arm": .level($0)]) })
        let model = try #require(LinearModel(design, response: last.change))
        let difference = try #require(model.contrast(design.difference(in: "arm", "DRUG", "PLACEBO")))
        #expect(difference == model.contrast(column: 1))
        let joint = try #require(model.test([design.difference(in: "arm", "DRUG", "PLACEBO")]))
        #expect(abs(joint.p - difference.p) < 1e-12)
    }

    @Test func columnsThatSayNothingNewAreSetAside() throws {
        let x = [1.0, 2, 3, 4, 5]
        let design = Design([("x", .number(x)), ("y", .number(x.map { 2 * $0 + 1 })), ("z", .number([0, 1, 0, 1, 1]))], terms: [["x"], ["y"], ["z"]])
        let model = try #require(LinearModel(design, response: [1, 3, 2, 5, 4]))
        #expect(model.coefficients[2] == nil && model.coefficients[3] != nil)
        #expect(model.contrast(column: 2) == nil && model.residualDegrees == 2)
        #expect(LinearModel(design, response: [1]) == nil)
    }

    private func expect(_ model: RepeatedMeasures, agreesWith name: String) throws {
        let expected = try r("\(name).mmrm")
        let count = model.coefficients.count
        expectClose([model.logLikelihood] + model.coefficients.map { $0 ?? .nan }, Array(expected[...count]), 1e-4, name)
        expectClose(model.covariance.flatMap(\.self), Array(expected[(count + 1)...]), 1e-4, "\(name) covariance")
        expectClose(model.visitCovariance.flatMap(\.self), try r("\(name).sigma"), 1e-4, "\(name) covariance of visits")
        let (rows, contrasts) = (try r("\(name).rows"), try r("\(name).contrasts"))
        for index in 0..<rows.count / count {
            let contrast = try #require(model.contrast(Array(rows[index * count..<(index + 1) * count])))
            expectClose([contrast.estimate, contrast.standardError], Array(contrasts[index * 3..<index * 3 + 2]), 1e-4, "\(name) contrast \(index)")
            // R's are by differences of differences.
            expectClose([contrast.degrees], [contrasts[index * 3 + 2]], 1e-3, relative: true, "\(name) degrees of freedom \(index)")
        }
    }

    private func ortho(without missing: Set<Int> = []) throws -> RepeatedMeasures {
        let kept = try r("ortho.age").indices.filter { !missing.contains($0) }
        func pick<Value>(_ values: [Value]) -> [Value] { kept.map { values[$0] } }
        let age = pick(ranks(try r("ortho.age")))
        let design = Design(
            [
                ("sex", .factor(codes: pick(try codes("ortho.sex")), levels: ["Male", "Female"])),
                ("age", .factor(codes: age, levels: ["8", "10", "12", "14"])),
            ],
            terms: [["sex"], ["age"], ["sex", "age"]])
        return try RepeatedMeasures(design, response: pick(try r("ortho.distance")), subject: pick(try codes("ortho.subject")), visit: age)
    }

    @Test func repeatedMeasures() throws {
        try expect(ortho(), agreesWith: "ortho")
        try expect(ortho(without: Set(stride(from: 2, to: 108, by: 7))), agreesWith: "gaps")
        let day = ranks(try r("body.day"))
        let body = Design(
            [("diet", .factor(codes: try codes("body.diet"), levels: ["1", "2", "3"])), ("day", .factor(codes: day, levels: ["1", "22", "43", "64"]))],
            terms: [["diet"], ["day"], ["diet", "day"]])
        try expect(RepeatedMeasures(body, response: try r("body.weight"), subject: try codes("body.rat"), visit: day), agreesWith: "body")
    }

    /// With every column at every visit, one row a person gives what one row a measurement gives, with visits missing too.
    @Test(arguments: [[], Set(stride(from: 2, to: 108, by: 7))]) func oneRowAPersonIsTheSameModel(_ missing: Set<Int>) throws {
        let model = try ortho(without: missing)
        let (subject, age) = (try codes("ortho.subject"), ranks(try r("ortho.age")))
        let people = Set(subject).sorted()
        var responses = [[Double?]](repeating: [nil, nil, nil, nil], count: people.count)
        var sex = [Int](repeating: 0, count: people.count)
        for (row, value) in try r("ortho.distance").enumerated() {
            let person = try #require(people.firstIndex(of: subject[row]))
            sex[person] = try codes("ortho.sex")[row]
            if !missing.contains(row) { responses[person][age[row]] = value }
        }
        let design = Design([("sex", .factor(codes: sex, levels: ["Male", "Female"]))], terms: [["sex"]])
        let narrow = try VisitModel(design, responses: responses)
        #expect(narrow.subjects == people.count)
        expectClose(narrow.visitCovariance.flatMap(\.self), model.visitCovariance.flatMap(\.self), 1e-6, "covariance of visits")
        for visit in 0..<4 {
            // Columns: intercept, sex, three ages, three products.
            func wide(_ first: Double, _ own: Double) -> [Double] {
                var row = [first, own, 0, 0, 0, 0, 0, 0]
                if visit > 0 { (row[1 + visit], row[4 + visit]) = (first, own) }
                return row
            }
            for (mean, sex) in [(1.0, 0.0), (0, 1)] {
                let (a, b) = (try #require(model.contrast(wide(mean, sex))), try #require(narrow.contrast([mean, sex], at: visit)))
                expectClose([b.estimate, b.standardError, b.degrees], [a.estimate, a.standardError, a.degrees], 1e-5, relative: true, "visit \(visit)")
            }
        }
    }

    @Test func repeatedMeasuresOfATrialWithDropout() throws {
        let rows = try rows(trial)
        let visit = ranks(trial.map { $0["VISIT"] ?? "" })
        let design = Design(
            [
                ("arm", .factor(codes: rows.arm, levels: ["PLACEBO", "DRUG"])), ("visit", .factor(codes: visit, levels: ["4", "5", "6", "7"])),
                ("baseline", .number(rows.baseline)),
            ], terms: [["arm"], ["visit"], ["baseline"], ["arm", "visit"]])
        try expect(RepeatedMeasures(design, response: rows.change, subject: ranks(trial.map { $0["PATIENT"] ?? "" }), visit: visit), agreesWith: "trial")
    }

    /// Complete data: one visit's difference of groups is the t test of that visit, with its degrees of freedom.
    @Test func oneVisitOfCompleteDataIsATTest() throws {
        let model = try ortho()
        let contrast = try #require(model.contrast([0, 1, 0, 0, 0, 0, 0, 0]))
        let first = try r("ortho.age").indices.filter { try r("ortho.age")[$0] == 8 }
        let design = Design([("sex", .factor(codes: try first.map { try codes("ortho.sex")[$0] }, levels: ["Male", "Female"]))], terms: [["sex"]])
        let alone = try #require(LinearModel(design, response: try first.map { try r("ortho.distance")[$0] })?.contrast(column: 1))
        expectClose([contrast.estimate, contrast.standardError, contrast.degrees], [alone.estimate, alone.standardError, 25], 1e-7, "t test")
    }

    @Test func whatCannotBeEstimatedIsRefused() {
        let design = Design([("visit", .factor(codes: [0, 1, 0, 1], levels: ["a", "b"]))], terms: [["visit"]])
        #expect(throws: RepeatedMeasures.Problem.repeatedVisit) {
            try RepeatedMeasures(design, response: [1, 2, 3, 4], subject: [1, 1, 1, 2], visit: [0, 1, 0, 1])
        }
        #expect(throws: RepeatedMeasures.Problem.tooFewRows) {
            try RepeatedMeasures(design, response: [1, 2, 3, 4], subject: [1, 2, 3, 4], visit: [0, 1, 0, 1])
        }
    }
}
