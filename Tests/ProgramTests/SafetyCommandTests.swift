import Foundation
import Notation
import Testing

/// Backup, restore, drill, export and checkpoints through the program.
@Suite struct SafetyCommandTests {
    private static let facts = """
        {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
        {"type":"session","session":"s1","event":"check_in","time":"2024-03-04T08:30:00Z","protocol":"iv-racemic-0.5"}
        {"type":"measurement","session":"s1","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"mm[Hg]"}
        {"type":"measurement","id":"wrong","session":"s1","time":"2024-03-04T08:56:00Z","metric":"dbp","value":18,"unit":"mm[Hg]"}
        {"type":"measurement","supersedes":"wrong","session":"s1","time":"2024-03-04T08:56:00Z","metric":"dbp","value":81,"unit":"mm[Hg]"}
        {"type":"assessment","time":"2024-03-04T08:40:00Z","instrument":"PHQ-9","answers":[3,3,2,3,2,3,2,1,1],"rater":"self"}
        {"type":"administration","session":"s1","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"intravenous","dose":0.5,"unit":"mg/kg","duration_min":40}
        {"type":"adverse_event","session":"s1","term":"=feels \\"far away\\", floating","onset":"2024-03-04T09:20:00Z","severity":"moderate","serious":false}

        """
    private static let ledger =
        #"{"type":"receive","id":"r","time":"2024-03-01T08:00:00Z","drug":"ketamine","strength_mg_per_ml":50,"lot":"A123","expiry":"2027-01-31","volume_ml":100,"by":"u1","witness":"u2"}"#
        + "\n"

    private func clinic() throws -> Shell {
        let shell = try Shell()
        #expect(try shell.run("chart", "import", try shell.write("p1.ndjson", Self.facts)).status == 0)
        #expect(try shell.run("ledger", "import", try shell.write("ledger.ndjson", Self.ledger)).status == 0)
        return shell
    }

    @Test func backupRestoreDrill() throws {
        let shell = try clinic()
        let (backup, restored) = (shell.folder.path + "/b.sqlite", shell.folder.path + "/r.sqlite")
        let head = try #require(JSONReader.read(try shell.run("verify", "--format", "json").out.trimmingCharacters(in: .newlines))["head"]?.string)
        let made = try shell.run("backup", backup)
        #expect(made.status == 0 && made.out.contains("head \(head)") && made.out.contains(" bytes"), "\(made)")
        #expect(try shell.run("backup", backup).status == 2)
        #expect(try shell.run("restore", backup, "--store", restored).status == 0)
        #expect(try shell.run("restore", backup, "--store", restored).status == 2)
        #expect(try shell.run("verify", "--store", restored, "--against", head).status == 0)
        #expect(try shell.run("chart", "export", "--store", restored).out == shell.run("chart", "export").out)
        let drill = try shell.run("drill", "--scratch", shell.folder.path)
        #expect(drill.status == 0 && drill.out.contains("1 with 8 facts, each read and the same"), "\(drill)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: shell.folder.path).allSatisfy { !$0.contains("scratch") })
        #expect(try JSONReader.read(shell.run("drill", "--format", "json").out)["holds"] == true)
        // A backup that was changed is refused, and a drill of a damaged store does not hold.
        for file in [backup, shell.store] { try spoil(file) }
        let refused = try shell.run("restore", backup, "--store", restored + "2")
        #expect(refused.status == 2 && refused.err.contains("entry 6 is not what was written") && !refused.err.contains("1979"), "\(refused)")
        let failed = try shell.run("drill")
        #expect(failed.status == 1 && failed.out.contains("FAILS") && failed.out.contains("does NOT hold"), "\(failed)")
    }

    private func spoil(_ path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(bytes.range(of: Data("[3,3,2,3,2,3,2,1,1]".utf8)))
        bytes.replaceSubrange(place, with: Data("[3,3,2,3,2,3,2,1,0]".utf8))
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test func exportHoldsEverythingAndComesBack() throws {
        let shell = try clinic()
        let folder = shell.folder.path + "/export"
        let made = try shell.run("export", folder)
        #expect(made.status == 0 && made.err.isEmpty, "\(made)")
        #expect(!made.out.contains("1979") && !made.out.contains("far away"))
        func text(_ name: String) throws -> String { try String(contentsOfFile: folder + "/" + name, encoding: .utf8) }
        let manifest = try JSONReader.read(try text("manifest.json"))
        #expect(manifest["facts"] == 8 && manifest["ledger_lines"] == 1 && manifest["audit_entries"] == 1 && manifest["entries"] == 10)
        #expect(try text("audit.ndjson").contains(#""type":"data.export""#))
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: folder))
                == Set(manifest["files"]?.array?.compactMap { $0["file"]?.string } ?? []).union(["manifest.json"]))
        #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
        // The head in the manifest is that of the store.
        #expect(try shell.run("verify", "--against", try #require(manifest["head"]?.string)).status == 0)

        func rows(_ name: String) throws -> [[String: String]] {
            let table = try CSVReader.read(Array(try text(name).utf8)).map(\.fields)
            return table.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(table[0], $0)) }
        }
        #expect(try rows("assessments.csv").map { [$0["instrument"], $0["total"], $0["band"]] } == [["PHQ-9", "20", "severe"]])
        #expect(try rows("administrations.csv").map { [$0["dose"], $0["unit"], $0["session"]] } == [["0.5", "mg/kg", "s1"]])
        #expect(try rows("measurements.csv").map { [$0["metric"], $0["value"]] } == [["sbp", "128"], ["dbp", "81"]], "what is in force")
        #expect(try rows("adverse_events.csv").first?["term"] == "'=feels \"far away\", floating")
        #expect(try rows("sessions.csv").map { [$0["session"], $0["protocol"], $0["check_in"]] } == [["s1", "iv-racemic-0.5", "2024-03-04T08:30:00Z"]])
        #expect(try rows("patients.csv").map { [$0["birth_date"], $0["facts"], $0["facts_in_force"]] } == [["1979-04-02", "8", "7"]])
        #expect(try rows("audit.csv").map { [$0["seq"], $0["what"], $0["who"]] } == [["10", "data.export", "system"]])

        let other = try Shell()
        #expect(try other.run("chart", "import", folder + "/facts.ndjson").status == 0)
        #expect(try other.run("ledger", "import", folder + "/ledger.ndjson").status == 0)
        #expect(try other.run("chart", "export").out == text("facts.ndjson"))
        #expect(try other.run("ledger", "export").out == text("ledger.ndjson"))
        #expect(try shell.run("export", folder).status == 2)
    }

    @Test func verifyReadsAFileOfCheckpoints() throws {
        let shell = try clinic()
        let head = try #require(JSONReader.read(try shell.run("verify", "--format", "json").out)["head"]?.string)
        let zero = String(repeating: "0", count: 64)
        let good = try shell.write("good", "2026-01-01T00:00:00Z \(head)\n2026-01-02T00:00:00Z \(head)\n2026-01-03T00:0")
        let held = try shell.run("verify", "--against", good)
        #expect(held.status == 0 && held.out.contains("2 checkpoints hold\nline 3 of the file is no checkpoint"), "\(held)")
        let bad = try shell.write("bad", "2026-01-01T00:00:00Z \(head)\n2026-01-02T00:00:00Z 5:\(zero)\n2026-01-03T00:00:00Z 3:\(zero)\n")
        let broken = try shell.run("verify", "--against", bad)
        #expect(broken.status == 1 && broken.out.contains("entry 3 is not the one of the checkpoint of 2026-01-03T00:00:00Z"), "\(broken)")
        #expect(try shell.run("verify", "--against", try shell.write("none", "hello\n")).status == 2)
    }
}
