/// The measures that the panels of one picture share, in pixels.
struct Frame: Sendable, Equatable {
    /// Left and right edge of the plot area.
    var left: Double
    var right: Double
    /// The whole picture's width.
    var width: Double

    static let text = 12.0
    static let small = 11.0

    var plotWidth: Double { right - left }

    /// Text in a class of the style sheet; `anchor` is SVG's `text-anchor`.
    static func label(_ text: String, x: Double, y: Double, class name: String = "label", anchor: String? = nil) -> Element {
        Element("text", ["class": .s(name), "x": .n(x), "y": .n(y), "text-anchor": anchor.map { .s($0) }], text: text)
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) -> Element {
        Element("line", ["class": .s(name), "x1": .n(x1), "y1": .n(y1), "x2": .n(x2), "y2": .n(y2)])
    }

    static func rect(_ x: Double, _ y: Double, _ width: Double, _ height: Double, class name: String, radius: Double? = nil) -> Element {
        Element(
            "rect",
            [
                "class": .s(name), "x": .n(x), "y": .n(y), "width": .n(max(width, 0)), "height": .n(max(height, 0)),
                "rx": radius.map { .n($0) },
            ])
    }

    /// A datum: its shapes with a tooltip, linked to the fact it was drawn from.
    ///
    /// The link stays out of the tab order: the same fact can be reached by keyboard in the timeline, and a picture of two thousand
    /// facts must not stand between a keyboard user and the next control.
    static func mark(_ shapes: [Element], title: String, fact: String?, class name: String = "mark") -> Element {
        let content = [Element("title", text: title)] + shapes
        guard let fact else { return Element("g", ["class": .s(name)], content) }
        return Element("a", ["class": .s(name), "href": .s(factLink(fact)), "tabindex": "-1"], content)
    }

    /// `#fact-` and the id, percent-encoded: the fragment matches an element whose `id` is `fact-` and the bare id.
    static func factLink(_ fact: String) -> String {
        var link = "#fact-"
        for byte in fact.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                link.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                link += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return link
    }

    /// The root element around a picture's `content`.
    ///
    /// To assistive technology it is one thing with a name and a description. In a page it is a group and its marks are hidden there: they
    /// lead to facts for whoever points at them, and an image must not hold links.
    static func picture(
        _ content: [Element], id: String, width: Double, height: Double, title: String, description: String, style: PictureStyle,
        class name: String = "plot"
    ) -> Element {
        // A page pads its pictures; a file of its own brings the margin along.
        let margin = style == .standalone ? 16.0 : 0
        let box = [-margin, -margin, width + 2 * margin, height + 2 * margin].map(decimal)
        var root = Element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "class": .s(name), "viewBox": .s(box.joined(separator: " ")),
                "width": .s(box[2]), "height": .s(box[3]), "role": .s(style == .standalone ? "img" : "group"), "aria-labelledby": .s("\(id)-title \(id)-desc"),
            ],
            [Element("title", ["id": .s("\(id)-title")], text: title), Element("desc", ["id": .s("\(id)-desc")], text: description)])
        if style == .standalone {
            root.append(Element("style", text: Stylesheet.standalone))
            root.append(rect(-margin, -margin, width + 2 * margin, height + 2 * margin, class: "ground"))
        }
        if style == .standalone {
            root.append(content)
        } else {
            root.append(Element("g", ["aria-hidden": "true"], content))
        }
        return root
    }

    /// An honest picture of nothing.
    static func nothing(_ text: String, id: String, width: Double, title: String, style: PictureStyle) -> Element {
        let height = 72.0
        return picture(
            [
                rect(0.5, 0.5, width - 1, height - 1, class: "empty", radius: 6),
                label(text, x: width / 2, y: height / 2 + 4, class: "label muted", anchor: "middle"),
            ],
            id: id, width: width, height: height, title: title, description: text, style: style)
    }
}

/// One entry of a legend: a sample mark and what it stands for.
struct LegendEntry: Sendable {
    var sample: @Sendable (_ x: Double, _ y: Double) -> [Element]
    var text: String

    /// Entries set from left to right, wrapped to the plot's width. Returns the height used.
    static func draw(_ entries: [LegendEntry], in frame: Frame, top: Double, into output: inout [Element]) -> Double {
        guard !entries.isEmpty else { return 0 }
        var x = frame.left
        var y = top
        for entry in entries {
            let text = fitted(entry.text, width: frame.plotWidth - 40, size: Frame.small)
            let width = 14 + textWidth(text, size: Frame.small) + 16
            if x + width > frame.right + 16, x > frame.left {
                x = frame.left
                y += 16
            }
            output += entry.sample(x + 5, y + 8)
            output.append(Frame.label(text, x: x + 14, y: y + 12, class: "small"))
            x += width
        }
        return y + 16 - top
    }
}

extension Frame {
    /// Grid, axes and their figures around a plot area that ends at `bottom`, with the name of what goes across.
    /// - Parameters:
    ///   - spacing: pixels between the figures across, at least.
    ///   - rows: how many figures go up, about.
    func axes(
        _ across: LinearScale, _ up: LinearScale, bottom: Double, name: String, spacing: Double = 80, rows: Int = 5, figure: (Double) -> String
    ) -> [Element] {
        let grid = up.ticks(rows).flatMap { tick in
            [
                Frame.line(left, up(tick), right, up(tick), class: "grid"),
                Frame.label(figure(tick), x: left - 8, y: up(tick) + 4, class: "tick", anchor: "end"),
            ]
        }
        let ticks = across.ticks(max(Int(plotWidth / spacing), 2)).flatMap { tick in
            [
                Frame.line(across(tick), bottom, across(tick), bottom + 4, class: "axis"),
                Frame.label(figure(tick), x: across(tick), y: bottom + 16, class: "tick", anchor: "middle"),
            ]
        }
        return grid + ticks + [
            Frame.line(left, bottom, right, bottom, class: "axis"), Frame.label(name, x: right, y: bottom + 30, class: "tick", anchor: "end"),
        ]
    }
}
