/// One session of one patient. Charts number their sessions on their own, so that only both together say which session is meant.
public struct PatientSession: Hashable, Sendable, Comparable {
    public var session: String
    /// Nil when neither the ledger nor a chart says whose session it was.
    public var patient: String?

    public init(session: String, patient: String?) {
        self.session = session
        self.patient = patient
    }

    /// `s1`, or `s1 of p1`.
    public var name: String { patient.map { "\(session) of \($0)" } ?? session }
    public static func < (a: Self, b: Self) -> Bool { (a.session, a.patient ?? "") < (b.session, b.patient ?? "") }
}

/// Where an amount of a lot is, or went. Every movement takes from one account what it puts into another, so that over all accounts of a lot
/// the sum is always zero.
public enum Account: Hashable, Sendable, Comparable {
    case supplier, stock, session(PatientSession), given, wasted, spilled, lost, destroyed, distributor, disposed, adjustment

    public var name: String { if case .session(let session) = self { "session \(session.name)" } else { "\(self)" } }
    public static func < (a: Account, b: Account) -> Bool { a.name < b.name }
}

/// An amount of a lot on its way from one account to another.
struct Posting: Sendable, Equatable {
    var lot: String
    var from: Account
    var to: Account
    var amount: Int
}

/// Something wrong, or something to do, met while lines were put into accounts.
struct LedgerFault: Sendable, Equatable {
    var check: LedgerCheck
    var text: String
    var lot: String?
    var session: String?
    var patient: String?
    /// The line at fault first, then what it rests on; none for a fault of a chart's dose.
    var lines: [String] = []
    /// False for a duty.
    var isBroken = true
}

extension LedgerFault {
    init(_ check: LedgerCheck, _ text: String, _ line: LedgerLine, more: [String] = [], isBroken: Bool = true) {
        self.init(
            check: check, text: text, lot: line.lot, session: line.session, patient: line.patient, lines: [line.id] + more, isBroken: isBroken)
    }
}
