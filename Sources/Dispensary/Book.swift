import Notation

/// Lines put into accounts, one after the other.
struct Book: Sendable {
    private(set) var balances: [String: [Account: Int]] = [:]
    /// Faults met on the way, in line order.
    private(set) var faults: [LedgerFault] = []
    /// Lots whose last count did not match, with that count's id.
    private(set) var frozen: [String: String] = [:]

    private let lots: [String: Lot]
    private let reversals: Reversals
    private let sessions: Reconciliation
    /// What each line took from where to where.
    private(set) var postings: [String: Posting] = [:]
    /// Stock of its lot after each line.
    private(set) var stock: [String: Int] = [:]
    /// Stock of the lots that the lines of `instant` have moved, as it was before them.
    private var opening: [String: Int] = [:]
    private var instant: Instant?

    /// - Parameter lines: in the order of the ledger.
    init(_ lines: some Sequence<LedgerLine>, lots: [String: Lot], reversals: Reversals, sessions: Reconciliation) {
        self.lots = lots
        self.reversals = reversals
        self.sessions = sessions
        var doses = sessions.charted[...]
        for line in lines {
            while let dose = doses.first, dose.time <= line.time.instant {
                enter(dose.posting)
                doses.removeFirst()
            }
            take(line)
            if let lot = line.lot ?? reversals.target(of: line)?.lot { stock[line.id] = balance(of: .stock, lot: lot) }
        }
        for dose in doses { enter(dose.posting) }
    }

    func balance(of account: Account, lot: String) -> Int { balances[lot]?[account] ?? 0 }

    var hasMismatch: Bool { faults.contains { $0.check == .countMismatch } }

    private mutating func take(_ line: LedgerLine) {
        if line.time.instant != instant { (instant, opening) = (line.time.instant, [:]) }
        if line.witness != nil, !line.isByTwoPeople { fault(.samePerson, "\(line.kind.rawValue): actor and witness are one person", line) }
        if line.witness == nil, line.kind.needsWitness || line.kind == .reverse && reversals.target(of: line)?.kind.needsWitness == true {
            fault(.missingWitness, "\(line.kind.rawValue) without a second person", line)
        }
        if line.isForHome == true { fault(.homeUse, "issued for use at home", line) }
        if line.kind == .waste, line.reason == nil { fault(.wasteWithoutReason, "waste without a reason", line, isBroken: false) }
        if let problem = line.problem(in: lots) { return fault(problem.check, problem.text, line) }
        guard let lot = line.lot.flatMap({ lots[$0] }), let amount = line.amount, line.kind != .reverse else { return reverse(line) }
        if line.kind.moves { move(line, amount, of: lot) } else if line.kind.counts { count(line, amount, of: lot) }
    }

    private mutating func move(_ line: LedgerLine, _ amount: Int, of lot: Lot) {
        let session = sessions.session(of: line)
        let source = sessions.source(of: line)
        let (from, to): (Account, Account) =
            switch line.kind {
            case .receive: (.supplier, .stock)
            case .issue: (.stock, session)
            case .administer: (session, .given)
            case .waste: (source, .wasted)
            case .spill: (source, .spilled)
            case .return: (session, .stock)
            case .loss: (source, .lost)
            case .destroy: (.stock, .destroyed)
            case .reverseDistribute: (.stock, .distributor)
            case .dispose: (.given, .disposed)
            case .adjust: (.adjustment, .stock)
            case .count, .inventory, .reverse, .notify, .discardRecords: (.stock, .stock)
            }
        if let received = line.received { check(received, against: lot, line) }
        if [.issue, .administer].contains(line.kind), let expiry = lot.expiry, line.time.day > expiry {
            fault(.expiredLot, "\(line.kind.rawValue) after the lot expired on \(expiry)", line)
        }
        if from == .stock, let cause = frozen[lot.id] {
            fault(.frozenLot, "\(line.kind.rawValue) from a lot that a count mismatch has frozen", line, more: [cause])
        }
        if line.kind == .adjust, frozen[lot.id] == nil { fault(.adjustedUnasked, "book adjusted without a count that did not match", line) }
        post(Posting(lot: lot.id, from: from, to: to, amount: amount), line)
    }

    private mutating func check(_ received: Lot, against lot: Lot, _ line: LedgerLine) {
        if received != lot { fault(.wrongUnit, "a receipt that describes the lot otherwise than the first", line) }
        guard let expiry = received.expiry else { return fault(.expiredLot, "received without an expiry date: to be read off the pack", line, isBroken: false) }
        if line.time.day > expiry { fault(.expiredLot, "received after it expired on \(expiry): to be sent back", line, isBroken: false) }
    }

    private mutating func post(_ posting: Posting, _ line: LedgerLine) {
        postings[line.id] = posting
        enter(posting)
        let exhausted = posting.amount > 0 ? posting.from : posting.to
        guard exhausted != .supplier, exhausted != .adjustment, balance(of: exhausted, lot: posting.lot) < 0 else { return }
        let unit = lots[posting.lot]?.preparation.unit ?? .microlitres
        fault(.negativeStock, "\(exhausted.name) stands at \(unit.text(balance(of: exhausted, lot: posting.lot)))", line)
    }

    private mutating func enter(_ posting: Posting) {
        if opening[posting.lot] == nil { opening[posting.lot] = balance(of: .stock, lot: posting.lot) }
        balances[posting.lot, default: [:]][posting.from, default: 0] -= posting.amount
        balances[posting.lot, default: [:]][posting.to, default: 0] += posting.amount
    }

    /// A count is held against the book as it stood before or after the other lines of its instant: which of them the counter had seen, no
    /// clock tells.
    private mutating func count(_ line: LedgerLine, _ found: Int, of lot: Lot) {
        let unit = lot.preparation.unit
        if line.isEstimate == true, unit == .devices { fault(.estimatedCount, "devices were estimated, not counted", line) }
        let book = balance(of: .stock, lot: lot.id)
        if found != book, found != opening[lot.id] ?? book {
            frozen[lot.id] = line.id
            fault(.countMismatch, "\(unit.text(found)) on the shelf, \(unit.text(book)) in the book", line)
        } else if line.isByTwoPeople {
            frozen[lot.id] = nil
        }
    }

    private mutating func reverse(_ line: LedgerLine) {
        switch reversals.outcome(of: line) {
        case .takesBack(let id, let amount):
            guard let posted = postings[id] else { return }
            post(Posting(lot: posted.lot, from: posted.to, to: posted.from, amount: amount), line)
        case .refused(let fault): faults.append(fault)
        case nil: return
        }
    }

    private mutating func fault(_ check: LedgerCheck, _ text: String, _ line: LedgerLine, more: [String] = [], isBroken: Bool = true) {
        faults.append(LedgerFault(check, text, line, more: more, isBroken: isBroken))
    }
}
