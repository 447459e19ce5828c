import Notation

/// Reads a chart as newline-delimited JSON: one fact of the contract on each line. Blank lines are skipped.
public enum NDJSONReader {
    /// Hands every line's fact to `take` in file order, so that a large file is never held as JSON as a whole.
    public static func read(_ bytes: [UInt8], file: String?, take: (Draft) throws(Diagnostic) -> Void) throws(Diagnostic) {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(Diagnostic) in try lines(of: buffer, file: file, take: take) }
        }
        try result.get()
    }

    private static func lines(
        of bytes: UnsafeBufferPointer<UInt8>, file: String?, take: (Draft) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            line += 1
            let content = UnsafeBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            let value = try JSONReader.read(content, file: file, firstLine: line)
            let place = Place(file: file, line: line)
            guard case .object(let object) = value else {
                throw Diagnostic("fact.shape", at: place, "is \(value.kind)", expected: "an object with a type")
            }
            try take(Draft(object, at: place))
        }
    }
}
