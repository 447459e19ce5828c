import Dispatch

/// A thread of its own for what takes long, one after the other: however much is to be drawn or judged, the threads that answer requests stay
/// free, and an entry is not kept waiting.
final class OwnThread: TaskExecutor {
    /// Draws what open screens show.
    static let screens = OwnThread("screens")
    /// Judges the sessions under way.
    static let sessions = OwnThread("sessions", .utility)
    /// Draws pages that are kept for a moment.
    static let pages = OwnThread("pages")
    /// Writes what nobody waits for.
    static let notes = OwnThread("notes", .utility)
    /// Judges charts for lists and reports.
    static let judging = OwnThread("judging", .utility)

    private let queue: DispatchQueue

    private init(_ name: String, _ quality: DispatchQoS = .unspecified) { queue = DispatchQueue(label: "euthymia.\(name)", qos: quality) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
