import Access
import Dispensary
import Evidence
import Forecast
import Guidance
import Notation
import Storage
import Trials

/// What the pages are made from: the store, the knowledge, the clock and the source of chance, given from outside, and the desks that
/// share them.
public struct Clinic: Sendable {
    public let name: String
    /// Shown on every page when true; people may then sign in with one touch.
    public let isDemonstration: Bool
    public let version: String
    public let jurisdiction: Jurisdiction
    public let store: Store
    public let knowledge: KnowledgeBase
    /// What the ledger of controlled drugs is checked for.
    public let ledgerRules: [LedgerRule]
    /// What patients consent to.
    let consent: ConsentText
    public let now: @Sendable () -> Instant
    /// Minutes that the clinic's wall clock is ahead of UTC at an instant.
    let offset: @Sendable (Instant) -> Int
    /// Unpredictable bytes: for sign-ins, links, invitations.
    let randomBytes: @Sendable (Int) -> [UInt8]

    let policy: SignInPolicy
    /// Everything that is written goes through it.
    let queue: EntryQueue
    let access: AccessDesk
    let charts: ChartShelf
    let live = LiveHub()
    let turns = Turns()
    let sessionForecasts = SessionForecasts()
    /// What is to be expected of each patient; nil in a clinic without a model of symptoms.
    let outlooks: OutlookShelf?
    /// Notes the head of the chain in a second place; nil where nobody asked for one.
    let checkpoints: CheckpointKeeper?
    /// What is wrong with the machine's clock, in words for people.
    let clockProblem: @Sendable () -> String?
    /// How each kind of history is entered.
    let editors: [FactEditor]
    let risk: RiskDesk
    let stock: StockDesk
    /// Where protocols are compared on virtual people; nil where nothing is known of symptoms.
    let lab: LabDesk?
    /// How somebody may witness in a demonstration, at an instant; nil in a real clinic.
    let demonstrationHint: (@Sendable (Instant) -> String)?

    public init(
        name: String, isDemonstration: Bool, version: String, jurisdiction: Jurisdiction, store: Store, knowledge: KnowledgeBase,
        symptoms: SymptomModel? = nil, ledgerRules: [LedgerRule], trials: TrialKnowledge? = nil, consent: ConsentText = .topics,
        policy: SignInPolicy = SignInPolicy(),
        checkpoints: CheckpointKeeper? = nil,
        now: @escaping @Sendable () -> Instant, offset: @escaping @Sendable (Instant) -> Int = { _ in 0 },
        clockProblem: @escaping @Sendable () -> String? = { nil }, randomBytes: @escaping @Sendable (Int) -> [UInt8] = systemRandomBytes,
        demonstrationHint: (@Sendable (Instant) -> String)? = nil
    ) throws {
        self.name = name
        self.isDemonstration = isDemonstration
        self.version = version
        self.jurisdiction = jurisdiction
        self.store = store
        self.knowledge = knowledge
        self.ledgerRules = ledgerRules
        self.consent = consent
        self.policy = policy
        self.now = now
        self.offset = offset
        self.clockProblem = clockProblem
        self.randomBytes = randomBytes
        outlooks = try symptoms.map { OutlookShelf(try ForecastDesk(knowledge, $0)) }
        queue = EntryQueue(store)
        access = try AccessDesk(store, queue: queue)
        charts = ChartShelf(store)
        editors = EditorTable.all(knowledge)
        self.checkpoints = checkpoints
        self.demonstrationHint = demonstrationHint
        stock = StockDesk(store, charts: charts, rules: ledgerRules, jurisdiction: jurisdiction)
        risk = RiskDesk(store, charts: charts, access: access, instruments: knowledge.instruments)
        lab = trials.map { LabDesk($0, form: LabForm(knowledge), version: version) }
    }
}

/// Bytes from the system's random source.
@Sendable public func systemRandomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}

/// A new identifier: a letter that says of what, and 80 random bits.
func newID(_ prefix: String, _ bytes: [UInt8]) -> String {
    prefix + hexadecimal(bytes)
}

extension Clinic {
    func newID(_ prefix: String) -> String { ClinicServer.newID(prefix, randomBytes(10)) }
}
