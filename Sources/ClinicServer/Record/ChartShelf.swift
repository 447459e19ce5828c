import Chart
import Storage
import Synchronization

/// Charts read from the store, kept while they are in use. A chart is taken again when the store holds more of it.
final class ChartShelf: Sendable {
    private let store: Store
    private let kept = Mutex<[PatientID: (chart: Chart, used: UInt64)]>([:])
    private let clock = Atomic<UInt64>(0)
    /// Charts kept at most: those used longest ago go first.
    private static let capacity = 600

    init(_ store: Store) { self.store = store }

    /// The patient's chart as the store has it now; nil for a patient the store does not know.
    func chart(of patient: PatientID) throws -> Chart? {
        let count = try store.factCount(of: patient)
        let used = clock.add(1, ordering: .relaxed).newValue
        let found = kept.withLock { kept -> Chart? in
            guard let entry = kept[patient], entry.chart.facts.count == count else { return nil }
            kept[patient] = (entry.chart, used)
            return entry.chart
        }
        if let found { return found }
        guard let chart = try store.chart(of: patient) else { return nil }
        kept.withLock { kept in
            kept[patient] = (chart, used)
            while kept.count > Self.capacity, let oldest = kept.min(by: { $0.value.used < $1.value.used }) { kept[oldest.key] = nil }
        }
        return chart
    }

    /// Adds facts that were stored just now to a chart that is kept.
    func add(_ facts: [Fact], to patient: PatientID) {
        kept.withLock { kept in
            for fact in facts { try? kept[patient]?.chart.append(fact) }
        }
    }
}
