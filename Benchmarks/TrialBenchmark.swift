import Foundation
import Knowledge
import Notation
import Trials

/// Virtual trials: how many patients a second, beside the reference program's subjects a second; and how often analyses err.
enum TrialBenchmark {
    private static func run(_ name: String, _ change: (inout TrialSpecification) -> Void) throws -> TrialRun {
        let library = try KnowledgeLibrary.shipped()
        let knowledge = try TrialKnowledge(library.base, library.symptomModel, files: library.documents.map { ($0.path, $0.text) })
        let path = "docs/examples/" + name
        var specification = try YAMLContent.read(
            TrialSpecification.self, String(contentsOfFile: path, encoding: .utf8), path: path, code: "trial", documentation: "docs/trials.md")
        change(&specification)
        let engine = try TrialEngine(try TrialDesign(specification, knowledge), knowledge)
        return TrialRun(engine, fingerprint: try Fingerprint(specification, program: "benchmark", knowledge: knowledge, cohort: nil), knowledge: knowledge)
    }

    private static func argument(_ number: Int, _ usual: Int) -> Int {
        CommandLine.arguments.count > number ? Int(CommandLine.arguments[number]) ?? usual : usual
    }

    /// `trial [PATIENTS]`: in each of three arms; a million is the task, ten thousand when nothing is said.
    static func speed() throws {
        let patients = argument(2, 10_000)
        let threads = ProcessInfo.processInfo.activeProcessorCount
        let run = try run("trial-benchmark.yaml") { $0.patientsPerArm = patients }
        print("trial        \(patients) patients × \(run.design.arms.count) arms × 12 weeks: symptoms daily, dissociation and pressure in 8 sessions")
        for threads in Set([1, threads]).sorted() where patients <= 100_000 || threads > 1 {
            let (start, spent) = (ContinuousClock.now, clock())
            let report = TrialReport(try run.outcome(threads: threads))
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let work = Double(clock() - spent) / Double(CLOCKS_PER_SEC)
            let people = Double(report.arms.reduce(0) { $0 + $1.randomised })
            var line = String(format: "  %d thread%@  %.1f s, %.0f patients/s", threads, threads > 1 ? "s" : "", seconds, people / seconds)
            line += String(format: "; %.0f patients a second of one core", people / work)
            if let theirs = try reference() { line += String(format: "; reference program %.0f subjects, ratio %.2f", theirs, people / work / theirs) }
            print(line)
        }
        print("  greatest memory \(peakMegabytes()) MB")
    }

    /// Subjects a second of one core, by the processor's time, of `popsim_closed` (8 infusions, 373 times, 3 outputs); nil where it is not at hand.
    private static func reference() throws -> Double? {
        guard let work = ProcessInfo.processInfo.environment["BENCH_WORK"], FileManager.default.isExecutableFile(atPath: work + "/popsim_closed") else {
            return nil
        }
        return 10_000 / (try SimulationBenchmark.referenceSeconds(work + "/popsim_closed", threads: 1, ofProcessor: true))
    }

    /// `trial-error [REPLICATES]`: of arms that do not differ. Exits 1 when an analysis errs otherwise than at its level, within Monte Carlo.
    static func errors() throws {
        let replicates = argument(2, 10_000)
        let run = try run("null-trial.yaml") { $0.replicates = replicates }
        let start = ContinuousClock.now
        let report = TrialReport(try run.outcome(threads: ProcessInfo.processInfo.activeProcessorCount))
        print("trial-error  \(replicates) replicates of two arms of 60 that do not differ, in \(ContinuousClock.now - start)")
        let error = (0.05 * 0.95 / Double(replicates)).squareRoot()
        var isWrong = false
        for contrast in report.contrasts {
            let distance = (contrast.power - 0.05) / error
            isWrong = isWrong || abs(distance) > 3
            let name = contrast.method.padding(toLength: 14, withPad: " ", startingAt: 0)
            print(
                String(
                    format: "  %@ %.2f %% below 0.05 (%+.1f standard errors of Monte Carlo), done in %d", name, 100 * contrast.power, distance,
                    contrast.analysed))
        }
        if isWrong { exit(1) }
    }
}
