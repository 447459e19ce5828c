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
        /// Destroyed on site.
        case destroy
        /// Handed to a reverse distributor.
        case reverseDistribute = "reverse_distribute"
        /// Spent devices disposed of.
        case dispose
        /// The book brought to the shelf after a mismatch was looked into.
        case adjust
        /// What was found on the shelf.
        case count
        /// The inventory of everything that regulation asks for; with a lot, what was found of it.
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
    /// When it was written down, where that was not at once.
    public var recorded: Moment?
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
    /// Whatever else was said of it.
    public var note: String?
    /// Of a receipt: who sent it, and under which paper.
    public var supplier: String?
    public var invoice: String?
    /// The line a reversal or notice refers to.
    public var reference: String?
    /// What a receipt says of its lot.
    public var received: Lot?
    /// Where waste, spillage or a loss came from, when the line says so.
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
    private static let synonyms: [String: LedgerLine.Kind] = [
        "give": .administer, "given": .administer, "administration": .administer, "returned": .return, "wastage": .waste, "theft_or_loss": .loss,
        "theft": .loss, "spill_lost": .spill, "spill_recoverable": .spill, "reversal": .reverse, "correction": .reverse, "biennial_inventory": .inventory,
    ]

    /// By its `type`, or another word for it.
    public init?(word: String) {
        guard let kind = Self(rawValue: word) ?? Self.synonyms[word] else { return nil }
        self = kind
    }

    /// Lines of which a second one, alike in every word, is a second movement.
    public var isEvent: Bool { moves || self == .reverse }

    /// Lines that need a second person.
    public var needsWitness: Bool { [.waste, .spill, .destroy, .reverseDistribute, .adjust, .count].contains(self) }

    /// Lines that say what was found.
    public var counts: Bool { [.count, .inventory].contains(self) }

    /// Lines that move an amount.
    public var moves: Bool { !counts && ![.reverse, .notify, .discardRecords].contains(self) }

    /// Which of several lines at the same instant goes first: movements, then what takes them back, then counts.
    var order: Int { (Self.allCases.firstIndex(of: self) ?? 0) + (counts ? Self.allCases.count : 0) }
}

extension LedgerLine {
    /// Whether the line has happened and was written down by then.
    func isKnown(at instant: Instant) -> Bool { time.instant <= instant && recorded.map { $0.instant <= instant } ?? true }

    /// Why the line cannot be entered for its lot; nil when it can, or when it enters nothing.
    func problem(in lots: [String: Lot]) -> (check: LedgerCheck, text: String)? {
        guard kind.moves || kind.counts, let id = lot, amount != nil else { return nil }
        guard let lot = lots[id] else { return (.unknownLot, "\(kind.rawValue) of a lot that was never received") }
        guard unit == lot.preparation.unit else {
            return (.wrongUnit, "\(kind.rawValue) in \(unit?.rawValue ?? "?") of a lot counted in \(lot.preparation.unit.rawValue)")
        }
        return nil
    }

    /// Whether the witness is another person than the actor. Spelling does not make another person: blanks, case, width and characters that
    /// nobody sees are set aside.
    public var isByTwoPeople: Bool { witness.map { Self.folded($0) != Self.folded(by) } ?? false }

    private static func folded(_ name: String) -> String {
        name.unicodeScalars.filter { !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint && !$0.isHidden }
            .map { $0.halfWidth.properties.lowercaseMapping }.joined()
    }
}

extension Unicode.Scalar {
    /// A control or format character: it is not seen, or turns the text around it.
    var isHidden: Bool { [.control, .format].contains(properties.generalCategory) }

    /// Fullwidth forms of ASCII (U+FF01 to U+FF5E) stand in its order.
    fileprivate var halfWidth: Unicode.Scalar { (0xFF01...0xFF5E).contains(value) ? Unicode.Scalar(value - 0xFEE0) ?? self : self }
}
