import Dispensary
import Evidence
import Notation

/// A ledger as a person reads it in a terminal.
struct LedgerText {
    let review: LedgerReview

    var balances: String {
        let lots = review.ledger.lots.values.sorted { $0.id < $1.id }
        let rows = lots.map { lot -> [String] in
            let unit = lot.preparation.unit
            let held = (review.ledger.balances[lot.id] ?? [:]).filter { account, amount in
                if case .session = account { amount != 0 } else { false }
            }.sorted { $0.key < $1.key }.map { "\($0.key.name) \(unit.text($0.value))" }
            return [
                lot.id, lot.drug.rawValue, lot.expiry?.description ?? "", unit.text(review.ledger.balance(of: .stock, lot: lot.id)),
                unit.text(review.ledger.balance(of: .given, lot: lot.id)) + perChart(lot), unit.text(review.ledger.balance(of: .wasted, lot: lot.id)),
                held.joined(separator: ", ") + (review.ledger.frozen[lot.id] == nil ? "" : "  frozen"),
            ]
        }
        return Terminal.table(["lot", "drug", "expiry", "stock", "given", "wasted", "in sessions"], rows, rightAligned: [3, 4, 5])
    }

    /// How much of what was given only charts speak of.
    private func perChart(_ lot: Lot) -> String {
        let amount = review.ledger.givenByChart(lot: lot.id)
        return amount == 0 ? "" : " (\(lot.preparation.unit.text(amount)) per chart)"
    }

    var check: String {
        let answer =
            review.broken.isEmpty
            ? Terminal.styled("no rule broken", .green) : Terminal.styled("\(review.broken.count) broken", .red)
        let duties = review.findings.filter { !$0.isBroken }
        let heading = "Ledger of \(review.ledger.lines.count) lines, \(review.ledger.lots.count) lots as of \(review.asOf): \(answer)"
        return ([heading] + review.broken.flatMap { lines($0, "broken", .red) } + duties.flatMap { lines($0, "to do", .yellow) }).joined(separator: "\n")
    }

    private func lines(_ finding: LedgerFinding, _ word: String, _ style: Terminal.Style) -> [String] {
        let rule = finding.rule.statement
        let place = [
            finding.lot.map { "lot \($0)" }, finding.session.map { PatientSession(session: $0, patient: finding.patient).name }.map { "session \($0)" },
            finding.due.map { "due \($0)" },
        ].compactMap { $0 }
        let recalled = rule.confidence == .recalled ? " [recalled, not verified]" : ""
        let first =
            "  " + Terminal.styled(Terminal.left(word, 7), style) + Terminal.left(rule.id, 6) + " [\(rule.kind.title)] "
            + "\(finding.rule.check.title): \(finding.text)" + (place.isEmpty ? "" : " (\(place.joined(separator: ", ")))")
        let asks = rule.advice.map { "asks for: " + $0 + recalled }
        let basis =
            "source \(rule.sources.isEmpty ? "none" : rule.sources.joined(separator: ", "))"
            + (finding.lines.isEmpty ? "" : " · lines \(finding.lines.joined(separator: ", "))")
        return [first] + (asks.map { Terminal.wrapped($0, width: 100).map { "          " + $0 } } ?? [])
            + Terminal.wrapped(basis, width: 100).map { Terminal.styled("          " + $0, .dim) }
    }
}
