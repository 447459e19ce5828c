import Notation
import Testing

@Suite struct CSVWriterTests {
    @Test func whatIsWrittenIsReadAgain() throws {
        let cells = ["plain", "", "a,b", "say \"far\"", "two\nlines", "cr\r\nlf", "-12.5", "é́ 😀", " blank "]
        let rows = try CSVReader.read(Array((CSVWriter.line(cells) + CSVWriter.line([nil, "x"])).utf8))
        #expect(rows.map(\.fields) == [cells, ["", "x"]])
    }

    /// No cell is a formula to a spreadsheet; numbers stay numbers.
    @Test(arguments: ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]) func formulasAreText(cell: String) throws {
        #expect(try CSVReader.read(Array(CSVWriter.line([cell, "-2", "+1e3"]).utf8)).first?.fields == ["'" + cell, "-2", "+1e3"])
    }
}
