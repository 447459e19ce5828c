import Foundation
import Statistics
import Testing

@Suite struct PhiloxTests {
    /// Known answers of Random123 (kat_vectors, philox4x32 10).
    @Test(arguments: [
        (SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0), SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
        (SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max), SIMD4<UInt32>(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)),
        (
            SIMD4<UInt32>(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), SIMD2<UInt32>(0xA409_3822, 0x299F_31D0),
            SIMD4<UInt32>(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
        ),
    ])
    func philoxGivesTheKnownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>) {
        #expect(Philox4x32.block(counter: counter, key: key) == answer)
    }

    @Test func streamsAreReproducibleAndSeparate() {
        func first(_ seed: UInt64, _ subject: UInt32, _ purpose: UInt32) -> [UInt64] {
            var stream = RandomStream(seed: seed, subject: subject, purpose: purpose)
            return (0..<5).map { _ in stream.bits() }
        }
        #expect(first(7, 1, 0) == first(7, 1, 0))
        #expect(Set([first(7, 1, 0), first(8, 1, 0), first(7, 2, 0), first(7, 1, 1)]).count == 4)
    }

    /// Eight at a time is one at a time.
    @Test func normalValuesAreThoseOfTheStream() {
        for (seed, subject, purpose) in [(1, 0, 0), (0xDEAD_BEEF_1234_5678, 77, 9), (UInt64.max, UInt32.max, UInt32.max)] as [(UInt64, UInt32, UInt32)] {
            var single = RandomStream(seed: seed, subject: subject, purpose: purpose)
            var eight = NormalStream(seed: seed, subject: subject, purpose: purpose)
            for _ in 0..<2000 {
                let (a, b) = single.normalPair()
                for value in [a, b] { #expect(abs(value - eight.next()) <= 4e-15 * max(1, abs(value))) }
            }
            let side = NormalStream.normals(seed: seed, number: 3, subjects: SIMD8(0, 1, 2, 3, 4, 5, 6, subject), purpose: purpose)
            var own = RandomStream(seed: seed, subject: subject, purpose: purpose)
            for _ in 0..<3 { _ = own.normal() }
            #expect(abs(side[7] - own.normal()) < 1e-13)
        }
    }

    @Test func lanesAgreeWithTheLibrary() {
        for step in 0...4000 {
            let u = Double(step) / 4000
            #expect(abs(Lanes.cosine(turns: Lanes(repeating: u))[3] - cos(2 * .pi * u)) < 1e-15, "whose argument is rounded")
            #expect(abs(Lanes.cosineAndSine(turns: Lanes(repeating: u)).sine[5] - sin(2 * .pi * u)) < 1e-15, "whose argument is rounded")
            let x = 1e-12 * exp(u * 50)
            #expect(abs(Lanes.root(Lanes(repeating: x))[0] / x.squareRoot() - 1) < 3e-16)
            #expect(abs(Lanes.log(Lanes(repeating: x))[1] - log(x)) <= 4e-16 * max(abs(log(x)), 1))
        }
    }

    @Test func momentsOfUniformAndNormal() {
        var stream = RandomStream(seed: 20_261_123, subject: 0)
        let count = 200_000
        var (sum, squares, normal, normalSquares) = (0.0, 0.0, 0.0, 0.0)
        for _ in 0..<count {
            let u = stream.uniform()
            #expect(u > 0 && u < 1)
            let z = stream.normal()
            (sum, squares, normal, normalSquares) = (sum + u, squares + u * u, normal + z, normalSquares + z * z)
        }
        let n = Double(count)
        #expect(abs(sum / n - 0.5) < 0.003)
        #expect(abs(squares / n - 1.0 / 3) < 0.003)
        #expect(abs(normal / n) < 0.01)
        #expect(abs(normalSquares / n - 1) < 0.02)
    }

    @Test func integersStayInRangeAndReachItsEnds() {
        var stream = RandomStream(seed: 1, subject: 2)
        var seen: Set<Int> = []
        for _ in 0..<2000 { seen.insert(stream.integer(in: -2...3)) }
        #expect(seen == Set(-2...3))
    }
}
