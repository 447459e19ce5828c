import Foundation
import Notation

/// What one shard found: counts that add up, what each analysis said of every replicate it held whole, and the rows of replicates it shares
/// with its neighbours - at most two, whatever the number of shards.
public struct TrialPart: Sendable {
    public let fingerprint: Fingerprint
    public let shard: Shard
    /// By arm.
    var tallies: [ArmTally]
    /// By replicate, by analysis.
    var results: [Int: [AnalysisResult]]
    var pieces: [Piece]

    /// Rows of one unit of a shared replicate.
    struct Piece: Sendable {
        var unit: TrialUnit
        var rows: [Int32]
    }

    static let format = 1

    /// One line, without a break in it.
    public var line: String {
        let content = json
        return content.adding("digest", .string(Fingerprint.digest([content.text]))).text
    }

    private var json: JSONValue {
        [
            "euthymia_trial_part": JSONValue(Self.format), "shard": JSONValue(shard.number), "of": JSONValue(shard.count),
            "program": .string(fingerprint.program), "knowledge": .string(fingerprint.knowledge), "cohort": .orNull(fingerprint.cohort),
            "specification": .string(fingerprint.specification), "tallies": .array(tallies.map(\.json)),
            "results": .array(
                results.sorted { $0.key < $1.key }.map { replicate, results in .array([JSONValue(replicate)] + results.map(\.json)) }),
            "pieces": .array(
                pieces.sorted { ($0.unit.replicate, $0.unit.arm, $0.unit.patients.lowerBound) < ($1.unit.replicate, $1.unit.arm, $1.unit.patients.lowerBound) }
                    .map { piece in
                        let unit = piece.unit
                        return .array([
                            JSONValue(unit.replicate), JSONValue(unit.arm), JSONValue(unit.patients.lowerBound), JSONValue(unit.patients.count),
                            .string(RowCode.text(piece.rows)),
                        ])
                    }),
        ]
    }
}

/// Rows as text: each number as a varint, what is missing as 0, in base 64.
enum RowCode {
    static func text(_ rows: [Int32]) -> String {
        var bytes = Data()
        for value in rows {
            var rest: UInt64 = value == RowLayout.none ? 0 : UInt64(UInt32(bitPattern: (value << 1) ^ (value >> 31))) + 1
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        return bytes.base64EncodedString()
    }

    /// Nil when it is no such text.
    static func rows(_ text: String) -> [Int32]? {
        guard let bytes = Data(base64Encoded: text) else { return nil }
        var rows: [Int32] = []
        var (value, shift): (UInt64, UInt64) = (0, 0)
        for byte in bytes {
            guard shift <= 35 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            guard byte < 0x80 else { continue }
            guard value <= UInt64(UInt32.max) + 1 else { return nil }
            let zigzag = UInt32(truncatingIfNeeded: value &- 1)
            rows.append(value == 0 ? RowLayout.none : Int32(bitPattern: (zigzag >> 1) ^ (0 &- (zigzag & 1))))
            (value, shift) = (0, 0)
        }
        return shift == 0 ? rows : nil
    }
}
