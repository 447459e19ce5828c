import Notation
import Plot

/// A part of a report: what was found as tables, with the words that go with it. Page, file and JSON are made of the same value.
public struct ReportSection: Sendable, Equatable {
    public var id: String
    public var title: String
    /// What a reader must know before reading the tables: who is in them, what is assumed.
    public var notes: [String] = []
    public var tables: [ReportTable] = []
    public var pictures: [SeriesPicture] = []
}

public struct ReportTable: Sendable, Equatable {
    public var id: String
    public var title: String
    /// Key in JSON and title on the page.
    public var columns: [(key: String, title: String)]
    public var rows: [[Cell]]

    public static func == (a: ReportTable, b: ReportTable) -> Bool {
        a.id == b.id && a.title == b.title && a.columns.map(\.key) == b.columns.map(\.key) && a.rows == b.rows
    }

    public enum Cell: Sendable, Equatable {
        case text(String)
        case count(Int)
        case number(Double, places: Int)
        /// Of 1, written in per cent.
        case percent(Double)
        /// Two numbers, or two shares of 1 written in per cent.
        case interval(Double, Double, places: Int, percent: Bool)
        case p(Double)
        case none

        static func number(_ value: Double?, places: Int = 1) -> Cell { value.map { .number($0, places: places) } ?? .none }
        static func percent(_ value: Double?) -> Cell { value.map { .percent($0) } ?? .none }
        static func limits(_ limits: (low: Double, high: Double)?, places: Int = 1, percent: Bool = false) -> Cell {
            limits.map { .interval($0.low, $0.high, places: places, percent: percent) } ?? .none
        }
    }
}

extension ReportTable.Cell {
    /// As it is read.
    public var words: String {
        switch self {
        case .text(let text): text
        case .count(let count): "\(count)"
        case .number(let value, let places): Self.fixed(value, places)
        case .percent(let share): Self.fixed(100 * share, 1) + " %"
        case .interval(let low, let high, let places, let percent):
            percent ? "\(Self.fixed(100 * low, 1)) to \(Self.fixed(100 * high, 1)) %" : "\(Self.fixed(low, places)) to \(Self.fixed(high, places))"
        case .p(let p): p < 0.001 ? "< 0.001" : Self.fixed(p, 3)
        case .none: "–"
        }
    }

    /// For scripts: shares in per cent, numbers to four digits after what is shown.
    public var json: JSONValue {
        func value(_ number: Double, _ places: Int) -> JSONValue { JSONValue(rounded(number, places: places + 3)) }
        return switch self {
        case .text(let text): .string(text)
        case .count(let count): .init(count)
        case .number(let number, let places): value(number, places)
        case .percent(let share): value(100 * share, 1)
        case .interval(let low, let high, let places, let percent):
            percent ? [value(100 * low, 1), value(100 * high, 1)] : [value(low, places), value(high, places)]
        case .p(let p): JSONValue(rounded(p, places: 6))
        case .none: .null
        }
    }

    var isNumber: Bool { if case .text = self { false } else { true } }

    static func fixed(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return value > 0 ? "∞" : "–" }
        let value = rounded(abs(value), places: places) == 0 ? 0 : rounded(value, places: places)
        var text = decimal(value)
        guard places > 0 else { return text }
        if !text.contains(".") { text += "." }
        while text.split(separator: ".", omittingEmptySubsequences: false).last.map({ $0.count < places }) ?? false { text += "0" }
        return text
    }
}

extension ReportSection {
    public var json: JSONValue {
        [
            "title": .string(title), "notes": .init(notes),
            "tables": .object(
                tables.reduce(into: JSONObject()) { object, table in
                    object[table.id] = .array(
                        table.rows.map { row in .object(zip(table.columns, row).reduce(into: JSONObject()) { $0[$1.0.key] = $1.1.json }) })
                }),
        ]
    }

    /// HTML of the section, its pictures inline.
    public func html(pictureWidth: Double = 960) -> String {
        var html = "<section class=\"outcome\" id=\"\(id)\">" + Element("h2", text: title).rendered
        for note in notes { html += Element("p", ["class": "outcome-note"], text: note).rendered }
        for (number, picture) in pictures.enumerated() {
            html +=
                "<div class=\"outcome-picture\" tabindex=\"0\" role=\"group\" aria-label=\"Picture \(number + 1)\">"
                + picture.svg(id: "\(id)-picture-\(number)", width: pictureWidth) + "</div>"
        }
        return html + tables.map(\.html).joined() + "</section>"
    }
}

extension ReportTable {
    var html: String {
        guard !rows.isEmpty else { return "" }
        let head = Element(
            "tr", [:],
            columns.enumerated().map { index, column in
                let isNumber = index > 0 && rows.contains { $0[index].isNumber }
                return Element("th", ["scope": "col", "class": isNumber ? "figure" : nil], text: column.title)
            })
        let body = rows.map { row in
            Element(
                "tr", [:],
                zip(columns, row).enumerated().map { index, cell in
                    index == 0
                        ? Element("th", ["scope": "row"], text: cell.1.words)
                        : Element("td", ["data-label": .text(cell.0.title), "class": cell.1.isNumber ? "figure" : nil], text: cell.1.words)
                })
        }
        let table = Element(
            "table", ["class": "facts plain cards"],
            [Element("caption", text: title), Element("thead", [:], [head]), Element("tbody", [:], body)])
        return Element("div", ["class": "sideways", "tabindex": "0", "role": "group", "aria-label": .text(title + ", scrolls sideways")], [table]).rendered
    }
}
