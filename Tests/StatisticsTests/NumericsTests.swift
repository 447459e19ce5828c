import Foundation
import Testing

@testable import Statistics

@Suite struct LanesTests {
    @Test func expAndLogAgreeWithThePlatform() {
        for k in -7000...7000 {
            let x = Double(k) / 10.07
            let value = Lanes.exp(Lanes(repeating: x))[3]
            #expect(abs(value / Foundation.exp(x) - 1) < 3e-16 || value == Foundation.exp(x), "exp \(x)")
            let y = Foundation.exp(x / 10)
            #expect(abs(Lanes.log(Lanes(repeating: y))[0] - Foundation.log(y)) <= 4e-16 * max(1, abs(x / 10)), "log \(y)")
        }
        #expect(Lanes.exp(Lanes(repeating: -800))[0] == 0)
        #expect(Lanes.exp(Lanes(repeating: 800))[0] == .infinity)
    }

    @Test func aLaneDoesNotSeeItsNeighbours() {
        let mixed = Lanes(1, -5, 0.3, 700, -700, 2, 1e-9, 30)
        for lane in 0..<8 { #expect(Lanes.exp(mixed)[lane] == Lanes.exp(Lanes(repeating: mixed[lane]))[0]) }
    }

    @Test func integratedDecayKeepsItsDigitsWhereTheRateIsSmall() {
        for rate in [0, 1e-12, 1e-6, 1e-3, 0.009, 0.0101, 1, 50.0] {
            let x = 1.0
            let exact = rate == 0 ? x : -expm1(-rate * x) / rate
            let value = Lanes.integratedDecay(rate: Lanes(repeating: rate), over: Lanes(repeating: x), decay: Lanes.exp(Lanes(repeating: -rate * x)))[0]
            #expect(abs(value / exact - 1) < 3e-14, "\(rate): \(value) \(exact)")
        }
    }
}

@Suite struct LinearAlgebraTests {
    /// A random symmetric matrix is rebuilt from its eigenvectors.
    @Test(arguments: [1, 2, 3, 4, 6, 9]) func eigenvectorsRebuildTheMatrix(n: Int) {
        var stream = RandomStream(seed: 7, subject: UInt32(n))
        let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: 2 * n * n)
        defer { memory.deallocate() }
        var original = [[Lanes]](repeating: [Lanes](repeating: .zero, count: n), count: n)
        for i in 0..<n {
            for j in 0...i {
                for lane in 0..<8 { original[i][j][lane] = stream.normal() }
                original[j][i] = original[i][j]
            }
        }
        for i in 0..<n { for j in 0..<n { memory[i * n + j] = original[i][j] } }
        SymmetricEigen.decompose(n, matrix: memory, vectors: memory + n * n)
        for i in 0..<n {
            for j in 0..<n {
                var sum = Lanes.zero
                for k in 0..<n { sum += memory[n * n + i * n + k] * memory[k * n + k] * memory[n * n + j * n + k] }
                for lane in 0..<8 { #expect(abs(sum[lane] - original[i][j][lane]) < 1e-13) }
            }
        }
    }

    /// e^(At) of a defective matrix, known in closed form.
    @Test func exponentialOfAChain() {
        let (k, t) = (1.3, 0.7)
        let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: 45)
        defer { memory.deallocate() }
        for (index, value) in [-k, 0, 0, k, -k, 0, 0, k, -k].enumerated() { memory[index] = Lanes(repeating: value) }
        MatrixExponential.propagate(3, memory, over: Lanes(repeating: t), squarings: 4, propagator: memory + 9, integral: memory + 18, scratch: memory + 27)
        let e = exp(-k * t)
        for (index, value) in [e, 0, 0, k * t * e, e, 0, k * k * t * t / 2 * e, k * t * e, e].enumerated() {
            #expect(abs(memory[9 + index][5] - value) < 1e-15, "\(index)")
        }
        #expect(abs(memory[18][0] - (1 - e) / k) < 1e-15)
    }

    @Test func choleskyRefusesWhatIsNotPositiveDefinite() {
        #expect(Cholesky([[1, 2], [2, 1]]) == nil)
        #expect(Cholesky([[1, 0.5], [0.4, 1]]) == nil)
        #expect(Cholesky([[4, 2], [2, 5]])?.rows == [[2], [1, 2]])
    }
}

@Suite struct QuantileSketchTests {
    @Test func exactThenWithinATenthOfAPercentAndMergeableInAnyOrder() {
        var stream = RandomStream(seed: 3, subject: 1)
        let values = (0..<30_000).map { _ in Foundation.exp(stream.normal(sd: 1.5)) * (stream.chance(0.1) ? -1 : 1) }
        var whole = QuantileSketch()
        for value in values { whole.insert(value) }
        var parts = (0..<7).map { _ in QuantileSketch() }
        for (index, value) in values.enumerated() { parts[index % 7].insert(value) }
        var merged = QuantileSketch()
        for part in parts.reversed() { merged.merge(part) }
        let sorted = values.sorted()
        for p in [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] {
            let exact = sorted[Int((p * 29_999).rounded())]
            #expect(abs(whole.quantile(p) / exact - 1) < 2e-3, "\(p): \(whole.quantile(p)) for \(exact)")
            #expect(whole.quantile(p) == merged.quantile(p))
        }
        var few = QuantileSketch()
        for value in [3.0, 1, 2, 10] { few.insert(value) }
        #expect(few.quantile(0.5) == 2.5)
        #expect(few.quantile(1) == 10)
    }

    @Test func momentsOfPartsAreThoseOfTheWhole() throws {
        let values = (0..<100).map { Double($0 * $0 % 37) }
        var (whole, left, right) = (Moments(), Moments(), Moments())
        for (index, value) in values.enumerated() {
            whole.insert(value)
            if index < 30 { left.insert(value) } else { right.insert(value) }
        }
        left.merge(right)
        #expect(abs(left.mean - whole.mean) < 1e-12)
        #expect(abs(try #require(left.standardDeviation) - (try #require(whole.standardDeviation))) < 1e-12)
    }
}

@Suite struct ExtrapolationTests {
    @Test(arguments: [Extrapolation.Method.explicit, .implicit]) func aPendulumOfKnownMotion(method: Extrapolation.Method) throws {
        let y = try Extrapolation(method).solve({ _, y in [y[1], -y[0]] }, from: 0, to: 10, [1, 0])
        #expect(abs(y[0] - cos(10)) < 1e-8 && abs(y[1] + sin(10)) < 1e-8, "\(y)")
    }

    /// Robertson's chemistry, stiff: reference values of Hairer and Wanner at t = 40.
    @Test func robertsonIsStiff() throws {
        let f: (Double, [Double]) -> [Double] = { _, y in
            [-0.04 * y[0] + 1e4 * y[1] * y[2], 0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] * y[1], 3e7 * y[1] * y[1]]
        }
        let y = try Extrapolation(.implicit, relative: 1e-8, absolute: 1e-14).solve(f, from: 0, to: 40, [1, 0, 0])
        #expect(abs(y[0] - 0.7158270687) < 1e-7 && abs(y[1] / 0.9185534764e-5 - 1) < 1e-5, "\(y)")
    }
}
