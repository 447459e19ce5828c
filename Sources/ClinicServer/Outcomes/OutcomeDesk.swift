import Knowledge
import Notation
import Outcomes
import ServiceLifecycle
import Storage
import Synchronization

/// Keeps the rows that outcomes are made from up to date: at once for a few, in the background for all; and the last report at hand.
final class OutcomeDesk: Sendable {
    private let clinic: Clinic
    private let projection: OutcomeProjection
    private let published: [PublishedOutcome]
    private let last = Mutex<(report: ProgrammeReport, changes: Int)?>(nil)
    /// Made within the time of one page; more than that is left to the background.
    private static let atOnce = 100
    private static let part = 32
    /// Longest time a report is shown again, in minutes: another process may write to the store.
    private static let longest = 1.0

    init(_ clinic: Clinic) throws {
        self.clinic = clinic
        projection = OutcomeProjection(store: clinic.store, site: clinic.name, knowledge: clinic.knowledge, jurisdiction: clinic.jurisdiction)
        published = try PublishedOutcome.read(try KnowledgeLibrary.publishedOutcomes(), file: "trial_outcomes.csv")
    }

    /// What the charts show now. Charts that are not summarised yet are counted in it and left out.
    func report(at now: Instant) throws -> ProgrammeReport {
        let changes = clinic.queue.changes
        if let known = last.withLock({ $0 }), known.changes == changes, known.report.asOf <= now, now < known.report.asOf.adding(minutes: Self.longest) {
            return known.report
        }
        // Where nothing can be written, what is there is shown.
        _ = try? projection.refresh(at: now, atMost: Self.atOnce)
        let (rows, unread) = try projection.rows(at: now)
        let report = Programme(rows: rows, asOf: now, knowledge: clinic.knowledge, published: published, unread: unread).report
        last.withLock { $0 = unread == 0 ? (report, changes) : nil }
        return report
    }
}

extension OutcomeDesk: Service {
    /// Works through what is out of date, a part at a time, so that pages are not kept waiting.
    func run() async throws { try await withTaskExecutorPreference(OwnThread.judging) { try await refresh() } }

    private func refresh() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let isMore = (try? projection.refresh(at: clinic.now(), atMost: Self.part)) ?? false
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: isMore ? .milliseconds(20) : .seconds(20)) }
        }
    }
}
