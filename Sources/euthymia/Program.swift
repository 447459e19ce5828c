import ArgumentParser
import Foundation
import Notation
import Storage

/// The program. Exit codes: 0 done, 1 a negative finding it was asked to judge, 2 bad usage or bad input with one clear line.
@main
struct Program {
    static func main() async {
        // A reader that goes away (`| head`) ends the program quietly.
        signal(SIGPIPE, SIG_DFL)
        do {
            var command = try Euthymia.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            guard fflush(nil) == 0 else { fail("the output could not be written; expected room and permission for it") }
        } catch let diagnostic as Diagnostic {
            fail("\(diagnostic)")
        } catch let error as StoreError {
            fail(error.description)
        } catch let problem as Problem {
            fail(problem.description)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            guard Euthymia.exitCode(for: error) != .success else { Euthymia.exit(withError: error) }
            fail(Euthymia.message(for: error) + " (see `euthymia --help`)")
        }
    }

    private static func fail(_ line: String) -> Never {
        FileHandle.standardError.write(Data(("euthymia: " + line.split(separator: "\n").joined(separator: " ") + "\n").utf8))
        exit(2)
    }
}

/// Something the user must mend, said in one line.
struct Problem: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

struct Euthymia: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "euthymia",
        abstract: "Run, monitor and individualise ketamine and esketamine treatment of depression.",
        discussion: """
            Decision support: it computes, guards, schedules and explains; a clinician decides and signs.

            First steps:
              euthymia demo                          a fictional clinic on http://127.0.0.1:8080
              euthymia chart import patient.ndjson   a patient's record in
              euthymia chart review p1               a judged chart out
            """,
        version: programVersion,
        subcommands: [
            ChartCommand.self, LedgerCommand.self, REMSCommand.self, ScoreCommand.self, SimulateCommand.self, ForecastCommand.self, PlanCommand.self,
            FitCommand.self, OutcomesCommand.self, TrialCommand.self, KnowledgeCommand.self, VerifyCommand.self,
            BackupCommand.self, RestoreCommand.self, DrillCommand.self, ExportEverythingCommand.self, DemoCommand.self, ServeCommand.self,
        ])
}

/// As in CHANGELOG.md.
let programVersion = "0.1.0"
