import Chart
import Dispensary
import Evidence
import Interchange
import Notation
import Storage
import Synchronization

/// Keeps the ledger and the doses it is held against at hand by following the chain: each ask reads what was taken in since the last one, by
/// whatever way it came. After a restart it starts from the first entry.
final class StockDesk: Sendable {
    private struct Kept {
        var ledgerHead: Int64 = 0
        var chartHead: Int64 = 0
        var lines: [LedgerLine] = []
        var doses: [PatientID: [GivenDose]] = [:]
        /// Patients with a dose by weight, and how many facts it was worked out from.
        var weighed: [PatientID: Int] = [:]
        /// Made from all of the above.
        var review: LedgerReview?
    }

    private let store: Store
    private let charts: ChartShelf
    private let rules: [LedgerRule]
    private let jurisdiction: Jurisdiction
    private let kept = Mutex(Kept())

    init(_ store: Store, charts: ChartShelf, rules: [LedgerRule], jurisdiction: Jurisdiction) {
        self.store = store
        self.charts = charts
        self.rules = rules
        self.jurisdiction = jurisdiction
    }

    /// The ledger judged now, to the minute where nothing has changed.
    /// - Throws: `StoreError` when the store cannot be read.
    func review(at now: Instant) throws -> LedgerReview {
        try kept.withLock { kept in
            var next = kept
            try follow(&next, at: now)
            if let review = next.review, review.asOf <= now, now.minutes(since: review.asOf) < 1 {
                kept = next
                return review
            }
            let review = judge(next.lines, next.doses, at: now)
            next.review = review
            kept = next
            return review
        }
    }

    /// The ledger as it would be with one line more.
    func review(adding line: LedgerLine, at now: Instant) throws -> LedgerReview {
        _ = try review(at: now)
        let (lines, doses) = kept.withLock { ($0.lines, $0.doses) }
        return judge(lines + [line], doses, at: now)
    }

    /// The accounts of one session alone, for a room that asks again and again: its lines, what takes them back, and the receipts. Waste that says
    /// nothing of where it came from is placed by what was given, not by the counts of its lot.
    func accounts(of session: PatientSession, at now: Instant) throws -> [SessionAccount] {
        let (lines, doses) = try kept.withLock { kept in
            // Whoever is interrupted has heard nothing.
            var next = kept
            try follow(&next, at: now)
            kept = next
            return (next.lines, session.patient.flatMap { next.doses[$0] } ?? [])
        }
        let own = Set(lines.lazy.filter { $0.session == session.session }.map(\.id))
        let concerned = lines.filter {
            ($0.kind == .receive || own.contains($0.id) || $0.reference.map(own.contains) ?? false) && $0.time.instant <= now
        }
        let given = doses.filter { $0.session == session.session && ($0.time?.instant ?? now) <= now }
        return Ledger(concerned, given: given).sessions.filter { $0.session == session || $0.session.session == session.session && $0.session.patient == nil }
    }

    private func judge(_ lines: [LedgerLine], _ doses: [PatientID: [GivenDose]], at now: Instant) -> LedgerReview {
        let given = doses.values.joined().filter { ($0.time?.instant ?? now) <= now }
        return LedgerReview(lines, given: given, rules: rules, jurisdiction: jurisdiction, asOf: now)
    }

    // MARK: - What is new

    private func follow(_ kept: inout Kept, at now: Instant) throws {
        let (lines, head) = try store.ledgerLines(after: kept.ledgerHead)
        kept.ledgerHead = head
        if !lines.isEmpty {
            kept.lines += lines
            kept.review = nil
        }
        // A clinic without a ledger holds nothing against it.
        guard !kept.lines.isEmpty else { return }
        let isFirst = kept.chartHead == 0
        var stated: [PatientID: [Fact]] = [:]
        kept.chartHead = try store.follow([.administration, .retraction], after: kept.chartHead, since: .beforeAll) { patient, _, payload in
            stated[patient, default: []].append(try Fact.read(try JSONReader.read(payload)).fact)
        }
        for (patient, facts) in stated {
            // At first the facts just read are all there is of doses: only a dose by weight needs the chart.
            let isWhole = !isFirst || facts.contains(where: \.isDoseByWeight)
            guard let chart = isWhole ? try charts.chart(of: patient) : try Chart(patient: patient, facts: facts) else { continue }
            take(chart, at: now, &kept)
        }
        for (patient, count) in kept.weighed where try store.factCount(of: patient) != count {
            if let chart = try charts.chart(of: patient) { take(chart, at: now, &kept) }
        }
    }

    private func take(_ chart: Chart, at now: Instant, _ kept: inout Kept) {
        // Doses may be dated a little ahead of our clock; they count from then on.
        let doses = GivenDose.all(in: chart.view(asOf: now.adding(days: 2)))
        kept.weighed[chart.patient] = chart.facts.contains(where: \.isDoseByWeight) ? chart.facts.count : nil
        guard doses != kept.doses[chart.patient] ?? [] else { return }
        kept.doses[chart.patient] = doses
        kept.review = nil
    }
}

extension Fact {
    /// A dose whose mass the patient's weight decides.
    fileprivate var isDoseByWeight: Bool {
        guard case .administration(let body) = self.body else { return false }
        return body.dose.milligrams(weightKilograms: nil) == nil
    }
}
