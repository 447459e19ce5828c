import Notation

/// Everything stated about one patient: an append-only set of facts in a canonical order.
///
/// The order does not depend on the order of arrival: facts are sorted by the time they speak of, then by id.
/// ```swift
/// var chart = Chart(patient: "p1")
/// try chart.append(fact)
/// let view = chart.view(asOf: now)
/// ```
public struct Chart: Sendable, Equatable {
    public let patient: PatientID
    public private(set) var facts: [Fact] = []
    private var ids: Set<FactID> = []

    public init(patient: PatientID) { self.patient = patient }

    /// A chart of `facts`; see `append` for what is refused.
    public init(patient: PatientID, facts: some Sequence<Fact>) throws(Diagnostic) {
        self.patient = patient
        ids.reserveCapacity(facts.underestimatedCount)
        self.facts.reserveCapacity(facts.underestimatedCount)
        var isInOrder = true
        for fact in facts {
            try register(fact)
            if let last = self.facts.last { isInOrder = isInOrder && Self.key(last) < Self.key(fact) }
            self.facts.append(fact)
        }
        guard !isInOrder else { return }
        let keys = self.facts.map(Self.key)
        self.facts = keys.indices.sorted { keys[$0] < keys[$1] }.map { self.facts[$0] }
    }

    /// Adds a fact. The same fact again changes nothing.
    /// - Throws: `chart.patient` for another patient's fact, `chart.duplicate` for a different fact under a known id.
    public mutating func append(_ fact: Fact) throws(Diagnostic) {
        if ids.contains(fact.id), facts.contains(fact) { return }
        try register(fact)
        let key = Self.key(fact)
        var (low, high) = (0, facts.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.key(facts[middle]) < key { low = middle + 1 } else { high = middle }
        }
        facts.insert(fact, at: low)
    }

    /// Whether a fact of this id was stated, superseded or not.
    public func states(_ id: FactID) -> Bool { ids.contains(id) }

    private mutating func register(_ fact: Fact) throws(Diagnostic) {
        guard fact.patient == patient else {
            throw Diagnostic("chart.patient", at: Place(path: "patient"), "is not this chart's patient", expected: "facts of one patient")
        }
        guard ids.insert(fact.id).inserted else {
            throw Diagnostic("chart.duplicate", at: Place(path: "id"), "stands for another fact already", expected: "an id used once")
        }
    }

    /// What facts are ordered by.
    private static func key(_ fact: Fact) -> (Int64, FactID) { (fact.observed?.instant.milliseconds ?? .min, fact.id) }

    /// What was known at `instant`: facts recorded by then, without those that a fact known by then supersedes.
    public func view(asOf instant: Instant) -> ChartView {
        func isKnown(_ fact: Fact) -> Bool { fact.knownAt <= instant && (fact.observed?.instant ?? instant) <= instant }
        let superseded = Set(facts.lazy.filter { $0.supersedes != nil && isKnown($0) }.compactMap(\.supersedes))
        var current: [Fact] = []
        current.reserveCapacity(facts.count)
        for fact in facts where isKnown(fact) && !superseded.contains(fact.id) {
            current.append(fact)
            if let masked = fact.body.masked(after: instant) { current[current.count - 1].body = masked }
        }
        return ChartView(patient: patient, asOf: instant, current: current)
    }

    /// The demographics in force at `instant`, as `view(asOf:)` has them, without looking at the rest of the chart.
    public func demographics(asOf instant: Instant) -> Stated<Patient>? {
        var part = Chart(patient: patient)
        part.facts = facts.indices.filter { facts[$0].kind == .patient || facts[$0].supersedes != nil }.map { facts[$0] }
        return part.view(asOf: instant).demographics
    }

    /// For every superseded fact, the id of the latest fact that supersedes it.
    public var successors: [FactID: FactID] {
        Dictionary(facts.compactMap { fact in fact.supersedes.map { ($0, fact.id) } }, uniquingKeysWith: { max($0, $1) })
    }
}
