import Notation

/// Options on planes of a gain against what it costs, each a letter with whiskers; the efficient ones are joined.
public struct PlanePicture: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        /// A letter or two.
        public var mark: String
        public var x, y: Double
        public var across, up: ClosedRange<Double>
        /// Drawn filled, and joined with the others that are.
        public var isEfficient: Bool

        public init(mark: String, x: Double, y: Double, across: ClosedRange<Double>, up: ClosedRange<Double>, isEfficient: Bool) {
            (self.mark, self.x, self.y, self.across, self.up, self.isEfficient) = (mark, x, y, across, up, isEfficient)
        }
    }

    public struct Panel: Sendable, Equatable {
        /// What stands across.
        public var across: String
        public var points: [Point]

        public init(across: String, points: [Point]) { (self.across, self.points) = (across, points) }
    }

    public var title: String
    /// What stands upwards in every panel.
    public var up: String
    public var panels: [Panel]
    /// What each letter means.
    public var legend: [String]
    public var notes: [String]

    public init(title: String, up: String, panels: [Panel], legend: [String], notes: [String] = []) {
        (self.title, self.up, self.panels, self.legend, self.notes) = (title, up, panels, legend, notes)
    }

    private static let panelHeight = 230.0

    public func svg(id: String, width: Double = 960, style: PictureStyle = .page) -> String {
        let width = max(width.isFinite ? width : 960, 320)
        guard !panels.isEmpty else {
            return Frame.nothing("Nothing to compare", id: id, width: width, title: title, style: style).rendered
        }
        var content = [Frame.label(fitted(title, width: width, size: 13), x: 0, y: 12, class: "panel-title")]
        // On a phone one below the other.
        let columns = width < 640 ? 1 : 2
        let share = width / Double(columns)
        for (index, panel) in panels.enumerated() {
            let left = Double(index % columns) * share
            draw(
                panel, top: 34 + Double(index / columns) * (Self.panelHeight + 62), frame: Frame(left: left + 48, right: left + share - 20, width: width),
                into: &content)
        }
        var y = 34 + Double((panels.count + columns - 1) / columns) * (Self.panelHeight + 62)
        for (lines, name) in [(legend, "small"), (notes, "small muted")] {
            for line in lines.flatMap({ wrapped($0, width: width - 8, size: Frame.small) }) {
                content.append(Frame.label(line, x: 0, y: y, class: name))
                y += 15
            }
        }
        let described = panels.map { panel in
            "\(up) against \(panel.across): " + panel.points.map { "\($0.mark) \(figure($0.y)) for \(figure($0.x))" }.joined(separator: ", ")
        }
        return Frame.picture(
            content, id: id, width: width, height: y + 4, title: title, description: (described + legend).joined(separator: "; "), style: style
        ).rendered
    }

    private func draw(_ panel: Panel, top: Double, frame: Frame, into content: inout [Element]) {
        let bottom = top + 18 + Self.panelHeight
        let across = LinearScale(extent(panel.points.map(\.across)), start: frame.left, end: frame.right)
        let upward = LinearScale(extent(panel.points.map(\.up)), start: bottom, end: top + 18)
        content.append(Frame.label(up, x: frame.left, y: top + 8, class: "label"))
        content += frame.axes(across, upward, bottom: bottom, name: fitted(panel.across, width: frame.plotWidth, size: Frame.small), figure: figure)
        let frontier = panel.points.filter(\.isEfficient).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        if frontier.count > 1 {
            content.append(Element("path", ["class": "curve faint", "d": .s(linePath(frontier.map { Place(x: across($0.x), y: upward($0.y)) }))]))
        }
        for point in panel.points {
            let (x, y) = (across(point.x), upward(point.y))
            content.append(Frame.line(across(point.across.lowerBound), y, across(point.across.upperBound), y, class: "axis"))
            content.append(Frame.line(x, upward(point.up.lowerBound), x, upward(point.up.upperBound), class: "axis"))
            content.append(Element("circle", ["class": point.isEfficient ? "score" : "score hollow", "cx": .n(x), "cy": .n(y), "r": 4]))
        }
        // Marks that would lie on each other stand side by side.
        var marks: [(text: String, x: Double, y: Double)] = []
        for point in panel.points {
            let (x, y) = (across(point.x), upward(point.y))
            if let near = marks.firstIndex(where: { abs($0.x - x) < 14 && abs($0.y - y) < 12 }) {
                marks[near].text += ", " + point.mark
            } else {
                marks.append((point.mark, x, y))
            }
        }
        for mark in marks {
            let isRight = mark.x > frame.right - 24
            content.append(Frame.label(mark.text, x: mark.x + (isRight ? -8 : 8), y: mark.y - 6, class: "label", anchor: isRight ? "end" : nil))
        }
    }

    private func extent(_ ranges: [ClosedRange<Double>]) -> ClosedRange<Double> {
        let low = min(ranges.map(\.lowerBound).min() ?? 0, 0)
        let high = max(ranges.map(\.upperBound).max() ?? 1, low + 1e-9)
        return low...high + (high - low) * 0.05
    }

    private func figure(_ value: Double) -> String { decimal(rounded(value, places: abs(value) < 10 ? 2 : abs(value) < 1000 ? 1 : 0)) }
}
