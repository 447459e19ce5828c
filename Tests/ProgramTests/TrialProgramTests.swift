import Foundation
import Notation
import Testing

/// `euthymia trial` from the outside.
@Suite struct TrialProgramTests {
    private let specification = """
        trial: small
        replicates: 3
        days: 14
        patients_per_arm: 20
        arms:
          - {id: drug, regimen: {drug: ketamine, doses: [{time_h: 0, amount: 35, unit: mg, route: intravenous, duration_min: 40}]}}
          - {id: placebo, placebo: {days_of: drug}}
        visits: [1, 7, 14]
        instruments: [{id: MADRS}]
        endpoints: [{id: change, kind: change}]
        analyses: [{endpoint: change, method: ancova, compare: [drug, placebo]}]

        """

    @Test func partsMergeToTheBytesOfTheWhole() throws {
        let shell = try Shell()
        let path = try shell.write("trial.yaml", specification)
        let whole = try shell.run("trial", "run", path, "--format", "json")
        #expect(whole.status == 0 && whole.err.isEmpty)
        let parts = try (1...3).map { number in
            try shell.write("part-\(number)", try shell.run("trial", "shard", path, "--shard", "\(number)/3", "--threads", "1").out)
        }
        #expect(try shell.run(["trial", "merge", "--format", "json"] + parts.reversed() + [parts[1]]).out == whole.out)
        let json = try JSONReader.read(Array(whole.out.utf8))
        #expect(json["arms"]?[0]?["visits"]?.array?.count == 4)
        for key in ["day", "n", "mean_change", "sd_change", "response", "remission"] { #expect(json["arms"]?[0]?["visits"]?[1]?[key] != nil) }
        for key in ["estimate", "ci95", "p", "power"] { #expect(json["contrasts"]?[0]?[key] != nil) }
        let missing = try shell.run("trial", "merge", parts[0], parts[2])
        #expect(missing.status == 2 && missing.err == "euthymia: parts: lack 2/3; expected all 3 parts\n")
    }

    @Test func badInputIsOneLineAndExitTwo() throws {
        let shell = try Shell()
        let path = try shell.write("trial.yaml", specification.replacingOccurrences(of: "visits: [1, 7, 14]", with: "visits: [1, 7, 15]"))
        let late = try shell.run("trial", "check", path)
        #expect(late.status == 2 && late.err == "euthymia: \(path): visits[2]: is on day 15, after the end of the trial; expected at most day 14\n")
        let good = try shell.write("good.yaml", specification)
        for shard in ["1/0", "0/1", "2/1", "x"] {
            let result = try shell.run("trial", "shard", good, "--shard", shard)
            #expect(result.status == 2 && result.out.isEmpty && result.err.split(separator: "\n").count == 1)
        }
        #expect(try shell.run("trial", "check", good).status == 0)
        let misspelt = try shell.write("misspelt.yaml", specification + "dropuot: {per_week: 0.1}\n")
        #expect(try shell.run("trial", "run", misspelt).err.contains("the key \"dropuot\" is not known here"))
    }

    @Test func aComparisonIsDrawn() throws {
        let shell = try Shell()
        let path = try shell.write("trial.yaml", specification)
        let picture = shell.folder.appendingPathComponent("plane.svg").path
        let result = try shell.run("trial", "compare", path, "--plot", picture, "--format", "json")
        #expect(result.status == 0)
        let json = try JSONReader.read(Array(result.out.utf8))
        #expect(json["options"]?.array?.count == 2 && json["options"]?[1]?["efficient"] == true)
        #expect(try String(contentsOfFile: picture, encoding: .utf8).hasPrefix("<svg"))
    }

    @Test func chartsAreACohort() throws {
        let shell = try Shell()
        var facts = ""
        for number in 1...3 {
            facts += #"{"type":"patient","id":"p\#(number)","birth_date":"1979-04-02","sex":"female"}"# + "\n"
            facts +=
                #"{"type":"measurement","patient":"p\#(number)","time":"2024-03-04T08:00:00Z","metric":"weight","value":\#(50 * number),"unit":"kg"}"# + "\n"
            facts += #"{"type":"assessment","patient":"p\#(number)","time":"2024-03-04T08:45:00Z","instrument":"MADRS","total":30}"# + "\n"
        }
        _ = try shell.write("charts.ndjson", facts)
        let perKilogram = specification.replacingOccurrences(of: "amount: 35, unit: mg,", with: "amount: 0.5, unit: mg/kg,")
        let path = try shell.write("trial.yaml", perKilogram + "population: {cohort: charts.ndjson}\n")
        let result = try shell.run("trial", "run", path, "--patients", "300", "--replicates", "1", "--format", "json")
        #expect(result.status == 0, "\(result.err)")
        let exposure = try JSONReader.read(Array(result.out.utf8))["arms"]?[0]?["measures"]?.array?.first { $0["id"] == "exposure" }
        // 25, 50 or 75 mg, each for a third.
        #expect(abs((exposure?["mean"]?.double ?? 0) - 50) < 4)
        #expect(try shell.run("trial", "run", try shell.write("none.yaml", specification + "population: {cohort: nobody.ndjson}\n")).status == 2)
    }
}
