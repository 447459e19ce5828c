/// Writes what `CSVReader` reads: RFC 4180, a line feed after each record.
public enum CSVWriter {
    /// One record. A cell that is nil is empty.
    public static func line(_ cells: [String?]) -> String { cells.map { $0.map(field) ?? "" }.joined(separator: ",") + "\n" }

    /// Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"); numbers stay as they are.
    private static func field(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } == true && Double(text) == nil
        let text = isFormula ? "'" + text : text
        guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
