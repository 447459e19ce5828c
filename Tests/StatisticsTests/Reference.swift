import Foundation
import Testing

/// Numbers computed by R: fresh ones where R with survival and nlme is installed, the stored ones otherwise. Reference/reference.R made both.
struct Reference {
    let numbers: [String: [Double]]
    /// What computed them.
    let provenance: String
    let isFresh: Bool

    static let shared = Result { try Reference() }

    private init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Reference")
        let fresh = Self.run(folder)
        let text = try fresh ?? String(contentsOf: folder.appendingPathComponent("reference.txt"), encoding: .utf8)
        var lines = text.split(separator: "\n")
        provenance = String(lines.removeFirst())
        isFresh = fresh != nil
        numbers = Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let words = line.split(separator: " ")
                return (String(words[0]), words.dropFirst().map { Double($0) ?? .nan })
            })
    }

    private static func run(_ folder: URL) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["Rscript", folder.appendingPathComponent("reference.R").path, folder.path, "all"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(data: data, encoding: .utf8) : nil
    }

    func callAsFunction(_ name: String) throws -> [Double] { try #require(numbers[name], "\(name) is not in the reference") }
}

/// Every number within `tolerance`, relative to its size where that is above 1; NaN where there is none.
func expectClose(
    _ found: [Double], _ expected: [Double], _ tolerance: Double = 1e-8, relative: Bool = false, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    for (index, (a, b)) in zip(found, expected).enumerated() where !(a.isNaN && b.isNaN) && a != b {
        let scale = relative ? abs(b) : max(1, abs(b))
        #expect(abs(a - b) <= tolerance * scale, "\(what)[\(index)]: \(a), R \(b)", sourceLocation: sourceLocation)
    }
}
