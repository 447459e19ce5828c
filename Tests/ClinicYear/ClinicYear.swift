import Chart
import Dispensary
import Guidance
import Notation

/// A simulated clinic from one seed: sessions with late entries, corrections, overrides, refusals and changes of the clocks, run through the
/// real domain code. The same seed gives the same clinic.
public struct ClinicYear: Sendable {
    public struct Tally: Sendable, Equatable {
        public var sessions = 0
        public var facts = 0
        public var doses = 0
        public var discharged = 0
        public var cancelled = 0
        public var transferred = 0
        public var refused = 0
        public var overrides = 0
        public var lateEntries = 0
        public var corrections = 0
        public var audited = 0

        static func + (a: Tally, b: Tally) -> Tally {
            var sum = a
            sum.sessions += b.sessions
            sum.facts += b.facts
            sum.doses += b.doses
            sum.discharged += b.discharged
            sum.cancelled += b.cancelled
            sum.transferred += b.transferred
            sum.refused += b.refused
            sum.overrides += b.overrides
            sum.lateEntries += b.lateEntries
            sum.corrections += b.corrections
            sum.audited += b.audited
            return sum
        }
    }

    public private(set) var tally = Tally()
    /// What should never be; empty when every invariant held.
    public private(set) var violations: [String] = []

    /// - Parameters:
    ///   - start: first day; a year from January on meets both changes of the clocks.
    public init(seed: UInt64, patients: Int, sessions: Int, start: Day, knowledge: KnowledgeBase, ledgerRules: [LedgerRule], progress: (Int) -> Void = { _ in })
    {
        var lines: [LedgerLine] = []
        var given: [GivenDose] = []
        for number in 0..<patients {
            var patient = SimulatedPatient(number: number, seed: seed, knowledge: knowledge)
            patient.live(from: Day(number: start.number + number * 330 / max(1, patients)), sessions: sessions)
            patient.audit()
            tally = tally + patient.tally
            violations += patient.violations
            lines += patient.lines
            given += patient.chart.facts.compactMap { fact in
                guard case .administration(let dose) = fact.body, let mass = dose.dose.milligrams(weightKilograms: nil) else { return nil }
                return GivenDose(
                    patient: fact.patient, session: dose.session, lot: dose.lot, drug: dose.drug, micrograms: Int((mass.value * 1000).rounded()),
                    time: dose.time)
            }
            progress(number)
        }
        audit(lines, given, from: start, rules: ledgerRules)
    }

    /// The clinic's cabinet: everything issued was given or wasted, and the last count agrees.
    private mutating func audit(_ lines: [LedgerLine], _ given: [GivenDose], from start: Day, rules: [LedgerRule]) {
        let opened = start.start.adding(days: -3)
        let texts = [
            #"{"type":"receive","id":"r1","time":"\#(opened)","lot":"E","drug":"esketamine","devices":90000,"expiry":"2099-01-01","by":"pharmacist"}"#,
            #"{"type":"receive","id":"r2","time":"\#(opened)","lot":"K","drug":"ketamine","strength_mg_per_ml":50,"volume_ml":90000,"expiry":"2099-01-01","by":"pharmacist"}"#,
        ]
        let receipts = texts.compactMap { text in (try? JSONReader.read(text)).flatMap { try? LedgerLine.read($0).line } }
        let end = (lines.map(\.time.instant).max() ?? opened).adding(days: 1)
        let review = LedgerReview(receipts + lines, given: given, rules: rules, jurisdiction: .us, asOf: end)
        if receipts.count != 2 { violations.append("ledger: a receipt that cannot be read") }
        for balances in review.ledger.balances.values where balances.values.reduce(0, +) != 0 { violations.append("ledger: accounts that do not sum to zero") }
        for finding in review.broken { violations.append("ledger: \(finding.rule.statement.id) \(finding.session ?? "") \(finding.text)") }
    }
}
