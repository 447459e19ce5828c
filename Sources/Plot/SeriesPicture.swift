import Notation

/// Curves and points with names, one panel below the other: shares over time, sites within their limits.
///
/// Each series is named at its end and drawn in a line of its own kind, so that nobody needs the colours.
public struct SeriesPicture: Sendable, Equatable {
    public struct Series: Sendable, Equatable {
        public var name: String
        public var x: [Double]
        public var y: [Double]
        /// Limits around the curve; empty: none.
        public var low: [Double]
        public var high: [Double]
        public var shape: Shape

        public enum Shape: Sendable, Equatable {
            case line
            /// Holds each value until the next.
            case step
            case points
            /// A limit rather than a course.
            case limit
        }

        public init(_ name: String, x: [Double], y: [Double], low: [Double] = [], high: [Double] = [], shape: Shape = .line) {
            (self.name, self.x, self.y, self.low, self.high, self.shape) = (name, x, y, low, high, shape)
        }
    }

    public struct Panel: Sendable, Equatable {
        public var title: String
        public var across: String
        /// Of the upright axis; nil: from the data.
        public var range: ClosedRange<Double>?
        public var series: [Series]

        public init(title: String, across: String, range: ClosedRange<Double>? = nil, series: [Series]) {
            (self.title, self.across, self.range, self.series) = (title, across, range, series)
        }
    }

    public var title: String
    public var panels: [Panel]

    public init(title: String, panels: [Panel]) { (self.title, self.panels) = (title, panels) }

    private static let panelHeight = 200.0

    public func svg(id: String, width: Double = 960, style: PictureStyle = .page) -> String {
        let width = max(width.isFinite ? width : 960, 320)
        let names = panels.flatMap(\.series).filter { $0.shape != .points }.map { textWidth($0.name, size: Frame.small) }.max() ?? 0
        let frame = Frame(left: 48, right: width - min(names + 14, width / 3), width: width)
        var content = [Frame.label(fitted(title, width: width, size: 13), x: 0, y: 12, class: "panel-title")]
        var y = 30.0
        for panel in panels {
            draw(panel, top: y, frame: frame, into: &content)
            y += Self.panelHeight + 62
        }
        let described = panels.map { "\($0.title): \($0.series.map(\.name).joined(separator: ", "))" }.joined(separator: "; ")
        return Frame.picture(content, id: id, width: width, height: y, title: title, description: described, style: style).rendered
    }

    private func draw(_ panel: Panel, top: Double, frame: Frame, into content: inout [Element]) {
        let bottom = top + 18 + Self.panelHeight
        let across = LinearScale(Self.extent(panel.series.flatMap(\.x)), start: frame.left, end: frame.right)
        let up = LinearScale(panel.range ?? Self.extent(panel.series.flatMap { $0.y + $0.low + $0.high }), start: bottom, end: top + 18)
        content.append(Frame.label(fitted(panel.title, width: frame.width, size: Frame.text), x: 0, y: top + 8, class: "label"))
        content += frame.axes(across, up, bottom: bottom, name: panel.across, figure: figure)
        var ends: [(y: Double, text: String)] = []
        for (number, series) in panel.series.enumerated() {
            draw(series, number: number, across: across, up: up, into: &content)
            if series.shape != .points, let last = series.y.last { ends.append((up(last), series.name)) }
        }
        // Names that would lie upon each other are moved apart.
        var before = top
        for end in ends.sorted(by: { $0.y < $1.y }) {
            before = max(end.y + 4, before + 13)
            content.append(
                Frame.label(fitted(end.text, width: frame.width - frame.right - 8, size: Frame.small), x: frame.right + 6, y: before, class: "small"))
        }
    }

    private func draw(_ series: Series, number: Int, across: LinearScale, up: LinearScale, into content: inout [Element]) {
        func places(_ y: [Double], stepped: Bool) -> [Place] {
            var places: [Place] = []
            for (x, y) in zip(series.x, y) where x.isFinite && y.isFinite {
                if stepped, let last = places.last { places.append(Place(x: across(x), y: last.y)) }
                places.append(Place(x: across(x), y: up(y)))
            }
            return places
        }
        let isStepped = series.shape == .step
        if !series.low.isEmpty {
            let outline = linePath(places(series.high, stepped: isStepped) + places(series.low, stepped: isStepped).reversed())
            content.append(Element("path", ["class": "band", "d": .s(outline + "Z")]))
        }
        switch series.shape {
        case .points:
            for place in places(series.y, stepped: false) {
                content.append(Element("circle", ["class": "score", "cx": .n(place.x), "cy": .n(place.y), "r": 3.5]))
            }
        case .limit: content.append(Element("path", ["class": "curve faint", "d": .s(linePath(places(series.y, stepped: false)))]))
        case .line, .step:
            let kinds = ["curve", "curve second", "curve third", "curve fourth"]
            content.append(Element("path", ["class": .s(kinds[number % kinds.count]), "d": .s(linePath(places(series.y, stepped: isStepped)))]))
            if series.shape == .line {
                for place in places(series.y, stepped: false) {
                    content.append(Element("circle", ["class": "score", "cx": .n(place.x), "cy": .n(place.y), "r": 2.5]))
                }
            }
        }
    }

    private static func extent(_ values: [Double]) -> ClosedRange<Double> {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return 0...1 }
        return low < high ? low...high : (low - 1)...(high + 1)
    }

    private func figure(_ value: Double) -> String { decimal(rounded(value, places: abs(value) < 10 ? 2 : 1)) }
}
