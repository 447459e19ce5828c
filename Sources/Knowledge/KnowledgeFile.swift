import Chart
import Evidence
import Guidance
import Psychometrics

/// What a knowledge file can hold. Each file has the header and exactly one kind of content, named by its second key.
struct KnowledgeFile: Codable {
    var knowledge: KnowledgeHeader
    var citations: [Source]?
    var instrument: Instrument?
    var metrics: [Metric]?
    var codeSets: [CodeSet]?
    var treatments: [Treatment]?
    var resistance: ResistanceCriteria?
    var maudsley: MaudsleyTable?
    var thaseRush: ThaseRushTable?
    var symptoms: SymptomCriteria?
    var rules: [Rule]?

    enum CodingKeys: String, CodingKey {
        case knowledge, citations, instrument, metrics
        case codeSets = "code_sets"
        case treatments, resistance, maudsley
        case thaseRush = "thase_rush"
        case symptoms, rules
    }
}
