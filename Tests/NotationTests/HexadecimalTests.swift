import Notation
import Testing

@Suite struct HexadecimalTests {
    @Test func everyByteIsTwoDigitsAndComesBack() {
        let bytes = (0...255).map { UInt8($0) }
        let text = hexadecimal(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
        #expect([UInt8](hexadecimal: text) == bytes && [UInt8](hexadecimal: text.uppercased()) == bytes)
        #expect(hexadecimal([]).isEmpty && [UInt8](hexadecimal: "") == [])
    }

    @Test(arguments: ["0", "abc", "0g", "+1", "0x", "00 ", "é0", "００"])
    func whatIsNoPairOfDigitsIsNothing(text: String) {
        #expect([UInt8](hexadecimal: text) == nil)
    }
}
