/// What the reversals of a ledger take back, and which of them are refused.
struct Reversals: Sendable {
    enum Outcome: Sendable, Equatable {
        /// Takes back so much of the line with that id.
        case takesBack(String, Int)
        case refused(LedgerFault)
    }

    private var lines: [String: LedgerLine] = [:]
    private var outcomes: [String: Outcome] = [:]
    private var taken: [String: Int] = [:]

    /// - Parameter lines: in the order of the ledger.
    init(_ lines: [LedgerLine], lots: [String: Lot]) {
        for line in lines where self.lines[line.id] == nil {
            if line.kind == .reverse { outcomes[line.id] = decide(line, lots) }
            if case .takesBack(let id, let amount) = outcomes[line.id] { taken[id, default: 0] += amount }
            self.lines[line.id] = line
        }
    }

    private func decide(_ line: LedgerLine, _ lots: [String: Lot]) -> Outcome {
        guard let target = line.reference.flatMap({ lines[$0] }), let all = target.amount, target.kind.moves, target.problem(in: lots) == nil else {
            return .refused(LedgerFault(.reversal, "reversal of a line that is not there, comes later, or moved nothing", line))
        }
        func refused(_ check: LedgerCheck, _ text: String) -> Outcome {
            var fault = LedgerFault(check, text, line, more: [target.id])
            fault.lot = target.lot
            return .refused(fault)
        }
        if let unit = line.unit, let own = target.unit, unit != own {
            return refused(.wrongUnit, "reversal in \(unit.rawValue) of a line in \(own.rawValue)")
        }
        for (key, said, meant) in [
            ("lot", line.lot, target.lot), ("session", line.session, target.session), ("patient", line.patient, target.patient),
        ] {
            if let said, let meant, said != meant { return refused(.reversal, "reversal that names another \(key) than its line") }
        }
        let left = left(of: target)
        let amount = line.amount ?? left
        guard amount != 0, amount.signum() == all.signum(), amount.magnitude <= left.magnitude else {
            let unit = target.unit ?? .microlitres
            return refused(.reversal, "reversal of \(unit.text(amount)) where \(unit.text(left)) is left to reverse")
        }
        return .takesBack(target.id, amount)
    }

    func outcome(of line: LedgerLine) -> Outcome? { outcomes[line.id] }

    /// The line a reversal or notice refers to, wherever it stands.
    func target(of line: LedgerLine) -> LedgerLine? { line.reference.flatMap { lines[$0] } }

    /// What is left of a line's amount.
    func left(of line: LedgerLine) -> Int { (line.amount ?? 0) - taken[line.id, default: 0] }

    /// Whether a line was taken back as a whole; what was wrong with it is mended.
    func isUndone(_ id: String?) -> Bool {
        guard let line = id.flatMap({ lines[$0] }), line.kind.moves, line.amount ?? 0 != 0 else { return false }
        return left(of: line) == 0
    }
}
