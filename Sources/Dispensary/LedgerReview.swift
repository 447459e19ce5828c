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
    ///   - lines: those later than `asOf`, or written down later, are not looked at.
    ///   - given: what charts say was given.
    public init(_ lines: [LedgerLine], given: [GivenDose] = [], rules: [LedgerRule], jurisdiction: Jurisdiction, asOf: Instant) {
        let ledger = Ledger(lines.filter { $0.isKnown(at: asOf) }, given: given)
        self.ledger = ledger
        self.asOf = asOf
        let judge = LedgerJudge(
            ledger: ledger,
            rules: Dictionary(rules.filter { $0.statement.holds(in: jurisdiction) }.map { ($0.check, $0) }, uniquingKeysWith: { first, _ in first }),
            asOf: asOf)
        let all = judge.all
        findings = all.filter(\.isBroken) + all.filter { !$0.isBroken }
    }
}

private struct LedgerJudge {
    let ledger: Ledger
    let rules: [LedgerCheck: LedgerRule]
    let asOf: Instant

    var all: [LedgerFinding] {
        let faults = ledger.faults.filter { !ledger.reversals.isUndone($0.lines.first) }
        return (faults + reconciliation + spills).compactMap { finding($0) } + losses + inventory + (retention + expired + spent).compactMap { finding($0) }
    }

    /// Nil where no rule of the jurisdiction asks.
    private func finding(_ fault: LedgerFault, due: Instant? = nil) -> LedgerFinding? {
        guard let rule = rules[fault.check] else { return nil }
        if let drug = fault.lot.flatMap({ ledger.lots[$0] })?.drug, fault.check == .homeUse, drug != .esketamine { return nil }
        return LedgerFinding(
            rule: rule, text: fault.text, lot: fault.lot, session: fault.session, patient: fault.patient, lines: fault.lines, isBroken: fault.isBroken,
            due: due)
    }

    // MARK: - Sessions

    private var reconciliation: [LedgerFault] { ledger.sessions.flatMap { [unreconciled($0), contradicted($0)].compactMap { $0 } } }

    private func unreconciled(_ account: SessionAccount) -> LedgerFault? {
        guard account.difference != 0 else { return nil }
        let unit = account.unit
        guard let given = givenText(account) else {
            guard account.issued > account.wasted + account.returned + account.lost else { return nil }
            return fault(account, "issued \(unit.text(account.issued)); what was given is not recorded", isBroken: false)
        }
        let lost = account.lost == 0 ? "" : ", lost \(unit.text(account.lost))"
        return fault(
            account, "issued \(unit.text(account.issued)), given \(given), wasted \(unit.text(account.wasted)), returned \(unit.text(account.returned))" + lost)
    }

    private func contradicted(_ account: SessionAccount) -> LedgerFault? {
        guard account.isContradicted, let administered = account.administered, let charted = chartedText(account) else { return nil }
        return fault(account, "given \(account.unit.text(administered)) by the ledger, \(charted)")
    }

    /// What was given, with its mass where only the chart says it; the mass alone where it is no whole number of devices.
    private func givenText(_ account: SessionAccount) -> String? {
        guard account.isGivenByChart, let charted = chartedText(account) else { return account.given.map(account.unit.text) }
        return account.given.map { "\(account.unit.text($0)) (\(charted))" } ?? charted
    }

    private func chartedText(_ account: SessionAccount) -> String? {
        account.charted.map { "\(decimal(Double($0) / 1000)) mg by the chart" }
    }

    private func fault(_ account: SessionAccount, _ text: String, isBroken: Bool = true) -> LedgerFault {
        LedgerFault(
            check: .notReconciled, text: text, lot: account.lot.id, session: account.session.session, patient: account.session.patient, lines: account.lines,
            isBroken: isBroken)
    }

    // MARK: - Loss and spillage

    /// What was told to an authority of a line, once it had happened.
    private func notices(of line: LedgerLine) -> [LedgerLine] {
        ledger.lines.filter { $0.kind == .notify && $0.reference == line.id && $0.time.instant >= line.time.instant }
    }

    /// A loss, and a shortage that the book was adjusted to. Whether a shortage is a theft or a significant loss is for people to say.
    private var losses: [LedgerFinding] {
        guard let days = rules[.loss]?.limit?.value else { return [] }
        return ledger.lines.filter { $0.kind == .loss || $0.kind == .adjust && $0.amount ?? 0 < 0 }.filter { !ledger.reversals.isUndone($0.id) }
            .compactMap { line in
                let due = line.time.instant.addingBusinessDays(Int(days), offset: line.time.offset ?? 0)
                let told = notices(of: line).first
                let isLate = (told?.time.instant ?? asOf) > due
                if told != nil, !isLate || line.kind == .adjust { return nil }
                let text =
                    switch (line.kind, told) {
                    case (.loss, let notice?): "reported late, on \(notice.time.day)"
                    case (.loss, nil): "to be reported in writing"
                    default: "a shortage adjusted away: to be looked into for theft or loss, and reported where it is one"
                    }
                return finding(LedgerFault(.loss, text, line, more: told.map { [$0.id] } ?? [], isBroken: isLate && line.kind == .loss), due: due)
            }
    }

    private var spills: [LedgerFault] {
        ledger.lines.filter { $0.kind == .spill && !ledger.reversals.isUndone($0.id) }.compactMap { line in
            if line.isRecoverable == true {
                return notices(of: line).isEmpty ? LedgerFault(.spillRecoverable, "material to be destroyed or sent back", line, isBroken: false) : nil
            }
            guard line.witness == nil || line.reason == nil else { return nil }
            return LedgerFault(.spillLost, "spillage without its circumstances or without two signatures", line)
        }
    }

    // MARK: - Inventories and records

    /// Days between one inventory and the next, the first of them counted from the first receipt; whole days of the calendar.
    private var inventory: [LedgerFinding] {
        guard let limit = rules[.inventoryOverdue]?.limit.map({ Int($0.value) }), let receipt = ledger.lines.first(where: { $0.kind == .receive }) else {
            return []
        }
        let done = ledger.lines.filter { $0.kind == .inventory }
        let dates = (done.first.map { $0.time.instant <= receipt.time.instant } ?? false) ? done : [receipt] + done
        let gaps = zip(dates, dates.dropFirst()).compactMap { earlier, later -> LedgerFinding? in
            let days = later.time.day.number - earlier.time.day.number
            guard days > limit else { return nil }
            let text = "inventory of \(later.time.day) came \(days) days after \(earlier.kind == .inventory ? "the last" : "the first receipt")"
            return finding(LedgerFault(.inventoryOverdue, text, later, more: [earlier.id]))
        }
        guard let last = dates.last else { return gaps }
        let today = Moment(asOf, offset: last.time.offset ?? 0).day
        let text = last.kind == .inventory ? "last on \(last.time.day)" : "no inventory on record; first receipt on \(last.time.day)"
        let open = LedgerFault(
            check: .inventoryOverdue, text: text, lines: [last.id], isBroken: today.number - last.time.day.number > limit)
        let due = Day(number: last.time.day.number + limit).end(offset: last.time.offset ?? 0)
        return gaps + [finding(open, due: due)].compactMap { $0 }
    }

    private var retention: [LedgerFault] {
        guard let years = rules[.retention]?.limit?.value else { return [] }
        return ledger.lines.filter { $0.kind == .discardRecords }.compactMap { line in
            let oldest = line.time.day.adding(months: -Int(years * 12))
            guard let before = line.before, before <= oldest else {
                return LedgerFault(.retention, "records discarded that are younger than \(decimal(years)) years, or of no stated age", line)
            }
            return nil
        }
    }

    /// Stock past its date, whether or not anybody uses it.
    private var expired: [LedgerFault] {
        ledger.lots.values.sorted { $0.id < $1.id }.compactMap { lot in
            let left = ledger.balance(of: .stock, lot: lot.id)
            guard let expiry = lot.expiry, asOf.day > expiry, left > 0 else { return nil }
            return LedgerFault(
                check: .expiredLot, text: "\(lot.preparation.unit.text(left)) in stock expired on \(expiry): to be destroyed or sent back", lot: lot.id,
                isBroken: false)
        }
    }

    private var spent: [LedgerFault] {
        ledger.lots.values.sorted { $0.id < $1.id }.compactMap { lot in
            let left = ledger.balance(of: .given, lot: lot.id)
            guard lot.preparation.unit == .devices, left > 0 else { return nil }
            return LedgerFault(check: .spentDevice, text: "\(lot.preparation.unit.text(left)) spent, to be disposed of", lot: lot.id, isBroken: false)
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
        return day.end(offset: offset)
    }
}

extension Day {
    /// The end of the day in a zone so many minutes east of UTC.
    fileprivate func end(offset: Int) -> Instant { Day(number: number + 1).start.adding(minutes: -Double(offset)) }
}
