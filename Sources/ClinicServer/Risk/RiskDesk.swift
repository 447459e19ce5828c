import Access
import Chart
import Guidance
import Notation
import Psychometrics
import Storage
import Synchronization

/// Keeps the alerts about suicide risk of all patients at hand by following the chain: each ask reads what was taken in since the last one,
/// by whatever way it came, and derives again only the charts it can concern. After a restart it starts from the first entry.
final class RiskDesk: Sendable {
    private struct Kept {
        var seq: Int64 = 0
        var alerts: [PatientID: [RiskAlert]] = [:]
    }

    private let store: Store
    private let charts: ChartShelf
    private let access: AccessDesk
    private let instruments: InstrumentCatalog
    private let kept = Mutex(Kept())

    init(_ store: Store, charts: ChartShelf, access: AccessDesk, instruments: InstrumentCatalog) {
        self.store = store
        self.charts = charts
        self.access = access
        self.instruments = instruments
    }

    /// Every alert, open or answered, in the order they were raised.
    /// - Throws: `StoreError` when the store cannot be read. Nothing is taken for known then.
    func alerts(at now: Instant) throws -> [RiskAlert] {
        let since = access.book.began ?? now
        return try kept.withLock { kept in
            var next = kept
            var concerned: Set<PatientID> = []
            // A whole day begins before the hour at which the first person came.
            next.seq = try store.follow([.assessment, .course, .retraction], after: kept.seq, since: since.adding(days: -2)) { patient, kind, payload in
                if next.alerts[patient] != nil || canRaise(kind, payload) { concerned.insert(patient) }
            }
            for patient in concerned {
                next.alerts[patient] = try charts.chart(of: patient).map { try alerts(in: $0, since: since, at: now) }.flatMap { $0.isEmpty ? nil : $0 }
            }
            kept = next
            return next.alerts.values.joined().sorted { ($0.raised.instant, $0.id) < ($1.raised.instant, $1.id) }
        }
    }

    func open(at now: Instant) throws -> [RiskAlert] { try alerts(at: now).filter(\.isOpen) }

    /// Whom open alerts call; nil while nobody is named.
    var called: String? { access.book.onCall[.suicideRisk].flatMap(access.book.openAccount)?.name }

    private func canRaise(_ kind: FactKind, _ payload: String) -> Bool {
        guard let json = try? JSONReader.read(payload) else { return true }
        switch kind {
        case .assessment: return json["instrument"]?.string.flatMap(instruments.named)?.asksAboutSuicide ?? false
        case .course: return json["event"]?.string.flatMap { RiskEvent($0) } != nil
        default: return false
        }
    }

    private func alerts(in chart: Chart, since: Instant, at now: Instant) throws -> [RiskAlert] {
        // Facts may be dated a little ahead of our clock; none is looked at a second time.
        let view = chart.view(asOf: now.adding(days: 2))
        return RiskAlert.all(in: view, scores: AssessmentScores(view, instruments: instruments), since: since)
    }
}
