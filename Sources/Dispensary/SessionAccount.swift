import Notation

/// What one session had of one lot: issued, given, wasted, returned, lost.
public struct SessionAccount: Sendable, Equatable {
    public let session: PatientSession
    public let lot: Lot
    public internal(set) var issued = 0
    /// What the ledger's own lines say was given; nil without such a line.
    public internal(set) var administered: Int?
    /// What charts say was given, µg of base; nil when they say nothing.
    public internal(set) var charted: Int?
    /// Waste and spillage that came out of what was issued.
    public internal(set) var wasted = 0
    /// Waste and spillage that came from stock beside what was issued: the rest of an opened vial.
    public internal(set) var wastedBeside = 0
    public internal(set) var returned = 0
    public internal(set) var lost = 0
    public internal(set) var lines: [String] = []
    /// What was given, by the ledger's lines, else by the chart. Nil when neither says, or when the chart's mass is no whole number of devices.
    public private(set) var given: Int?

    /// Waste and spillage of which nobody knows yet where it came from.
    private(set) var unplaced = 0
    /// Whether waste that does not say so came from stock.
    private(set) var isWasteBeside = false
    /// When the first was issued, and the first dose of the chart given.
    var firstIssue: Instant?
    var firstDose: Instant?

    init(session: PatientSession, lot: Lot) {
        self.session = session
        self.lot = lot
    }

    public var unit: StockUnit { lot.preparation.unit }
    public var isGivenByChart: Bool { administered == nil && charted != nil }

    /// Issued less given, wasted, returned and lost; nil while the amount given is not known.
    public var difference: Int? { given.map { held - $0 - wasted } }

    /// Whether ledger and chart both say what was given, and not the same.
    public var isContradicted: Bool {
        guard let administered, let charted else { return false }
        return lot.preparation.amount(micrograms: charted).map { abs($0 - administered) > tolerance } ?? true
    }

    /// Issued, and neither returned nor lost.
    private var held: Int { issued - returned - lost }

    /// A dose by the chart is a mass; the volume that carries it is read off a syringe to this many µL.
    private static let syringe = 10
    private var tolerance: Int { unit == .microlitres ? Self.syringe : 0 }

    /// Adds what is left of a line to where it belongs; a line wholly taken back says nothing.
    mutating func add(_ line: LedgerLine, left: Int) {
        guard left != 0 else { return }
        switch line.kind {
        case .issue:
            issued += left
            firstIssue = min(firstIssue ?? line.time.instant, line.time.instant)
        case .administer: administered = (administered ?? 0) + left
        case .waste, .spill:
            switch line.source {
            case .session: wasted += left
            case .stock: wastedBeside += left
            case nil: unplaced += left
            }
        case .return: returned += left
        case .loss where line.source != .stock: lost += left
        default: return
        }
        lines.append(line.id)
    }

    /// Adds what a chart says was given.
    mutating func chart(_ micrograms: Int, at time: Instant) {
        charted = (charted ?? 0) + micrograms
        firstDose = min(firstDose ?? time, time)
    }

    /// How many more µg a dose of the chart can have come from here.
    /// - Parameter isWasteBeside: whether waste that may have come from stock did.
    func room(isWasteBeside: Bool) -> Int {
        let carried = administered ?? held - wasted - (isWasteBeside ? 0 : unplaced)
        return max(0, lot.preparation.micrograms(amount: carried) - (charted ?? 0))
    }

    /// Decides what was given, and by it where waste came from: out of what was issued where that makes the account come out even, else,
    /// where it comes out even without it, out of the vial beside. A volume worked out from a mass counts as what the syringe showed.
    mutating func settle() {
        guard let stated = administered ?? charted.flatMap(lot.preparation.amount(micrograms:)) else { return }
        let beside = held - wasted
        let allowed = administered == nil ? tolerance : 0
        let even = [(beside - unplaced, false), (beside, true)].first { abs(stated - $0.0) <= allowed }
        given = even?.0 ?? stated
        place(beside: even?.1 ?? false)
    }

    mutating func place(beside: Bool) {
        guard unplaced > 0 else { return }
        if beside { wastedBeside += unplaced } else { wasted += unplaced }
        (isWasteBeside, unplaced) = (beside, 0)
    }
}
