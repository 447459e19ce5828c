import Access
import Dispensary
import Hummingbird
import Notation

/// The stock of controlled drugs: what is where, what the rules find, and a form for each kind of line.
struct StockRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: SignInDesk

    var routes: [Route] {
        [
            .get("/stock", .permission(.readStock), "Stock by lot, and what the rules of the ledger find.", audit: .readStock) { try stock($0) },
            .get("/stock/lots/:lot", .permission(.readStock), "The lines of one lot.", audit: .readStock) { try lot($0) }.asking(["page", "line"]),
            .get("/stock/witness-hint", .permission(.writeStock), "How to witness in a demonstration.") { request in
                guard let hint = clinic.demonstrationHint else { throw HTTPError(.notFound) }
                return .json(["hint": .string(hint(request.now))])
            },
        ] + LineForm.all.flatMap(routes)
    }

    private func routes(_ form: LineForm) -> [Route] {
        [
            .get(form.path, .permission(.writeStock), "A form for a line of the ledger: \(form.kind.rawValue).") { try page(form, $0) }
                .asking(form.fields.map(\.name) + ["back"]),
            .post(form.path, .permission(.writeStock), "Writes a line of the ledger: \(form.kind.rawValue).", form.form) { request in
                let line = try await LedgerRecorder(clinic: clinic, desk: desk).record(form, request)
                let review = try clinic.stock.review(at: request.now)
                let lot = line.lot ?? review.ledger.lines.first { $0.id == line.reference }?.lot
                return .seeOther(ownPath(request.form["back"], else: lot.map { lotPath($0) + "?line=" + percentEncoded(line.id) } ?? "/stock"))
            },
        ]
    }

    private func stock(_ request: ClinicRequest) throws -> Response {
        let view = StockView(clinic, try clinic.stock.review(at: request.now))
        var model = view.overview
        let mayWrite = request.person?.may(.writeStock) ?? false
        model["mayWrite"] = mayWrite
        if mayWrite { model["actions"] = LineForm.actions(LineForm.all) }
        return try pages.render("stock", for: request, title: "Stock", model)
    }

    private func lot(_ request: ClinicRequest) throws -> Response {
        let view = StockView(clinic, try clinic.stock.review(at: request.now))
        let parameters = request.uri.queryParameters
        let mayWrite = request.person?.may(.writeStock) ?? false
        guard var model = view.lot(request["lot"], page: parameters["page"].flatMap { Int($0) } ?? 1, mayWrite: mayWrite) else {
            throw HTTPError(.notFound, message: "No lot of that name was received.")
        }
        model["said"] = parameters["line"].flatMap { view.said(of: String($0), lot: request["lot"]) }
        return try pages.render("stock-lot", for: request, title: "Lot \(request["lot"])", model)
    }

    /// One line's form, with what the link said.
    private func page(_ form: LineForm, _ request: ClinicRequest) throws -> Response {
        let parameters = request.uri.queryParameters
        let values = Dictionary(
            form.fields.compactMap { field in parameters[field.name[...]].map { (field.name, String($0)) } }, uniquingKeysWith: { first, _ in first })
        let ledger = try clinic.stock.review(at: request.now).ledger
        let back = parameters["back"].map(String.init).map { ownPath($0, else: "") } ?? ""
        let forms = StockForms(clinic: clinic, ledger: ledger, request: request)
        var model: [String: Any] = [
            "useText": form.use, "lineForm": forms.model(form, values: values, back: back), "lineTitle": form.title,
            "isUnreceived": ledger.lots.isEmpty && form.kind != .receive, "receivePath": "/stock/record/receive",
        ]
        (model["crumbText"], model["crumbHref"]) = back.isEmpty ? ("Stock", "/stock") : ("Back", back)
        return try pages.render("stock-line", for: request, title: form.title, model)
    }
}

/// The page of a lot.
func lotPath(_ lot: String) -> String { "/stock/lots/" + percentEncoded(lot) }

/// Forms of the table as the template `stock-form` draws them.
struct StockForms {
    let clinic: Clinic
    let ledger: Ledger
    let request: ClinicRequest

    /// - Parameters:
    ///   - values: what is filled in already, by the names of the fields.
    ///   - back: where to go when it is recorded; empty: to the lot.
    func model(_ form: LineForm, values: [String: String] = [:], back: String = "") -> [String: Any] {
        let prefix = form.kind.rawValue
        var model: [String: Any] = [
            "formID": clinic.newID("l"), "formAction": form.path, "formPrefix": prefix, "submitText": form.title, "formBack": back,
            "fields": EditorForm(form.fields.map { drawn($0, for: form) }, prefix: prefix, values: values).fields,
            "lateFields": EditorForm(LineForm.late, prefix: prefix).fields, "isWeighed": !form.kind.counts,
        ]
        if form.witness != .none {
            model["witnessing"] = [
                "isNeeded": form.witness == .needed, "witnesses": witnesses, "witnessHint": clinic.demonstrationHint?(request.now) ?? "",
            ]
        }
        return model
    }

    /// Lots are chosen from those received: for a count any of them, else those of which something is in stock or in a session.
    private func drawn(_ field: EditorField, for form: LineForm) -> EditorField {
        guard field.name == "lot", form.kind != .receive else { return field }
        let lots = ledger.lots.values.filter { form.kind.counts || form.kind == .adjust || ledger.isInUse($0.id) }.sorted { $0.id < $1.id }
        var field = field
        field.input = .choice(
            lots.map { lot in .init(lot.id, ([lot.id, lot.drug.rawValue, lot.strengthText] + expiry(lot)).joined(separator: " · ")) })
        return field
    }

    private func expiry(_ lot: Lot) -> [String] { lot.expiry.map { ["use by \($0)"] } ?? [] }

    /// Everybody who may stand by, but for the person who writes.
    private var witnesses: [[String: Any]] {
        clinic.access.book.accounts.values.filter { $0.id != request.author && $0.may(.witnessStock) && clinic.access.book.openAccount($0.id) != nil }
            .sorted { ($0.name, $0.id) < ($1.name, $1.id) }.map { ["witnessAccount": $0.id, "witnessName": $0.name] }
    }
}

extension Lot {
    /// `50 mg/mL`, `28 mg a device`.
    var strengthText: String {
        switch preparation {
        case .solution(let micrograms): "\(decimal(Double(micrograms) / 1000)) mg/mL"
        case .device(let micrograms): "\(decimal(Double(micrograms) / 1000)) mg a device"
        }
    }
}
