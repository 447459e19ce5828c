import Notation

/// Points against a scale of numbers, two panels in a row: how well a model fits.
public struct ScatterPicture: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public var x: Double
        public var y: Double
        /// Drawn hollow: a measurement of which only a limit is known.
        public var isCensored: Bool

        public init(x: Double, y: Double, isCensored: Bool = false) {
            self.x = x
            self.y = y
            self.isCensored = isCensored
        }
    }

    public struct Line: Sendable, Equatable {
        public var x: [Double]
        public var y: [Double]
        public var isFaint: Bool

        public init(x: [Double], y: [Double], isFaint: Bool = false) {
            self.x = x
            self.y = y
            self.isFaint = isFaint
        }
    }

    public struct Band: Sendable, Equatable {
        public var x: [Double]
        public var low: [Double]
        public var high: [Double]

        public init(x: [Double], low: [Double], high: [Double]) {
            self.x = x
            self.low = low
            self.high = high
        }
    }

    public struct Panel: Sendable, Equatable {
        public enum Reference: Sendable, Equatable { case none, identity, zero }

        public var title: String
        public var across: String
        public var points: [Point]
        public var lines: [Line]
        public var bands: [Band]
        public var reference: Reference

        public init(title: String, across: String, points: [Point], lines: [Line] = [], bands: [Band] = [], reference: Reference = .none) {
            self.title = title
            self.across = across
            self.points = points
            self.lines = lines
            self.bands = bands
            self.reference = reference
        }
    }

    public var title: String
    public var panels: [Panel]
    public var notes: [String]

    public init(title: String, panels: [Panel], notes: [String] = []) {
        self.title = title
        self.panels = panels
        self.notes = notes
    }

    private static let panelHeight = 230.0

    public func svg(id: String, width: Double = 960, style: PictureStyle = .page) -> String {
        let width = max(width.isFinite ? width : 960, 480)
        var content = [Frame.label(fitted(title, width: width, size: 13), x: 0, y: 12, class: "panel-title")]
        let half = width / 2
        for (index, panel) in panels.enumerated() {
            let left = Double(index % 2) * half
            let frame = Frame(left: left + 56, right: left + half - 16, width: width)
            draw(panel, top: 34 + Double(index / 2) * (Self.panelHeight + 62), frame: frame, into: &content)
        }
        var y = 34 + Double((panels.count + 1) / 2) * (Self.panelHeight + 62)
        for note in notes {
            for line in wrapped(note, width: width - 8, size: Frame.small) {
                content.append(Frame.label(line, x: 0, y: y, class: "small muted"))
                y += 15
            }
        }
        let described = panels.map { "\($0.title): \($0.points.count) points" }.joined(separator: "; ")
        return Frame.picture(content, id: id, width: width, height: y + 4, title: title, description: described, style: style).rendered
    }

    private func draw(_ panel: Panel, top: Double, frame: Frame, into content: inout [Element]) {
        let bottom = top + 18 + Self.panelHeight
        func extent(_ values: [Double]) -> ClosedRange<Double> {
            let finite = values.filter(\.isFinite)
            guard let low = finite.min(), let high = finite.max() else { return 0...1 }
            let margin = max((high - low) * 0.03, 1e-9)
            return low - margin...high + margin
        }
        var xs = panel.points.map(\.x) + panel.lines.flatMap(\.x) + panel.bands.flatMap(\.x)
        var ys = panel.points.map(\.y) + panel.lines.flatMap(\.y) + panel.bands.flatMap { $0.low + $0.high }
        if panel.reference == .identity { (xs, ys) = (xs + ys, xs + ys) }
        if panel.reference == .zero { ys.append(0) }
        let across = LinearScale(extent(xs), start: frame.left, end: frame.right)
        let up = LinearScale(extent(ys), start: bottom, end: top + 18)
        content.append(Frame.label(fitted(panel.title, width: frame.plotWidth, size: Frame.text), x: frame.left, y: top + 8, class: "label"))
        content += frame.axes(across, up, bottom: bottom, name: panel.across, figure: figure)
        func places(_ x: [Double], _ y: [Double]) -> [Place] { zip(x, y).filter { $0.isFinite && $1.isFinite }.map { Place(x: across($0), y: up($1)) } }
        for band in panel.bands {
            content.append(Element("path", ["class": "band", "d": .s(linePath(places(band.x, band.high) + places(band.x, band.low).reversed()) + "Z")]))
        }
        switch panel.reference {
        case .identity:
            content.append(
                Frame.line(
                    across(across.domain.lowerBound), up(across.domain.lowerBound), across(across.domain.upperBound), up(across.domain.upperBound),
                    class: "axis"))
        case .zero: content.append(Frame.line(frame.left, up(0), frame.right, up(0), class: "axis"))
        case .none: break
        }
        for point in panel.points where point.x.isFinite && point.y.isFinite {
            content.append(
                Element("circle", ["class": point.isCensored ? "score hollow" : "score", "cx": .n(across(point.x)), "cy": .n(up(point.y)), "r": 2.5]))
        }
        for line in panel.lines {
            content.append(Element("path", ["class": line.isFaint ? "curve faint" : "curve", "d": .s(linePath(places(line.x, line.y)))]))
        }
    }

    private func figure(_ value: Double) -> String { decimal(rounded(value, places: abs(value) < 10 ? 3 : 1)) }
}
