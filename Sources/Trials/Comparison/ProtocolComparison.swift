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
        var (options, courses): ([Option], [[Means]]) = ([], [])
        for run in runs {
            let (found, means) = try Self.options(run, threads: threads, progress: progress)
            options += found
            courses += means
        }
        let whole = options.map { Means(benefit: $0.benefit.mean, burdens: Dictionary(uniqueKeysWithValues: $0.burdens.map { ($0.burden, $0.value.mean) })) }
        replicates = courses.map(\.count).min() ?? 0
        for index in options.indices {
            func isBeaten(_ all: [Means], on burdens: [Burden]) -> Bool {
                all.indices.contains { $0 != index && all[$0].isAtLeastAsGood(as: all[index], on: burdens) }
            }
            options[index].isEfficient = !isBeaten(whole, on: Burden.allCases)
            options[index].efficientOn = options[index].burdens.map(\.burden).filter { !isBeaten(whole, on: [$0]) }
            let count = (0..<replicates).count { replicate in !isBeaten(courses.map { $0[replicate] }, on: Burden.allCases) }
            options[index].chanceEfficient = Double(count) / Double(max(replicates, 1))
        }
        self.options = options
        intervalsAreOfReplicates = replicates >= Self.enoughReplicates
        modelName = runs.first?.knowledge.modelName ?? ""
        currency = runs.compactMap(\.design.specification.costs?.currency).first
        var warnings: [String] = []
        if Set(options.map(\.days)).count > 1 { warnings.append("the trials last differently long: days in remission cannot be compared") }
        if runs.contains(where: { !$0.design.specification.isUncertain }) {
            warnings.append("intervals hold at the model's own values; how little they are known is not in them (uncertainty: all)")
        }
        self.warnings = warnings
    }

    /// Benefit and burdens of one option, in one replicate or over all.
    private struct Means {
        var benefit: Double
        var burdens: [Burden: Double]

        /// In everything both know, and better in something.
        func isAtLeastAsGood(as other: Means, on burdens: [Burden]) -> Bool {
            let pairs = burdens.compactMap { burden in self.burdens[burden].flatMap { x in other.burdens[burden].map { (x, $0) } } }
            guard benefit >= other.benefit, pairs.allSatisfy({ $0 <= $1 }) else { return false }
            return benefit > other.benefit || pairs.contains { $0 < $1 }
        }
    }

    /// The arms of a specification, and what each was in every replicate.
    private static func options(
        _ run: TrialRun, threads: Int, progress: (@Sendable (Int) -> Void)?
    ) throws(Diagnostic) -> (options: [Option], courses: [[Means]]) {
        let specification = run.design.specification
        var whole = run.design.arms.map { _ in ArmTally(run.design.layout) }
        var courses = run.design.arms.map { _ in [Means]() }
        for replicate in 0..<specification.runs {
            for (index, tally) in try run.tallies(replicate: replicate, threads: threads, progress: progress).enumerated() {
                whole[index].merge(tally)
                courses[index].append(
                    Means(benefit: moments(tally, .wellDays)?.mean ?? 0, burdens: burdens(tally, specification).mapValues(\.mean)))
            }
        }
        let options = zip(run.design.arms, zip(whole, courses)).map { arm, found in
            let (tally, course) = found
            let burdens = burdens(tally, specification)
            return Option(
                specification: specification.trial, id: arm.id, title: arm.title, days: specification.days,
                benefit: Interval(moments(tally, .wellDays) ?? (0, 0), over: course.map(\.benefit)),
                burdens: Burden.allCases.compactMap { burden in
                    burdens[burden].map { (burden, Interval($0, over: course.compactMap { $0.burdens[burden] })) }
                })
        }
        return (options, courses)
    }

    private static func moments(_ tally: ArmTally, _ measure: Measure) -> (mean: Double, error: Double)? {
        let moments = tally[measure.column]
        guard let mean = moments.mean else { return nil }
        return (mean / measure.perUnit, (moments.standardDeviation ?? 0) / measure.perUnit / Double(moments.count).squareRoot())
    }

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
}

extension ProtocolComparison.Interval {
    /// - Parameters:
    ///   - value: over people, with its standard error.
    ///   - replicates: the same in each replicate.
    fileprivate init(_ value: (mean: Double, error: Double), over replicates: [Double]) {
        guard replicates.count >= ProtocolComparison.enoughReplicates else {
            let half = NormalQuantile.of(0.975) * value.error
            self.init(mean: value.mean, low: value.mean - half, high: value.mean + half)
            return
        }
        var sketch = QuantileSketch()
        for value in replicates { sketch.insert(value) }
        let limits = sketch.quantiles([0.025, 0.975])
        self.init(mean: value.mean, low: limits[0], high: limits[1])
    }
}
