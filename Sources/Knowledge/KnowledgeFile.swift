import Chart
import Dispensary
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
    var orderRules: [RuleStatement]?
    var ledgerRules: [LedgerRule]?
    var monitoring: MonitoringSchedule?
    var followUp: FollowUpSchedule?
    var interactions: [Interaction]?
    var `protocol`: TreatmentProtocol?
    var frequencyRules: [FrequencyRule]?
    var remsForm: MonitoringForm?
    /// What a clinic changes in the rules; only in its own file.
    var overlay: [RuleOverlay]?
    var model: PopulationModel?
    var effects: EffectModel?
    var exposureInteractions: [ExposureInteraction]?
    var crisisContacts: [CrisisContact]?

    enum CodingKeys: String, CodingKey {
        case knowledge, citations, instrument, metrics
        case codeSets = "code_sets"
        case negations
        case treatments, resistance, maudsley
        case thaseRush = "thase_rush"
        case symptoms, rules
        case orderRules = "order_rules"
        case ledgerRules = "ledger_rules"
        case monitoring
        case followUp = "follow_up"
        case interactions
        case `protocol`
        case frequencyRules = "frequency_rules"
        case remsForm = "rems_form"
        case overlay, model, effects
        case exposureInteractions = "exposure_interactions"
        case crisisContacts = "crisis_contacts"
    }

    /// Nothing but overlays, rules, a protocol and crisis contacts.
    var holdsOnlyWhatAClinicOwns: Bool {
        let others: [Any?] = [
            citations, instrument, metrics, codeSets, negations, treatments, resistance, maudsley, thaseRush,
            symptoms, orderRules, ledgerRules, monitoring, followUp, interactions, frequencyRules, remsForm,
            model, effects, exposureInteractions,
        ]
        return others.allSatisfy { $0 == nil }
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
