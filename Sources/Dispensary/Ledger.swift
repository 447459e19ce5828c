import Notation

/// The accounts of controlled drugs: a fold over lines, in an order that does not depend on the order of arrival.
///
/// ```swift
/// let ledger = Ledger(lines, given: doses)
/// ledger.balance(of: .stock, lot: "A123")      // µL or devices
/// ```
public struct Ledger: Sendable {
    /// In time order.
    public let lines: [LedgerLine]
    public let lots: [String: Lot]
    public let sessions: [SessionAccount]
    let reversals: Reversals
    /// Faults of lines, in their order, then those of sessions and doses.
    let faults: [LedgerFault]
    private let book: Book

    public var balances: [String: [Account: Int]] { book.balances }
    /// Lots whose last count did not match the book and which nothing has released since, with that count's id.
    public var frozen: [String: String] { book.frozen }

    public init(_ lines: [LedgerLine], given: [GivenDose] = []) {
        let lines = lines.sorted { ($0.time.instant, $0.kind.order, $0.id) < ($1.time.instant, $1.kind.order, $1.id) }
        let lots = Dictionary(lines.compactMap(\.received).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let reversals = Reversals(lines, lots: lots)
        let sessions = Self.placingWaste(Reconciliation(lines, lots: lots, reversals: reversals, doses: given)) { sessions, lot in
            let own = lines.lazy.filter { ($0.lot ?? reversals.target(of: $0)?.lot) == lot }
            return Book(own, lots: lots, reversals: reversals, sessions: sessions).hasMismatch
        }
        book = Book(lines, lots: lots, reversals: reversals, sessions: sessions)
        self.sessions = sessions.sessions
        faults = book.faults + sessions.faults
        (self.lines, self.lots, self.reversals) = (lines, lots, reversals)
    }

    public func balance(of account: Account, lot: String) -> Int { book.balance(of: account, lot: lot) }

    /// Whether anything of a lot is in stock, in a session, or spent and not disposed of.
    public func isInUse(_ lot: String) -> Bool {
        (balances[lot] ?? [:]).contains { account, amount in
            switch account {
            case .stock, .session: amount != 0
            case .given: amount != 0 && lots[lot]?.preparation.unit == .devices
            default: false
            }
        }
    }

    /// Whether a count did not match the book.
    public func isMismatch(_ count: String) -> Bool { faults.contains { $0.check == .countMismatch && $0.lines.first == count } }

    /// The lines of a lot in the order of the ledger, with what each left in stock.
    public func entries(lot: String) -> [LotEntry] {
        lines.filter { ($0.lot ?? reversals.target(of: $0)?.lot) == lot }.map { line in
            let posting = book.postings[line.id]
            return LotEntry(
                line: line, from: posting?.from, to: posting?.to, amount: posting?.amount ?? line.amount, stock: book.stock[line.id] ?? 0,
                isTakenBack: reversals.isUndone(line.id))
        }
    }

    /// How much of what was given of a lot only charts speak of.
    public func givenByChart(lot: String) -> Int { sessions.filter { $0.lot.id == lot && $0.isGivenByChart }.compactMap(\.given).reduce(0, +) }

    /// Waste that does not say where it came from, in a session of which nobody knows what was given.
    ///
    /// The lot's counts decide: clinics issue either what is drawn up, with the waste in it, or what is given, with the waste beside it, and a
    /// count fits one of the two. Without either the waste is part of what was issued.
    private static func placingWaste(_ sessions: Reconciliation, hasMismatch: (Reconciliation, String) -> Bool) -> Reconciliation {
        sessions.undecided.reduce(sessions) { sessions, lot in
            let (inside, beside) = (sessions.placing(lot, beside: false), sessions.placing(lot, beside: true))
            return hasMismatch(inside, lot) && !hasMismatch(beside, lot) ? beside : inside
        }
    }
}

/// One line in the account of its lot.
public struct LotEntry: Sendable, Equatable {
    public var line: LedgerLine
    /// Where it moved its amount from and to; nil where it moves nothing or was refused.
    public var from: Account?
    public var to: Account?
    /// In the unit of the lot; what was found, for a count.
    public var amount: Int?
    /// What the book has in stock after it.
    public var stock: Int
    /// Reversed as a whole.
    public var isTakenBack: Bool
}
