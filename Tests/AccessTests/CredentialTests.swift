import Access
import Notation
import Testing

@Suite struct CredentialTests {
    /// RFC 6238, appendix B (SHA-1), the last six of its eight digits.
    @Test func codesAreThoseOfTheStandard() throws {
        let code = TimeBasedCode(secret: Array("12345678901234567890".utf8))
        for (seconds, expected) in [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            #expect(code.code(TimeBasedCode.step(at: Instant(milliseconds: Int64(seconds) * 1000))) == expected)
        }
        // RFC 4648, section 10.
        #expect(TimeBasedCode(secret: Array("foobar".utf8)).text == "MZXW6YTBOI")
        #expect(TimeBasedCode(secret: Array("foob".utf8)).text == "MZXW6YQ")
    }

    /// Clocks may be half a minute apart, either way; further is refused, and so is a step already used.
    @Test func codesAreAcceptedAroundNowAndOnce() {
        let code = TimeBasedCode(secret: Array("12345678901234567890".utf8))
        let now = Instant(milliseconds: 1_700_000_010_000)
        let step = TimeBasedCode.step(at: now)
        for (offset, isAccepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            #expect((code.step(accepting: code.code(step + Int64(offset)), at: now, after: nil) != nil) == isAccepted, "\(offset)")
        }
        #expect(code.step(accepting: code.code(step), at: now, after: step) == nil)
        #expect(code.step(accepting: code.code(step + 1), at: now, after: step) == step + 1)
        #expect(code.step(accepting: "", at: now, after: nil) == nil)
        #expect(code.step(accepting: "12 34", at: now, after: nil) == nil)
    }

    @Test func passwordsMatchThemselvesOnly() throws {
        let hash = try PasswordHash("correct horse battery", salt: Array(0..<16), logRounds: 4)
        #expect(hash.matches("correct horse battery"))
        #expect(!hash.matches("correct horse batterz"))
        #expect(try PasswordHash("correct horse battery", salt: Array(1...16), logRounds: 4).key != hash.key)
        // RFC 7914, section 12: N = 16384, r = 8, p = 1, the first 32 of its 64 bytes.
        let vector = try PasswordHash("pleaseletmein", salt: Array("SodiumChloride".utf8), logRounds: 14)
        #expect(vector.key.prefix(8) == [0x70, 0x23, 0xBD, 0xCB, 0x3A, 0xFD, 0x73, 0x48])
    }

    @Test func weakPasswordsAreNamed() {
        for (password, isFine) in [
            ("short", false), ("aaaaaaaaaaaaaaa", false), ("nina ahlgren!", false), ("a quiet long phrase", true), (String(repeating: "ab", count: 200), false),
        ] {
            #expect((PasswordHash.problem(password, account: "nina", name: "Nina Ahlgren") == nil) == isFine, "\(password)")
        }
    }

    @Test func linksCannotBeForgedOrProlonged() throws {
        let (key, other) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        let link = SignedLink(link: "l123", expires: Instant(milliseconds: 1_800_000_000_000))
        let token = link.token(key: key)
        #expect(SignedLink(token: token, key: key) == link)
        #expect(SignedLink(token: token, key: other) == nil)
        for index in token.indices {
            var forged = token
            forged.replaceSubrange(index...index, with: token[index] == "a" ? "b" : "a")
            #expect(SignedLink(token: forged, key: key) == nil, "\(index)")
        }
        for junk in ["", ".", "..", "a.b.c", "a.zzzzzzzzzzzzzz.c", token + ".", "x" + token] { #expect(SignedLink(token: junk, key: key) == nil) }
    }
}
