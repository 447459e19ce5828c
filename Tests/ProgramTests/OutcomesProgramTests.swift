import Foundation
import Notation
import Testing

/// `euthymia outcomes` from the outside.
@Suite struct OutcomesProgramTests {
    /// Twelve charts: everybody has a baseline of 30 and one dose, every other falls to 10 by week 4.
    private func clinic() throws -> Shell {
        let shell = try Shell()
        var facts = ""
        for number in 1...12 {
            let patient = "p\(number)"
            func add(_ text: String) { facts += #"{"patient":"\#(patient)",\#(text)}"# + "\n" }
            facts += #"{"type":"patient","id":"\#(patient)","birth_date":"1979-04-02","sex":"female"}"# + "\n"
            add(#""type":"assessment","time":"2024-03-01T08:45:00Z","instrument":"MADRS","total":30"#)
            add(
                #""type":"administration","session":"s1","time":"2024-03-04T09:00:00Z","drug":"esketamine","route":"intranasal","dose":56,"unit":"mg""#
            )
            add(#""type":"assessment","time":"2024-04-01T08:45:00Z","instrument":"MADRS","total":\#(number.isMultiple(of: 2) ? 10 : 28)"#)
        }
        let imported = try shell.run("chart", "import", try shell.write("charts.ndjson", facts))
        #expect(imported.status == 0, "\(imported.err)")
        return shell
    }

    @Test func aReportCountsWhoWasSeen() throws {
        let shell = try clinic()
        let result = try shell.run("outcomes", "--format", "json")
        #expect(result.status == 0, "\(result.err)")
        let json = try JSONReader.read(Array(result.out.utf8))
        let visits = json["sections"]?["visits-madrs"]?["tables"]?["visits"]?.array ?? []
        let week4 = try #require(visits.first { $0["visit"]?.string == "week 4" })
        #expect(week4["seen"]?.int == 12 && week4["response"]?.double == 50)
        // Rows that stand are taken as they are.
        #expect(try shell.run("outcomes", "--as-is", "--format", "json").status == 0)
        let text = try shell.run("outcomes")
        #expect(text.status == 0 && text.out.contains("week 4"))
    }

    @Test func aReportIsOneFile() throws {
        let file = try clinic().run("outcomes", "--format", "html").out
        #expect(file.hasPrefix("<!DOCTYPE html>") && file.hasSuffix("</html>\n") && file.contains("<svg"))
        for word in ["src=", "<link", "<script", "url(", "@import", "p12"] { #expect(!file.contains(word), "\(word)") }
        #expect(file.contains("No difference in this report is an effect of a treatment."))
    }

    @Test func anExportNamesNobody() throws {
        let shell = try clinic()
        let secret = try shell.write("secret", String(repeating: "k", count: 32))
        let folder = shell.folder.appendingPathComponent("research").path
        #expect(try shell.run("outcomes", "export", folder, "--secret-file", secret).status == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!files.isEmpty)
        for file in files {
            let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            #expect(!text.contains("p12") && !text.contains("1979-04-02"), "\(file)")
        }
    }

    @Test func badInputIsOneLineAndExitTwo() throws {
        let shell = try clinic()
        let short = try shell.write("short", "abc")
        let folder = shell.folder.appendingPathComponent("new").path
        for arguments in [
            ["outcomes", "--store", shell.folder.path + "/none.sqlite"], ["outcomes", "--format", "pdf"],
            ["outcomes", "export", folder, "--secret-file", short], ["outcomes", "export", folder, "--secret-file", "/none"],
            ["outcomes", "export", folder, "--secret-file", short, "--k", "1"], ["outcomes", "export", shell.folder.path, "--secret-file", short],
        ] {
            let result = try shell.run(arguments)
            #expect(result.status == 2 && result.out.isEmpty, "\(arguments): \(result.status) \(result.out)")
            #expect(result.err.split(separator: "\n").first?.hasPrefix("euthymia: ") == true, "\(arguments): \(result.err)")
        }
        let empty = try Shell()
        let nobody = try empty.run("outcomes", "--format", "json")
        #expect(nobody.status == 0 || nobody.err.split(separator: "\n").count == 1)
    }
}
