extension JSONReader {
    /// Shows every member of an object with the bytes of its value as they stand, quotes and escapes included, without making anything of them: for telling
    /// whether it is worth reading.
    /// - Returns: false for what is no object, or has a key with an escape; some of its members may have been shown.
    public static func glance(
        _ bytes: UnsafeBufferPointer<UInt8>, _ take: (_ key: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return false }
        var position = 1
        /// The place after a text whose opening quote stands at `start`; nil without a closing one.
        func endOfText(_ start: Int) -> Int? {
            var place = start + 1
            while place < bytes.count {
                if bytes[place] == UInt8(ascii: "\"") { return place + 1 }
                place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
            }
            return nil
        }
        while position < bytes.count - 1 {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\"") else {
                guard byte == UInt8(ascii: ",") || byte <= 0x20 else { return false }
                position += 1
                continue
            }
            guard let keyEnd = endOfText(position), keyEnd < bytes.count else { return false }
            let key = UnsafeBufferPointer(rebasing: bytes[position + 1..<keyEnd - 1])
            guard bytes[keyEnd] == UInt8(ascii: ":"), !key.contains(UInt8(ascii: "\\")) else { return false }
            let start = keyEnd + 1
            var (place, depth) = (start, 0)
            value: while place < bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "\""):
                    guard let end = endOfText(place) else { return false }
                    place = end
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    place += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { break value }
                    depth -= 1
                    place += 1
                case UInt8(ascii: ",") where depth == 0: break value
                default: place += 1
                }
            }
            take(key, UnsafeBufferPointer(rebasing: bytes[start..<place]))
            position = place
        }
        return position == bytes.count - 1
    }
}
