import Foundation
import Testing

@testable import Plot

@Suite struct StylesheetTests {
    private var page: String {
        get throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            return try String(contentsOf: root.appending(path: "Sources/ClinicServer/Resources/style.css"), encoding: .utf8)
        }
    }

    /// The rules stand here only; the server adds them to the page's own, which set the colours they name.
    @Test func thePageHoldsTheColoursAndNotTheRules() throws {
        let page = try page
        #expect(!page.contains(".plot text"))
        for (name, value) in Stylesheet.light + Stylesheet.dark { #expect(page.contains("\(name): \(value);"), "\(name)") }
    }

    /// A brace too few takes every rule after it with it, the pictures' own at the end among them.
    @Test func everyBlockOfThePageIsClosed() throws {
        var depth = 0
        for (number, line) in try page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            #expect(!line.hasPrefix("/*") || depth == 0, "line \(number + 1) stands in a block that was not closed")
            depth += line.count { $0 == "{" } - line.count { $0 == "}" }
        }
        #expect(depth == 0)
    }

    @Test func bothPalettesNameTheSameColours() {
        #expect(Stylesheet.light.map(\.name) == Stylesheet.dark.map(\.name))
        for use in Stylesheet.rules.matches(of: /var\((--[a-z-]+)\)/) {
            #expect(Stylesheet.light.contains { $0.name == use.1 }, "\(use.1)")
        }
    }

    @Test func noRuleNeedsEscaping() {
        var escaped = ""
        escape(Stylesheet.rules, into: &escaped)
        #expect(escaped == Stylesheet.rules)
    }

    /// WCAG 2.2, success criterion 1.4.3: text at least 4.5 to 1 against its ground; 1.4.11: marks at least 3 to 1.
    @Test func textAndMarksStandOutInBothSchemes() throws {
        for palette in [Stylesheet.light, Stylesheet.dark] {
            let color = Dictionary(uniqueKeysWithValues: palette.map { ($0.name, $0.value) })
            let surface = try #require(color["--surface"])
            for name in ["--ink", "--muted", "--accent", "--ok", "--moderate", "--major", "--contra", "--esketamine", "--arketamine"] {
                let value = try #require(color[name])
                #expect(contrast(value, surface) >= 4.5, "\(name)")
            }
            for ground in ["--ok-soft", "--accent-soft"] {
                for name in ["--ink", "--muted", "--accent"] {
                    #expect(contrast(try #require(color[name]), try #require(color[ground])) >= 4.5, "\(name) on \(ground)")
                }
            }
        }
    }

    @Test func chipsAndTextOfThePageStandOutInBothSchemes() throws {
        let schemes = try page.components(separatedBy: "@media (prefers-color-scheme: dark)").prefix(2).map { part in
            Dictionary(
                part.matches(of: /(--[a-z-]+): (#[0-9a-f]{6});/).map { (String($0.1), String($0.2)) },
                uniquingKeysWith: { first, _ in first })
        }
        #expect(schemes.count == 2)
        for colors in schemes {
            for (ink, ground) in [
                ("--ink", "--ground"), ("--muted", "--ground"), ("--accent", "--ground"), ("--contra", "--contra-soft"),
                ("--major", "--major-soft"),
                ("--moderate", "--moderate-soft"), ("--ok", "--ok-soft"), ("--accent", "--accent-soft"), ("--ink", "--neutral-soft"),
                ("--on-accent", "--accent"), ("--major", "--surface"), ("--muted", "--accent-soft"),
            ] {
                #expect(contrast(try #require(colors[ink]), try #require(colors[ground])) >= 4.5, "\(ink) on \(ground)")
            }
        }
    }

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    private func contrast(_ a: String, _ b: String) -> Double {
        func linear(_ byte: Int) -> Double {
            let share = Double(byte) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        func luminance(_ hex: String) -> Double {
            let value = Int(hex.dropFirst(), radix: 16) ?? 0
            return 0.2126 * linear(value >> 16 & 255) + 0.7152 * linear(value >> 8 & 255) + 0.0722 * linear(value & 255)
        }
        let (x, y) = (luminance(a), luminance(b))
        return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }

    @Test func aStandalonePictureBringsItsStyle() throws {
        let svg = Sparkline(name: "MADRS", values: [34, 12], maximum: 60, remission: 10).svg(id: "s", style: .standalone)
        let markup = try Markup(svg)
        #expect(markup.named("style").first?.text.contains("prefers-color-scheme: dark") == true)
        #expect(markup.named("svg").first?.attributes["xmlns"] == "http://www.w3.org/2000/svg")
    }
}
