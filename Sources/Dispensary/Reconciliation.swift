import Notation

/// The ledger's lines and the charts' doses, brought together session by session and lot by lot.
struct Reconciliation: Sendable {
    private struct Key: Hashable, Comparable {
        var session: PatientSession
        var lot: String

        static func < (a: Key, b: Key) -> Bool { (a.session, a.lot) < (b.session, b.lot) }
    }

    private var accounts: [Key: SessionAccount] = [:]
    private let index: SessionIndex
    /// What is wrong with doses, and with lines that fit no session.
    private(set) var faults: [LedgerFault] = []

    /// - Parameter lines: in the order of the ledger.
    init(_ lines: [LedgerLine], lots: [String: Lot], reversals: Reversals, doses: [GivenDose]) {
        let doses = doses.sorted(by: GivenDose.precedes)
        index = SessionIndex(lines, doses: doses)
        for line in lines {
            guard let key = key(of: line), let lot = lots[key.lot], line.problem(in: lots) == nil else { continue }
            accounts[key, default: SessionAccount(session: key.session, lot: lot)].add(line, left: reversals.left(of: line))
        }
        let known = Known(accounts.keys, issues: lines.filter { $0.kind == .issue }.compactMap { line in key(of: line).map { ($0, line.time.day) } })
        for dose in doses { take(dose, lots, known, opened: lines.first?.time.instant) }
        faults += index.ambiguous.map { LedgerFault(.ambiguousPatient, "\($0.kind.rawValue) that may belong to several patients with this session", $0) }
        for key in accounts.keys where accounts[key]?.issued == 0 { accounts[key]?.place(beside: true) }
        for key in accounts.keys { accounts[key]?.settle() }
        let ambiguous = Set(index.ambiguous.map(\.id))
        for line in lines where [.waste, .spill, .loss].contains(line.kind) && line.source != .stock && !ambiguous.contains(line.id) {
            guard let account = key(of: line).flatMap({ accounts[$0] }), account.issued == 0 else { continue }
            faults.append(LedgerFault(.sessionWithoutIssue, "\(line.kind.rawValue) of a session that was issued nothing of the lot", line))
        }
    }

    var sessions: [SessionAccount] { accounts.sorted { $0.key < $1.key }.map(\.value) }

    // MARK: - Doses

    /// The accounts that lines speak of, by session and by the day of an issue.
    private struct Known {
        let byOwner: [PatientSession: [Key]]
        let bySession: [String: [Key]]
        let byDay: [Day: Set<Key>]

        init(_ keys: some Collection<Key>, issues: [(Key, Day)]) {
            byOwner = Dictionary(grouping: keys, by: \.session)
            bySession = Dictionary(grouping: keys, by: \.session.session)
            byDay = Dictionary(issues.map { ($0.1, [$0.0]) }, uniquingKeysWith: { $0.union($1) })
        }

        /// Accounts of the dose's session, or, where it names none, with an issue of its day.
        func near(_ dose: GivenDose) -> [Key] {
            guard let session = dose.session else { return Array(dose.time.flatMap { byDay[$0.day] } ?? []) }
            guard let patient = dose.patient else { return bySession[session] ?? [] }
            return [patient, nil].flatMap { byOwner[PatientSession(session: session, patient: $0)] ?? [] }
        }
    }

    /// Finds the accounts a dose was taken from, or says why there is none.
    ///
    /// - Parameter opened: when the ledger begins; doses before it are none of its business, unless it holds their lot.
    private mutating func take(_ dose: GivenDose, _ lots: [String: Lot], _ known: Known, opened: Instant?) {
        if let named = dose.lot {
            guard let lot = lots[named] else {
                if let opened, dose.instant >= opened { report(.unknownLot, "\(dose.text) given of a lot that was never received", dose) }
                return
            }
            if let drug = dose.drug, drug != lot.drug { report(.wrongDrug, "\(dose.text) given of a lot of \(lot.drug.rawValue)", dose) }
        }
        let session = candidates(dose, known)
        let fitting = session.filter { key in dose.lot == nil && dose.drug != nil ? lots[key.lot]?.drug == dose.drug : true }
        guard fitting.isEmpty else { return share(dose, among: fitting) }
        if let lot = dose.lot.flatMap({ lots[$0] }), let id = dose.session, let micrograms = dose.micrograms {
            let key = Key(session: PatientSession(session: id, patient: dose.patient), lot: lot.id)
            accounts[key, default: SessionAccount(session: key.session, lot: lot)].chart(micrograms, at: dose.instant)
            inspect(dose, at: key)
        } else if dose.lot != nil {
            report(.notReconciled, "\(dose.text) given that nobody issued", dose)
        } else if !session.isEmpty {
            report(.wrongDrug, "\(dose.text) given in a session that was issued another drug", dose)
        } else if let opened, dose.instant >= opened {
            report(.notReconciled, "\(dose.text) given, of no stated lot, that nobody issued", dose, isBroken: false)
        }
    }

    /// The accounts that a dose's session, patient and lot leave possible: the patient's own, else those of nobody named. A dose that names no
    /// lot can have come from any with an issue.
    private func candidates(_ dose: GivenDose, _ known: Known) -> [Key] {
        let near = known.near(dose).filter { key in dose.lot.map { key.lot == $0 } ?? (accounts[key]?.issued != 0) }.sorted()
        let own = near.filter { dose.patient == nil || $0.session.patient == dose.patient }
        return own.isEmpty ? near.filter { $0.session.patient == nil } : own
    }

    /// Shares a dose out over the accounts it may have come from, each up to what it has left; what is too much stays with the last. A dose of
    /// unknown mass leaves open what was given.
    private mutating func share(_ dose: GivenDose, among keys: [Key]) {
        guard var left = dose.micrograms else {
            if let only = keys.first, keys.count == 1 { inspect(dose, at: only) }
            return
        }
        var shares: [Key: Int] = [:]
        for isWasteBeside in [false, true] {
            for key in keys {
                let room = (accounts[key]?.room(isWasteBeside: isWasteBeside) ?? 0) - shares[key, default: 0]
                let share = min(left, max(0, room))
                shares[key, default: 0] += share
                left -= share
            }
        }
        if let last = keys.last { shares[last, default: 0] += left }
        for key in keys {
            guard let share = shares[key], share > 0 else { continue }
            accounts[key]?.chart(share, at: dose.instant)
            inspect(dose, at: key)
        }
    }

    /// The date and time of a dose against those of what it was taken from.
    private mutating func inspect(_ dose: GivenDose, at key: Key) {
        guard let account = accounts[key], let time = dose.time else { return }
        if let expiry = account.lot.expiry, time.day > expiry { report(.expiredLot, "given after the lot expired on \(expiry)", dose, at: account) }
        if let issue = account.firstIssue, time.instant < issue {
            report(.doseBeforeIssue, "\(dose.text) given before anything was issued", dose, at: account)
        }
    }

    private mutating func report(_ check: LedgerCheck, _ text: String, _ dose: GivenDose, at account: SessionAccount? = nil, isBroken: Bool = true) {
        faults.append(
            LedgerFault(
                check: check, text: text, lot: account?.lot.id ?? dose.lot, session: dose.session ?? account?.session.session, patient: dose.patient,
                isBroken: isBroken))
    }

    // MARK: - Lines

    private func key(of line: LedgerLine) -> Key? {
        guard let session = index.session(of: line), let lot = line.lot else { return nil }
        return Key(session: session, lot: lot)
    }

    /// The account of the session a line speaks of; stock when it speaks of none.
    func session(of line: LedgerLine) -> Account { index.session(of: line).map { .session($0) } ?? .stock }

    /// Where waste, spillage or a loss came from: what was issued to its session, or stock.
    func source(of line: LedgerLine) -> Account {
        let isBeside = line.source == nil && line.kind != .loss && key(of: line).flatMap { accounts[$0]?.isWasteBeside } == true
        return line.source == .stock || isBeside ? .stock : session(of: line)
    }

    /// What charts say was given and no line of the ledger does, as movements.
    var charted: [(time: Instant, posting: Posting)] {
        sessions.compactMap { account in
            guard account.isGivenByChart, let given = account.given, given != 0 else { return nil }
            let posting = Posting(lot: account.lot.id, from: .session(account.session), to: .given, amount: given)
            return (account.firstDose ?? GivenDose.untimed, posting)
        }.sorted { $0.time < $1.time }
    }

    // MARK: - Waste nobody has placed

    /// Lots with waste of which neither the lines nor what was given say where it came from.
    var undecided: [String] { Set(accounts.filter { $0.value.unplaced > 0 }.keys.map(\.lot)).sorted() }

    /// Puts all undecided waste of a lot into its sessions, or into stock beside them.
    func placing(_ lot: String, beside: Bool) -> Reconciliation {
        var copy = self
        for (key, account) in accounts where key.lot == lot && account.unplaced > 0 { copy.accounts[key]?.place(beside: beside) }
        return copy
    }
}
