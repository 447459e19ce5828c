import Notation
import Testing

@Suite struct UCUMTests {
    @Test(arguments: [
        "mg", "mg/kg", "mg/d", "ug/kg", "mg/h", "mL", "mm[Hg]", "/min", "%", "{score}", "Cel", "kg", "cm", "kg/m2", "h", "min", "d", "wk", "mo", "a", "{count}",
        "U/L",
        "ng/mL", "mmol/L", "10*9/L", "mg/kg/h", "{beats}/min", "[degF]", "[lb_av]", "m[IU]/L", "1", "L/(h.kg)", "ug/mL{base}", "m2.s-1",
    ])
    func reads(symbol: String) { #expect(Unit(symbol) != nil) }

    @Test(arguments: ["", "mgs", "MG", "mmHg", "bpm", "stone", "mg//kg", "mg/", "/", "kg m", "m[Hg", "{", "mg)", "(mg", "°C", "0", "beats/min", "mg}"])
    func refuses(symbol: String) { #expect(Unit(symbol) == nil) }

    @Test(arguments: [
        (98.6, "[degF]", 37.0, "Cel"), (1.0, "kg", 1000.0, "g"), (180.0, "[lb_av]", 81.646_626_6, "kg"), (70.0, "[in_i]", 177.8, "cm"),
        (1.0, "g/d", 1000.0, "mg/d"), (120.0, "mm[Hg]", 15.998_64, "kPa"), (1.0, "/s", 60.0, "/min"), (37.0, "Cel", 310.15, "K"), (500.0, "ug", 0.5, "mg"),
        (0.5, "mg/kg", 500.0, "ug/kg"), (1.0, "U/L", 1.0 / 60, "ukat/L"),
    ])
    func converts(value: Double, from: String, expected: Double, to: String) throws {
        let units = try (#require(Unit(from)), #require(Unit(to)))
        let result = try #require(units.0.convert(value, to: units.1))
        #expect(abs(result - expected) < 1e-6 * max(1, abs(expected)))
    }

    @Test func refusesToConvertBetweenKinds() throws {
        for (from, to) in [("mg/dL", "umol/L"), ("mm[Hg]", "/min"), ("mg", "mL"), ("[IU]/L", "U/L")] {
            let units = try (#require(Unit(from)), #require(Unit(to)))
            #expect(units.0.convert(1, to: units.1) == nil)
        }
    }
}

@Suite struct CSVReaderTests {
    @Test func readsQuotesBreaksAndLineNumbers() throws {
        let rows = try CSVReader.read(Array("\u{FEFF}a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\r\n,\r\n3,".utf8))
        #expect(rows.map(\.fields) == [["a", "b"], ["x, \"y\"\nz", "2"], ["", ""], ["3", ""]])
        #expect(rows.map(\.line) == [1, 2, 5, 6])
    }

    @Test(arguments: [("a,\"b", "csv.truncated"), ("a,b\"c", "csv.quote"), ("\"a\"b,c", "csv.quote")])
    func refuses(text: String, code: String) throws {
        let error = try #require(throws: Diagnostic.self) { try CSVReader.read(Array(text.utf8)) }
        #expect(error.code == code)
    }

    @Test func refusesInvalidUTF8() throws {
        let error = try #require(throws: Diagnostic.self) { try CSVReader.read([0x61, 0xFF]) }
        #expect(error.code == "csv.utf8")
    }
}
