import Notation
import Psychometrics

/// Reads a table of scores: `patient,time,instrument` and either `total` or one column per item.
///
/// An item column is named by the item's id or `item1`…; an empty cell or `NA` is a missing answer. Further columns `id`, `rater`,
/// `session`, `recorded`, `author`, `source` and `note` mean what they mean in a fact; any other column is kept with the fact and
/// reported as not understood.
public enum CSVScoreReader {
    private static let factColumns = ["id", "patient", "time", "instrument", "rater", "session", "recorded", "author", "source", "note"]

    public static func read(_ bytes: [UInt8], file: String?, instruments: InstrumentCatalog) throws(Diagnostic) -> [Draft] {
        let rows = try CSVReader.read(bytes, file: file)
        guard let header = rows.first else {
            throw Diagnostic("csv.empty", at: Place(file: file), "is empty", expected: "a header line patient,time,instrument,total")
        }
        let columns = header.fields.map { $0.trimmed.lowercased() }
        let place = Place(file: file, line: header.line)
        for column in ["patient", "time", "instrument"] where !columns.contains(column) {
            throw Diagnostic("csv.column", at: place, "the column \(quoted(column)) is missing", expected: "patient,time,instrument and total or item columns")
        }
        if let repeated = columns.first(where: { name in columns.filter { $0 == name }.count > 1 }) {
            throw Diagnostic("csv.column", at: place, "the column \(quoted(repeated)) stands twice", expected: "each column once")
        }
        var drafts: [Draft] = []
        for row in rows.dropFirst() {
            let place = Place(file: file, line: row.line)
            guard row.fields.count == columns.count else {
                throw Diagnostic("csv.row", at: place, "has \(row.fields.count) cells", expected: "\(columns.count), as the header")
            }
            drafts.append(try draft(Dictionary(uniqueKeysWithValues: zip(columns, row.fields.map(\.trimmed))), columns, at: place, instruments))
        }
        return drafts
    }

    private static func draft(_ cells: [String: String], _ columns: [String], at place: Place, _ instruments: InstrumentCatalog) throws(Diagnostic) -> Draft {
        let name = cells["instrument"] ?? ""
        guard let instrument = instruments.named(name) else {
            throw Diagnostic(
                "csv.instrument", at: place.at("instrument"), "\(quoted(name)) is not known", expected: "an instrument of `euthymia knowledge list`")
        }
        var fact = JSONObject([("type", "assessment")])
        var answers: [(key: String, value: JSONValue)] = []
        for column in columns {
            let cell = cells[column] ?? ""
            if factColumns.contains(column) {
                if !cell.isEmpty { fact[column] = column == "instrument" ? .string(instrument.id) : .string(cell) }
            } else if column == "total" {
                if !cell.isEmpty { fact["total"] = try number(cell, at: place.at(column)) }
            } else if instrument.hasItem(named: column) {
                answers.append((column, isMissing(cell) ? .null : try number(cell, at: place.at(column))))
            } else if !cell.isEmpty {
                fact[column] = .string(cell)
            }
        }
        if answers.contains(where: { $0.value != .null }) { fact["answers"] = .object(JSONObject(answers)) }
        return Draft(fact, at: place)
    }

    private static func isMissing(_ cell: String) -> Bool { cell.isEmpty || cell.uppercased() == "NA" }

    private static func number(_ cell: String, at place: Place) throws(Diagnostic) -> JSONValue {
        guard let value = try? JSONReader.read(cell), case .number = value else {
            throw Diagnostic("csv.number", at: place, "is not a number", expected: "a number, or NA")
        }
        return value
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
