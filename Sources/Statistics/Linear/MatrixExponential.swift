/// e^(At) and ∫₀ᵗ e^(As) ds for small dense matrices, eight at a time.
///
/// Scaling and squaring on the Taylor series (Moler and Van Loan, SIAM Rev. 45 (2003) 3, DOI 10.1137/S00361445024180, method 3).
/// The number of squarings is the caller's, the same for all lanes: more of them than a lane needs changes its result by rounding
/// only, and the caller derives the number from the model, not from who shares the vector.
public enum MatrixExponential {
    private static let degree = 16

    /// - Parameters:
    ///   - n: order.
    ///   - a: A, row by row.
    ///   - t: the time.
    ///   - squarings: s with ‖A‖t/2ˢ below about 1.
    ///   - propagator: becomes e^(At).
    ///   - integral: becomes ∫₀ᵗ e^(As) ds.
    ///   - scratch: room for 2n² elements.
    public static func propagate(
        _ n: Int, _ a: UnsafePointer<Lanes>, over t: Lanes, squarings: Int,
        propagator p: UnsafeMutablePointer<Lanes>, integral g: UnsafeMutablePointer<Lanes>, scratch: UnsafeMutablePointer<Lanes>
    ) {
        let scale = t * Double(sign: .minus, exponent: -squarings, significand: -1)
        let count = n * n
        let product = scratch
        let scaled = scratch + count
        for index in 0..<count {
            scaled[index] = a[index] * scale
            g[index] = .zero
        }
        // Horner on φ₁(X) = Σ Xᵏ/(k+1)!, then e^X = I + X φ₁(X).
        for index in 0..<n { g[index &* (n &+ 1)] = Lanes(repeating: 1) }
        for k in stride(from: degree, through: 2, by: -1) {
            multiply(n, scaled, g, into: product)
            for index in 0..<count { g[index] = product[index] / Double(k) }
            for index in 0..<n { g[index &* (n &+ 1)] += 1 }
        }
        multiply(n, scaled, g, into: p)
        for index in 0..<n { p[index &* (n &+ 1)] += 1 }
        for index in 0..<count { g[index] *= scale }
        for _ in 0..<squarings {
            multiply(n, p, g, into: product)
            for index in 0..<count { g[index] += product[index] }
            multiply(n, p, p, into: product)
            for index in 0..<count { p[index] = product[index] }
        }
    }

    @inline(__always)
    private static func multiply(_ n: Int, _ x: UnsafePointer<Lanes>, _ y: UnsafePointer<Lanes>, into z: UnsafeMutablePointer<Lanes>) {
        for row in 0..<n {
            for column in 0..<n {
                var sum = Lanes.zero
                for k in 0..<n { sum = sum.addingProduct(x[row &* n &+ k], y[k &* n &+ column]) }
                z[row &* n &+ column] = sum
            }
        }
    }
}
