import Chart
import Evidence
import Notation

/// What another drug, substance or procedure means for a ketamine session.
public struct Interaction: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    /// The agent or class.
    public var agent: String
    /// Names, matched as whole words.
    public var names: [String]
    /// Further members of the class, from background knowledge.
    public var furtherNames: [String]?
    /// Words with which a text means something else, for example `inhaled`.
    public var unless: Phrases?
    public var mechanism: String
    public var effect: String
    /// Products it concerns; nil: ketamine and esketamine alike.
    public var products: [Product]?
    public var severity: String
    public var action: String
    public var timing: String?
    /// How long after the last intake it still counts, as `timing` has it; nil: only while it is taken.
    public var lasts: Window?
    public var evidence: String
    public var kind: RuleKind
    public var sources: [String]
    public var confidence: Confidence
    public var note: String?

    public struct Window: Codable, Sendable, Equatable {
        public var hours: Double?
        /// To the end of the day.
        public var sameDay: Bool?

        enum CodingKeys: String, CodingKey {
            case hours
            case sameDay = "same_day"
        }

        /// Until when an intake that ended at `end` counts.
        func until(_ end: Moment) -> Instant { max(end.latest.adding(minutes: (hours ?? 0) * 60), sameDay == true ? Moment(end.day).latest : end.latest) }
    }

    enum CodingKeys: String, CodingKey {
        case id, agent, names
        case furtherNames = "further_names"
        case unless, mechanism, effect, products, severity, action, timing, lasts, evidence, kind, sources, confidence, note
    }
}

/// One interaction found in a chart.
public struct InteractionHit: Sendable, Equatable {
    public var interaction: Interaction
    /// As the table names them.
    public var drugs: [String]
    public var because: [FactID]
    /// A drug was found by a name that the reference does not list.
    public var isByFurtherName: Bool
    /// Labels bind nasal esketamine; for what else is given their words are adopted practice.
    public var force: RuleForce

    public var confidence: Confidence { isByFurtherName ? interaction.confidence.weaker(.recalled) : interaction.confidence }
}

/// The interaction table, with its names read once.
public struct InteractionTable: Sendable {
    public let interactions: [Interaction]
    private let names: [(words: Words, name: String, index: Int, isFurther: Bool)]
    /// Places in `names` by first word.
    private let byFirst: [String: [Int]]
    private let drugNames: DrugNames

    public init(_ interactions: [Interaction], drugNames: DrugNames) {
        self.interactions = interactions
        self.drugNames = drugNames
        let names = interactions.enumerated().flatMap { index, interaction in
            interaction.names.map { (words: drugNames.words(of: $0), name: $0, index: index, isFurther: false) }
                + (interaction.furtherNames ?? []).map { (words: drugNames.words(of: $0), name: $0, index: index, isFurther: true) }
        }
        self.names = names
        byFirst = Dictionary(grouping: names.indices) { names[$0].words.words.first ?? "" }
    }

    /// What `text` names, each interaction once.
    func find(in text: String) -> [(index: Int, name: String, isFurther: Bool)] {
        let words = drugNames.words(of: text)
        var seen: Set<Int> = []
        return Set(words.words).flatMap { byFirst[$0] ?? [] }.sorted().map { names[$0] }
            .filter { words.contains($0.words) && interactions[$0.index].unless?.isIn(words) != true && seen.insert($0.index).inserted }
            .map { ($0.index, $0.name, $0.isFurther) }
    }
}

/// Something taken or undergone that the interaction table names.
struct InteractionUse: Sendable {
    var fact: FactID
    /// Nil: nobody knows since when.
    var from: Instant?
    /// Until when it counts; nil: it goes on.
    var until: Instant?
    /// Moments at which it is known to have been taken.
    var intakes: [Instant]
    var match: (index: Int, name: String, isFurther: Bool)

    func isGoingOn(at now: Instant) -> Bool { from.map { $0 <= now } ?? true && until.map { $0 > now } ?? true }
}

/// What the patient takes or undergoes, held against the interaction table; what counts now gravest first.
public struct InteractionScreen: Sendable {
    public let hits: [InteractionHit]
    private let uses: [String: [InteractionUse]]

    /// What is done rather than taken, such as ECT, still counts for this many days unless its interaction says how long.
    private static let procedureDays = 1.0

    init(_ view: ChartView, table: InteractionTable, product: Product?) {
        let now = view.asOf
        let uses = Self.uses(in: view, table).filter { use in
            table.interactions[use.match.index].products.map { product.map($0.contains) ?? true } ?? true
        }
        self.uses = Dictionary(grouping: uses) { table.interactions[$0.match.index].id }
        var found: [Int: InteractionHit] = [:]
        for use in uses where use.isGoingOn(at: now) {
            let interaction = table.interactions[use.match.index]
            var hit =
                found[use.match.index]
                ?? InteractionHit(
                    interaction: interaction, drugs: [], because: [], isByFurtherName: false,
                    force: interaction.kind == .label && product == .esketamineNasal ? .binding : .adoptedPractice)
            hit.drugs = unique(hit.drugs + [use.match.name])
            hit.because = unique(hit.because + [use.fact])
            hit.isByFurtherName = hit.isByFurtherName || use.match.isFurther
            found[use.match.index] = hit
        }
        hits = found.sorted { (Self.rank($0.value), $0.key) < (Self.rank($1.value), $1.key) }.map(\.value)
    }

    /// Whenever something of `groups` was or is taken.
    func uses(of groups: [String]) -> [InteractionUse] { groups.flatMap { uses[$0] ?? [] } }

    private static func uses(in view: ChartView, _ table: InteractionTable) -> [InteractionUse] {
        func uses(_ fact: FactID, _ text: String, from: Moment?, end: Moment?, intakes: [Instant] = [], days: Double? = nil) -> [InteractionUse] {
            table.find(in: text).map { match in
                let window = table.interactions[match.index].lasts
                let until = end.map { end in window?.until(end) ?? days.map { end.instant.adding(days: $0) } ?? end.latest }
                return InteractionUse(fact: fact, from: from?.instant, until: until, intakes: intakes, match: match)
            }
        }
        let medications = view.medications.filter { $0.body.end != nil || $0.body.stopped != true }.flatMap { stated in
            let exact = [stated.body.start, stated.body.end].compactMap { $0 }.filter { !$0.isWholeDay }.map(\.instant)
            return uses(stated.id, stated.body.drug, from: stated.body.start, end: stated.body.end, intakes: exact)
        }
        let trials = view.treatmentTrials.filter { $0.body.start != nil && ($0.body.end != nil || $0.body.outcome == nil) }
            .flatMap { uses($0.id, $0.body.treatment, from: $0.body.start, end: $0.body.end) }
        let procedures = view.procedures.flatMap { stated in
            (stated.body.name ?? stated.body.code?.display).map {
                uses(stated.id, $0, from: stated.body.time, end: stated.body.time, days: procedureDays)
            } ?? []
        }
        let therapies = view.therapies.flatMap { uses($0.id, $0.body.modality, from: $0.body.time, end: $0.body.time, days: procedureDays) }
        return medications + trials + procedures + therapies
    }

    private static func rank(_ hit: InteractionHit) -> Int {
        let order = ["major", "moderate", "minor"]
        return order.firstIndex { hit.interaction.severity.hasPrefix($0) } ?? order.count
    }
}

extension Medication {
    /// Whether the patient still takes it at `now`, as far as the chart says.
    func isTaken(at now: Instant) -> Bool {
        if let end { return end.latest > now }
        return stopped != true
    }
}
