import Chart
import Evidence
import Pharmacology
import Psychometrics

/// All knowledge a judgement draws on, as one value. Loaded by `Knowledge`, passed in everywhere; nothing here is global.
public struct KnowledgeBase: Sendable {
    /// Every file the knowledge came from, by header id.
    public var headers: [KnowledgeHeader]
    public var sources: [String: Source]
    public var instruments: InstrumentCatalog
    public var metrics: MetricIndex
    public var codeSets: [String: CodeSet]
    public var treatments: TreatmentTable
    public var resistance: ResistanceCriteria
    public var maudsley: MaudsleyTable
    public var thaseRush: ThaseRushTable
    public var symptoms: SymptomCriteria
    /// How outcomes over many charts are looked at.
    public var programme: ProgrammeCriteria
    public var ruleBook: RuleBook
    public var monitoring: MonitoringSchedule
    public var followUp: FollowUpSchedule
    public var interactions: InteractionTable
    /// Treatment protocols by id and by their other names.
    public var protocols: [String: TreatmentProtocol]
    public var frequencyRules: [FrequencyRule]
    public var remsForms: [MonitoringForm]
    /// Population pharmacokinetic models by id.
    public var models: [String: CompiledModel]
    /// What the concentrations of those models do within a session.
    public var effects: EffectModel
    public var exposureInteractions: [ExposureInteraction]
    /// The clinic's own first, then what ships.
    public var crisisContacts: [CrisisContact]

    public init(
        headers: [KnowledgeHeader], sources: [String: Source], instruments: InstrumentCatalog, metrics: MetricIndex,
        codeSets: [String: CodeSet], treatments: TreatmentTable, resistance: ResistanceCriteria, maudsley: MaudsleyTable,
        thaseRush: ThaseRushTable, symptoms: SymptomCriteria, programme: ProgrammeCriteria, ruleBook: RuleBook, monitoring: MonitoringSchedule,
        followUp: FollowUpSchedule, interactions: InteractionTable, protocols: [TreatmentProtocol], frequencyRules: [FrequencyRule],
        remsForms: [MonitoringForm], models: [String: CompiledModel], effects: EffectModel,
        exposureInteractions: [ExposureInteraction], crisisContacts: [CrisisContact]
    ) {
        self.headers = headers
        self.sources = sources
        self.instruments = instruments
        self.metrics = metrics
        self.codeSets = codeSets
        self.treatments = treatments
        self.resistance = resistance
        self.maudsley = maudsley
        self.thaseRush = thaseRush
        self.symptoms = symptoms
        self.programme = programme
        self.ruleBook = ruleBook
        self.monitoring = monitoring
        self.followUp = followUp
        self.interactions = interactions
        let names = protocols.map { ($0.id, $0) } + protocols.flatMap { plan in (plan.aliases ?? []).map { ($0, plan) } }
        self.protocols = Dictionary(names, uniquingKeysWith: { first, _ in first })
        self.frequencyRules = frequencyRules
        self.remsForms = remsForms
        self.models = models
        self.effects = effects
        self.exposureInteractions = exposureInteractions
        self.crisisContacts = crisisContacts
    }
}
