import Chart
import Synchronization

/// Tells those who are looking that something has changed: of one patient, or of any.
///
/// A signal says only that there is something new. Whoever gets it looks for itself, so that nothing is lost when several changes come at once.
final class LiveHub: Sendable {
    private struct Listener {
        var patient: PatientID?
        var continuation: AsyncStream<Void>.Continuation
    }

    private let published = Atomic(0)

    /// Grows whenever something was told, after the observers know of it.
    var changes: Int { published.load(ordering: .acquiring) }

    private let observers = Mutex<[@Sendable (PatientID, Bool) -> Void]>([])
    private let listeners = Mutex<(next: Int, all: [Int: Listener])>((0, [:]))

    /// Signals for one patient, or for all of them (nil). The first comes at once.
    func signals(of patient: PatientID?) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = listeners.withLock { listeners in
                listeners.next += 1
                listeners.all[listeners.next] = Listener(patient: patient, continuation: continuation)
                return listeners.next
            }
            continuation.onTermination = { [weak self] _ in self?.listeners.withLock { $0.all[number] = nil } }
            continuation.yield()
        }
    }

    /// Told of every change for as long as the clinic lives, before anybody who looks; and whether it is no more than readings.
    func observe(_ observer: @escaping @Sendable (PatientID, Bool) -> Void) { observers.withLock { $0.append(observer) } }

    /// - Parameter areReadings: only vital signs were recorded, as they are many times a minute.
    func publish(_ patient: PatientID, areReadings: Bool = false) {
        for observer in observers.withLock({ $0 }) { observer(patient, areReadings) }
        published.add(1, ordering: .releasing)
        for listener in listeners.withLock({ Array($0.all.values) }) where listener.patient == nil || listener.patient == patient {
            listener.continuation.yield()
        }
    }

    /// Everybody looks again, whomever they listen for.
    func wakeAll() {
        for listener in listeners.withLock({ Array($0.all.values) }) { listener.continuation.yield() }
    }

    var count: Int { listeners.withLock { $0.all.count } }
}
