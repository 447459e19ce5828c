import Forecast
import Foundation
import Knowledge
import Notation
import Testing

@testable import Trials

/// The shipped knowledge, read once.
enum Shipped {
    static let knowledge = Result<TrialKnowledge, any Error> {
        let library = try KnowledgeLibrary.shipped()
        return try TrialKnowledge(library.base, library.symptomModel, files: library.documents.map { ($0.path, $0.text) })
    }

    static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/examples")

    /// An example of the documentation, changed.
    static func example(_ name: String, _ change: (inout TrialSpecification) -> Void = { _ in }) throws -> TrialSpecification {
        let path = examples.appendingPathComponent(name).path
        var specification = try specification(String(contentsOfFile: path, encoding: .utf8), path: name)
        change(&specification)
        return specification
    }

    static func specification(_ text: String, path: String = "trial.yaml") throws -> TrialSpecification {
        try YAMLContent.read(TrialSpecification.self, text, path: path, code: "trial", documentation: "docs/trials.md")
    }

    static func run(_ specification: TrialSpecification, cohort: Cohort? = nil, program: String = "test") throws -> TrialRun {
        let knowledge = try knowledge.get()
        let engine = try TrialEngine(try TrialDesign(specification, knowledge), knowledge, cohort: cohort)
        return TrialRun(engine, fingerprint: try Fingerprint(specification, program: program, knowledge: knowledge, cohort: cohort), knowledge: knowledge)
    }

    static func report(_ specification: TrialSpecification, threads: Int = 2) throws -> TrialReport {
        TrialReport(try run(specification).outcome(threads: threads))
    }
}

extension TrialReport {
    func arm(_ id: String) throws -> Arm { try #require(arms.first { $0.id == id }) }
}

extension TrialReport.Arm {
    func visit(_ day: Double, _ instrument: String = "MADRS") throws -> TrialReport.Visit {
        try #require(visits.first { $0.day == day && $0.instrument == instrument })
    }

    func mean(_ id: String) throws -> Double { try #require(measures.first { $0.id == id }).mean }
}
