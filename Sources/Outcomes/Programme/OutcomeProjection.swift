import Access
import Chart
import Evidence
import Guidance
import Notation
import Storage

/// Keeps the rows of a store's charts up to date and reads them.
///
/// ```swift
/// let projection = OutcomeProjection(store: store, site: "North", knowledge: knowledge, jurisdiction: .us)
/// try projection.refresh(at: now)
/// let rows = try projection.rows(at: now)
/// ```
public struct OutcomeProjection: Sendable {
    public let store: Store
    /// Whose charts these are where they do not say themselves.
    public let site: String
    private let knowledge: KnowledgeBase
    private let jurisdiction: Jurisdiction
    private let version: String
    private let bearing: OutcomeFacts

    public init(store: Store, site: String, knowledge: KnowledgeBase, jurisdiction: Jurisdiction) {
        (self.store, self.site, self.knowledge, self.jurisdiction) = (store, site, knowledge, jurisdiction)
        bearing = OutcomeFacts(knowledge)
        version =
            "\(ChartOutcome.format) \(jurisdiction.rawValue) "
            + knowledge.headers.map { "\($0.id)@\($0.version)" }.sorted().joined(separator: " ").fingerprint
    }

    /// One chart's row, made now; nil for a patient the store does not know.
    func row(of patient: PatientID, at now: Instant) throws -> OutcomeRow? {
        let (facts, count) = try store.facts(of: patient, without: OutcomeFacts.without, choose: bearing.chosen)
        guard count > 0 else { return nil }
        let chart = try Chart(patient: patient, facts: facts)
        let outcome = ChartOutcome(of: chart, asOf: now, jurisdiction: jurisdiction, knowledge: knowledge)
        let due = facts.map { max($0.knownAt, $0.observed?.instant ?? $0.knownAt) }.filter { $0 > now }.min()
        return row(patient, outcome, facts: count, due: due)
    }

    /// A row as it is stored.
    public func row(_ patient: PatientID, _ outcome: ChartOutcome, facts: Int, due: Instant? = nil) -> OutcomeRow {
        OutcomeRow(patient: patient, facts: facts, knowledge: version, due: due, row: outcome.bytes)
    }

    /// Makes the rows that are missing or out of date, on all cores.
    /// - Parameters:
    ///   - count: at most so many.
    ///   - progress: called with how many are made and how many are to be.
    /// - Returns: whether more are left.
    @discardableResult
    public func refresh(at now: Instant, atMost count: Int = .max, progress: (Int, Int) -> Void = { _, _ in }) throws -> Bool {
        let found = try store.patientsWithoutOutcome(knowledge: version, at: now, atMost: count == .max ? .max : count + 1)
        let patients = Array(found.prefix(count))
        let portion = 512
        for start in stride(from: 0, to: patients.count, by: portion) {
            let own = patients[start..<min(start + portion, patients.count)]
            let made = Array(own).mapOnAllCores { patient in Result { try row(of: patient, at: now) } }
            try store.put(try made.compactMap { try $0.get() })
            progress(min(start + portion, patients.count), patients.count)
        }
        return found.count > patients.count
    }

    /// The rows that are up to date, and how many charts have none.
    public func rows(at now: Instant) throws -> (rows: [Programme.Row], unread: Int) {
        var (bytes, unread): ([(patient: PatientID, row: [UInt8])], Int) = ([], 0)
        try store.outcomeRows(knowledge: version, at: now) { patient, row in
            if let row { bytes.append((patient, row)) } else { unread += 1 }
        }
        let rows = bytes.mapOnAllCores(share: 2048) { [site] patient, row in
            ChartOutcome(bytes: row).map { Programme.Row(patient: patient, site: $0.site ?? site, outcome: $0) }
        }.compactMap(\.self)
        return (rows, unread + bytes.count - rows.count)
    }
}

extension Store {
    /// The audit says that charts left for research before any is read.
    public func recordResearchExport(at now: Instant) throws {
        try append(at: now) { try $0.append(AuditEntry(time: now, who: AccessEvent.system, what: .exported, about: "de-identified charts, by command")) }
    }
}
