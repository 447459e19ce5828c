import Chart
import Guidance
import Notation
import Pharmacology
import Psychometrics

/// What the codes in a bundle mean to this clinic: a plain value, made from knowledge, so that the reader holds no terminology itself.
public struct FHIRVocabulary: Sendable {
    /// A metric as LOINC names it.
    public struct MetricTerm: Sendable, Equatable {
        public var id: String
        /// Internal unit, UCUM; nil for qualitative metrics.
        public var unit: String?

        public init(id: String, unit: String?) {
            self.id = id
            self.unit = unit
        }
    }

    /// A rating scale as LOINC names it.
    public struct Scale: Sendable, Equatable {
        public struct Item: Sendable, Equatable {
            /// Nil when LOINC has no term for the item.
            public var loinc: String?
            /// Score of each LOINC answer code (`LA6568-5`); empty where answers are numbers.
            public var answers: [String: Double]

            public init(loinc: String?, answers: [String: Double] = [:]) {
                self.loinc = loinc
                self.answers = answers
            }
        }

        /// Instrument id, for example `PHQ-9`.
        public var id: String
        public var panel: String?
        public var total: String?
        /// In item order: an answer's place in the list is its item's place here.
        public var items: [Item]
        /// Whether the total is the sum of all items, so that a stated total can be compared with the answers.
        public var totalIsSum: Bool

        public init(_ instrument: Instrument) {
            id = instrument.id
            panel = instrument.loinc?.panel
            total = instrument.loinc?.total
            items = instrument.items.filter(\.isScored).map { item in
                let answers = (item.answers ?? []).compactMap { answer in answer.loinc.map { ($0, Double(answer.value)) } }
                return Item(loinc: item.loinc, answers: Dictionary(answers, uniquingKeysWith: { first, _ in first }))
            }
            totalIsSum = instrument.scoring.method == .sum
        }

        public init(id: String, panel: String? = nil, total: String? = nil, items: [Item], totalIsSum: Bool = true) {
            self.id = id
            self.panel = panel
            self.total = total
            self.items = items
            self.totalIsSum = totalIsSum
        }
    }

    public private(set) var metricByLOINC: [String: MetricTerm] = [:]
    public private(set) var scales: [String: Scale] = [:]
    public private(set) var scaleByPanel: [String: String] = [:]
    public private(set) var scaleByTotal: [String: String] = [:]
    /// Scales that ask an item, with its place in each.
    public private(set) var itemByLOINC: [String: [String: Int]] = [:]
    /// All known concepts; of several codes for one condition the one knowledge speaks of is kept.
    public private(set) var codeSets: [CodeSet]
    /// The concept of depression, which tells a diagnosis from any other condition.
    public private(set) var depression: CodeSet?
    /// The clinic's drugs; an enantiomer before the racemate, since `S-ketamine` also says `ketamine`.
    private let drugSets: [(drug: Drug, set: CodeSet)]

    public init(metrics: [Metric], codeSets: [CodeSet], scales: [Scale]) {
        for metric in metrics {
            for term in metric.loinc ?? [] { metricByLOINC[term.code] = MetricTerm(id: metric.id, unit: metric.unit) }
        }
        for scale in scales {
            self.scales[scale.id] = scale
            if let panel = scale.panel { scaleByPanel[panel] = scale.id }
            if let total = scale.total { scaleByTotal[total] = scale.id }
            for (index, item) in scale.items.enumerated() {
                if let loinc = item.loinc { itemByLOINC[loinc, default: [:]][scale.id] = index }
            }
        }
        self.codeSets = codeSets
        depression = codeSets.first { $0.id == "depression" }
        drugSets = [Drug.esketamine, .arketamine, .ketamine].compactMap { drug in
            codeSets.first { $0.id == "\(drug.rawValue)_product" }.map { (drug, $0) }
        }
    }

    /// The vocabulary of the knowledge files.
    public init(_ knowledge: KnowledgeBase) {
        self.init(
            metrics: knowledge.metrics.metrics.values.sorted { $0.id < $1.id }, codeSets: knowledge.codeSets.values.sorted { $0.id < $1.id },
            scales: knowledge.instruments.filter { !$0.items.isEmpty }.map(Scale.init))
    }

    // MARK: Ketamine

    /// The clinic's drugs that a concept names, by its codes and by each of its texts; more than one when they disagree.
    func drugs(of concept: FHIRConcept) -> Set<Drug> {
        var drugs = Set(drugSets.filter { entry in concept.codes.contains { entry.set.contains($0) } }.map(\.drug))
        for text in concept.codings.compactMap(\.display) + [concept.text].compactMap({ $0 }) {
            if let named = drugSets.first(where: { $0.set.isNamed(in: text) }) { drugs.insert(named.drug) }
        }
        return drugs
    }

    // MARK: Conditions

    /// The code of `concept` that says it is depression, or nil when none does.
    ///
    /// Depression is the code set `depression` (by code or, failing that, by name) and the ICD-10 families F32 and F33 of WHO or any
    /// national edition, without F32.81, the premenstrual dysphoric disorder (reference/codes.csv).
    func depression(in concept: FHIRConcept) -> (code: Code?, isDepression: Bool) {
        let isICD: (Code) -> Bool = { code in
            code.system.hasPrefix("ICD-10") && (code.code.hasPrefix("F32") || code.code.hasPrefix("F33")) && code.code != "F32.81"
        }
        let codes = concept.codes
        if let code = codes.first(where: { depression?.contains($0) ?? false }) ?? codes.first(where: isICD) { return (code, true) }
        let isNamed = depression?.contains(code: codes.first, name: concept.name) ?? false
        return (preferred(codes), isNamed)
    }

    /// Of several codes for one thing the first that knowledge speaks of, else the first.
    func preferred(_ codes: [Code]) -> Code? {
        codes.first { code in codeSets.contains { $0.contains(code) } } ?? codes.first
    }
}
