import Notation
import Statistics

/// Protocols on the plane of benefit and burden: the same people under each, so that what differs is the protocol.
public struct ProtocolComparison: Sendable {
    /// A mean over people, with the interval in which nine and a half tenths of replicates lie, or, of few replicates, its confidence interval.
    public struct Interval: Sendable, Equatable {
        public var mean, low, high: Double
    }

    public enum Burden: String, Sendable, CaseIterable {
        case dissociationMinutes = "dissociation_minutes"
        case pressureEvents = "pressure_events"
        case visits, milligrams, cost

        public var title: String {
            switch self {
            case .dissociationMinutes: "minutes of dissociation"
            case .pressureEvents: "sessions with a pressure event"
            case .visits: "visits for treatment"
            case .milligrams: "milligrams"
            case .cost: "cost"
            }
        }
    }

    public struct Option: Sendable {
        public var specification: String
        public var id, title: String
        public var days: Int
        /// Days in remission.
        public var benefit: Interval
        /// In the order of `Burden`; those its specification does not ask for are absent.
        public var burdens: [(burden: Burden, value: Interval)]
        /// Nothing is at least as good in everything and better in something.
        public var isEfficient = true
        /// On the plane of each burden alone.
        public var efficientOn: [Burden] = []
        /// Share of replicates in which it is efficient.
        public var chanceEfficient = 0.0

        public func value(_ burden: Burden) -> Interval? { burdens.first { $0.burden == burden }?.value }
    }

    public let options: [Option]
    public let replicates: Int
    /// Whether intervals are of replicates rather than of people.
    public let intervalsAreOfReplicates: Bool
    public let modelName: String
    public let currency: String?
    public let warnings: [String]

    /// Replicates from which their spread is told rather than a standard error.
    static let enoughReplicates = 40

    /// A specification with what a comparison asks of it: the same patients in every arm, days in remission, and no test.
    public static func prepared(_ specification: TrialSpecification) -> TrialSpecification {
        var specification = specification
        specification.samePatients = true
        specification.analyses = nil
        if !specification.endpoints.contains(where: { $0.kind == .timeInRemission }) {
            specification.endpoints.append(.init(id: "time_in_remission", kind: .timeInRemission))
        }
        return specification
    }

    /// - Parameter runs: of prepared specifications.
    public init(_ runs: [TrialRun], threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil) throws(Diagnostic) {
        var options: [Option] = []
        /// By option, by replicate: benefit, then burdens.
        var courses: [[(benefit: Double, burdens: [Burden: Double])]] = []
        let replicates = runs.map(\.design.specification.runs).min() ?? 0
        intervalsAreOfReplicates = replicates >= Self.enoughReplicates
        for run in runs {
            let design = run.design
            var whole = design.arms.map { _ in ArmTally(design.layout) }
            var means = design.arms.map { _ in [(benefit: Double, burdens: [Burden: Double])]() }
            for replicate in 0..<design.specification.runs {
                let tallies = try run.tallies(replicate: replicate, threads: threads, progress: progress)
                for (index, tally) in tallies.enumerated() {
                    whole[index].merge(tally)
                    means[index].append((Self.mean(tally, .wellDays) ?? 0, Self.burdens(tally, design.specification).mapValues(\.mean)))
                }
            }
            for (index, arm) in design.arms.enumerated() {
                let burdens = Self.burdens(whole[index], design.specification)
                func interval(_ value: (mean: Double, error: Double), _ over: [Double]) -> Interval {
                    guard over.count >= Self.enoughReplicates else {
                        return Interval(mean: value.mean, low: value.mean - 1.96 * value.error, high: value.mean + 1.96 * value.error)
                    }
                    var sketch = QuantileSketch()
                    for value in over { sketch.insert(value) }
                    let limits = sketch.quantiles([0.025, 0.975])
                    return Interval(mean: value.mean, low: limits[0], high: limits[1])
                }
                options.append(
                    Option(
                        specification: design.specification.trial, id: arm.id, title: arm.title, days: design.specification.days,
                        benefit: interval(Self.moments(whole[index], .wellDays) ?? (0, 0), means[index].map(\.benefit)),
                        burdens: Burden.allCases.compactMap { burden in
                            burdens[burden].map { (burden, interval($0, means[index].compactMap { $0.burdens[burden] })) }
                        }))
                courses.append(means[index])
            }
        }
        for index in options.indices {
            let own = (options[index].benefit.mean, Self.means(options[index]))
            let others = options.indices.filter { $0 != index }.map { (options[$0].benefit.mean, Self.means(options[$0])) }
            options[index].isEfficient = !others.contains { Self.dominates($0, own, on: Burden.allCases) }
            options[index].efficientOn = Burden.allCases.filter { burden in
                own.1[burden] != nil && !others.contains { Self.dominates($0, own, on: [burden]) }
            }
            let count = (0..<replicates).count { replicate in
                let here = courses[index][replicate]
                return !courses.indices.contains { $0 != index && Self.dominates(courses[$0][replicate], here, on: Burden.allCases) }
            }
            options[index].chanceEfficient = Double(count) / Double(max(replicates, 1))
        }
        self.options = options
        self.replicates = replicates
        modelName = runs.first?.knowledge.modelName ?? ""
        currency = runs.compactMap(\.design.specification.costs?.currency).first
        var warnings: [String] = []
        if Set(options.map(\.days)).count > 1 { warnings.append("the trials last differently long: days in remission cannot be compared") }
        if runs.contains(where: { ($0.design.specification.uncertainty ?? .none) == .none }) {
            warnings.append("intervals hold at the model's own values; how little they are known is not in them (uncertainty: all)")
        }
        self.warnings = warnings
    }

    private static func moments(_ tally: ArmTally, _ measure: Measure) -> (mean: Double, error: Double)? {
        let moments = tally[measure.column]
        guard let mean = moments.mean else { return nil }
        return (mean / measure.perUnit, (moments.standardDeviation ?? 0) / measure.perUnit / Double(moments.count).squareRoot())
    }

    private static func mean(_ tally: ArmTally, _ measure: Measure) -> Double? { moments(tally, measure)?.mean }

    private static func burdens(_ tally: ArmTally, _ specification: TrialSpecification) -> [Burden: (mean: Double, error: Double)] {
        var burdens: [Burden: (mean: Double, error: Double)] = [:]
        burdens[.visits] = moments(tally, .sessions)
        burdens[.milligrams] = moments(tally, .milligrams)
        if specification.endpoints.contains(where: { $0.kind == .dissociation }) { burdens[.dissociationMinutes] = moments(tally, .dissociationMinutes) }
        if specification.endpoints.contains(where: { $0.kind == .pressureEvents }) { burdens[.pressureEvents] = moments(tally, .pressureEvents) }
        if let costs = specification.costs, let visits = burdens[.visits], let milligrams = burdens[.milligrams] {
            let each = costs.perMilligram ?? 0
            // Milligrams go with visits: their errors add.
            burdens[.cost] = (costs.perVisit * visits.mean + each * milligrams.mean, costs.perVisit * visits.error + each * milligrams.error)
        }
        return burdens
    }

    private static func means(_ option: Option) -> [Burden: Double] {
        Dictionary(uniqueKeysWithValues: option.burdens.map { ($0.burden, $0.value.mean) })
    }

    /// At least as good in everything both know, and better in something.
    private static func dominates(_ a: (Double, [Burden: Double]), _ b: (Double, [Burden: Double]), on burdens: [Burden]) -> Bool {
        let pairs = burdens.compactMap { burden in a.1[burden].flatMap { x in b.1[burden].map { (x, $0) } } }
        guard a.0 >= b.0, pairs.allSatisfy({ $0 <= $1 }) else { return false }
        return a.0 > b.0 || pairs.contains { $0 < $1 }
    }
}
