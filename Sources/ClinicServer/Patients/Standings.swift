import Chart
import Guidance
import Notation
import ServiceLifecycle
import Storage
import Synchronization

/// Keeps what lists show of every patient up to date: at once for a few, in the background for all.
final class Standings: Sendable {
    private let clinic: Clinic
    private let knowledge: String
    /// Whether charts are left whose standing is of an earlier state: lists are not complete then.
    let isBehind = Atomic(true)
    /// Patients of whom something was recorded that a list may tell.
    private let touched = Mutex<Set<PatientID>>([])
    /// Judged within the time of one page; more than that is left to the background.
    private static let atOnce = 200
    private static let part = 50
    /// The background rests this many times as long as it worked: whoever waits for a page or an entry goes first.
    private static let rest = 4.0

    init(_ clinic: Clinic) {
        self.clinic = clinic
        knowledge =
            clinic.version + " " + clinic.jurisdiction.rawValue + " "
            + clinic.knowledge.headers.map { "\($0.id)@\($0.version)" }.sorted().joined(separator: " ").fingerprint
    }

    /// Standings of another day say how long ago things were, and are made again.
    private var limit: Instant { clinic.now().day.start }

    func touch(_ patient: PatientID) { _ = touched.withLock { $0.insert(patient) } }

    /// Judges those of whom something was just recorded, for a list that is drawn now.
    func catchUp() throws {
        let patients = touched.withLock { touched in
            let some = touched.prefix(Self.part)
            touched.subtract(some)
            return some
        }
        guard !patients.isEmpty else { return }
        let now = clinic.now()
        try clinic.store.put(try patients.sorted().compactMap { try standing(of: $0, at: now) })
    }

    /// Judges a few patients whose standing is out of date.
    /// - Returns: whether more are left.
    @discardableResult
    func refresh(atMost count: Int = atOnce) throws -> Bool {
        let patients = try clinic.store.patientsToJudge(before: limit, knowledge: knowledge, atMost: count + 1)
        let now = clinic.now()
        try clinic.store.put(try patients.prefix(count).compactMap { try standing(of: $0, at: now) })
        isBehind.store(patients.count > count, ordering: .relaxed)
        return patients.count > count
    }

    private func standing(of patient: PatientID, at now: Instant) throws -> Standing? {
        guard let chart = try clinic.charts.chart(of: patient) else { return nil }
        let review = Review(of: chart, asOf: now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        let row = PatientRow(review)
        return Standing(
            patient: patient, facts: chart.facts.count, judged: now, knowledge: knowledge, status: row.followed?.status.rawValue ?? "",
            values: row.values, row: row.json.text, duties: PatientDuties.all(of: review, at: now))
    }
}

extension Standings: Service {
    /// Works through what is out of date, a part at a time, so that pages are not kept waiting.
    func run() async throws { try await withTaskExecutorPreference(OwnThread.judging) { try await judge() } }

    private func judge() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let start = ContinuousClock.now
            let isMore = (try? refresh(atMost: Self.part)) ?? false
            let rest = isMore ? (ContinuousClock.now - start) * Self.rest : .seconds(20)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: rest) }
        }
    }
}
