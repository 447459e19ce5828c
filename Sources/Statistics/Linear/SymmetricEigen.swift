/// Eigenvalues and eigenvectors of small symmetric matrices, eight at a time, by the cyclic Jacobi method.
///
/// A fixed number of sweeps and no data-dependent branch: each lane's result is that of its own matrix alone. For scaled diagonally
/// dominant positive definite matrices, as compartmental systems are, small eigenvalues keep their relative accuracy (Demmel and
/// Veselić, SIAM J. Matrix Anal. Appl. 13 (1992) 1204, DOI 10.1137/0613074).
public enum SymmetricEigen {
    /// - Parameters:
    ///   - matrix: n×n, row by row, symmetric; its diagonal holds the eigenvalues afterwards.
    ///   - vectors: n×n; becomes the orthonormal eigenvectors as columns.
    public static func decompose(_ n: Int, matrix: UnsafeMutablePointer<Lanes>, vectors: UnsafeMutablePointer<Lanes>) {
        for index in 0..<n * n { vectors[index] = .zero }
        for index in 0..<n { vectors[index &* (n &+ 1)] = Lanes(repeating: 1) }
        guard n > 1 else { return }
        for _ in 0..<n + 4 {
            for p in 0..<n - 1 {
                for q in p + 1..<n { rotate(n, matrix, vectors, p, q) }
            }
        }
    }

    /// One Jacobi rotation that zeroes the element (p, q); the identity in lanes where it is zero.
    @inline(__always)
    private static func rotate(_ n: Int, _ a: UnsafeMutablePointer<Lanes>, _ v: UnsafeMutablePointer<Lanes>, _ p: Int, _ q: Int) {
        let off = a[p &* n &+ q]
        let isZero = off .== 0
        let theta = (a[q &* n &+ q] - a[p &* n &+ p]) / (2 * off).replacing(with: 1, where: isZero)
        let root = (theta * theta + 1).squareRoot()
        let magnitude = theta.replacing(with: -theta, where: theta .< 0)
        var t = 1 / (magnitude + root)
        t = t.replacing(with: -t, where: theta .< 0).replacing(with: 0, where: isZero)
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        a[p &* n &+ p] -= t * off
        a[q &* n &+ q] += t * off
        a[p &* n &+ q] = .zero
        a[q &* n &+ p] = .zero
        for k in 0..<n {
            if k != p && k != q {
                let x = a[k &* n &+ p]
                let y = a[k &* n &+ q]
                let newX = c * x - s * y
                let newY = s * x + c * y
                a[k &* n &+ p] = newX
                a[p &* n &+ k] = newX
                a[k &* n &+ q] = newY
                a[q &* n &+ k] = newY
            }
            let x = v[k &* n &+ p]
            let y = v[k &* n &+ q]
            v[k &* n &+ p] = c * x - s * y
            v[k &* n &+ q] = s * x + c * y
        }
    }
}
