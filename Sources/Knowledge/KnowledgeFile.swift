import Chart
import Dispensary
import Evidence
import Forecast
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
    /// How texts deny and suspect what they name; holds for every code set of the file.
    var wording: Wording?
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
    /// What brands and other names mean.
    var drugNames: [DrugNames.Entry]?
    var `protocol`: TreatmentProtocol?
    var frequencyRules: [FrequencyRule]?
    var remsForm: MonitoringForm?
    /// What a clinic changes in the rules; only in its own file.
    var overlay: [RuleOverlay]?
    var model: PopulationModel?
    var effects: EffectModel?
    var exposureInteractions: [ExposureInteraction]?
    var crisisContacts: [CrisisContact]?
    var symptomModel: SymptomModel?
    /// What a clinic's own patients taught; only in its own file.
    var symptomPrior: SymptomPrior?
    /// How outcomes over many charts are looked at.
    var programme: ProgrammeCriteria?

    enum CodingKeys: String, CodingKey {
        case knowledge, citations, instrument, metrics
        case codeSets = "code_sets"
        case wording
        case treatments, resistance, maudsley
        case thaseRush = "thase_rush"
        case symptoms, rules
        case orderRules = "order_rules"
        case ledgerRules = "ledger_rules"
        case monitoring
        case followUp = "follow_up"
        case interactions
        case drugNames = "drug_names"
        case `protocol`
        case frequencyRules = "frequency_rules"
        case remsForm = "rems_form"
        case overlay, model, effects
        case exposureInteractions = "exposure_interactions"
        case crisisContacts = "crisis_contacts"
        case symptomModel = "symptom_model"
        case symptomPrior = "symptom_prior"
        case programme
    }

    /// Nothing but overlays, rules, a protocol, crisis contacts and a prior of its own patients.
    var holdsOnlyWhatAClinicOwns: Bool {
        let others: [Any?] = [
            citations, instrument, metrics, codeSets, wording, treatments, resistance, maudsley, thaseRush,
            symptoms, orderRules, ledgerRules, monitoring, followUp, interactions, drugNames, frequencyRules, remsForm,
            model, effects, exposureInteractions, symptomModel, programme,
        ]
        return others.allSatisfy { $0 == nil }
    }

    /// The file's code sets, each with the wording that holds for all of them.
    var wordedCodeSets: [CodeSet] {
        (codeSets ?? []).map { set in
            var set = set
            set.wording = wording
            return set
        }
    }
}
