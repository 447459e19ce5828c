import Chart
import Guidance
import Notation

/// The formats a chart can come in, by the ending of the file's name.
public enum ChartFormat: String, Sendable, CaseIterable {
    /// Facts of the contract, one to a line.
    case ndjson
    /// A FHIR R4 Bundle.
    case fhir = "json"
    /// A table of scores.
    case csv

    /// Nil for other endings.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        self.init(rawValue: fileName[fileName.index(after: dot)...].lowercased())
    }
}

/// Reads one file into a plan: parse → check → plan. Nothing is written.
public enum ChartFile {
    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - name: the file's name, for diagnostics.
    ///   - now: facts later than this are refused.
    /// - Throws: the first thing wrong with the file.
    public static func plan(
        _ bytes: [UInt8], name: String, format: ChartFormat, knowledge: KnowledgeBase, now: Instant, existing: ImportPlanner.Existing = .none
    ) throws(Diagnostic) -> ImportPlan {
        var planner = ImportPlanner(file: name, knowledge: knowledge, now: now, existing: existing)
        switch format {
        case .ndjson:
            try NDJSONReader.read(bytes, file: name) { draft throws(Diagnostic) in
                planner.count("line")
                try planner.add(draft)
            }
        case .csv:
            for draft in try CSVScoreReader.read(bytes, file: name, instruments: knowledge.instruments) {
                planner.count("row")
                try planner.add(draft)
            }
        case .fhir:
            let bundle = try JSONReader.read(bytes, file: name)
            try planner.add(try FHIRReader.read(bundle, file: name, vocabulary: FHIRVocabulary(knowledge)))
        }
        return try planner.finish()
    }
}
