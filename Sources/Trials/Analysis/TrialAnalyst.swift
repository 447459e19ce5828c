import Notation
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Analyses a replicate as its trial would: from rows alone, in the order of the patients.
struct TrialAnalyst: Sendable {
    let design: TrialDesign
    let outcome: OutcomeRule

    init(_ design: TrialDesign, _ knowledge: TrialKnowledge) {
        self.design = design
        outcome = OutcomeRule(design, knowledge)
    }

    /// By analysis of the specification.
    func results(_ rows: ReplicateRows) -> [AnalysisResult] {
        (design.specification.analyses ?? []).map { analysis in
            guard let endpoint = design.specification.endpoints.first(where: { $0.id == analysis.endpoint }), let pair = pair(analysis) else { return .none }
            let groups = (rows.participants(pair.0), rows.participants(pair.1))
            guard !groups.0.isEmpty, !groups.1.isEmpty else { return .none }
            return result(analysis, endpoint, Comparison(groups: groups, names: analysis.compare))
        }
    }

    /// Arms of an analysis: the arm, and what it is held against.
    func pair(_ analysis: TrialSpecification.PlannedAnalysis) -> (Int, Int)? {
        let arms = analysis.compare.compactMap { id in design.arms.firstIndex { $0.id == id } }
        return arms.count == 2 ? (arms[0], arms[1]) : nil
    }

    /// The people of two arms, those of the second first, so that it is what the first is held against.
    private struct Comparison {
        var rows: [ParticipantRow]
        /// 0: the second arm.
        var arm: [Int]
        let levels: [String]

        init(groups: ([ParticipantRow], [ParticipantRow]), names: [String]) {
            rows = groups.1 + groups.0
            arm = groups.1.map { _ in 0 } + groups.0.map { _ in 1 }
            levels = names.reversed()
        }

        func difference(_ design: Design, at settings: [String: Design.Setting] = [:]) -> [Double] {
            design.difference(in: "arm", levels[1], levels[0], at: settings)
        }
    }

    private func result(
        _ analysis: TrialSpecification.PlannedAnalysis, _ endpoint: TrialSpecification.Endpoint, _ comparison: Comparison
    ) -> AnalysisResult {
        switch analysis.method {
        case .ancova: covariance(endpoint, comparison, carriesForward: analysis.carryForward ?? false)
        case .mmrm: repeated(endpoint, comparison)
        case .proportions: proportions(endpoint, comparison)
        case .means: means(endpoint, comparison)
        case .cox, .logRank, .kaplanMeier: survival(analysis.method, endpoint, comparison)
        }
    }

    // MARK: - Change

    private func covariance(_ endpoint: TrialSpecification.Endpoint, _ comparison: Comparison, carriesForward: Bool) -> AnalysisResult {
        let (instrument, visit) = (design.instrument(of: endpoint), design.visit(of: endpoint))
        var (arm, baseline, change): ([Int], [Double], [Double]) = ([], [], [])
        for (row, group) in zip(comparison.rows, comparison.arm) {
            let visits = carriesForward ? Array((1...max(visit, 1)).reversed()) : [visit]
            guard let start = row.score(instrument, visit: 0), let total = visits.lazy.compactMap({ row.score(instrument, visit: $0) }).first else { continue }
            arm.append(group)
            baseline.append(Double(start))
            change.append(Double(total - start))
        }
        guard Set(arm).count == 2 else { return .none }
        let table = Design([("arm", .factor(codes: arm, levels: comparison.levels)), ("baseline", .number(baseline))], terms: [["arm"], ["baseline"]])
        return LinearModel(table, response: change)?.contrast(comparison.difference(table)).map(AnalysisResult.init) ?? .none
    }

    private func repeated(_ endpoint: TrialSpecification.Endpoint, _ comparison: Comparison) -> AnalysisResult {
        let (instrument, last) = (design.instrument(of: endpoint), design.visit(of: endpoint))
        var (arm, baseline, change, subject, visit): ([Int], [Double], [Double], [Int], [Int]) = ([], [], [], [], [])
        for (number, (row, group)) in zip(comparison.rows, comparison.arm).enumerated() {
            guard let start = row.score(instrument, visit: 0) else { continue }
            for index in 1..<design.visitDays.count {
                guard let total = row.score(instrument, visit: index) else { continue }
                arm.append(group)
                baseline.append(Double(start))
                change.append(Double(total - start))
                subject.append(number)
                visit.append(index - 1)
            }
        }
        guard Set(arm).count == 2 else { return .none }
        let days = design.visitDays.dropFirst().map { decimal($0) }
        let table = Design(
            [
                ("arm", .factor(codes: arm, levels: comparison.levels)), ("visit", .factor(codes: visit, levels: days)), ("baseline", .number(baseline)),
            ], terms: [["arm"], ["visit"], ["baseline"], ["arm", "visit"], ["baseline", "visit"]])
        guard let model = try? RepeatedMeasures(table, response: change, subject: subject, visit: visit) else { return .none }
        return model.contrast(comparison.difference(table, at: ["visit": .level(days[last - 1])])).map(AnalysisResult.init) ?? .none
    }

    // MARK: - Shares and means

    private func proportions(_ endpoint: TrialSpecification.Endpoint, _ comparison: Comparison) -> AnalysisResult {
        let (instrument, visit) = (design.instrument(of: endpoint), design.visit(of: endpoint))
        var counts = [(with: 0, of: 0), (with: 0, of: 0)]
        for (row, group) in zip(comparison.rows, comparison.arm) {
            if row.score(instrument, visit: visit) == nil, endpoint.missing == .excluded { continue }
            counts[group].of += 1
            let has = endpoint.kind == .response ? outcome.isResponse(row, instrument, visit: visit) : outcome.isRemission(row, instrument, visit: visit)
            if has { counts[group].with += 1 }
        }
        return TwoProportions(counts[1], counts[0]).result
    }

    private func means(_ endpoint: TrialSpecification.Endpoint, _ comparison: Comparison) -> AnalysisResult {
        let measure = Measure(endpoint.kind)
        var (arm, values): ([Int], [Double]) = ([], [])
        for (row, group) in zip(comparison.rows, comparison.arm) {
            guard let measure, let value = row[measure.column] else { continue }
            arm.append(group)
            values.append(Double(value) / measure.perUnit)
        }
        guard Set(arm).count == 2 else { return .none }
        let table = Design([("arm", .factor(codes: arm, levels: comparison.levels))], terms: [["arm"]])
        return LinearModel(table, response: values)?.contrast(comparison.difference(table)).map(AnalysisResult.init) ?? .none
    }

    // MARK: - Relapse

    private func survival(
        _ method: TrialSpecification.PlannedAnalysis.Method, _ endpoint: TrialSpecification.Endpoint, _ comparison: Comparison
    ) -> AnalysisResult {
        var (followed, arm): ([FollowUp], [Int]) = ([], [])
        for (row, group) in zip(comparison.rows, comparison.arm) {
            guard let from = row[.atRisk], let end = row[.relapseEnd] else { continue }
            followed.append(FollowUp(end: Double(end - from) / 24, cause: (row[.relapse] ?? 0) > 0 ? 1 : 0))
            arm.append(group)
        }
        guard Set(arm).count == 2 else { return .none }
        switch method {
        case .cox:
            let table = Design([("arm", .factor(codes: arm, levels: comparison.levels))], terms: [["arm"]])
            guard let model = CoxModel(followed, table), model.hasConverged else { return .none }
            return model.contrast(comparison.difference(table)).map(AnalysisResult.init) ?? .none
        case .logRank:
            // Peto's one-step estimate of the logarithm of the hazard ratio.
            let test = LogRank(followed, group: arm)
            guard test.degrees > 0, test.covariance[1][1] > 0 else { return .none }
            let variance = test.covariance[1][1]
            let contrast = Contrast(estimate: (Double(test.observed[1]) - test.expected[1]) / variance, standardError: 1 / variance.squareRoot())
            return AnalysisResult(contrast, p: test.p)
        default:
            let end = endpoint.day ?? Double(design.specification.days)
            let steps = [0, 1].map { group in KaplanMeier(zip(followed, arm).filter { $0.1 == group }.map(\.0)).step(at: end) }
            return KaplanMeier.difference(steps[1], steps[0]).map(AnalysisResult.init(value:)) ?? .none
        }
    }
}

extension KaplanMeier {
    /// The difference of two shares without the event. The test is on ln(−ln S), which keeps its level where that of the shares themselves does
    /// not (J. P. Klein, B. Logan, M. Harhoff, P. K. Andersen, Stat. Med. 26 (2007) 4505, DOI 10.1002/sim.2864), its limits from those of the
    /// shares on that scale as Newcombe's for proportions are. Where a share is 0 or 1 there is no such scale: by Greenwood's errors.
    /// - Parameters: the last step by then, nil before any; nil where neither has an error.
    static func difference(_ a: Step?, _ b: Step?) -> AnalysisResult.Value? {
        let (p, q) = (a?.survival ?? 1, b?.survival ?? 1)
        let (own, other) = (a?.standardError ?? 0, b?.standardError ?? 0)
        let plain = Contrast(estimate: p - q, standardError: (own * own + other * other).squareRoot())
        guard plain.standardError > 0 else { return nil }
        guard let a, let b, let first = limits(a), let second = limits(b) else {
            let (low, high) = plain.interval()
            return .init(estimate: plain.estimate, standardError: plain.standardError, low: low, high: high, p: plain.p)
        }
        func root(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        let errors = [a, b].map { $0.logVariance.squareRoot() / log($0.survival) }
        let test = Contrast(estimate: log(-log(p)) - log(-log(q)), standardError: root(errors[0], errors[1]))
        return .init(
            estimate: p - q, standardError: plain.standardError, low: p - q - root(p - first.low, second.high - q),
            high: p - q + root(first.high - p, q - second.low), p: test.p)
    }
}

extension AnalysisResult {
    init(_ contrast: Contrast) { self.init(contrast, p: contrast.p) }

    init(_ contrast: Contrast, p: Double) {
        let (low, high) = contrast.interval()
        self.init(value: .init(estimate: contrast.estimate, standardError: contrast.standardError, low: low, high: high, p: p))
    }
}

/// A quantity of a row, with how many of its whole numbers make a unit.
struct Measure: Sendable {
    let column: RowLayout.Column
    let perUnit: Double

    static let milligrams = Measure(column: .hundredthsOfMilligram, perUnit: 100)
    static let dissociationMinutes = Measure(column: .tenthsOfDissociationMinute, perUnit: 10)
    static let pressureEvents = Measure(column: .pressureEvents, perUnit: 1)
    static let wellDays = Measure(column: .wellDays, perUnit: 1)
    static let sessions = Measure(column: .sessions, perUnit: 1)
    static let greatestDissociation = Measure(column: .greatestDissociation, perUnit: 10)
    static let greatestRise = Measure(column: .greatestRise, perUnit: 10)

    init(column: RowLayout.Column, perUnit: Double) { (self.column, self.perUnit) = (column, perUnit) }

    init?(_ kind: TrialSpecification.Endpoint.Kind) {
        switch kind {
        case .dissociation: self = .dissociationMinutes
        case .pressureEvents: self = .pressureEvents
        case .exposure: self = .milligrams
        case .timeInRemission: self = .wellDays
        case .change, .response, .remission, .timeToRelapse: return nil
        }
    }
}

/// Two shares: their difference with R. G. Newcombe's interval from Wilson's (Stat. Med. 17 (1998) 873, method 10,
/// DOI 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), and the test with the common variance.
struct TwoProportions {
    let result: AnalysisResult

    init(_ a: (with: Int, of: Int), _ b: (with: Int, of: Int)) {
        guard a.of > 0, b.of > 0 else {
            result = .none
            return
        }
        let (n, m) = (Double(a.of), Double(b.of))
        let (p, q) = (Double(a.with) / n, Double(b.with) / m)
        let common = Double(a.with + b.with) / (n + m)
        let error = (common * (1 - common) * (1 / n + 1 / m)).squareRoot()
        let (first, second) = (Self.wilson(p, n), Self.wilson(q, m))
        let difference = p - q
        let probability = error > 0 ? 2 * StandardNormal.probability(below: -abs(difference) / error) : 1
        result = AnalysisResult(
            value: .init(
                estimate: difference, standardError: (p * (1 - p) / n + q * (1 - q) / m).squareRoot(),
                low: difference - ((p - first.low) * (p - first.low) + (second.high - q) * (second.high - q)).squareRoot(),
                high: difference + ((first.high - p) * (first.high - p) + (q - second.low) * (q - second.low)).squareRoot(), p: probability))
    }

    private static func wilson(_ p: Double, _ n: Double) -> (low: Double, high: Double) {
        let z = NormalQuantile.of(0.975)
        let centre = p + z * z / (2 * n)
        let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return ((centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n))
    }
}
