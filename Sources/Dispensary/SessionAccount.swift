import Notation

/// What one session had of one lot: issued, given, wasted, returned.
public struct SessionAccount: Sendable, Equatable {
    public var session: String
    public var lot: String
    public var unit: StockUnit
    public var issued = 0
    /// Nil when neither the ledger nor the chart says what was given.
    public var given: Int?
    /// Waste and spillage that came, or may have come, out of what was issued.
    public var wasted = 0
    public var returned = 0
    /// Waste and spillage that came from stock beside what was issued: the rest of an opened vial.
    public var wastedBeside = 0
    public var lines: [String] = []

    /// Issued less given, wasted and returned; nil while nobody knows what was given.
    public var difference: Int? { given.map { issued - $0 - wasted - returned } }

    /// A dose by the chart is a mass; the volume that carries it is read off a syringe to this many µL.
    static let syringe = 10

    static func all(_ lines: [LedgerLine], lots: [String: Lot], reversals: Reversals, given doses: [GivenDose]) -> [SessionAccount] {
        struct Key: Hashable { var session: String, lot: String }
        var accounts: [Key: SessionAccount] = [:]
        for line in lines {
            guard let session = line.session, let lot = line.lot.flatMap({ lots[$0] }), line.unit == lot.preparation.unit else { continue }
            let key = Key(session: session, lot: lot.id)
            var account = accounts[key] ?? SessionAccount(session: session, lot: lot.id, unit: lot.preparation.unit)
            let left = reversals.left(of: line)
            switch line.kind {
            case .issue: account.issued += left
            case .administer: account.given = (account.given ?? 0) + left
            case .waste, .spill: if line.source == .stock { account.wastedBeside += left } else { account.wasted += left }
            case .return: account.returned += left
            default: continue
            }
            account.lines.append(line.id)
            accounts[key] = account
        }
        // What a patient was given from a lot of this ledger was issued, or is missing from it.
        for dose in doses {
            guard let lot = dose.lot.flatMap({ lots[$0] }) else { continue }
            let key = Key(session: dose.session, lot: lot.id)
            if accounts[key] == nil { accounts[key] = SessionAccount(session: dose.session, lot: lot.id, unit: lot.preparation.unit) }
        }
        for (key, account) in accounts where account.given == nil {
            guard let lot = lots[key.lot] else { continue }
            // A dose that names no lot is taken from the only one the session had.
            let isOnly = accounts.keys.count { $0.session == key.session } == 1
            let mine = doses.filter { $0.session == key.session && ($0.lot == key.lot || $0.lot == nil && isOnly) }
            guard !mine.isEmpty else { continue }
            accounts[key]?.given = mine.compactMap { lot.preparation.amount(micrograms: $0.micrograms) }.reduce(0, +)
            accounts[key]?.settle(lot)
        }
        for key in accounts.keys { accounts[key]?.placeWaste() }
        return accounts.values.sorted { ($0.session, $0.lot) < ($1.session, $1.lot) }
    }

    /// A volume worked out from a mass counts as what the syringe showed.
    private mutating func settle(_ lot: Lot) {
        guard let given, lot.preparation.unit == .microlitres else { return }
        let beside = issued - returned
        for exact in [beside - wasted, beside] where abs(given - exact) < Self.syringe { self.given = exact }
    }

    /// Waste came out of what was issued when that makes the account come out even; else, when it does without it, out of the vial beside.
    private mutating func placeWaste() {
        guard let given, issued != given + wasted + returned, issued == given + returned else { return }
        (wastedBeside, wasted) = (wastedBeside + wasted, 0)
    }
}

/// Where waste that does not say so came from: what was issued to its session, or the vial it was drawn from.
///
/// What was given decides it. While nobody has recorded that, the lot's counts do: clinics issue either what is drawn up, with the waste in
/// it, or what is given, with the waste beside it, and a count fits one of the two. Without either the waste is part of what was issued.
struct WasteSources {
    private var isFromStock: Set<String> = []

    init(_ lines: [LedgerLine], sessions: [SessionAccount], reversals: Reversals) {
        let accounts = Dictionary(sessions.map { ([$0.session, $0.lot], $0) }, uniquingKeysWith: { first, _ in first })
        var undecided: [String: [LedgerLine]] = [:]
        for line in lines where line.kind == .waste || line.kind == .spill {
            guard let lot = line.lot else { continue }
            let account = line.session.flatMap { accounts[[$0, lot]] }
            if line.source == .stock || line.session == nil || account?.issued == 0 {
                isFromStock.insert(line.id)
            } else if line.source == nil, let account {
                if account.given == nil { undecided[lot, default: []].append(line) } else if account.wastedBeside > 0 { isFromStock.insert(line.id) }
            }
        }
        for (lot, waste) in undecided where Self.fits(lines, lot: lot, reversals, fromStock: isFromStock) == false {
            let beside = isFromStock.union(waste.map(\.id))
            if Self.fits(lines, lot: lot, reversals, fromStock: beside) == true { isFromStock = beside }
        }
    }

    /// Whether every count of the lot matches the book; nil without counts.
    private static func fits(_ lines: [LedgerLine], lot: String, _ reversals: Reversals, fromStock: Set<String>) -> Bool? {
        var (stock, counts, matches) = (0, 0, true)
        for line in lines where line.lot == lot {
            let amount = reversals.left(of: line)
            switch line.kind {
            case .receive, .return, .adjust: stock += amount
            case .issue, .loss, .destroy: stock -= amount
            case .waste, .spill: stock -= fromStock.contains(line.id) ? amount : 0
            case .count:
                counts += 1
                matches = matches && line.amount == stock
            default: break
            }
        }
        return counts == 0 ? nil : matches
    }

    func account(of line: LedgerLine) -> Account {
        isFromStock.contains(line.id) ? .stock : line.session.map { .session($0) } ?? .stock
    }
}
