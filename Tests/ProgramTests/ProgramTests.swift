import Foundation
import Notation
import Testing

/// Runs the built program in a folder of its own.
final class Shell {
    let folder: URL
    var store: String { folder.appendingPathComponent("store.sqlite").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    struct Result {
        var status: Int32
        var out: String
        var err: String
    }

    /// The program stands beside the test bundle.
    static let program = Bundle.main.executableURL.map { url -> URL in
        // On Linux the tests run inside the bundle's own executable, in the folder of the products.
        url.deletingLastPathComponent().appendingPathComponent("euthymia")
    }

    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

    func write(_ name: String, _ data: Data) throws -> String {
        let url = folder.appendingPathComponent(name)
        try data.write(to: url)
        return url.path
    }

    func run(_ arguments: String...) throws -> Result { try run(arguments) }

    func run(_ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.environment = ["EUTHYMIA_STORE": store, "HOME": folder.path]
        let (out, err) = (folder.appendingPathComponent(UUID().uuidString), folder.appendingPathComponent(UUID().uuidString))
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        try process.run()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, out: try String(contentsOf: out, encoding: .utf8), err: try String(contentsOf: err, encoding: .utf8))
    }
}

private let person = #"{"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}"# + "\n"
private let scores = #"{"type":"assessment","id":"a1","time":"2024-03-04T08:45:00Z","instrument":"MADRS","total":34}"# + "\n"

@Suite struct ProgramTests {
    @Test func scoreGivesTheContractsJSON() throws {
        let result = try Shell().run("score", "PHQ-9", "--answers", "3,3,2,3,2,3,2,1,1", "--format", "json")
        #expect(result.status == 0)
        let json = try JSONReader.read(Array(result.out.utf8))
        #expect(
            json["instrument"] == "PHQ-9" && json["total"] == 20 && json["band"] == "severe" && json["items_answered"] == 9 && json["flags"] == ["item9>=1"])
    }

    @Test func forecastAndPlanGiveTheContractsJSON() throws {
        let shell = try Shell()
        let dose =
            #"{"type":"administration","id":"d1","session":"s1","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40}"#
        let session = #"{"type":"session","session":"s1","event":"check_in","time":"2024-03-04T08:30:00Z","protocol":"ket-iv-standard"}"#
        let chart = try shell.write("chart.ndjson", person + scores + session + "\n" + dose + "\n")
        let regimen = try shell.write("regimen.yaml", "drug: ketamine\ndoses:\n  - {time_h: 24, amount: 35, unit: mg, route: intravenous, duration_min: 40}\n")
        let result = try shell.run("forecast", chart, "--horizon-days", "28", "--regimen", regimen, "--format", "json")
        #expect(result.status == 0)
        let json = try JSONReader.read(Array(result.out.utf8))
        let series = ["times_days", "p05", "p50", "p95", "predictive_p05", "predictive_p95", "p_response", "p_remission"]
        #expect(series.allSatisfy { json[$0]?.array?.count == 29 })
        #expect(json["instrument"] == "MADRS" && json["relapse"]?["p_by_day"] != nil && json["parameters"]?["sensitivity"]?["sd"]?.double != nil)
        #expect(["method", "ess", "pareto_k", "log_evidence"].allSatisfy { json["diagnostics"]?[$0] != nil } && json["model"]?.string?.contains("@") == true)
        let plan = try JSONReader.read(Array(try shell.run("plan", chart, "--format", "json").out.utf8))
        #expect(plan["options"]?.array?.isEmpty == false && plan["recommended"]?.int != nil && plan["why"]?.array?.isEmpty == false)
        #expect(try JSONReader.read(Array(try shell.run("chart", "review", chart, "--format", "json").out.utf8))["forecast"]?["course"] != nil)
        for (arguments, word) in [(["forecast", chart, "--horizon-days", "0"], "1 to 730"), (["forecast", chart, "--regimen", chart], "YAML")] {
            let refused = try shell.run(arguments)
            #expect(refused.status == 2 && refused.err.split(separator: "\n").count == 1 && refused.err.contains(word), "\(refused.err)")
        }
    }

    @Test func importListShowReviewExportVerify() throws {
        let shell = try Shell()
        let file = try shell.write("p1.ndjson", person + scores)
        let first = try shell.run("chart", "import", file, "--format", "json")
        #expect(first.status == 0)
        #expect(try JSONReader.read(Array(first.out.utf8))["added"] == 2)
        let again = try shell.run("chart", "import", file, "--format", "json")
        #expect(try JSONReader.read(Array(again.out.utf8))["added"] == 0)
        #expect(try JSONReader.read(Array(again.out.utf8))["unchanged"] == 2)
        let list = try shell.run("chart", "list", "--format", "json")
        #expect(try JSONReader.read(Array(list.out.utf8))[0]?["patient"] == "p1")
        #expect(try shell.run("chart", "show", "p1").out.contains("MADRS 34"))
        let stored = try JSONReader.read(Array(try shell.run("chart", "review", "p1", "--format", "json", "--as-of", "2024-06-01").out.utf8))
        let direct = try JSONReader.read(Array(try shell.run("chart", "review", file, "--format", "json", "--as-of", "2024-06-01").out.utf8))
        #expect(stored == direct)
        #expect(stored["symptoms"]?["MADRS"]?["baseline"] == 34)
        let exported = try shell.run("chart", "export")
        let other = try Shell()
        let copy = try other.write("copy.ndjson", exported.out)
        #expect(try other.run("chart", "import", copy).status == 0)
        #expect(try other.run("chart", "export").out == exported.out)
        #expect(try shell.run("verify").out.hasPrefix("intact: 2 entries"))
    }

    /// The ledger in and out of the store, held against the chart beside it.
    @Test func ledgerImportCheckBalanceExportVerify() throws {
        let shell = try Shell()
        let lines = """
            {"type":"receive","id":"r","time":"2024-03-01T08:00:00Z","drug":"ketamine","strength_mg_per_ml":50,"lot":"A123","expiry":"2027-01-31","volume_ml":100,"by":"u1","witness":"u2"}
            {"type":"issue","id":"i","time":"2024-03-04T08:50:00Z","lot":"A123","volume_ml":1.0,"session":"s1","patient":"p1","by":"u1"}
            {"type":"waste","id":"w","time":"2024-03-04T09:50:00Z","lot":"A123","volume_ml":0.3,"session":"s1","by":"u1","witness":"u2","reason":"residual"}
            {"type":"count","id":"c","time":"2024-03-04T18:00:00Z","lot":"A123","volume_ml":99.0,"by":"u1","witness":"u2"}

            """
        let dose =
            #"{"type":"administration","session":"s1","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40,"lot":"A123"}"#
        let ledger = try shell.write("ledger.ndjson", lines)
        let chart = try shell.write("p1.ndjson", person + dose + "\n")
        #expect(try shell.run("chart", "import", chart).status == 0)
        #expect(try shell.run("ledger", "import", ledger).status == 0)
        #expect(try shell.run("ledger", "import", ledger).out.contains("0 lines added, 4 known already"))
        let check = try shell.run("ledger", "check", "--as-of", "2024-03-05", "--format", "json")
        let json = try JSONReader.read(Array(check.out.utf8))
        #expect(check.status == 0 && json["ok"] == true && json["broken"] == [], "\(check.out)")
        #expect(json["sessions"]?[0]?["given"] == 0.7.json && json["sessions"]?[0]?["difference"] == 0)
        #expect(try shell.run("ledger", "balance", "--as-of", "2024-03-05").out.contains("99 mL"))
        #expect(try shell.run("ledger", "export").out.split(separator: "\n").count == 4)
        #expect(try shell.run("ledger", "balance", "--as-of", "2024-03-05").out.contains("0.7 mL (0.7 mL per chart)"))
        #expect(try shell.run("chart", "list", "--format", "json").out.contains("ledger") == false)
        #expect(try shell.run("verify").out.hasPrefix("intact: 6 entries"))
        // A dose that the books do not carry is named, wherever it was recorded first.
        let second = try shell.write("more.ndjson", dose.replacing("s1", with: "s2").replacing("{", with: #"{"patient":"p1","#) + "\n")
        #expect(try shell.run("chart", "import", second).status == 0)
        let broken = try shell.run("ledger", "check", "--as-of", "2024-03-05")
        #expect(broken.status == 1 && broken.out.contains("issued ≠ given + wasted") && broken.out.contains("session s2"), "\(broken.out)")
        let alone = try shell.run("ledger", "check", ledger, "--chart", chart, "--as-of", "2024-03-05")
        #expect(alone.status == 0)
        let again = try shell.run("ledger", "check", ledger, "--chart", chart, "--chart", chart, "--as-of", "2024-03-05")
        #expect(again.status == 0, "\(again.out)\(again.err)")
        // Two syringes in one minute are two; what nobody reads is said where a file is looked at, as where it is taken in.
        let issue = #"{"type":"issue","time":"2024-03-04T12:00:00Z","lot":"A123","volume_ml":0.7,"session":"s7","by":"u1","colour":"red"}"# + "\n"
        let doubled = try shell.write("doubled.ndjson", issue + issue)
        let looked = try shell.run("ledger", "check", ledger, doubled, "--as-of", "2024-03-05")
        let taken = try shell.run("ledger", "import", doubled)
        for result in [looked, taken] {
            #expect(result.out.contains("1 line repeats another word for word; kept as separate") && result.out.contains("2 × issue.colour"), "\(result.out)")
        }
        #expect(taken.out.contains("2 lines added") && looked.out.contains("issued 1.4 mL"))
        #expect(try shell.run("ledger", "import", doubled).out.contains("0 lines added, 2 known already"))
        let remarks = try JSONReader.read(Array(try shell.run("ledger", "check", doubled, "--format", "json").out.utf8))["files"]?[0]
        #expect(remarks?["kept_separate"] == 1 && remarks?["unknown_keys"]?["issue.colour"] == 2)
        let clash = try shell.write("clash.ndjson", lines.replacing("99.0", with: "98.0"))
        let refused = try shell.run("ledger", "import", clash)
        #expect(refused.status == 2 && refused.err.contains("expected a new id"))
    }

    @Test func remsFormNamesWhatIsMissing() throws {
        let shell = try Shell()
        let dose =
            #"{"type":"administration","session":"s1","time":"2024-03-04T09:00:00Z","drug":"esketamine","route":"intranasal","dose":56,"unit":"mg","lot":"E1"}"#
        let chart = try shell.write("p1.ndjson", person + dose)
        let form = try shell.run("rems", chart, "--session", "s1", "--format", "json", "--as-of", "2024-03-08")
        let json = try JSONReader.read(Array(form.out.utf8))
        #expect(form.status == 1 && json["overdue"] == false && json["due"] == "2024-03-11T09:00:00Z")
        #expect(json["missing"]?.array?.contains("hcp_signature") == true && json["missing"]?.array?.contains("treatment_date") == false)
        #expect(try shell.run("rems", chart, "--session", "s9").status == 2)
        #expect(try shell.run("rems", chart, "--session", "s1", "--jurisdiction", "EU").status == 2)
    }

    /// A clinic's file is laid over what ships, and one that loosens a label is refused.
    @Test func aClinicsFileIsHeard() throws {
        let shell = try Shell()
        let vital = #"{"type":"measurement","session":"s1","time":"2024-03-04T08:55:00Z","metric":"sbp","value":138,"unit":"mm[Hg]"}"#
        let chart = try shell.write("p1.ndjson", person + vital)
        let head = "knowledge: {id: clinic/own, title: Own, version: 1.0.0, date: \"2026-01-01\", confidence: project, sources: []}\noverlay:\n"
        let tight = try shell.write("tight.yaml", head + "  - {rule: PR-01, thresholds: {sbp: 135}, reason: audit, by: Dr Own, date: \"2026-01-05\"}\n")
        let loose = try shell.write("loose.yaml", head + "  - {rule: PR-01, thresholds: {sbp: 145}, reason: haste, by: Dr Own, date: \"2026-01-05\"}\n")
        let plain = try shell.run("chart", "review", chart, "--as-of", "2024-03-05")
        let own = try shell.run("chart", "review", chart, "--as-of", "2024-03-05", "--clinic", tight)
        #expect(!plain.out.contains("PR-01  [Product label]   Pre-dose SBP elevated"))
        #expect(own.out.contains("Pre-dose SBP elevated") && own.out.contains("changed by the clinic, Dr Own 2026-01-05: audit"), "\(own.out)")
        let refused = try shell.run("chart", "review", chart, "--clinic", loose)
        #expect(refused.status == 2 && refused.err.contains("loosens a product label rule"), "\(refused.err)")
    }

    /// Every kind of bad input: exit 2, one line on standard error that says what was expected, nothing on standard output.
    @Test func badInputGetsOneLine() throws {
        let shell = try Shell()
        let good = try shell.write("good.ndjson", person + scores)
        let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/examples/theophylline.yaml").path
        let cases: [[String]] = [
            ["fit", "--data", good, "--model", model], ["fit", "--data", "/nowhere.csv", "--model", model],
            ["fit", "--data", try shell.write("t.csv", "ID,TIME,AMT,DV\n1,0,x,5\n"), "--model", model],
            ["fit", "--data", try shell.write("one.csv", "ID,TIME,AMT,DV\n1,0,3,.\n1,1,.,5\n"), "--model", model],
            ["fit", "--data", good, "--model", try shell.write("m.yaml", "model: {id: m}\n")],
            ["chart", "import", try shell.write("cut.ndjson", String(person.dropLast(3)))],
            ["chart", "import", try shell.write("cut.json", #"{"resourceType":"Bundle","entry":["#)],
            ["chart", "import", try shell.write("bytes.ndjson", Data([0x7B, 0x22, 0xFF, 0xFE, 0x22]))],
            ["chart", "import", try shell.write("type.ndjson", person + #"{"type":"assessment","time":"2024-03-04","instrument":"MADRS","total":"34"}"#)],
            ["chart", "import", try shell.write("early.ndjson", person + #"{"type":"therapy","time":"1950-01-01","modality":"CBT"}"#)],
            ["chart", "import", try shell.write("late.ndjson", person + #"{"type":"therapy","time":"2999-01-01","modality":"CBT"}"#)],
            [
                "chart", "import",
                try shell.write("unit.ndjson", person + #"{"type":"measurement","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"stone"}"#),
            ],
            ["chart", "import", try shell.write("twice.ndjson", person + scores + scores.replacing("34", with: "33"))],
            ["chart", "import", try shell.write("range.csv", "patient,time,instrument,total\np1,2024-03-04,PHQ-9,99\n")],
            ["chart", "import", try shell.write("unrelated.json", bundle(of: 10_000, with: ""))],
            ["chart", "import", try shell.write("notes.txt", "x")], ["chart", "import", "/nowhere.ndjson"], ["chart", "import", shell.folder.path + "/"],
            ["chart", "import", good, "--max-megabytes", "0"], ["chart", "import", "/dev/zero.ndjson"], ["chart", "review", "/dev/null.csv"],
            ["chart", "import"], ["chart", "review", "nobody"], ["ledger", "check"], ["ledger", "import", good], ["ledger", "check", "/nowhere.ndjson"],
            ["ledger", "check", try shell.write("l.ndjson", #"{"type":"issue","time":"2024-03-04","lot":"A","volume_ml":1,"by":"u","session":"s"}"#)],
            ["rems", good, "--session", "none"], ["chart", "review", good, "--clinic", good],
            ["chart", "review", good, "--as-of", "yesterday"],
            ["chart", "review", good, "--jurisdiction", "FR"], ["chart", "export", "nobody"], ["score", "PHQ-99", "--answers", "1"], ["score", "PHQ-9"],
            ["score", "PHQ-9", "--answers", "3,3,2,3,2,3,2,1,4"], ["score", "PHQ-9", "--total", "28"], ["knowledge", "show", "nothing"],
            ["verify", "--store", "/nowhere.sqlite"], ["verify", "--against", "x"], ["frobnicate"], ["chart", "import", good, "--frobnicate"],
        ]
        for arguments in cases {
            let result = try run(shell, arguments)
            #expect(result.status == 2, "\(arguments)")
            #expect(result.out.isEmpty, "\(arguments): \(result.out)")
            #expect(result.err.split(separator: "\n").count == 1, "\(arguments): \(result.err)")
            #expect(!result.err.contains("1979"), "no patient data: \(result.err)")
        }
        // None of it left anything behind.
        #expect(try shell.run("chart", "list", "--format", "json").status == 2 || shell.run("chart", "list", "--format", "json").out.contains("[]"))
    }

    private func run(_ shell: Shell, _ arguments: [String]) throws -> Shell.Result {
        switch arguments.count {
        case 1: try shell.run(arguments[0])
        case 2: try shell.run(arguments[0], arguments[1])
        case 3: try shell.run(arguments[0], arguments[1], arguments[2])
        case 4: try shell.run(arguments[0], arguments[1], arguments[2], arguments[3])
        default: try shell.run(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
        }
    }

    private func bundle(of count: Int, with patient: String) -> String {
        let entries = (0..<count).map { #"{"resource":{"resourceType":"Claim","id":"c\#($0)"}}"# } + (patient.isEmpty ? [] : [#"{"resource":\#(patient)}"#])
        return #"{"resourceType":"Bundle","type":"collection","entry":[\#(entries.joined(separator: ","))]}"#
    }

    @Test func unrelatedResourcesAreCountedAndNamed() throws {
        let shell = try Shell()
        let file = try shell.write("bundle.json", bundle(of: 10_000, with: #"{"resourceType":"Patient","id":"x","birthDate":"1980-01-01"}"#))
        let result = try shell.run("chart", "import", file, "--format", "json")
        #expect(result.status == 0)
        let report = try JSONReader.read(Array(result.out.utf8))
        #expect(report["records"]?["Claim"] == 10_000)
        #expect(report["not_understood"]?[0]?["kind"] == "Claim")
        #expect(report["not_understood"]?[0]?["count"] == 10_000)
    }

    @Test func oneBadFactRefusesTheWholeFile() throws {
        let shell = try Shell()
        _ = try shell.run("chart", "import", try shell.write("good.ndjson", person))
        let many = (1...500).map { #"{"type":"therapy","patient":"p1","id":"t\#($0)","time":"2024-01-01","modality":"CBT"}"# }.joined(separator: "\n")
        #expect(try shell.run("chart", "import", try shell.write("bad.ndjson", many + "\n{\"type\":\"therapy\",\"patient\":\"p1\"}")).status == 2)
        #expect(try shell.run("verify").out.hasPrefix("intact: 1 entries"))
        let changed = person.replacing("female", with: "male")
        let conflict = try shell.run("chart", "import", try shell.write("changed.ndjson", many + "\n" + changed))
        #expect(conflict.status == 2 && conflict.err.contains("supersedes"))
        #expect(try shell.run("verify").out.hasPrefix("intact: 1 entries"))
    }

    @Test func verifyNamesTheDamageAndExitsWithOne() throws {
        let shell = try Shell()
        _ = try shell.run("chart", "import", try shell.write("good.ndjson", person + scores))
        let head = try #require(try shell.run("verify").out.split(separator: " ").last).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try shell.run("verify", "--against", head).status == 0)
        #expect(try shell.run("verify", "--against", "2:" + String(repeating: "0", count: 64)).status == 1)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: shell.store))
        let place = try #require(bytes.range(of: Data("\"total\":34".utf8)))
        bytes.replaceSubrange(place, with: Data("\"total\":12".utf8))
        try bytes.write(to: URL(fileURLWithPath: shell.store))
        let result = try shell.run("verify", "--format", "json")
        #expect(result.status == 1)
        #expect(try JSONReader.read(Array(result.out.utf8))["entry"] == 2)
    }

    @Test func knowledgeAndHelp() throws {
        let shell = try Shell()
        #expect(try shell.run("knowledge", "check").status == 0)
        #expect(try shell.run("knowledge", "list").out.contains("instrument/PHQ-9"))
        #expect(try shell.run("knowledge", "show", "EL-07").out.contains("JNJ-CV"))
        for command in ["chart", "score", "knowledge", "verify", "demo", "serve"] {
            let help = try shell.run(command, "--help")
            #expect(help.status == 0 && help.out.contains("euthymia"), "\(command)")
        }
        #expect(try shell.run("--version").status == 0)
    }

    @Test func demonstrationIsTheSameForASeed() throws {
        let (a, b) = (try Shell(), try Shell())
        let clock = a.store + ".clock"
        try "2026-11-24T10:00:00Z\n".write(toFile: clock, atomically: true, encoding: .utf8)
        for shell in [a, b] { #expect(try shell.run("demo", "--store", shell.store, "--build-only", "--clock", clock).status == 0) }
        let exports = try [a, b].map { try $0.run("chart", "export").out }
        #expect(exports[0] == exports[1])
        #expect(try a.run("verify").status == 0)
        #expect(try a.run("chart", "review", "demo-33").status == 0)
        #expect(try a.run("demo", "--store", a.store).status == 2)
    }

    @Test func simulateWritesTablesPicturesAndJSON() throws {
        let shell = try Shell()
        let regimen = try shell.write("nasal.yaml", "drug: esketamine\ndoses: [{time_h: 0, amount: 56, unit: mg, route: intranasal}]\n")
        let plain = try shell.run("simulate", "--model", "perez-ruixo-2020", "--regimen", regimen, "--times", "0:2:1")
        #expect(plain.status == 0 && plain.out.hasPrefix("time_h,esketamine,noresketamine\n0,0,0\n1,"))
        let picture = shell.folder.appendingPathComponent("course.svg")
        let many = ["simulate", "--model", "perez-ruixo-2020", "--regimen", regimen, "--times", "0:2:1", "--subjects", "1500", "--seed", "7", "--effects"]
        let runs = try ["1", "2"].map { try shell.run(many + ["--threads", $0, "--format", "json", "--plot", picture.path]) }
        #expect(runs[0].status == 0 && runs[0].out == runs[1].out)
        #expect(try String(contentsOf: picture, encoding: .utf8).contains("Dissociation"))
        let rows = try #require(JSONReader.read(Array(runs[0].out.utf8))["rows"]?.array)
        let peak = try #require(rows.first { $0["time_h"] == 1 && $0["output"] == "occupancy" })
        #expect(peak["n"] == 1500 && (peak["p05"]?.double ?? 0) < (peak["p95"]?.double ?? 0))
        let metrics = try shell.run(
            "simulate", "--model", "ashraf-2018", "--regimen",
            try shell.write("oral.yaml", "drug: esketamine\ndoses: [{time_h: 0, amount: 14, unit: mg, route: oral}]\n"), "--metrics", "--above", "5",
            "--subjects", "40", "--individuals")
        #expect(metrics.status == 0 && metrics.out.hasPrefix("subject,output,cmax,tmax,auc_inf,auc_last,half_life,accumulation,time_above\n1,"))
    }

    @Test func simulateRefusesBadInputInOneLine() throws {
        let shell = try Shell()
        let regimen = try shell.write("r.yaml", "drug: ketamine\ndoses: [{time_h: 0, amount: 0.5, unit: mg/kg, route: intravenous, duration_min: 40}]\n")
        let model = """
            knowledge: {id: model/x, title: X, version: 1.0.0, date: "2026-11-23", confidence: project, sources: []}
            model:
              {id: x, title: X, drugs: [ketamine], sampling: venous, population: nobody, parameters: [{id: CL, value: 1, unit: L/h}, {id: V, value: 1, unit: L}],
               derived: [], structure: [{disposition: {id: central, volume: V, clearance: CL}}], routes: [{route: intravenous, entries: [{into: central}]}],
               outputs: [{id: c, title: C, unit: ng/mL, terms: [{state: central, volume: V}]}]}
            """
        func dose(_ text: String) throws -> String { try shell.write("bad.yaml", "drug: ketamine\ndoses: [\(text)]\n") }
        func file(_ old: String, _ new: String) throws -> String { try shell.write("model.yaml", model.replacing(old, with: new)) }
        let domino = ["--model", "domino-1982", "--regimen"]
        let line = "{time_h: 0, amount: 10, unit: mg, route: intravenous, duration_min: 40}"
        func refused(_ arguments: [String], _ names: String) throws {
            let result = try shell.run(["simulate"] + arguments)
            #expect(
                result.status == 2 && result.err.contains(names) && result.err.split(separator: "\n").count == 1 && result.out.isEmpty, "\(names): \(result)")
        }
        try refused(domino + [try dose("{time_h: 0, amount: 1, unit: mgs, route: intravenous}")], "\"mgs\"")
        try refused(domino + [try dose("{time_h: 0, amount: -1, unit: mg, route: intravenous}")], "negative")
        try refused(domino + [try dose("\(line), \(line)")], "allow_overlap")
        try refused(domino + [regimen, "--covariates", try shell.write("c.csv", "age\n40\n")], "weight")
        try refused(domino + [regimen, "--times", "0:x:1"], "--times")
        try refused(domino + [regimen, "--outputs", "occupancy"], "analyte")
        try refused(["--model", "simons-2022", "--regimen", regimen, "--effects"], "never mixed")
        try refused(["--model", "nobody-1999", "--regimen", regimen], "nobody-1999")
        try refused(["--model", try file("derived: []", "derived: [{id: a, formula: b}, {id: b, formula: a}]"), "--regimen", regimen], "circle")
        try refused(
            ["--model", try file("derived: []", "covariances: [{parameters: [CL, V], matrix: [[1, 2], [2, 1]]}]"), "--regimen", regimen], "positive definite")
        try refused(["--model", try file("clearance:", "clearence:"), "--regimen", regimen], "clearence")
        #expect(try shell.run(["simulate", "--model", try file("x", "x"), "--regimen", try dose(line)]).status == 0)
        #expect(try shell.run("knowledge", "check", try file("unit: L/h", "unit: L/hr")).status == 2)
    }
}

extension Double {
    fileprivate var json: JSONValue { JSONValue(self) }
}
