import Dispatch
import Notation
import ServiceLifecycle
import Storage
import Synchronization

/// Keeps the second place of the chain's head up to date while the server runs: once when it starts, whenever it is due, once when it stops.
///
/// On a thread of its own: a share that hangs holds up nobody but the checkpoints.
struct CheckpointService: Service {
    let keeper: CheckpointKeeper
    let now: @Sendable () -> Instant

    /// How long the end of the server waits for the last line.
    private static let patience = DispatchTimeInterval.seconds(5)

    func run() async throws {
        let queue = DispatchQueue(label: "euthymia.checkpoints")
        queue.async {
            keeper.compare(at: now())
            keeper.note(at: now(), isDue: true)
        }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { keeper.note(at: now()) }
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.resume()
        try? await gracefulShutdown()
        timer.cancel()
        await withCheckedContinuation { continuation in
            let isOver = Atomic(false)
            let goOn: @Sendable () -> Void = { if !isOver.exchange(true, ordering: .relaxed) { continuation.resume() } }
            queue.async {
                keeper.note(at: now(), isDue: true)
                goOn()
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience, execute: goOn)
        }
    }
}
