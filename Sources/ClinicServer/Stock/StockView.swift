import Access
import Dispensary
import Evidence
import Notation

/// The ledger as its pages show it.
struct StockView {
    let clinic: Clinic
    let review: LedgerReview
    private let names: [AccountID: String]

    /// Findings of a kind and lines of a lot on one page, at most.
    private static let shown = 100
    /// Lots that expire within so many days are marked: a clinic default.
    static let soonDays = 30.0

    init(_ clinic: Clinic, _ review: LedgerReview) {
        (self.clinic, self.review) = (clinic, review)
        names = clinic.access.book.accounts.mapValues(\.name)
    }

    private var ledger: Ledger { review.ledger }
    private func name(_ person: String) -> String { names[person] ?? person }

    // MARK: - All lots

    var overview: [String: Any] {
        let broken = review.broken
        let duties = review.findings.filter { !$0.isBroken }
        return [
            "lots": ledger.lots.values.sorted { $0.id < $1.id }.map(row), "hasLots": !ledger.lots.isEmpty,
            "findingGroups": [
                group("broken", "Broken rules", "No rule is broken.", broken), group("duties", "To do", "Nothing is open.", duties),
            ],
            "looseLines": ledger.lines.reversed().filter { $0.lot == nil && target(of: $0)?.lot == nil }.prefix(Self.shown).map { loose($0) },
        ]
    }

    private func target(of line: LedgerLine) -> LedgerLine? { line.reference.flatMap { id in ledger.lines.first { $0.id == id } } }

    private func amounts(_ lot: Lot) -> (stock: String, held: String, given: String, charted: String, wasted: String) {
        let unit = lot.preparation.unit
        func text(_ account: Dispensary.Account) -> String { unit.text(ledger.balance(of: account, lot: lot.id)) }
        let held = (ledger.balances[lot.id] ?? [:]).reduce(0) { sum, entry in if case .session = entry.key { sum + entry.value } else { sum } }
        let charted = ledger.givenByChart(lot: lot.id)
        return (text(.stock), unit.text(held), text(.given), charted == 0 ? "" : "\(unit.text(charted)) by charts", text(.wasted))
    }

    private func row(_ lot: Lot) -> [String: Any] {
        let amounts = amounts(lot)
        let expiry = expiry(of: lot)
        return withoutEmpty([
            "lotLabel": lot.id, "lotHref": lotPath(lot.id), "drug": lot.drug.rawValue, "strength": lot.strengthText, "expiryText": expiry.text,
            "expiryTone": expiry.tone, "expiryWord": expiry.word, "stock": amounts.stock, "held": amounts.held, "given": amounts.given,
            "charted": amounts.charted, "wasted": amounts.wasted, "frozenText": frozen(lot)?.text ?? "",
        ])
    }

    private func expiry(of lot: Lot) -> (text: String, tone: String, word: String) {
        guard let expiry = lot.expiry else { return ("not recorded", "moderate", "read it off the pack") }
        let text = Moment(expiry).reading
        guard ledger.balance(of: .stock, lot: lot.id) > 0 else { return (text, "", "") }
        if expiry < review.asOf.day { return (text, "major", "expired") }
        return expiry <= review.asOf.adding(days: Self.soonDays).day ? (text, "moderate", "soon") : (text, "", "")
    }

    private func frozen(_ lot: Lot) -> (text: String, line: String)? {
        guard let cause = ledger.frozen[lot.id] else { return nil }
        let count = ledger.lines.first { $0.id == cause }
        return (count.map { "the count of \($0.time.reading) did not match" } ?? "a count did not match", cause)
    }

    // MARK: - Findings

    private func group(_ id: String, _ title: String, _ nothing: String, _ findings: [LedgerFinding]) -> [String: Any] {
        [
            "groupID": id, "groupTitle": title, "groupNothing": nothing, "groupCount": findings.isEmpty ? "" : "\(findings.count)",
            "findings": findings.prefix(Self.shown).enumerated().map { model($1, id: "\(id)-\($0)") },
            "groupMore": findings.count > Self.shown ? "\(findings.count - Self.shown) more; `euthymia ledger check` names them all." : "",
        ]
    }

    private func model(_ finding: LedgerFinding, id: String) -> [String: Any] {
        let rule = finding.rule.statement
        let place = [
            finding.lot.map { "lot \($0)" }, finding.session.map { "session " + PatientSession(session: $0, patient: finding.patient).name },
            // The end of a day is that day.
            finding.due.map { "due \($0 == $0.day.start ? Moment($0.adding(minutes: -1).day).reading : "\(Moment($0).reading) UTC")" },
        ].compactMap { $0 }.joined(separator: ", ")
        let severity = finding.isBroken ? (rule.action == .block ? "contraindication" : "major") : "moderate"
        // What is still to be done is due, not overdue.
        let title = finding.isBroken ? finding.rule.check.title : finding.rule.check.title.replacing("overdue", with: "due")
        var model = FindingModel(
            id: id, severity: severity, severityText: finding.isBroken ? "Broken" : "To do",
            text: "\(title.capitalizedFirst): \(finding.text)" + (place.isEmpty ? "" : " (\(place))"), rule: rule.id, kind: rule.kind,
            advice: rule.advice, why: rule.note, because: [], sources: rule.sources, confidence: rule.confidence,
            jurisdictions: (rule.jurisdictions ?? Jurisdiction.allCases).map(\.rawValue).joined(separator: ", ")
        ).values(sources: clinic.knowledge.sources, summaries: [:])
        model["because"] = finding.lines.map { id -> [String: Any] in
            let line = ledger.lines.first { $0.id == id }
            let lot = line.flatMap { $0.lot ?? target(of: $0)?.lot } ?? finding.lot
            return ["becauseHref": (lot.map(lotPath) ?? "/stock") + "#fact-" + percentEncoded(id), "becauseText": line.map(summary) ?? id]
        }
        return model
    }

    /// `waste 0.3 mL, 4 Mar 2024 09:40, Nina Ahlgren`.
    private func summary(_ line: LedgerLine) -> String {
        let amount = line.amount.flatMap { amount in line.unit.map { " " + $0.text(amount) } } ?? ""
        return "\(line.kind.words)\(amount), \(line.time.reading), \(name(line.by))"
    }

    // MARK: - One lot

    /// The view model of a lot's page; nil for a lot that was never received.
    func lot(_ id: String, page: Int, mayWrite: Bool) -> [String: Any]? {
        guard let lot = ledger.lots[id] else { return nil }
        let unit = lot.preparation.unit
        let amounts = amounts(lot)
        let expiry = expiry(of: lot)
        let entries = ledger.entries(lot: id).reversed()
        let first = max(0, (max(1, min(page, 1_000_000)) - 1) * Self.shown)
        var model: [String: Any] = [
            "lotLabel": id, "drug": lot.drug.rawValue, "strength": lot.strengthText, "expiryText": expiry.text, "mayWrite": mayWrite,
            "tiles": [
                tile("In stock", amounts.stock, "by the book"), tile("In sessions", amounts.held, "issued, not yet accounted for"),
                tile("Given", amounts.given, amounts.charted), tile("Wasted", amounts.wasted, ""),
                tile("Use by", expiry.text, expiry.word, tone: expiry.tone),
            ],
            "findings": review.findings.filter { $0.lot == id }.prefix(Self.shown).enumerated().map { self.model($1, id: "lot-\($0)") },
            "entries": entries.dropFirst(first).prefix(Self.shown).map { row($0, unit, mayWrite: mayWrite) }, "entryCount": "\(entries.count)",
        ]
        if mayWrite {
            let forms = LineForm.all.filter { form in form.kind != .receive && form.fields.contains { $0.name == "lot" } }
            model["actions"] = LineForm.actions(forms, query: "?lot=" + percentEncoded(id))
        }
        if let frozen = frozen(lot) {
            model["frozen"] = [
                "frozenText": frozen.text, "frozenHref": "#fact-" + percentEncoded(frozen.line), "countHref": "/stock/record/count?lot=" + percentEncoded(id),
            ]
        }
        if first > 0 { model["newerHref"] = "?page=\(page - 1)" }
        if entries.count > first + Self.shown { model["olderHref"] = "?page=\(max(1, page) + 1)" }
        return model
    }

    private func tile(_ question: String, _ answer: String, _ detail: String, tone: String = "") -> [String: Any] {
        ["question": question, "answer": answer, "detail": detail, "tone": tone]
    }

    private func row(_ entry: LotEntry, _ unit: StockUnit, mayWrite: Bool) -> [String: Any] {
        let line = entry.line
        var row = loose(line)
        row["amountText"] = entry.amount.map(unit.text) ?? ""
        row["wayText"] = entry.from.flatMap { from in entry.to.map { "\(from.word) → \($0.word)" } } ?? ""
        row["balanceText"] = unit.text(entry.stock)
        row["isTakenBack"] = entry.isTakenBack
        row["takeBackHref"] =
            mayWrite && line.kind.moves && !entry.isTakenBack ? "/stock/record/reverse?line=\(percentEncoded(line.id))" : ""
        row["notifyHref"] = mayWrite && line.kind == .loss ? "/stock/record/notify?line=\(percentEncoded(line.id))" : ""
        return withoutEmpty(row)
    }

    /// Everything that was said of a line in words.
    private func said(of line: LedgerLine) -> String {
        [line.reason, line.supplier.map { "from \($0)" }, line.invoice.map { "invoice \($0)" }, line.note].compactMap { $0 }.joined(separator: "; ")
    }

    private func loose(_ line: LedgerLine) -> [String: Any] {
        var row: [String: Any] = [
            "lineID": "fact-" + percentEncoded(line.id), "lineName": line.id, "when": line.time.reading, "whenISO": line.time.description,
            "kindWords": line.kind.words, "byName": name(line.by), "witnessName": line.witness.map(name) ?? "", "reasonText": said(of: line),
            "recordedText": line.recorded.flatMap { $0.instant == line.time.instant ? nil : "recorded \($0.reading)" } ?? "",
            "ofText": line.reference.map { id in ledger.lines.first { $0.id == id }.map(summary) ?? id } ?? "",
        ]
        if let session = line.session {
            row["lineSession"] = [
                "sessionText": PatientSession(session: session, patient: line.patient).name,
                "sessionHref": line.patient.map { "/patients/\(percentEncoded($0))/sessions/\(percentEncoded(session))" } ?? "",
            ]
        }
        return row
    }

    // MARK: - After a line was written

    /// What became of a line that was just written: of a count, whether it agrees with the book.
    func said(of id: String, lot: String) -> [String: Any]? {
        guard let entry = ledger.entries(lot: lot).first(where: { $0.line.id == id }), let unit = ledger.lots[lot]?.preparation.unit else { return nil }
        let amount = entry.amount.map(unit.text) ?? ""
        guard entry.line.kind.counts, entry.line.amount != nil else { return ["saidText": "Recorded: \(entry.line.kind.words) \(amount).", "isGood": true] }
        let isMismatch = ledger.isMismatch(id)
        return [
            "saidText": isMismatch
                ? "Counted \(amount); the book has \(unit.text(entry.stock)). This does not agree: the lot is frozen until two people have looked into it."
                : "Counted \(amount): this agrees with the book.",
            "isGood": !isMismatch,
        ]
    }
}

extension LedgerLine.Kind {
    var words: String { rawValue.replacing("_", with: " ") }
}

extension Dispensary.Account {
    /// Its name in a line that says elsewhere which session it is.
    fileprivate var word: String { if case .session = self { "session" } else { name } }
}
