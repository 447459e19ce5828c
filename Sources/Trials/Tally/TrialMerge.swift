import Foundation
import Notation

/// The parts of a trial put together: the same as if it had run in one piece.
public struct TrialMerge: Sendable {
    public let design: TrialDesign
    public let fingerprint: Fingerprint
    let knowledge: TrialKnowledge
    private(set) var tallies: [ArmTally]
    private(set) var results: [Int: [AnalysisResult]] = [:]

    /// `id@version` of the symptom model.
    public var modelName: String { knowledge.modelName }

    /// - Parameters:
    ///   - lines: what `TrialPart.line` wrote, each with where it stands; in any order, one part as often as it was repeated.
    ///   - program: of this program.
    /// - Throws: which line is no part of this trial, this program or this knowledge; which parts are missing.
    public init(_ lines: [(place: Place, text: String)], program: String, knowledge: TrialKnowledge) throws(Diagnostic) {
        guard let first = lines.first else {
            throw Diagnostic("trial.part", at: Place(path: "parts"), "are none", expected: "the output of `euthymia trial shard`")
        }
        let reader = try PartReader(first.text, at: first.place, program: program, knowledge: knowledge)
        var parts: [Int: (part: TrialPart, digest: String)] = [:]
        for line in lines {
            let (part, digest) = try reader.part(line.text, at: line.place)
            if let known = parts[part.shard.number], known.digest != digest {
                throw Diagnostic(
                    "trial.part", at: line.place, "says something else than another part \(part.shard)", expected: "parts of one shard that are the same")
            }
            parts[part.shard.number] = (part, digest)
        }
        let count = reader.count
        let missing = (1...count).filter { parts[$0] == nil }
        guard missing.isEmpty else {
            let some = missing.prefix(10).map { "\($0)/\(count)" }.joined(separator: ", ") + (missing.count > 10 ? " and \(missing.count - 10) more" : "")
            throw Diagnostic("trial.part", at: Place(path: "parts"), "lack \(some)", expected: "all \(count) parts")
        }
        try self.init(
            parts.sorted { $0.key < $1.key }.map(\.value.part), design: reader.design, fingerprint: reader.fingerprint, knowledge: knowledge, at: first.place)
    }

    /// Of a whole trial's parts, in their order.
    init(_ parts: [TrialPart], design: TrialDesign, fingerprint: Fingerprint, knowledge: TrialKnowledge, at place: Place = Place()) throws(Diagnostic) {
        (self.design, self.fingerprint, self.knowledge) = (design, fingerprint, knowledge)
        tallies = design.arms.map { _ in ArmTally(design.layout) }
        var open: [Int: ReplicateRows] = [:]
        for part in parts {
            for index in tallies.indices { tallies[index].merge(part.tallies[index]) }
            results.merge(part.results) { first, _ in first }
            for piece in part.pieces { open[piece.unit.replicate, default: ReplicateRows(design)].add(piece) }
        }
        let analyst = TrialAnalyst(design, knowledge)
        for (replicate, rows) in open.sorted(by: { $0.key < $1.key }) {
            guard rows.isComplete else {
                throw Diagnostic("trial.part", at: place, "lacks people of replicate \(replicate + 1)", expected: "whole parts")
            }
            results[replicate] = analyst.results(rows)
        }
        guard (design.specification.analyses ?? []).isEmpty || results.count == design.specification.runs,
            zip(tallies, design.arms).allSatisfy({ $0.places == $1.patients * design.specification.runs })
        else { throw Diagnostic("trial.part", at: place, "does not hold what its shard is", expected: "parts as `euthymia trial shard` wrote them") }
    }
}

/// The rows of one replicate as they come in, from whichever unit.
struct ReplicateRows: Sendable {
    let layout: RowLayout
    /// By arm, place after place.
    private(set) var arms: [[Int32]]
    private var missing: Int

    init(_ design: TrialDesign) {
        layout = design.layout
        arms = design.arms.map { [Int32](repeating: RowLayout.none, count: $0.patients * design.layout.width) }
        missing = design.patientsInReplicate
    }

    var isComplete: Bool { missing == 0 }

    mutating func add(_ piece: TrialPart.Piece) {
        let first = piece.unit.patients.lowerBound * layout.width
        arms[piece.unit.arm].replaceSubrange(first..<first + piece.rows.count, with: piece.rows)
        missing -= piece.unit.patients.count
    }

    /// Those who were randomised.
    func participants(_ arm: Int) -> [ParticipantRow] {
        stride(from: 0, to: arms[arm].count, by: layout.width).map { ParticipantRow(layout: layout, values: arms[arm][$0..<$0 + layout.width]) }
            .filter(\.isThere)
    }
}

/// Reads parts that belong to the first.
struct PartReader {
    let fingerprint: Fingerprint
    let design: TrialDesign
    let count: Int
    private let first: Place

    private static let whole = "a whole line of `euthymia trial shard`; run the shard again"

    init(_ text: String, at place: Place, program: String, knowledge: TrialKnowledge) throws(Diagnostic) {
        let json = try Self.checked(text, at: place)
        fingerprint = try Self.fingerprint(json, at: place)
        first = place
        guard fingerprint.program == program else {
            throw Diagnostic("trial.part", at: place, "was made by euthymia \(quoted(fingerprint.program))", expected: "parts made by this program, \(program)")
        }
        guard fingerprint.knowledge == knowledge.digest else {
            throw Diagnostic("trial.part", at: place, "was made with other knowledge files", expected: "parts made with the knowledge of this program")
        }
        guard let count = json["of"]?.int, count > 0,
            let specification = try? JSONDecoder().decode(TrialSpecification.self, from: Data(fingerprint.specification.utf8))
        else { throw Diagnostic("trial.part", at: place, "is not a part of a trial", expected: Self.whole) }
        self.count = count
        design = try TrialDesign(specification, knowledge)
    }

    /// The document of a line whose digest is right.
    private static func checked(_ text: String, at place: Place) throws(Diagnostic) -> JSONValue {
        guard let json = try? JSONReader.read(text), var object = json.object, object["euthymia_trial_part"] != nil, let digest = object["digest"]?.string
        else {
            throw Diagnostic("trial.part", at: place, "is cut short, or no part of a trial", expected: whole)
        }
        guard json["euthymia_trial_part"]?.int == TrialPart.format else {
            throw Diagnostic("trial.part", at: place, "has another format", expected: "\"euthymia_trial_part\": \(TrialPart.format)")
        }
        object["digest"] = nil
        guard Fingerprint.digest([JSONValue.object(object).text]) == digest else {
            throw Diagnostic("trial.part", at: place, "was changed after it was written", expected: whole)
        }
        return json
    }

    private static func fingerprint(_ json: JSONValue, at place: Place) throws(Diagnostic) -> Fingerprint {
        guard let specification = json["specification"]?.string, let program = json["program"]?.string, let knowledge = json["knowledge"]?.string else {
            throw Diagnostic("trial.part", at: place, "is not a part of a trial", expected: whole)
        }
        return Fingerprint(specification: specification, program: program, knowledge: knowledge, cohort: json["cohort"]?.string)
    }

    /// - Throws: when the line is of another trial, another division or not whole.
    func part(_ text: String, at place: Place) throws(Diagnostic) -> (part: TrialPart, digest: String) {
        let json = try Self.checked(text, at: place)
        let own = try Self.fingerprint(json, at: place)
        guard own == fingerprint else {
            let what =
                own.specification != fingerprint.specification
                ? "another specification"
                : own.program != fingerprint.program
                    ? "another version of the program"
                    : own.knowledge != fingerprint.knowledge
                        ? "other knowledge files" : "another cohort"
            throw Diagnostic("trial.part", at: place, "is of \(what) than \(first)", expected: "parts of one trial")
        }
        guard json["of"]?.int == count else {
            throw Diagnostic(
                "trial.part", at: place, "is one of \(json["of"]?.int ?? 0) parts and \(first) is one of \(count)", expected: "parts of one division")
        }
        let broken = Diagnostic("trial.part", at: place, "does not hold what its shard is", expected: Self.whole)
        guard let number = json["shard"]?.int, let shard = try? Shard("\(number)/\(count)"), let listed = json["tallies"]?.array,
            listed.count == design.arms.count
        else { throw broken }
        let tallies = listed.compactMap { ArmTally($0, layout: design.layout) }
        guard tallies.count == listed.count else { throw broken }
        var results: [Int: [AnalysisResult]] = [:]
        for entry in json["results"]?.array ?? [] {
            guard let replicate = entry[0]?.int, let values = entry.array?.dropFirst(), values.count == (design.specification.analyses ?? []).count else {
                throw broken
            }
            results[replicate] = values.map(AnalysisResult.init)
        }
        let held = design.replicates(in: shard)
        guard Set(results.keys) == ((design.specification.analyses ?? []).isEmpty ? [] : Set(held.whole)) else { throw broken }
        var pieces: [TrialPart.Piece] = []
        for entry in json["pieces"]?.array ?? [] {
            guard let replicate = entry[0]?.int, held.partial.contains(replicate), let arm = entry[1]?.int, design.arms.indices.contains(arm),
                let from = entry[2]?.int,
                let size = entry[3]?.int, size >= 0, from >= 0, from + size <= design.arms[arm].patients, let rows = entry[4]?.string.flatMap(RowCode.rows),
                rows.count == size * design.layout.width
            else { throw broken }
            pieces.append(.init(unit: TrialUnit(replicate: replicate, arm: arm, patients: from..<from + size), rows: rows))
        }
        let part = TrialPart(fingerprint: own, shard: shard, tallies: tallies, results: results, pieces: pieces)
        return (part, json["digest"]?.string ?? "")
    }
}
