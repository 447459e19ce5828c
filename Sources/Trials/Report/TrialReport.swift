import Notation
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A trial's answers, ready to be read: a function of what was counted, and of nothing else.
public struct TrialReport: Sendable {
    public let merge: TrialMerge
    public let arms: [Arm]
    public let contrasts: [Contrast]

    /// What became of an arm.
    public struct Arm: Sendable {
        public var id, title: String
        /// In each replicate.
        public var patients: Int
        /// Over all replicates.
        public var randomised, candidates, left, rescued: Int
        public var missedVisits: Int
        public var visits: [Visit]
        public var relapse: Relapse?
        public var measures: [MeasureSummary]
        /// By session attended: how many, the mean greatest CADSS, its standard deviation.
        public var sessions: [(count: Int, mean: Double, sd: Double?)]
    }

    /// One scale on one day, over all replicates together.
    public struct Visit: Sendable {
        public var instrument: String
        public var day: Double
        public var rated: Int
        public var mean, sd: Double?
        public var meanChange, sdChange: Double?
        /// Of those randomised, who were rated and had it.
        public var responses, remissions: Int
    }

    /// Kaplan and Meier's curve of everybody who could relapse.
    public struct Relapse: Sendable {
        public var atRisk, relapsed: Int
        public var steps: [KaplanMeier.Step]
        public var medianDays: Double?
    }

    /// A quantity of a person over their time in the trial.
    public struct MeasureSummary: Sendable {
        public var id, unit: String
        public var count: Int
        public var mean: Double
        public var sd: Double?
        /// p05, p25, p50, p75, p95; within 0.1 %.
        public var quantiles: [Double]?
    }

    /// One analysis over the replicates.
    public struct Contrast: Sendable {
        public var endpoint, method: String
        public var compare: [String]
        /// `difference`, `hazard ratio`.
        public var scale: String
        /// Mean over replicates; of a hazard ratio the geometric one.
        public var estimate: Double?
        /// Mean limits over replicates.
        public var low, high: Double?
        /// The median over replicates.
        public var p: Double?
        public var meanStandardError: Double?
        /// Replicates in which it could be done, and those below the level of significance.
        public var analysed, significant: Int
        public var replicates: Int
        /// Of the textbook's formula at the effect found; nil where there is none.
        public var closedForm: Double?

        public var power: Double { Double(significant) / Double(max(replicates, 1)) }
        /// Of the power: Monte Carlo.
        public var powerError: Double { (power * (1 - power) / Double(max(replicates, 1))).squareRoot() }
    }

    public init(_ merge: TrialMerge) {
        self.merge = merge
        let design = merge.design
        arms = zip(design.arms, merge.tallies).map { Self.arm($0, $1, design) }
        contrasts = (design.specification.analyses ?? []).enumerated().map { index, analysis in
            let ordered = merge.results.sorted { $0.key < $1.key }.map { $0.value[index] }
            return Self.contrast(analysis, ordered.compactMap(\.value), merge)
        }
    }

    private static func arm(_ arm: ArmDesign, _ tally: ArmTally, _ design: TrialDesign) -> Arm {
        let visits = design.specification.instruments.enumerated().flatMap { instrument, used in
            design.visitDays.enumerated().map { visit, day in
                let score = tally.scores[instrument][visit]
                return Visit(
                    instrument: used.id, day: day, rated: score.total.count, mean: score.total.mean, sd: score.total.standardDeviation,
                    meanChange: score.change.mean, sdChange: score.change.standardDeviation, responses: score.responses, remissions: score.remissions)
            }
        }
        var relapse: Relapse?
        if design.endpoint(.timeToRelapse) != nil {
            let table = RiskTable(ends: tally.ends.map { (Double($0.key) / 24, $0.value.relapses, $0.value.censored) })
            let curve = KaplanMeier(table, subjects: tally.ends.values.reduce(0) { $0 + $1.relapses + $1.censored })
            relapse = Relapse(
                atRisk: curve.subjects, relapsed: tally.ends.values.reduce(0) { $0 + $1.relapses }, steps: curve.steps.filter { $0.events > 0 },
                medianDays: curve.quantile(0.5).time)
        }
        return Arm(
            id: arm.id, title: arm.title, patients: arm.patients, randomised: tally.randomised, candidates: tally.candidates, left: tally[.left].count,
            rescued: tally[.rescued].count, missedVisits: tally[.missed].sum, visits: visits, relapse: relapse, measures: measures(tally),
            sessions: tally.peaks.prefix { $0.count > 0 }.map { ($0.count, ($0.mean ?? 0) / 10, $0.standardDeviation.map { $0 / 10 }) })
    }

    private static let measured: [(id: String, unit: String, measure: Measure)] = [
        ("sessions", "1", .sessions), ("exposure", "mg", .milligrams), ("dissociation", "min", .dissociationMinutes),
        ("greatest_dissociation", "{score}", .greatestDissociation), ("pressure_events", "1", .pressureEvents), ("greatest_rise", "mm[Hg]", .greatestRise),
        ("days_in_remission", "d", .wellDays),
    ]

    private static func measures(_ tally: ArmTally) -> [MeasureSummary] {
        measured.compactMap { id, unit, measure in
            let moments = tally[measure.column]
            guard let mean = moments.mean else { return nil }
            let sketch = ArmTally.sketched.firstIndex(of: measure.column).map { tally.sketches[$0] }
            return MeasureSummary(
                id: id, unit: unit, count: moments.count, mean: mean / measure.perUnit, sd: moments.standardDeviation.map { $0 / measure.perUnit },
                quantiles: sketch.map { $0.quantiles([0.05, 0.25, 0.5, 0.75, 0.95]).map { $0 / measure.perUnit } })
        }
    }

    private static func contrast(_ analysis: TrialSpecification.PlannedAnalysis, _ values: [AnalysisResult.Value], _ merge: TrialMerge) -> Contrast {
        let isRatio = [.cox, .logRank].contains(analysis.method)
        func mean(_ of: (AnalysisResult.Value) -> Double) -> Double? {
            values.isEmpty ? nil : values.reduce(0) { $0 + of($1) } / Double(values.count)
        }
        func told(_ value: Double?) -> Double? { isRatio ? value.map { exp($0) } : value }
        let sorted = values.map(\.p).sorted()
        let alpha = merge.design.specification.levelOfSignificance
        return Contrast(
            endpoint: analysis.endpoint, method: analysis.method.rawValue, compare: analysis.compare, scale: isRatio ? "hazard ratio" : "difference",
            estimate: told(mean(\.estimate)), low: told(mean(\.low)), high: told(mean(\.high)),
            p: sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2, meanStandardError: mean(\.standardError),
            analysed: values.count, significant: values.count { $0.p < alpha }, replicates: merge.design.specification.runs,
            closedForm: mean(\.estimate).flatMap { ClosedFormPower(merge)?.power(analysis, effect: $0, standardError: mean(\.standardError)) })
    }
}
