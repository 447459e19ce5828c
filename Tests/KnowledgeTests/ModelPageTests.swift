import Foundation
import Knowledge
import Testing

/// docs/models holds what the model files say today. `EUTHYMIA_WRITE=1` writes it anew.
@Suite struct ModelPageTests {
    @Test func thePagesAreUpToDate() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("docs/models")
        let library = try KnowledgeLibrary.shipped()
        let models = try ModelPage.all(of: library).map { (name: $0.name, text: $0.page.markdown) }
        let pages = models + [(name: library.symptomModel.id, text: SymptomModelCard(library).text)]
        #expect(pages.count > 9)
        if ProcessInfo.processInfo.environment["EUTHYMIA_WRITE"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in pages { try Data(text.utf8).write(to: folder.appendingPathComponent("\(name).md")) }
        }
        let known = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }.sorted()
        #expect(known == pages.map { "\($0.name).md" }.sorted())
        for (name, text) in pages {
            #expect(
                try String(contentsOf: folder.appendingPathComponent("\(name).md"), encoding: .utf8) == text,
                "EUTHYMIA_WRITE=1 swift test --filter ModelPage")
        }
    }
}
