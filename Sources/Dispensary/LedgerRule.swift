import Evidence
import Notation

/// What the ledger is checked for.
public enum LedgerCheck: String, Codable, Sendable, CaseIterable {
    case negativeStock = "negative_stock"
    case missingWitness = "missing_witness"
    case samePerson = "same_person_twice"
    case notReconciled = "issued_not_given_and_wasted"
    case countMismatch = "count_mismatch"
    case expiredLot = "expired_lot"
    case unknownLot = "unknown_lot"
    case wrongUnit = "wrong_unit"
    case frozenLot = "frozen_lot"
    case reversal = "reversal_exceeds"
    case inventoryOverdue = "inventory_overdue"
    case estimatedCount = "estimated_count"
    case loss = "theft_or_loss"
    case spillRecoverable = "spill_recoverable"
    case spillLost = "spill_lost"
    case retention = "record_retention"
    case spentDevice = "spent_device"
    case homeUse = "home_use"
    case wrongDrug = "wrong_drug"
    case doseBeforeIssue = "dose_before_issue"
    case adjustedUnasked = "adjusted_without_mismatch"
    case sessionWithoutIssue = "session_without_issue"
    case ambiguousPatient = "ambiguous_patient"
    case wasteWithoutReason = "waste_without_reason"

    /// As people say it.
    public var title: String {
        switch self {
        case .notReconciled: "issued ≠ given + wasted"
        default: rawValue.replacing("_", with: " ")
        }
    }
}

/// A rule of the ledger: what it says of itself, what it checks, and the number it needs.
public struct LedgerRule: Codable, Sendable, Equatable {
    public var check: LedgerCheck
    public var statement: RuleStatement
    /// Days, years or µL, as the check has it.
    public var limit: Sourced<Double>?

    enum CodingKeys: String, CodingKey { case check, limit }

    public init(from decoder: any Decoder) throws {
        statement = try RuleStatement(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        check = try container.decode(LedgerCheck.self, forKey: .check)
        limit = try container.decodeIfPresent(Sourced<Double>.self, forKey: .limit)
    }

    public func encode(to encoder: any Encoder) throws {
        try statement.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(check, forKey: .check)
        try container.encodeIfPresent(limit, forKey: .limit)
    }
}

/// One thing the ledger is found to have wrong, or asks to be done.
public struct LedgerFinding: Sendable, Equatable {
    public var rule: LedgerRule
    public var text: String
    public var lot: String?
    public var session: String?
    public var patient: String?
    /// Lines it rests on.
    public var lines: [String]
    /// False for a duty that is open but not late.
    public var isBroken: Bool
    /// When a duty has to be done.
    public var due: Instant?
}
