import Notation
import Pharmacology

/// One line of the ledger: what was done with a controlled drug, by whom. Lines are never changed; a correction is a reversal.
public struct LedgerLine: Sendable, Equatable, Identifiable {
    public enum Kind: String, Sendable, CaseIterable {
        /// From the supplier into stock.
        case receive
        /// From stock to a session.
        case issue
        /// Of what was issued, into the patient.
        case administer
        /// Of what was issued, or of the rest in an opened vial, to waste.
        case waste
        /// Of what was issued, back into stock.
        case `return`
        /// Spilled or broken.
        case spill
        /// Gone: theft or loss.
        case loss
        /// Destroyed on site, or handed to a reverse distributor.
        case destroy
        /// Spent devices disposed of.
        case dispose
        /// The book brought to the shelf after a mismatch was looked into.
        case adjust
        /// What was found on the shelf.
        case count
        /// The inventory of everything that regulation asks for.
        case inventory
        /// Takes back another line, or part of it.
        case reverse
        /// An authority was told of another line.
        case notify
        /// Records thrown away.
        case discardRecords = "discard_records"
    }

    public var id: String
    public var time: Moment
    public var kind: Kind
    public var lot: String?
    /// µL or devices, as the lot is counted; nil where a line moves nothing.
    public var amount: Int?
    public var unit: StockUnit?
    public var session: String?
    public var patient: String?
    public var by: String
    public var witness: String?
    public var reason: String?
    /// The line a reversal or notice refers to.
    public var reference: String?
    /// What a receipt says of its lot.
    public var received: Lot?
    /// Where waste or spillage came from, when the line says so.
    public var source: Source?
    /// Of a spillage: the material can be gathered. Of a count: estimated, not counted.
    public var isRecoverable: Bool?
    public var isEstimate: Bool?
    /// Handed out for use at home.
    public var isForHome: Bool?
    /// Of discarded records: those older than this day.
    public var before: Day?

    public enum Source: String, Sendable, CaseIterable { case session, stock }
}

extension LedgerLine.Kind {
    /// Other words for a line.
    static let synonyms: [String: LedgerLine.Kind] = [
        "give": .administer, "given": .administer, "administration": .administer, "returned": .return, "wastage": .waste, "theft_or_loss": .loss,
        "theft": .loss, "spill_lost": .spill, "spill_recoverable": .spill, "reversal": .reverse, "correction": .reverse, "biennial_inventory": .inventory,
    ]

    /// Lines that need a second person.
    var needsWitness: Bool { [.waste, .spill, .destroy, .adjust, .count].contains(self) }

    /// Lines that move an amount.
    var moves: Bool { ![.count, .inventory, .reverse, .notify, .discardRecords].contains(self) }

    /// Which of several lines at the same time goes first.
    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
