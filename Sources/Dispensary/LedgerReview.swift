import Evidence
import Notation

/// A ledger judged at one time: its balances and everything the rules find in it.
public struct LedgerReview: Sendable {
    public let ledger: Ledger
    public let asOf: Instant
    /// Broken rules first, then open duties; each in time order.
    public let findings: [LedgerFinding]

    public var broken: [LedgerFinding] { findings.filter(\.isBroken) }

    /// - Parameters:
    ///   - lines: those later than `asOf` are not looked at.
    ///   - given: what charts say was given, for sessions whose ledger lines do not.
    public init(_ lines: [LedgerLine], given: [GivenDose] = [], rules: [LedgerRule], jurisdiction: Jurisdiction, asOf: Instant) {
        let ledger = Ledger(lines.filter { $0.time.instant <= asOf }, given: given)
        self.ledger = ledger
        self.asOf = asOf
        let judge = LedgerJudge(
            ledger: ledger,
            rules: Dictionary(rules.filter { $0.statement.holds(in: jurisdiction) }.map { ($0.check, $0) }, uniquingKeysWith: { first, _ in first }),
            asOf: asOf)
        findings = judge.all.filter(\.isBroken) + judge.all.filter { !$0.isBroken }
    }
}

private struct LedgerJudge {
    let ledger: Ledger
    let rules: [LedgerCheck: LedgerRule]
    let asOf: Instant

    var all: [LedgerFinding] {
        let faults = ledger.faults.filter { !isReversed($0.line) }.compactMap { fault in
            finding(fault.check, fault.text, lot: fault.line.lot, session: fault.line.session, lines: [fault.line.id] + fault.more)
        }
        return faults + reconciliation + events + inventory + retention + expired + spent
    }

    /// - Parameter broken: false for a duty still in time.
    private func finding(
        _ check: LedgerCheck, _ text: String, lot: String? = nil, session: String? = nil, lines: [String], broken: Bool = true, due: Instant? = nil
    ) -> LedgerFinding? {
        guard let rule = rules[check] else { return nil }
        if let drug = lot.flatMap({ ledger.lots[$0] })?.drug, check == .homeUse, drug != .esketamine { return nil }
        return LedgerFinding(rule: rule, text: text, lot: lot, session: session, lines: lines, isBroken: broken, due: due)
    }

    /// What was wrong with a line that was wholly taken back is mended.
    private func isReversed(_ line: LedgerLine) -> Bool {
        line.kind.moves && line.amount ?? 0 > 0 && ledger.reversals.left(of: line) == 0
    }

    private var reconciliation: [LedgerFinding] {
        ledger.sessions.compactMap { account in
            let unit = account.unit
            guard let given = account.given.map(unit.text) else {
                guard account.issued > account.wasted + account.returned else { return nil }
                return finding(
                    .notReconciled, "issued \(unit.text(account.issued)); what was given is not recorded", lot: account.lot, session: account.session,
                    lines: account.lines, broken: false)
            }
            guard account.difference != 0 else { return nil }
            return finding(
                .notReconciled,
                "issued \(unit.text(account.issued)), given \(given), wasted \(unit.text(account.wasted)), returned \(unit.text(account.returned))",
                lot: account.lot, session: account.session, lines: account.lines)
        }
    }

    /// Theft, loss and spillage: what they ask for, until an authority was told.
    private var events: [LedgerFinding] {
        ledger.lines.filter { $0.kind == .loss || $0.kind == .spill }.filter { !isReversed($0) }.compactMap { line in
            let told = ledger.lines.contains { $0.kind == .notify && $0.reference == line.id }
            switch line.kind {
            case .loss:
                guard !told, let rule = rules[.loss] else { return nil }
                let due = line.time.instant.addingBusinessDays(Int(rule.limit?.value ?? 0), offset: line.time.offset ?? 0)
                return finding(.loss, "to be reported in writing", lot: line.lot, lines: [line.id], broken: asOf > due, due: due)
            case .spill where line.isRecoverable == true:
                return told ? nil : finding(.spillRecoverable, "material to be destroyed or sent back", lot: line.lot, lines: [line.id], broken: false)
            case .spill:
                guard line.witness == nil || line.reason == nil else { return nil }
                return finding(.spillLost, "spillage without its circumstances or without two signatures", lot: line.lot, lines: [line.id])
            default: return nil
            }
        }
    }

    /// Without any inventory on record nobody can say how long ago the last was; it is asked for, not found late.
    private var inventory: [LedgerFinding] {
        guard let days = rules[.inventoryOverdue]?.limit?.value, let first = ledger.lines.first(where: { $0.kind == .receive }) else { return [] }
        guard let last = ledger.lines.last(where: { $0.kind == .inventory }) else {
            return [finding(.inventoryOverdue, "no inventory on record; first receipt on \(first.time.day)", lines: [first.id], broken: false)].compactMap {
                $0
            }
        }
        let due = last.time.instant.adding(days: days)
        return [finding(.inventoryOverdue, "last on \(last.time.day)", lines: [last.id], broken: asOf > due, due: due)].compactMap { $0 }
    }

    private var retention: [LedgerFinding] {
        guard let years = rules[.retention]?.limit?.value else { return [] }
        return ledger.lines.filter { $0.kind == .discardRecords }.compactMap { line in
            let oldest = line.time.day.adding(months: -Int(years * 12))
            guard let before = line.before, before <= oldest else {
                return finding(.retention, "records discarded that are younger than \(decimal(years)) years, or of no stated age", lines: [line.id])
            }
            return nil
        }
    }

    /// Stock past its date, whether or not anybody uses it.
    private var expired: [LedgerFinding] {
        ledger.lots.values.sorted { $0.id < $1.id }.compactMap { lot in
            let left = ledger.balance(of: .stock, lot: lot.id)
            guard let expiry = lot.expiry, asOf.day > expiry, left > 0 else { return nil }
            return finding(
                .expiredLot, "\(lot.preparation.unit.text(left)) in stock expired on \(expiry): to be destroyed or sent back", lot: lot.id, lines: [],
                broken: false)
        }
    }

    private var spent: [LedgerFinding] {
        ledger.lots.values.sorted { $0.id < $1.id }.compactMap { lot in
            let left = ledger.balance(of: .given, lot: lot.id)
            guard lot.preparation.unit == .devices, left > 0 else { return nil }
            return finding(.spentDevice, "\(lot.preparation.unit.text(left)) spent, to be disposed of", lot: lot.id, lines: [], broken: false)
        }
    }
}

extension Instant {
    /// The end of the day that many working days later, Monday to Friday, in the offset of the original time.
    fileprivate func addingBusinessDays(_ count: Int, offset: Int) -> Instant {
        var day = adding(minutes: Double(offset)).day
        var left = count
        while left > 0 {
            day.number += 1
            // Day 0, 1970-01-01, was a Thursday.
            if (day.number + 4) % 7 != 0, (day.number + 4) % 7 != 6 { left -= 1 }
        }
        return Day(number: day.number + 1).start.adding(minutes: -Double(offset))
    }
}
