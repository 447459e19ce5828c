import ArgumentParser
import Evidence
import Guidance
import Knowledge
import Notation

struct KnowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "knowledge", abstract: "The knowledge files: what the program knows, from where, and how well.",
        subcommands: [ListKnowledge.self, ShowKnowledge.self, CheckKnowledge.self])
}

private struct ListKnowledge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Every file with version, confidence and sources.", discussion: "Example: euthymia knowledge list")

    @OptionGroup var output: FormatOption

    func run() throws {
        let headers = try KnowledgeLibrary.shipped().documents.map(\.header).sorted { $0.id < $1.id }
        switch output.format {
        case .json: print(JSONValue.array(headers.map(\.json)).pretty)
        case .text:
            print(
                Terminal.table(
                    ["id", "version", "confidence", "title", "sources"],
                    headers.map { [$0.id, $0.version, $0.confidence.rawValue, $0.title, $0.sources.joined(separator: " ")] }))
        }
    }
}

private struct ShowKnowledge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One file as it ships, with its sources in full.", discussion: "Example: euthymia knowledge show staging/maudsley")

    @Argument(help: "An id of `euthymia knowledge list`, a rule such as EL-07, or an instrument such as PHQ-9.")
    var id: String

    @OptionGroup var output: FormatOption

    func run() throws {
        let library = try KnowledgeLibrary.shipped()
        guard let document = library.document(holding: id) else {
            throw Problem("knowledge \(quoted(id)) is not known; expected an id of `euthymia knowledge list`")
        }
        let cited = library.citations(in: document)
        switch output.format {
        case .json:
            var json = document.header.json.object ?? JSONObject()
            json["text"] = .string(document.text)
            json["citations"] = .array(
                cited.map {
                    ["id": .string($0.id), "citation": .string($0.citation), "doi": $0.doi.map(JSONValue.string), "url": $0.url.map(JSONValue.string)]
                })
            print(JSONValue.object(json).pretty)
        case .text:
            print(document.text)
            if !cited.isEmpty { print(Terminal.styled("Sources", .bold)) }
            for source in cited {
                print(
                    "  " + Terminal.left(source.id, 12)
                        + ([source.citation] + [source.doi.map { "doi:\($0)" }, source.url].compactMap { $0 }).joined(separator: ", "))
            }
        }
    }
}

private struct CheckKnowledge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check every file: unknown keys, missing sources, duplicate ids, units that are not UCUM.",
        discussion: "Exits 1 when something is wrong.\n\nExamples:\n  euthymia knowledge check\n  euthymia knowledge check my-model.yaml")

    @Argument(help: "Further files, checked together with those that ship.")
    var files: [String] = []

    func run() throws {
        let library = try KnowledgeLibrary.shipped(with: try knowledgeTexts(files))
        let problems = KnowledgeCheck.problems(in: library)
        for problem in problems { print(problem) }
        for file in files { print("\(file): \(KnowledgeCheck.problems(in: library, of: file).count) problems") }
        print("\(library.documents.count) files, \(problems.count) problems")
        if !problems.isEmpty { throw ExitCode(1) }
    }
}

/// The texts of knowledge files by path.
func knowledgeTexts(_ paths: [String]) throws -> [String: String] {
    try Dictionary(paths.map { ($0, String(decoding: try readFile($0, limitMegabytes: 10), as: UTF8.self)) }) { first, _ in first }
}

extension KnowledgeHeader {
    fileprivate var json: JSONValue {
        [
            "id": .string(id), "title": .string(title), "version": .string(version), "date": .string(date), "confidence": .string(confidence.rawValue),
            "sources": .init(sources), "note": note.map(JSONValue.string),
        ]
    }
}
