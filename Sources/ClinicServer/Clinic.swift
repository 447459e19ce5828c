import Evidence
import Guidance
import Notation
import Storage

/// What the pages are made from: the store, the knowledge and the clock, given from outside.
public struct Clinic: Sendable {
    public var name: String
    /// Shown on every page when true.
    public var isDemonstration: Bool
    public var version: String
    public var jurisdiction: Jurisdiction
    public var store: Store
    public var knowledge: KnowledgeBase
    public var now: @Sendable () -> Instant

    public init(
        name: String, isDemonstration: Bool, version: String, jurisdiction: Jurisdiction, store: Store, knowledge: KnowledgeBase,
        now: @escaping @Sendable () -> Instant
    ) {
        self.name = name
        self.isDemonstration = isDemonstration
        self.version = version
        self.jurisdiction = jurisdiction
        self.store = store
        self.knowledge = knowledge
        self.now = now
    }
}
