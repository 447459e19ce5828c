import Notation

extension LedgerReview {
    /// The JSON of `ledger check` and `ledger balance`.
    public var json: JSONValue {
        [
            "as_of": .string(asOf.description),
            "ok": .init(broken.isEmpty),
            "lines": .init(ledger.lines.count),
            "broken": .array(broken.map(\.json)),
            "duties": .array(findings.filter { !$0.isBroken }.map(\.json)),
            "balances": .array(balancesJSON),
            "sessions": .array(ledger.sessions.map(\.json)),
        ]
    }

    private var balancesJSON: [JSONValue] {
        ledger.lots.values.sorted { $0.id < $1.id }.map { lot in
            let unit = lot.preparation.unit
            let charted = ledger.givenByChart(lot: lot.id)
            let accounts = (ledger.balances[lot.id] ?? [:]).sorted { $0.key < $1.key }.filter { $0.value != 0 }
            return [
                "lot": .string(lot.id), "drug": .string(lot.drug.rawValue), "expiry": .orNull(lot.expiry?.description),
                "stock": unit.json(ledger.balance(of: .stock, lot: lot.id)), "unit": .string(unit.key), "frozen": .init(ledger.frozen[lot.id] != nil),
                "given_per_chart": charted == 0 ? nil : unit.json(charted),
                "accounts": .object(JSONObject(accounts.map { ($0.key.name, unit.json($0.value)) })),
            ]
        }
    }
}

extension LedgerFinding {
    var json: JSONValue {
        [
            "rule": .string(rule.statement.id), "check": .string(rule.check.rawValue), "name": .string(rule.check.title),
            "kind": .string(rule.statement.kind.rawValue), "severity": .string(rule.statement.severity), "text": .string(text),
            "advice": rule.statement.advice.map { .string($0) }, "lot": lot.map { .string($0) }, "session": session.map { .string($0) },
            "patient": patient.map { .string($0) }, "lines": .init(lines),
            "due": due.map { .string($0.description) }, "source": .init(rule.statement.sources), "confidence": .string(rule.statement.confidence.rawValue),
        ]
    }
}

extension SessionAccount {
    var json: JSONValue {
        [
            "session": .string(session.session), "patient": session.patient.map { .string($0) }, "lot": .string(lot.id), "issued": unit.json(issued),
            "given": given.map(unit.json) ?? .null, "given_mg_per_chart": charted.map { JSONValue(Double($0) / 1000) }, "wasted": unit.json(wasted),
            "wasted_from_stock": wastedBeside == 0 ? nil : unit.json(wastedBeside), "returned": unit.json(returned),
            "lost": lost == 0 ? nil : unit.json(lost), "difference": difference.map(unit.json) ?? .null, "unit": .string(unit.key),
        ]
    }
}
