extension String {
    /// Short and the same for the same text: FNV-1a, 64 bits. Tells texts apart; protects nothing.
    public var fingerprint: String {
        String(utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }, radix: 36)
    }
}
