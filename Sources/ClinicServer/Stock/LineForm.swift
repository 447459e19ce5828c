import Dispensary
import Notation
import Pharmacology

/// One kind of line of the ledger as people write it: its fields and its witness, declared once for the page, the check and the JSON.
struct LineForm: Sendable {
    /// Whether a second person stands by.
    enum Witness: Sendable { case none, possible, needed }

    var kind: LedgerLine.Kind
    var title: String
    /// When it is written, in a sentence.
    var use: String
    var fields: [EditorField]
    var witness: Witness

    init(_ kind: LedgerLine.Kind, _ title: String, _ use: String, _ fields: [EditorField], canHaveWitness: Bool = false) {
        (self.kind, self.title, self.use, self.fields) = (kind, title, use, fields)
        witness = kind.needsWitness ? .needed : canHaveWitness ? .possible : .none
    }

    var path: String { "/stock/record/\(kind.rawValue)" }

    /// What the form carries. Its `id` is made with the page, so that sending it twice is one line.
    var form: [FormField] {
        [.required("id", "Id of the form", .id)] + (fields + Self.late).flatMap(\.formFields) + witnessFields + [
            .optional("confirm", "Record it all the same", .flag), .optional("back", "Page to go to", .text(500)),
        ]
    }

    private var witnessFields: [FormField] {
        guard witness != .none else { return [] }
        let isRequired = witness == .needed
        return [
            FormField(name: "witness", title: "Second person", kind: .id, isRequired: isRequired),
            FormField(name: "witness_password", title: "Their password", kind: .secret, isRequired: isRequired),
            FormField(name: "witness_code", title: "Their code", kind: .secret, isRequired: isRequired),
        ]
    }

    /// Where it was not done just now, and what else there is to say.
    static let late: [EditorField] = [
        EditorField("time", "When it was done", .moment, hint: "Leave it empty for now."), EditorField("note", "Note", .line(500)),
    ]

    /// The line as the form says it, in the shape of the contract; who, when and who stood by are put in by the recorder.
    /// - Parameter lot: the lot it moves; nil for a receipt, and where it names none.
    func line(_ form: FormValues, lot: Lot?) throws -> JSONObject {
        var line: JSONObject = ["type": .string(kind.rawValue), "id": .string(form.text("id"))]
        let isDevice = lot.map { $0.preparation.unit == .devices } ?? (form["presentation"] == Self.devices)
        for field in fields + Self.late {
            guard let value = try field.json(form) else { continue }
            switch field.name {
            case "presentation": continue
            case "amount": line[isDevice ? StockUnit.devices.key : StockUnit.microlitres.key] = value
            case "strength": line[isDevice ? "strength_mg_per_device" : "strength_mg_per_ml"] = value
            case "recoverable", "estimate": line[field.name] = .bool(value.string == "true" || value.bool == true)
            default: line[field.name] = value
            }
        }
        return line
    }

    /// The field that a member of the line is entered in.
    func field(of key: String) -> EditorField? {
        let name = [StockUnit.devices.key, StockUnit.microlitres.key].contains(key) ? "amount" : key.hasPrefix("strength") ? "strength" : key
        return (fields + Self.late).first { $0.name == name }
    }

    /// Written on an ordinary day.
    var isEveryday: Bool { [.receive, .issue, .administer, .waste, .return, .count].contains(kind) }

    /// Links to forms, the everyday ones apart, as the template `stock-actions` has them.
    static func actions(_ forms: [LineForm], query: String = "") -> [String: Any] {
        func links(_ isEveryday: Bool) -> [[String: Any]] {
            forms.filter { $0.isEveryday == isEveryday }.map { ["actionTitle": $0.title, "actionHref": $0.path + query] }
        }
        return ["everyday": links(true), "others": links(false)]
    }

    static func of(_ kind: LedgerLine.Kind) -> LineForm? { all.first { $0.kind == kind } }
}

extension LineForm {
    private static let devices = "devices"
    private static let lot = EditorField("lot", "Lot", .line(60), required: true)
    private static let amount = amount("Amount", 0.001...1_000_000)
    private static let found = amount("Found", 0...1_000_000)
    private static let session = EditorField("session", "Session", .line(60), required: true)
    private static let anySession = EditorField("session", "Session, if it was for one", .line(60))
    private static let patient = EditorField("patient", "Patient", .line(60), required: true)
    private static let anyPatient = EditorField("patient", "Patient", .line(60))
    private static let line = EditorField("line", "Line", .line(200), required: true, hint: "The id of the line, as the page of its lot shows it.")
    private static let from = EditorField(
        "from", "Out of", .choice([.init("session", "what was issued to the session"), .init("stock", "an opened vial beside it")]),
        hint: "Leave it open and the ledger works it out.")

    private static func amount(_ title: String, _ range: ClosedRange<Double>) -> EditorField {
        EditorField("amount", title, .number(range), required: true, hint: "mL or devices, as the lot is counted.")
    }

    private static func reason(_ title: String, required: Bool = true) -> EditorField { EditorField("reason", title, .line(500), required: required) }

    /// In the order people meet them.
    static let all: [LineForm] = [
        LineForm(
            .receive, "Receive", "A lot has come from the supplier.",
            [
                lot, EditorField("drug", "Drug", .choice(Drug.allCases.map { .init($0.rawValue) }), required: true),
                EditorField("presentation", "Comes as", .choice([.init("solution", "a solution, in mL"), .init(devices, "devices")]), required: true),
                EditorField("strength", "Strength", .number(0.001...10_000), required: true, hint: "mg of base per mL, or in one device."),
                amount, EditorField("expiry", "Last day of use", .day, required: true, hint: "As printed on the pack."),
                EditorField("supplier", "Supplier", .line(200)), EditorField("invoice", "Invoice", .line(200)),
            ], canHaveWitness: true),
        LineForm(.issue, "Issue", "Drug leaves the cabinet for a session.", [lot, amount, session, patient]),
        LineForm(
            .administer, "Given", "What the patient got, where the chart does not say it.", [lot, amount, session, patient]),
        LineForm(
            .waste, "Waste", "A rest is made unusable, with a second person watching.",
            [lot, amount, anySession, anyPatient, reason("Why"), from]),
        LineForm(
            .return, "Return", "Unused drug goes back into the cabinet.", [lot, amount, session, patient, reason("Why", required: false)], canHaveWitness: true),
        LineForm(
            .count, "Count", "What is on the shelf, counted by two without looking at the book.",
            [lot, found, EditorField("estimate", "Estimated", .yesOrNo, hint: "Only an opened vial may be estimated, never devices.")]),
        LineForm(
            .inventory, "Inventory", "The inventory of everything that regulation asks for, one lot after the other.", [lot, found], canHaveWitness: true),
        LineForm(
            .adjust, "Adjust", "The book is brought to the shelf after a count that did not match was looked into.",
            [lot, amount("Change of the book", -1_000_000...1_000_000), reason("What was found out")]),
        LineForm(
            .spill, "Spill", "Drug was spilled or a container broke.",
            [
                lot, amount, anySession, anyPatient, EditorField("recoverable", "The material can be gathered", .yesOrNo, required: true),
                reason("What happened"), from,
            ]),
        LineForm(.loss, "Loss", "Drug is gone: theft or loss.", [lot, amount, anySession, anyPatient, reason("What is known")], canHaveWitness: true),
        LineForm(.destroy, "Destroy", "Stock is destroyed here.", [lot, amount, reason("Why")]),
        LineForm(
            .reverseDistribute, "Send back", "Stock is handed to a reverse distributor.", [lot, amount, reason("To whom, with which document")]),
        LineForm(.dispose, "Dispose", "Spent devices leave the clinic.", [lot, amount, reason("How", required: false)]),
        LineForm(
            .reverse, "Take back", "A line was wrong: it is taken back by another, and stays to be seen.",
            [line, EditorField("amount", "Amount", .number(0.001...1_000_000), hint: "Empty: all of it."), reason("What was wrong")], canHaveWitness: true),
        LineForm(.notify, "Tell authority", "An authority was told of a line, such as a loss.", [line, reason("Who was told, and how", required: false)]),
    ]
}
