import Access
import Dispensary
import Guidance
import Notation

/// The controlled drug of one session, as its room shows it: what left the cabinet for it, and what became of that.
struct SessionDrug: Sendable {
    let accounts: [SessionAccount]
    private let ledger: Ledger

    /// - Parameter session: by its own name and its patient's.
    init(_ session: PatientSession, in review: LedgerReview) {
        ledger = review.ledger
        accounts = review.ledger.sessions.filter { $0.session == session || $0.session == PatientSession(session: session.session, patient: nil) }
    }

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

    /// The lot a form is filled in with: the one that was issued last, else the first of the drug that may be taken out.
    func lot(of plan: TreatmentProtocol?, at now: Instant) -> String? {
        let open = accounts.filter { $0.issued > 0 && $0.difference != 0 }.last ?? accounts.last { $0.issued > 0 }
        return open?.lot.id
            ?? ledger.lots.values.filter { lot in
                lot.drug == plan?.drug && ledger.frozen[lot.id] == nil && lot.expiry.map { $0 >= now.day } ?? true
                    && ledger.balance(of: .stock, lot: lot.id) > 0
            }.min { ($0.expiry?.number ?? .max, $0.id) < ($1.expiry?.number ?? .max, $1.id) }?.id
    }
}

extension Room {
    /// Kinds of lines that are written at the chair.
    private static let drugLines: [LedgerLine.Kind] = [.issue, .waste, .return]

    var drugModel: [String: Any] { ["drugRows": drug?.rows ?? [[String: Any]]()] }

    /// The forms stand beside the part of the page that is drawn again, so that nothing typed is lost.
    func drugForms(for request: ClinicRequest, _ ledger: Ledger) -> [[String: Any]] {
        guard request.person?.may(.writeStock) ?? false, let drug, !ledger.lots.isEmpty else { return [] }
        let forms = StockForms(clinic: clinic, ledger: ledger, request: request)
        let lot = drug.lot(of: record.plan, at: now).map { ["lot": $0] } ?? [:]
        return Self.drugLines.compactMap(LineForm.of).map { form in
            let values = ["session": record.id, "patient": patient].merging(lot) { first, _ in first }
            return ["lineTitle": form.title, "lineForm": forms.model(form, values: values, back: path + "/room")]
        }
    }
}
