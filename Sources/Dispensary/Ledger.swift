import Notation

/// Where an amount of a lot is, or went. Every movement takes from one account what it puts into another, so that over all accounts of a lot
/// the sum is always zero.
public enum Account: Hashable, Sendable, Comparable {
    case supplier, stock, session(String), given, wasted, spilled, lost, destroyed, disposed, adjustment

    public var name: String { if case .session(let id) = self { "session \(id)" } else { "\(self)" } }
    public static func < (a: Account, b: Account) -> Bool { a.name < b.name }
}

/// What was given to a patient by the chart, for sessions whose ledger lines do not say it.
public struct GivenDose: Sendable, Equatable {
    public var session: String
    /// Nil when the chart names none.
    public var lot: String?
    /// µg of base.
    public var micrograms: Int

    public init(session: String, lot: String?, micrograms: Int) {
        self.session = session
        self.lot = lot
        self.micrograms = micrograms
    }
}

/// The accounts of controlled drugs: a fold over lines, in an order that does not depend on the order of arrival.
///
/// ```swift
/// let ledger = Ledger(lines, given: doses)
/// ledger.balance(of: .stock, lot: "A123")      // µL or devices
/// ledger.findings(rules, jurisdiction: .us, at: now)
/// ```
public struct Ledger: Sendable {
    /// In time order.
    public let lines: [LedgerLine]
    public private(set) var lots: [String: Lot] = [:]
    public private(set) var balances: [String: [Account: Int]] = [:]
    /// What each line took from where to where; reversals have the line's accounts exchanged.
    private(set) var postings: [String: [Posting]] = [:]
    /// Faults met while folding, in line order.
    private(set) var faults: [Fault] = []
    /// Lots whose last count did not match the book.
    public private(set) var frozen: [String: String] = [:]
    public let sessions: [SessionAccount]
    let reversals: Reversals

    /// What reversals have taken back so far, by line.
    private var taken: [String: Int] = [:]

    struct Posting: Sendable, Equatable {
        var lot: String
        var from: Account
        var to: Account
        var amount: Int
    }

    struct Fault: Sendable, Equatable {
        var check: LedgerCheck
        var text: String
        var line: LedgerLine
        var more: [String] = []
    }

    public init(_ lines: [LedgerLine], given: [GivenDose] = []) {
        self.lines = lines.sorted { ($0.time.instant, $0.kind.order, $0.id) < ($1.time.instant, $1.kind.order, $1.id) }
        for line in self.lines {
            if let lot = line.received, lots[lot.id] == nil { lots[lot.id] = lot }
        }
        reversals = Reversals(self.lines)
        sessions = SessionAccount.all(self.lines, lots: lots, reversals: reversals, given: given)
        let sources = WasteSources(self.lines, sessions: sessions, reversals: reversals)
        for line in self.lines { take(line, from: sources.account(of: line)) }
    }

    public func balance(of account: Account, lot: String) -> Int { balances[lot]?[account] ?? 0 }

    // MARK: - The fold

    /// - Parameter source: where waste and spillage come from.
    private mutating func take(_ line: LedgerLine, from source: Account) {
        if let witness = line.witness, Self.isSame(witness, line.by) { fault(.samePerson, "\(line.kind.rawValue): actor and witness are one person", line) }
        if line.witness == nil, line.kind.needsWitness || line.kind == .reverse && reversals.target(of: line)?.kind.needsWitness == true {
            fault(.missingWitness, "\(line.kind.rawValue) without a second person", line)
        }
        if line.isForHome == true { fault(.homeUse, "issued for use at home", line) }
        switch line.kind {
        case .count: count(line)
        case .reverse: reverse(line)
        case .inventory, .notify, .discardRecords: break
        default: move(line, from: source)
        }
    }

    private mutating func move(_ line: LedgerLine, from source: Account) {
        guard let id = line.lot, let amount = line.amount else { return }
        guard let lot = lots[id] else { return fault(.unknownLot, "\(line.kind.rawValue) of a lot that was never received", line) }
        guard line.unit == lot.preparation.unit else {
            return fault(.wrongUnit, "\(line.kind.rawValue) in \(line.unit?.rawValue ?? "?") of a lot counted in \(lot.preparation.unit.rawValue)", line)
        }
        if let other = line.received, other.drug != lot.drug || other.preparation != lot.preparation || other.expiry != lot.expiry {
            fault(.wrongUnit, "a receipt that describes the lot otherwise than the first", line)
        }
        let session = Account.session(line.session ?? "")
        let (from, to): (Account, Account) =
            switch line.kind {
            case .receive: (.supplier, .stock)
            case .issue: (.stock, session)
            case .administer: (session, .given)
            case .waste: (source, .wasted)
            case .spill: (source, .spilled)
            case .return: (session, .stock)
            case .loss: (.stock, .lost)
            case .destroy: (.stock, .destroyed)
            case .dispose: (.given, .disposed)
            case .adjust: (.adjustment, .stock)
            case .count, .inventory, .reverse, .notify, .discardRecords: (.stock, .stock)
            }
        if [.issue, .administer].contains(line.kind) {
            if let expiry = lot.expiry, line.time.day > expiry { fault(.expiredLot, "\(line.kind.rawValue) after the lot expired on \(expiry)", line) }
            if line.kind == .issue, let cause = frozen[id] { fault(.frozenLot, "issue from a lot that a count mismatch has frozen", line, more: [cause]) }
        }
        post(Posting(lot: id, from: from, to: to, amount: amount), line)
    }

    private mutating func post(_ posting: Posting, _ line: LedgerLine) {
        postings[line.id, default: []].append(posting)
        balances[posting.lot, default: [:]][posting.from, default: 0] -= posting.amount
        balances[posting.lot, default: [:]][posting.to, default: 0] += posting.amount
        let isExhausted = posting.amount > 0 ? posting.from : posting.to
        guard isExhausted != .supplier, isExhausted != .adjustment, balance(of: isExhausted, lot: posting.lot) < 0 else { return }
        let unit = lots[posting.lot]?.preparation.unit ?? .microlitres
        fault(.negativeStock, "\(isExhausted.name) of the lot stands at \(unit.text(balance(of: isExhausted, lot: posting.lot)))", line)
    }

    private mutating func count(_ line: LedgerLine) {
        guard let id = line.lot, let found = line.amount else { return }
        guard let lot = lots[id] else { return fault(.unknownLot, "count of a lot that was never received", line) }
        guard line.unit == lot.preparation.unit else {
            return fault(.wrongUnit, "count in \(line.unit?.rawValue ?? "?") of a lot counted in \(lot.preparation.unit.rawValue)", line)
        }
        if line.isEstimate == true, lot.preparation.unit == .devices { fault(.estimatedCount, "devices were estimated, not counted", line) }
        let book = balance(of: .stock, lot: id)
        if found == book {
            frozen[id] = nil
        } else {
            frozen[id] = line.id
            let unit = lot.preparation.unit
            fault(.countMismatch, "\(unit.text(found)) on the shelf, \(unit.text(book)) in the book", line)
        }
    }

    private mutating func reverse(_ line: LedgerLine) {
        guard let target = reversals.target(of: line), let posted = postings[target.id]?.first, target.kind != .reverse else {
            return fault(.reversal, "reversal of a line that is not there, comes later, or moved nothing", line)
        }
        let left = posted.amount - taken[target.id, default: 0]
        let amount = line.amount ?? left
        guard amount > 0, amount <= left else {
            let unit = lots[posted.lot]?.preparation.unit ?? .microlitres
            return fault(.reversal, "reversal of \(unit.text(amount)) where \(unit.text(left)) is left to reverse", line, more: [target.id])
        }
        taken[target.id, default: 0] += amount
        post(Posting(lot: posted.lot, from: posted.to, to: posted.from, amount: amount), line)
    }

    private mutating func fault(_ check: LedgerCheck, _ text: String, _ line: LedgerLine, more: [String] = []) {
        faults.append(Fault(check: check, text: text, line: line, more: more))
    }

    /// Two names that mean one person: blanks and case aside.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        a.lowercased().filter { !$0.isWhitespace } == b.lowercased().filter { !$0.isWhitespace }
    }
}

/// The reversals of a ledger, by the line they take back.
struct Reversals: Sendable {
    private let lines: [String: LedgerLine]
    private let amounts: [String: Int]

    init(_ lines: [LedgerLine]) {
        let byID = Dictionary(lines.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.lines = byID
        var amounts: [String: Int] = [:]
        for line in lines where line.kind == .reverse {
            guard let target = line.reference.flatMap({ byID[$0] }), let all = target.amount else { continue }
            amounts[target.id] = min(all, amounts[target.id, default: 0] + (line.amount ?? all))
        }
        self.amounts = amounts
    }

    func target(of line: LedgerLine) -> LedgerLine? { line.reference.flatMap { lines[$0] } }

    /// What is left of a line's amount.
    func left(of line: LedgerLine) -> Int { (line.amount ?? 0) - amounts[line.id, default: 0] }
}
