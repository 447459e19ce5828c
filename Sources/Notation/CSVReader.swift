/// One record of a comma-separated table.
public struct CSVRow: Sendable, Equatable {
    /// 1-based line of the file on which the record starts.
    public var line: Int
    public var fields: [String]
}

/// Reads RFC 4180 text: quoted fields with doubled quotes and line breaks, CRLF or LF, an optional byte-order mark.
///
/// Refuses what a lenient reader would repair silently (a row with missing cells, an open quote), with the line it is on.
public enum CSVReader {
    public static func read(_ bytes: [UInt8], file: String? = nil) throws(Diagnostic) -> [CSVRow] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Diagnostic("csv.utf8", at: Place(file: file), "bytes that are not UTF-8", expected: "UTF-8 text")
        }
        var rows: [CSVRow] = []
        var fields: [String] = []
        var field = ""
        var line = 1
        var rowLine = 1
        var quoteLine: Int?
        var wasQuoted = false
        var scalars = text.unicodeScalars[...]
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }

        func endRow() {
            fields.append(field)
            if fields != [""] || wasQuoted { rows.append(CSVRow(line: rowLine, fields: fields)) }
            fields = []
            field = ""
            wasQuoted = false
            rowLine = line
        }

        while let scalar = scalars.popFirst() {
            if scalar == "\n" { line += 1 }
            if quoteLine != nil {
                if scalar == "\"" {
                    if scalars.first == "\"" {
                        scalars.removeFirst()
                        field.unicodeScalars.append("\"")
                    } else {
                        quoteLine = nil
                    }
                } else {
                    field.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case "\"" where field.isEmpty && !wasQuoted:
                quoteLine = line
                wasQuoted = true
            case ",":
                fields.append(field)
                field = ""
                wasQuoted = false
            case "\r" where scalars.first == "\n": break
            case "\n": endRow()
            case _ where wasQuoted || scalar == "\"":
                throw Diagnostic(
                    "csv.quote", at: Place(file: file, line: line), "a quote inside a field", expected: "the whole field in quotes, inner quotes doubled")
            default: field.unicodeScalars.append(scalar)
            }
        }
        if let quoteLine {
            throw Diagnostic("csv.truncated", at: Place(file: file, line: quoteLine), "a quoted field is not closed", expected: "a closing quote")
        }
        if !field.isEmpty || !fields.isEmpty || wasQuoted { endRow() }
        return rows
    }
}
