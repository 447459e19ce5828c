import Notation
import Statistics

/// The textbook's power at the effect and the spread that were found over all replicates: a check of what was simulated, where there is a
/// formula, and how many patients another trial would need.
struct ClosedFormPower {
    private let merge: TrialMerge
    private let critical: Double

    /// Nil where patients are too few for any.
    init?(_ merge: TrialMerge) {
        guard merge.design.arms.allSatisfy({ $0.patients > 1 }) else { return nil }
        self.merge = merge
        critical = NormalQuantile.of(1 - merge.design.specification.levelOfSignificance / 2)
    }

    private func power(_ distance: Double) -> Double {
        StandardNormal.probability(below: distance - critical) + StandardNormal.probability(below: -distance - critical)
    }

    /// Two groups' means by the t test, shares by the test of two proportions, hazards by D. A. Schoenfeld's events (Biometrics 39 (1983) 499,
    /// DOI 10.2307/2531021); of models whose error no count tells, the normal approximation at the standard error that was found.
    func power(_ analysis: TrialSpecification.PlannedAnalysis, effect: Double, standardError: Double?) -> Double? {
        let design = merge.design
        guard let endpoint = design.specification.endpoints.first(where: { $0.id == analysis.endpoint }),
            let first = design.arms.firstIndex(where: { $0.id == analysis.compare.first }),
            let second = design.arms.firstIndex(where: { $0.id == analysis.compare.last })
        else { return nil }
        let (a, b) = (merge.tallies[first], merge.tallies[second])
        let runs = Double(design.specification.runs)
        let (n, m) = (Double(a.randomised) / runs, Double(b.randomised) / runs)
        guard n > 1, m > 1 else { return nil }
        switch analysis.method {
        case .means:
            guard let measure = Measure(endpoint.kind), let p = a[measure.column].standardDeviation, let q = b[measure.column].standardDeviation,
                let x = a[measure.column].mean, let y = b[measure.column].mean
            else { return nil }
            let common = (((n - 1) * p * p + (m - 1) * q * q) / (n + m - 2)).squareRoot()
            return common > 0 ? power(abs(x - y) / (common * (1 / n + 1 / m).squareRoot())) : nil
        case .proportions:
            guard endpoint.missing != .excluded else { return nil }
            let (instrument, visit) = (design.instrument(of: endpoint), design.visit(of: endpoint))
            func share(_ tally: ArmTally) -> Double {
                let score = tally.scores[instrument][visit]
                return Double(endpoint.kind == .response ? score.responses : score.remissions) / Double(max(tally.randomised, 1))
            }
            let (p, q) = (share(a), share(b))
            let common = (n * p + m * q) / (n + m)
            let underNull = (common * (1 - common) * (1 / n + 1 / m)).squareRoot()
            let error = (p * (1 - p) / n + q * (1 - q) / m).squareRoot()
            guard error > 0 else { return nil }
            let distance = abs(p - q)
            return StandardNormal.probability(below: (distance - critical * underNull) / error)
                + StandardNormal.probability(below: (-distance - critical * underNull) / error)
        case .cox, .logRank:
            func counts(_ tally: ArmTally) -> (people: Double, events: Double) {
                (Double(tally.ends.values.reduce(0) { $0 + $1.relapses + $1.censored }), Double(tally.ends.values.reduce(0) { $0 + $1.relapses }))
            }
            let (x, y) = (counts(a), counts(b))
            guard x.people > 0, y.people > 0 else { return nil }
            let share = x.people / (x.people + y.people)
            return power(abs(effect) * ((x.events + y.events) / runs * share * (1 - share)).squareRoot())
        case .ancova, .mmrm, .kaplanMeier: return standardError.flatMap { $0 > 0 ? power(abs(effect) / $0) : nil }
        }
    }
}
