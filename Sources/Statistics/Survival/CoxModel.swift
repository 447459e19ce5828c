#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Proportional hazards: how covariates multiply the rate of an event, whatever its course in time.
///
/// D. R. Cox, J. R. Stat. Soc. B 34 (1972) 187, DOI 10.1111/j.2517-6161.1972.tb00899.x; tied times by B. Efron (J. Am. Stat. Assoc. 72 (1977) 557,
/// DOI 10.1080/01621459.1977.10480613) or N. E. Breslow (Biometrics 30 (1974) 89, DOI 10.2307/2529620). A covariate that changes in time is
/// told by several follow-ups of one subject, each from its `start` to its `end`.
public struct CoxModel: CoefficientModel {
    public enum Ties: String, Sendable, CaseIterable { case efron, breslow }

    /// Logarithms of hazard ratios, by column of the design; that of the intercept is nil.
    public let coefficients: [Double?]
    public let covariance: [[Double]]
    /// Of the partial likelihood without covariates, and at the estimates.
    public let logLikelihood: (null: Double, fitted: Double)
    /// The score test of all covariates together.
    public let score: JointTest
    public let events: Int
    /// False where an estimate goes on growing: a covariate that tells events apart without an exception.
    public let hasConverged: Bool
    /// Means of the covariates that stand.
    private let centre: [Double]
    private let sample: Sample
    private let estimates: [Double]

    public func degrees(of combination: [Double]) -> Double { .infinity }

    /// The likelihood ratio test of all covariates together.
    public var likelihoodRatio: JointTest {
        let (statistic, count) = (2 * (logLikelihood.fitted - logLikelihood.null), Double(estimates.count))
        return JointTest(statistic: statistic, numerator: count, denominator: .infinity, p: ChiSquare(degrees: count).probability(above: statistic))
    }

    /// Nil without an event, or when no covariate varies.
    /// - Parameters:
    ///   - design: one row for each follow-up; its intercept is set aside.
    ///   - stratum: of each follow-up; the course in time is free in each.
    public init?(_ subjects: [FollowUp], _ design: Design, stratum: [Int]? = nil, ties: Ties = .efron) {
        let standing = Orthogonal(design.columns).standing.filter { $0 > 0 }
        events = subjects.reduce(0) { $0 + ($1.isEvent ? 1 : 0) }
        guard events > 0, !standing.isEmpty else { return nil }
        let centre = standing.map { design.columns[$0].reduce(0, +) / Double(subjects.count) }
        let rows = subjects.indices.map { row in zip(standing, centre).map { design.columns[$0][row] - $1 } }
        let sample = Sample(subjects: subjects, rows: rows, stratum: stratum, ties: ties)
        guard let fit = sample.maximise() else { return nil }
        (coefficients, covariance) = fit.covariance.spread(fit.estimates, at: standing, of: design.columns.count)
        (self.centre, self.sample, estimates) = (centre, sample, fit.estimates)
        (logLikelihood, score, hasConverged) = ((fit.null, fit.value), fit.score, fit.hasConverged)
    }

    /// The cumulative hazard of somebody whose covariates are all 0, after each time of an event of a stratum.
    public func baseline(stratum: Int = 0) -> [(time: Double, cumulativeHazard: Double)] {
        let atZero = exp(-zip(estimates, centre).reduce(0) { $0 + $1.0 * $1.1 })
        var sum = 0.0
        return sample.hazards(estimates, stratum: stratum).map { time, hazard in
            sum += hazard * atZero
            return (time, sum)
        }
    }
}

extension CoxModel {
    struct Fit {
        var estimates: [Double]
        var covariance: [[Double]]
        var null: Double
        var value: Double
        var score: JointTest
        var hasConverged: Bool
    }

    /// Follow-ups in the order in which they are summed: later ends first, stratum by stratum.
    struct Sample: Sendable {
        let subjects: [FollowUp]
        let rows: [[Double]]
        let ties: Ties
        let strata: [(name: Int, ends: [Int], starts: [Int])]

        init(subjects: [FollowUp], rows: [[Double]], stratum: [Int]?, ties: Ties) {
            (self.subjects, self.rows, self.ties) = (subjects, rows, ties)
            strata = Dictionary(grouping: subjects.indices) { stratum?[$0] ?? 0 }.sorted { $0.key < $1.key }.map { name, members in
                (
                    name, members.sorted { (subjects[$0].end, $0) > (subjects[$1].end, $1) },
                    members.filter { subjects[$0].start > -.infinity }.sorted { (subjects[$0].start, $0) > (subjects[$1].start, $1) }
                )
            }
        }
    }

    /// Sums over a set of people of their weights e^η, and of these times x and x xᵀ.
    private struct Sums {
        var weight = 0.0
        var first: [Double]
        var second: [Double]

        init(_ count: Int) {
            first = [Double](repeating: 0, count: count)
            second = [Double](repeating: 0, count: count * count)
        }

        mutating func add(_ weight: Double, _ x: [Double]) {
            self.weight += weight
            for i in x.indices {
                first[i] += weight * x[i]
                for j in 0...i { second[i * x.count + j] += weight * x[i] * x[j] }
            }
        }
    }
}

extension CoxModel.Sample {
    private struct Slope {
        var value = 0.0
        var gradient: [Double]
        var information: [[Double]]
    }

    /// Goes through the times of events from the last to the first.
    private func visit(_ weights: [Double], _ stratum: (name: Int, ends: [Int], starts: [Int]), _ body: (Double, [Int], CoxModel.Sums, CoxModel.Sums) -> Void) {
        let count = rows.first?.count ?? 0
        var (atRisk, entered, left) = (CoxModel.Sums(count), 0, 0)
        while entered < stratum.ends.count {
            let time = subjects[stratum.ends[entered]].end
            var (dying, members) = (CoxModel.Sums(count), [Int]())
            while entered < stratum.ends.count, subjects[stratum.ends[entered]].end == time {
                let index = stratum.ends[entered]
                atRisk.add(weights[index], rows[index])
                if subjects[index].isEvent {
                    dying.add(weights[index], rows[index])
                    members.append(index)
                }
                entered += 1
            }
            while left < stratum.starts.count, subjects[stratum.starts[left]].start >= time {
                atRisk.add(-weights[stratum.starts[left]], rows[stratum.starts[left]])
                left += 1
            }
            if !members.isEmpty { body(time, members, atRisk, dying) }
        }
    }

    private func linear(_ estimates: [Double]) -> [Double] { rows.map { row in zip(row, estimates).reduce(0) { $0 + $1.0 * $1.1 } } }

    /// The share of those who die that is already gone for each of the tied.
    private func gone(_ count: Int) -> [Double] { (0..<count).map { ties == .efron ? Double($0) / Double(count) : 0 } }

    private func slope(_ estimates: [Double]) -> Slope {
        let (count, predictor) = (estimates.count, linear(estimates))
        let weights = predictor.map { exp($0) }
        var slope = Slope(gradient: [Double](repeating: 0, count: count), information: estimates.map { _ in [Double](repeating: 0, count: count) })
        for stratum in strata {
            visit(weights, stratum) { _, members, atRisk, dying in
                for index in members {
                    slope.value += predictor[index]
                    for i in 0..<count { slope.gradient[i] += rows[index][i] }
                }
                for share in gone(members.count) {
                    let weight = atRisk.weight - share * dying.weight
                    slope.value -= log(weight)
                    let mean = (0..<count).map { (atRisk.first[$0] - share * dying.first[$0]) / weight }
                    for i in 0..<count {
                        slope.gradient[i] -= mean[i]
                        for j in 0...i {
                            slope.information[i][j] += (atRisk.second[i * count + j] - share * dying.second[i * count + j]) / weight - mean[i] * mean[j]
                        }
                    }
                }
            }
        }
        for i in 0..<count { for j in 0..<i { slope.information[j][i] = slope.information[i][j] } }
        return slope
    }

    /// Newton's method from 0, with halved steps where the likelihood falls. Nil where the covariates say nothing.
    func maximise() -> CoxModel.Fit? {
        let count = rows.first?.count ?? 0
        var estimates = [Double](repeating: 0, count: count)
        let null = slope(estimates)
        guard let first = Cholesky(null.information) else { return nil }
        let statistic = first.forward(null.gradient).reduce(0) { $0 + $1 * $1 }
        // Where the likelihood has no maximum it grows towards a limit while the estimates run away by steps that stay as long.
        let scales = (0..<count).map { 1 / null.information[$0][$0].squareRoot() }
        func isSettled(_ step: [Double]) -> Bool { (0..<count).allSatisfy { abs(step[$0]) <= 1e-6 * max(abs(estimates[$0]), scales[$0]) } }
        var (current, factor, hasConverged) = (null, first, false)
        for _ in 0..<50 {
            var step = factor.solve(current.gradient)
            let decrement = zip(step, current.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            var next: (slope: Slope, factor: Cholesky)?
            for _ in 0..<30 {
                let found = slope(zip(estimates, step).map { $0 + $1 })
                if found.value.isFinite, found.value >= current.value - 1e-10 * abs(current.value), let factor = Cholesky(found.information) {
                    next = (found, factor)
                    break
                }
                step = step.map { $0 / 2 }
            }
            guard let next else { break }
            estimates = zip(estimates, step).map { $0 + $1 }
            (current, factor) = next
            hasConverged = decrement < 1e-18 * max(1, abs(current.value)) && isSettled(step)
            if hasConverged { break }
        }
        hasConverged = hasConverged || isSettled(factor.solve(current.gradient))
        let test = JointTest(
            statistic: statistic, numerator: Double(count), denominator: .infinity, p: ChiSquare(degrees: Double(count)).probability(above: statistic))
        return CoxModel.Fit(
            estimates: estimates, covariance: factor.inverse, null: null.value, value: current.value, score: test, hasConverged: hasConverged)
    }

    /// The steps of the cumulative hazard at the mean of the covariates, by time.
    func hazards(_ estimates: [Double], stratum name: Int) -> [(time: Double, hazard: Double)] {
        let weights = linear(estimates).map { exp($0) }
        var hazards: [(Double, Double)] = []
        for stratum in strata where stratum.name == name {
            visit(weights, stratum) { time, members, atRisk, dying in
                hazards.append((time, gone(members.count).reduce(0) { $0 + 1 / (atRisk.weight - $1 * dying.weight) }))
            }
        }
        return hazards.reversed()
    }
}
