import Chart
import Evidence
import Guidance
import Pharmacology
import Psychometrics

/// What a knowledge file can hold. Each file has the header and exactly one kind of content, named by its second key.
struct KnowledgeFile: Codable {
    var knowledge: KnowledgeHeader
    var citations: [Source]?
    var instrument: Instrument?
    var metrics: [Metric]?
    var codeSets: [CodeSet]?
    /// Phrases that suppress every code set of the file.
    var negations: [String]?
    var treatments: [Treatment]?
    var resistance: ResistanceCriteria?
    var maudsley: MaudsleyTable?
    var thaseRush: ThaseRushTable?
    var symptoms: SymptomCriteria?
    var rules: [Rule]?
    var model: PopulationModel?
    var effects: EffectModel?
    var exposureInteractions: [ExposureInteraction]?

    enum CodingKeys: String, CodingKey {
        case knowledge, citations, instrument, metrics
        case codeSets = "code_sets"
        case negations
        case treatments, resistance, maudsley
        case thaseRush = "thase_rush"
        case symptoms, rules, model, effects
        case exposureInteractions = "exposure_interactions"
    }

    /// The file's code sets, each with the negations that hold for all of them.
    var negatedCodeSets: [CodeSet] {
        (codeSets ?? []).map { set in
            var set = set
            set.unless = (set.unless ?? []) + (negations ?? [])
            return set
        }
    }
}
