import Access
import Dispensary
import Notation

/// The controlled drug of one session, as its room shows it: what left the cabinet for it, and what became of that.
struct SessionDrug: Sendable {
    let accounts: [SessionAccount]

    var rows: [[String: Any]] {
        accounts.map { account in
            let unit = account.unit
            let left = account.difference
            let given = account.given.map(unit.text) ?? account.charted.map { "\(decimal(Double($0) / 1000)) mg" }
            let standing: (text: String, tone: String) =
                switch left {
                case 0?: ("accounted for", "ok")
                case let left?: ("\(unit.text(left)) not accounted for", "major")
                case nil: account.issued == 0 ? ("nothing issued", "moderate") : ("given is not known yet", "moderate")
                }
            return withoutEmpty([
                "drugLot": account.lot.id, "drugLotHref": lotPath(account.lot.id), "drugName": account.lot.drug.rawValue, "issued": unit.text(account.issued),
                "drugGiven": given ?? "not known", "givenSource": account.charted == nil || account.administered != nil ? "" : "by the chart",
                "drugWasted": unit.text(account.wasted), "beside": account.wastedBeside == 0 ? "" : "and \(unit.text(account.wastedBeside)) beside it",
                "drugReturned": unit.text(account.returned), "standingText": standing.text, "standingTone": standing.tone,
            ])
        }
    }

    /// The lot a form is filled in with: the one that is not accounted for, else the last that was issued. Nil: somebody chooses.
    var lot: String? { (accounts.last { $0.issued > 0 && $0.difference != 0 } ?? accounts.last { $0.issued > 0 })?.lot.id }
}

extension Room {
    /// Kinds of lines that are written at the chair.
    private static let drugLines: [LedgerLine.Kind] = [.issue, .waste, .return]

    var drugModel: [String: Any] { ["drugRows": drug?.rows ?? [[String: Any]]()] }

    /// The forms stand beside the part of the page that is drawn again, so that nothing typed is lost.
    func drugForms(for request: ClinicRequest, _ ledger: Ledger) -> [[String: Any]] {
        guard request.person?.may(.writeStock) ?? false, let drug, !ledger.lots.isEmpty else { return [] }
        let forms = StockForms(clinic: clinic, ledger: ledger, request: request)
        let lot = drug.lot.map { ["lot": $0] } ?? [:]
        return Self.drugLines.compactMap(LineForm.of).map { form in
            let values = ["session": record.id, "patient": patient].merging(lot) { $1 }
            return ["lineTitle": form.title, "lineForm": forms.model(form, values: values, back: path + "/room")]
        }
    }
}
