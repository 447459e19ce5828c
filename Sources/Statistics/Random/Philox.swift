/// Philox4x32-10, a counter-based random number generator: the n-th block of a stream is a pure function of key and counter, so
/// results do not depend on the order, the thread or the machine that asks.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011),
/// DOI 10.1145/2063384.2063405. Tested against the known answers of the authors' Random123 library.
public enum Philox4x32 {
    /// 128 random bits for `counter` under `key`; ten rounds.
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var counter = counter
        var key = key
        for _ in 0..<10 {
            let low = 0xD251_1F53 * UInt64(counter[0])
            let high = 0xCD9E_8D57 * UInt64(counter[2])
            counter = SIMD4(
                UInt32(truncatingIfNeeded: high >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: high),
                UInt32(truncatingIfNeeded: low >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: low))
            key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return counter
    }
}
