import ArgumentParser
import Foundation
import Knowledge
import Notation
import Trials

struct TrialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial", abstract: "Virtual trials: protocols compared before anybody is exposed.",
        discussion: """
            A specification says who takes part, what each arm receives and what is analysed: docs/trials.md. The answer is the model's, not a patient's.

            Example: euthymia trial run docs/examples/trial.yaml
            """,
        subcommands: [Check.self, Plan.self, Run.self, Compare.self, ShardOf.self, Merge.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a specification can be run; exits 2 with the first problem.",
            discussion: "Example: euthymia trial check docs/examples/trial.yaml")
        @OptionGroup var input: TrialInput
        @OptionGroup var output: FormatOption

        func run() throws {
            let run = try input.run()
            let design = run.design
            switch output.format {
            case .json: print((["trial": .string(design.specification.trial), "ok": true, "fingerprint": .string(run.fingerprint.digest)] as JSONValue).text)
            case .text:
                print("\(input.specification): \(design.arms.count) arms, \(design.patientsInReplicate) patients, \(design.specification.runs) replicates: ok")
            }
        }
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What would be simulated: arms with their days and doses, and how the work can be cut.",
            discussion: "Example: euthymia trial plan docs/examples/trial.yaml")
        @OptionGroup var input: TrialInput
        @OptionGroup var output: FormatOption

        func run() throws {
            let plan = TrialOutline(try input.run())
            print(output.format == .json ? plan.json.pretty : TrialText.text(plan))
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Simulates and analyses a trial.",
            discussion: "Example: euthymia trial run docs/examples/trial.yaml --replicates 200 --format json")
        @OptionGroup var input: TrialInput
        @OptionGroup var work: WorkOptions
        @OptionGroup var output: FormatOption

        func run() throws {
            let run = try input.run()
            let progress = SharedProgress("patients", of: run.design.patientsInReplicate * run.design.specification.runs)
            let merge = try run.outcome(threads: work.threads) { progress.step($0) }
            progress.finish()
            output.write(TrialReport(merge))
        }
    }

    struct ShardOf: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "shard",
            abstract: "Simulates one part of a trial and writes it as one line.",
            discussion: """
                Parts in any order, each as often as it had to be repeated, go to `trial merge`: the answer has the bytes of `trial run`.

                Examples:
                  euthymia trial shard trial.yaml --shard 3/64 > part-3
                  seq 64 | sed 's|$|/64|' | euthymia trial shard trial.yaml --shard - > parts
                """)
        @OptionGroup var input: TrialInput
        @Option(help: "Which part: K/M, or - to read one a line from standard input.")
        var shard: String
        @OptionGroup var work: WorkOptions

        func run() throws {
            let shards: AnySequence<String> = shard == "-" ? AnySequence(AnyIterator { readLine() }) : AnySequence([shard])
            var run: TrialRun?
            for line in shards {
                let word = line.trimmingCharacters(in: .whitespaces)
                if word.isEmpty { continue }
                let part = try Shard(word)
                let prepared = try run ?? input.run()
                run = prepared
                print(try prepared.part(part, threads: work.threads).line)
                // A part that stands in the output is whole, whatever happens to the next.
                fflush(nil)
            }
            guard run != nil else { throw Problem("--shard: standard input names no part; expected lines K/M") }
        }
    }

    struct Merge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The answer of a trial from its parts, with the bytes of `trial run`.",
            discussion: "Example: euthymia trial merge part-* --format json")
        @Argument(help: "Files with parts, one a line.", completion: .file())
        var parts: [String]
        @OptionGroup var rules: KnowledgeOption
        @OptionGroup var output: FormatOption

        func run() throws {
            let knowledge = try TrialInput.knowledge(rules)
            var lines: [(place: Place, text: String)] = []
            for path in parts {
                let text = String(decoding: try readFile(path, limitMegabytes: 20_000), as: UTF8.self)
                let found = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().filter { !$0.element.isEmpty }
                guard !found.isEmpty else { throw Problem("\(path): is empty; expected the output of `euthymia trial shard`") }
                lines += found.map { (Place(file: path, line: $0.offset + 1), String($0.element)) }
            }
            output.write(TrialReport(try TrialMerge(lines, program: programVersion, knowledge: knowledge)))
        }
    }

    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Places protocols on a plane of benefit and burden, with the efficient set.",
            discussion: """
                Every arm of every specification is a protocol; the same people go through each.

                Example: euthymia trial compare docs/examples/protocols.yaml --plot plane.svg
                """)
        @OptionGroup var input: TrialInputs
        @OptionGroup var work: WorkOptions
        @Option(help: "Also draw the plane into this SVG file.")
        var plot: String?
        @OptionGroup var output: FormatOption

        func run() throws {
            let runs = try input.runs { ProtocolComparison.prepared($0) }
            let progress = SharedProgress("patients", of: runs.reduce(0) { $0 + $1.design.patientsInReplicate * $1.design.specification.runs })
            let comparison = try ProtocolComparison(runs, threads: work.threads) { progress.step($0) }
            progress.finish()
            if let plot {
                guard (try? comparison.picture.svg(id: "plane", style: .standalone).write(toFile: plot, atomically: true, encoding: .utf8)) != nil else {
                    throw Problem("\(plot): cannot be written; expected a folder that exists and permission for it")
                }
            }
            print(output.format == .json ? comparison.json.pretty : TrialText.text(comparison))
        }
    }
}

struct WorkOptions: ParsableArguments {
    @Option(help: "Threads. Results do not depend on it.")
    var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        guard (1...1024).contains(threads) else { throw ValidationError("--threads is \(threads); expected 1 to 1024") }
    }
}

/// What may be set from outside a specification.
struct TrialOverrides: ParsableArguments {
    @Option(help: "Seed of the random numbers, in place of the specification's.")
    var seed: UInt64?
    @Option(help: "Replicates, in place of the specification's.")
    var replicates: Int?
    @Option(help: "Patients in every arm, in place of the specification's.")
    var patients: Int?
    @OptionGroup var rules: KnowledgeOption

    func applied(_ specification: TrialSpecification) -> TrialSpecification {
        var specification = specification
        if let seed { specification.seed = seed }
        if let replicates { specification.replicates = replicates }
        if let patients {
            specification.patientsPerArm = patients
            for index in specification.arms.indices { specification.arms[index].patients = nil }
        }
        return specification
    }
}

struct TrialInput: ParsableArguments {
    @Argument(help: "The specification, YAML or JSON.", completion: .file())
    var specification: String
    @OptionGroup var overrides: TrialOverrides

    func run() throws -> TrialRun { try Self.run(specification, overrides, knowledge: Self.knowledge(overrides.rules)) { $0 } }

    static func knowledge(_ rules: KnowledgeOption) throws -> TrialKnowledge {
        try TrialKnowledge(try rules.library())
    }

    /// Read, checked, and ready to simulate.
    static func run(
        _ path: String, _ overrides: TrialOverrides, knowledge: TrialKnowledge, _ change: (TrialSpecification) -> TrialSpecification
    ) throws -> TrialRun {
        let text = String(decoding: try readFile(path, limitMegabytes: 10), as: UTF8.self)
        let read = try YAMLContent.read(TrialSpecification.self, text, path: path, code: "trial", documentation: "docs/trials.md")
        let specification = change(overrides.applied(read))
        do {
            let design = try TrialDesign(specification, knowledge)
            let cohort = try specification.population?.cohort.map { try CohortFile.read($0, besides: path, knowledge: knowledge.base) }
            let engine = try TrialEngine(design, knowledge, cohort: cohort)
            return TrialRun(
                engine, fingerprint: try Fingerprint(specification, program: programVersion, knowledge: knowledge, cohort: cohort), knowledge: knowledge)
        } catch var diagnostic as Diagnostic {
            diagnostic.place.file = diagnostic.place.file ?? path
            throw diagnostic
        }
    }
}

struct TrialInputs: ParsableArguments {
    @Argument(help: "Specifications, YAML or JSON.", completion: .file())
    var specifications: [String]
    @OptionGroup var overrides: TrialOverrides

    func runs(_ change: (TrialSpecification) -> TrialSpecification) throws -> [TrialRun] {
        let knowledge = try TrialInput.knowledge(overrides.rules)
        return try specifications.map { try TrialInput.run($0, overrides, knowledge: knowledge, change) }
    }
}

extension FormatOption {
    func write(_ report: TrialReport) { print(format == .json ? report.json.pretty : TrialText.text(report)) }
}

extension TrialKnowledge {
    init(_ library: KnowledgeLibrary) throws(Diagnostic) {
        try self.init(library.base, library.symptomModel, files: library.documents.map { ($0.path, $0.text) })
    }
}
