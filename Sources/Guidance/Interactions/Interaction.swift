import Chart
import Evidence
import Notation

/// What another drug, substance or procedure means for a ketamine session.
public struct Interaction: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    /// The agent or class.
    public var agent: String
    /// Lower-case names, matched as whole words.
    public var names: [String]
    /// Further members of the class, from background knowledge.
    public var furtherNames: [String]?
    public var mechanism: String
    public var effect: String
    /// Products it concerns; nil: ketamine and esketamine alike.
    public var products: [Product]?
    public var severity: String
    public var action: String
    public var timing: String?
    public var evidence: String
    public var kind: RuleKind
    public var sources: [String]
    public var confidence: Confidence
    public var note: String?

    enum CodingKeys: String, CodingKey {
        case id, agent, names
        case furtherNames = "further_names"
        case mechanism, effect, products, severity, action, timing, evidence, kind, sources, confidence, note
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
    private let names: [(words: Words, index: Int, isFurther: Bool)]

    public init(_ interactions: [Interaction]) {
        self.interactions = interactions
        names = interactions.enumerated().flatMap { index, interaction in
            interaction.names.map { (Words($0), index, false) } + (interaction.furtherNames ?? []).map { (Words($0), index, true) }
        }
    }

    /// What `text` names, each interaction once.
    func find(in text: String) -> [(index: Int, name: String, isFurther: Bool)] {
        let words = Words(text)
        var seen: Set<Int> = []
        return names.filter { words.contains($0.words) && seen.insert($0.index).inserted }
            .map { ($0.index, $0.words.words.joined(separator: " "), $0.isFurther) }
    }
}

/// What the patient takes or undergoes now, held against the interaction table; gravest first.
public struct InteractionScreen: Sendable {
    public let hits: [InteractionHit]

    /// A procedure of this many days ago, such as ECT, still counts as going on.
    private static let procedureDays = 1.0

    init(_ view: ChartView, table: InteractionTable, product: Product?) {
        let now = view.asOf
        let taken: [(fact: FactID, text: String)] =
            view.medications.filter { $0.body.isTaken(at: now) }.map { ($0.id, $0.body.drug) }
            + view.treatmentTrials.filter { $0.body.start != nil && ($0.body.end.map { $0.latest >= now } ?? ($0.body.outcome == nil)) }
            .map { ($0.id, $0.body.treatment) }
            + view.procedures.filter { now.days(since: $0.body.time.instant) <= Self.procedureDays }.compactMap { stated in
                (stated.body.name ?? stated.body.code?.display).map { (stated.id, $0) }
            }
        var found: [Int: InteractionHit] = [:]
        for (fact, text) in taken {
            for match in table.find(in: text) {
                let interaction = table.interactions[match.index]
                if let products = interaction.products, let product, !products.contains(product) { continue }
                var hit =
                    found[match.index]
                    ?? InteractionHit(
                        interaction: interaction, drugs: [], because: [], isByFurtherName: false,
                        force: interaction.kind == .label && product == .esketamineNasal ? .binding : .adoptedPractice)
                hit.drugs = unique(hit.drugs + [match.name])
                hit.because = unique(hit.because + [fact])
                hit.isByFurtherName = hit.isByFurtherName || match.isFurther
                found[match.index] = hit
            }
        }
        hits = found.sorted { (Self.rank($0.value), $0.key) < (Self.rank($1.value), $1.key) }.map(\.value)
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
